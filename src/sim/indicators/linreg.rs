//! The straight line of least squares through the last n values: `linreg` is its value at this bar, `slope` what it rises
//! in one bar, `linreg_intercept` its value at the first bar of the window. First values at bar n-1.
//!
//! Sums of `d = x - anchor` and `j * d`, where the anchor is a bar of the window itself and j counts bars from it (see
//! [`blocks`](super::blocks)), so that nothing of earlier values is left behind and a flat window has a slope of exactly
//! 0. Of values with a common tick all sums are whole numbers and the line's value is rounded once (see
//! [`ticks`](super::ticks)). Undefined while a value of the window is not finite.
//!
//! Source: TA-Lib `LINEARREG`, `LINEARREG_SLOPE`, `LINEARREG_INTERCEPT`.

use super::blocks::Blocks;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use super::ticks::Ticks;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static LINREG: Family = Family {
    name: "linreg",
    outputs: &["linreg", "slope", "linreg_intercept"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Line of least squares through the last `period` values: its value here, its slope, its value at their first bar",
    manual: Manual {
        formula: "the straight line with the least squares of distances: `linreg_intercept + slope * k` at the k-th bar of the window, counted from 0; linreg is that at this bar",
        first_bar: "period - 1",
        source: "TA-Lib LINEARREG, LINEARREG_SLOPE, LINEARREG_INTERCEPT",
        usual: &[14.0],
        example: "close > linreg(close, 14) and slope(close, 14) > 0",
    },
    via: None,
    width: 3,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |params, output, ticks| if output == 1 { None } else { of_lines(ticks, period(params, 0)) },
    make: |params, setup| Box::new(Linreg { line: LeastSquares::new(period(params, 0), setup.ticks) }),
};

/// Of values on lines through windows of `bars` bars; a line may end outside of what it is drawn through.
fn of_lines(ticks: Ticks, bars: usize) -> Option<Ticks> {
    let ends = ticks.of_means(bars * (bars + 1))?;
    ends.of_sums(ends)
}

struct Linreg {
    line: LeastSquares,
}

resumable!(Linreg: line);

impl Indicator for Linreg {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [ends, slopes, starts] = outputs else { return };
        self.line.extend(inputs[0], |bar, start, slope, end| {
            (starts[bar], slopes[bar], ends[bar]) = (start, slope, end);
        });
    }
}

/// State of one window.
pub(super) struct LeastSquares {
    bars: usize,
    blocks: Blocks,
    anchor: f64,
    /// `tails[k]`: sums of d and of j * d over the bars before the anchor that are in the window of the block's k-th bar.
    tails: Vec<(f64, f64)>,
    head: (f64, f64),
    /// Of the values, and of the ends of lines.
    ticks: Option<(Ticks, Ticks)>,
}

resumable!(LeastSquares: blocks, anchor, tails, head);

impl LeastSquares {
    /// For windows of `bars` bars, of values with this tick if there is one.
    pub(super) fn new(bars: usize, ticks: Option<Ticks>) -> Self {
        let ticks = ticks.and_then(|ticks| Some((ticks, of_lines(ticks, bars)?)));
        Self { bars, blocks: Blocks::new(bars), anchor: 0.0, tails: vec![(0.0, 0.0); bars], head: (0.0, 0.0), ticks }
    }

    /// Gives `(value at the first bar, slope, value at the last bar)` of the line of the window that ends at each bar of
    /// this call to `give`, after the bar's index in the call. Looks at `bars - 1` bars of history.
    pub(super) fn extend(&mut self, input: Input<'_>, mut give: impl FnMut(usize, f64, f64, f64)) {
        let n = real(self.bars);
        let (weights, share) = (n * (n + 1.0), 6.0 / (n * (n * n - 1.0)));
        if let Some((ticks, ends)) = self.ticks {
            self.run(
                input,
                |x| ticks.count(x),
                |bar, anchor, sum, rise| {
                    let (middle, half) = (anchor * weights + sum * (n + 1.0), 3.0 * rise);
                    give(bar, ends.value(middle - half), rise * share / ticks.per_unit(), ends.value(middle + half));
                },
            );
        } else {
            self.run(
                input,
                |x| x,
                |bar, anchor, sum, rise| {
                    let (middle, half) = (anchor + sum / n, 3.0 * rise / weights);
                    give(bar, middle - half, rise * share, middle + half);
                },
            );
        }
    }

    /// Gives, for each bar, its index in the call, the anchor of its window and, relative to it, the sum of the window
    /// and twice the sum of each value times its distance from the window's middle: all in the units that values are
    /// read in.
    fn run(&mut self, input: Input<'_>, read: impl Fn(f64) -> f64, mut give: impl FnMut(usize, f64, f64, f64)) {
        let (series, now) = (input.with_history(self.bars - 1), input.now());
        let mut done = 0;
        while done < now.len() {
            let (offset, count) = self.blocks.next(now.len() - done);
            if offset == 0 {
                self.start_block(&series[done..done + self.bars - 1], read(now[done]), &read);
            }
            for (bar, at) in (done..done + count).zip(offset..) {
                let (d, j, (tail, tail_moment)) = (read(now[bar]) - self.anchor, real(at), self.tails[at]);
                self.head = (self.head.0 + d, self.head.1 + j * d);
                let (sum, moment) = (self.head.0 + tail, self.head.1 + tail_moment);
                let rise = 2.0 * moment - (2.0 * j - real(self.bars - 1)) * sum;
                let rise = if rise.is_finite() { rise } else { f64::NAN };
                give(bar, self.anchor, if rise.is_nan() { f64::NAN } else { sum }, rise);
            }
            done += count;
        }
    }

    fn start_block(&mut self, before: &[f64], anchor: f64, read: impl Fn(f64) -> f64) {
        (self.anchor, self.head) = (anchor, (0.0, 0.0));
        let (mut sum, mut moment) = (0.0, 0.0);
        for ((tail, &x), back) in self.tails.iter_mut().zip(before).rev().zip(1..) {
            let d = read(x) - anchor;
            sum += d;
            moment -= real(back) * d;
            *tail = (sum, moment);
        }
    }
}
