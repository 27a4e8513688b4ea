//! How long ago the highest or lowest value of a window was: `argmax[i]` = bars since the highest of
//! `x[i-n+1] .. x[i]`, `argmin` likewise, the most recent of equal ones; 0 is this bar. First value at bar n-1.
//!
//! The bars that can still become the extreme of a window wait in a queue, so a bar costs about two comparisons for any
//! period. Undefined while a value of the window is not finite.
//!
//! Source: as TA-Lib's `AROON` counts.

use std::collections::VecDeque;

use super::family::{Family, Indicator, Input, Inputs, Setup};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static ARGMAX: Family = line(
    "argmax",
    &["argmax"],
    "Bars since the highest of the last `period` values, 0 at this bar",
    Manual {
        formula: "bars since the highest of the last n values; the most recent of equal ones",
        first_bar: "period - 1",
        source: "numpy argmax over each window, turned round",
        usual: &[20.0],
        example: "argmax(high, 20) < argmin(low, 20)",
    },
    |params, _| Box::new(SinceHighest::new(period(params, 0))),
);

/// Line of the table.
pub(super) static ARGMIN: Family = line(
    "argmin",
    &["argmin"],
    "Bars since the lowest of the last `period` values, 0 at this bar",
    Manual {
        formula: "bars since the lowest of the last n values; the most recent of equal ones",
        first_bar: "period - 1",
        source: "numpy argmin over each window, turned round",
        usual: &[20.0],
        example: "argmin(low, 20) == 0",
    },
    |params, _| Box::new(SinceLowest::new(period(params, 0))),
);

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
        params: const { &[bars("period", 1)] },
        about,
        manual,
        via: None,
        width: 1,
        lookback: |params| period(params, 0) - 1,
        reach: |_| 0,
        ticks: |_, _, _| None,
        make,
    }
}

/// Of the highest of each window.
pub(super) type SinceHighest = SinceExtreme<true>;
/// Of the lowest of each window.
pub(super) type SinceLowest = SinceExtreme<false>;

/// State of one window: of its highest where `HIGH`, else of its lowest.
pub(super) struct SinceExtreme<const HIGH: bool> {
    bars: usize,
    seen: usize,
    /// Bars and values that no later bar of the window exceeds, oldest first.
    candidates: VecDeque<(usize, f64)>,
    /// The first bar whose window holds no value that is not finite.
    defined_from: usize,
}

resumable!(SinceExtreme<const HIGH>: seen, candidates, defined_from);

impl<const HIGH: bool> SinceExtreme<HIGH> {
    /// For windows of `bars` bars.
    pub(super) fn new(bars: usize) -> Self {
        Self { bars, seen: 0, candidates: VecDeque::new(), defined_from: 0 }
    }

    /// Takes the next value; NaN while one that is not finite is in the window.
    pub(super) fn push(&mut self, x: f64) -> f64 {
        let bar = self.seen;
        self.seen += 1;
        if x.is_finite() {
            while self.candidates.back().is_some_and(|&(_, last)| if HIGH { last <= x } else { last >= x }) {
                self.candidates.pop_back();
            }
            self.candidates.push_back((bar, x));
        } else {
            self.defined_from = bar + self.bars;
        }
        while self.candidates.front().is_some_and(|&(first, _)| first + self.bars <= bar) {
            self.candidates.pop_front();
        }
        match self.candidates.front() {
            Some(&(first, _)) if bar >= self.defined_from => real(bar - first),
            _ => f64::NAN,
        }
    }
}

impl<const HIGH: bool> Indicator for SinceExtreme<HIGH> {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            *out = self.push(x);
        }
    }
}
