//! Highest and lowest value of a sliding window: `highest[i] = max(x[i-n+1] .. x[i])`, `lowest` likewise; first value
//! at bar n-1. About three comparisons a bar for any period (see [`blocks`](super::blocks)). NaN while one is in the
//! window.
//!
//! Source: TA-Lib `MAX` and `MIN`.

use super::blocks::Blocks;
use super::family::{Family, Indicator, Input, Inputs, Setup};
use super::manual::Manual;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static HIGHEST: Family =
    line("highest", &["highest"], "Highest of the last `period` values", HIGHEST_MANUAL, |params, _| {
        Box::new(Highest::new(period(params, 0)))
    });

/// Line of the table.
pub(super) static LOWEST: Family =
    line("lowest", &["lowest"], "Lowest of the last `period` values", LOWEST_MANUAL, |params, _| {
        Box::new(Lowest::new(period(params, 0)))
    });

const HIGHEST_MANUAL: Manual = Manual {
    formula: "highest of the last n values, including this bar's",
    first_bar: "period - 1",
    source: "TA-Lib MAX",
    usual: &[20.0],
    example: "close > prev(highest(high, 20), 1)",
};

const LOWEST_MANUAL: Manual = Manual {
    formula: "lowest of the last n values, including this bar's",
    first_bar: "period - 1",
    source: "TA-Lib MIN",
    usual: &[20.0],
    example: "close < prev(lowest(low, 20), 1)",
};

const fn line(
    name: &'static str,
    outputs: &'static [&'static str],
    about: &'static str,
    manual: Manual,
    make: fn(&[f64], Setup) -> Box<dyn Indicator>,
) -> Family {
    Family {
        name,
        outputs,
        inputs: Inputs::Any,
        params: const { &[bars("period", 2)] },
        about,
        manual,
        via: None,
        width: 1,
        lookback: |params| period(params, 0) - 1,
        reach: |params| period(params, 0) - 1,
        ticks: |_, _, ticks| Some(ticks),
        make,
    }
}

/// The highest of each window.
pub(super) type Highest = Extreme<true>;
/// The lowest of each window.
pub(super) type Lowest = Extreme<false>;

/// State of one window: the highest where `HIGH`, else the lowest.
pub(super) struct Extreme<const HIGH: bool> {
    bars: usize,
    blocks: Blocks,
    /// `tails[k]`: extreme of the bars before the anchor that are in the window of the block's k-th bar.
    tails: Vec<f64>,
    head: f64,
    /// Bars since the last NaN; `bars` when none is in the window.
    since: usize,
}

resumable!(Extreme<const HIGH>: blocks, tails, head, since);

impl<const HIGH: bool> Extreme<HIGH> {
    const NONE: f64 = if HIGH { f64::NEG_INFINITY } else { f64::INFINITY };

    /// For windows of `bars` bars.
    pub(super) fn new(bars: usize) -> Self {
        Self { bars, blocks: Blocks::new(bars), tails: vec![Self::NONE; bars], head: Self::NONE, since: bars }
    }

    #[inline]
    fn pick(a: f64, b: f64) -> f64 {
        if (HIGH && a > b) || (!HIGH && a < b) { a } else { b }
    }

    /// Writes the extreme of the window that ends at each bar of this call. Looks at `bars - 1` bars of history.
    pub(super) fn run(&mut self, input: Input<'_>, out: &mut [f64]) {
        let (series, now) = (input.with_history(self.bars - 1), input.now());
        let mut done = 0;
        while done < now.len() {
            let (offset, count) = self.blocks.next(now.len() - done);
            if offset == 0 {
                self.start_block(&series[done..done + self.bars - 1]);
            }
            let bars = now[done..done + count].iter().zip(&self.tails[offset..]);
            for ((&x, &tail), out) in bars.zip(&mut out[done..]) {
                self.head = Self::pick(self.head, x);
                *out = Self::pick(self.head, tail);
            }
            done += count;
        }
        self.mark_nan(now, out);
    }

    /// `pick` forgets a NaN, and to look for it there would make each bar five times as slow.
    fn mark_nan(&mut self, now: &[f64], out: &mut [f64]) {
        let any = now.iter().fold(false, |any, x| any | x.is_nan());
        if !any && self.since >= self.bars {
            return;
        }
        for (x, out) in now.iter().zip(out) {
            self.since = if x.is_nan() { 0 } else { self.since + 1 };
            if self.since < self.bars {
                *out = f64::NAN;
            }
        }
    }

    fn start_block(&mut self, before: &[f64]) {
        self.head = Self::NONE;
        let mut extreme = Self::NONE;
        for (tail, &x) in self.tails.iter_mut().zip(before).rev() {
            extreme = Self::pick(extreme, x);
            *tail = extreme;
        }
    }
}

impl<const HIGH: bool> Indicator for Extreme<HIGH> {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        self.run(inputs[0], outputs[0]);
    }
}
