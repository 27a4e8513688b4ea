//! Mean and standard deviation of a sliding window, for `stddev` and the Bollinger bands.
//!
//! Sums of `d = x - anchor` and `d^2`, where the anchor is a bar of the window itself (see [`blocks`](super::blocks)):
//! `mean = anchor + sum(d)/n`, `variance = (sum(d^2) - sum(d)^2/n) / n`. With the reference level inside the window
//! the cancellation is at most 2n, however large the price is against its moves and whatever came before: a
//! stablecoin keeps its variance, and so does an asset that has lost all but a ten-millionth of its price.
//! In a flat window every d is 0, so the deviation is exactly 0 and the mean exactly the price. A value that is not
//! finite makes both undefined while it is in the window: it is in the sums of those windows and of no other.
//!
//! Of values with a common tick, d is a whole number of ticks, and the mean is a quotient that is rounded once (see
//! [`ticks`](super::ticks)).

use super::blocks::Blocks;
use super::family::Input;
use super::params::real;
use super::ticks::Ticks;
use crate::tile::resumable::resumable;

/// State of one window.
pub(super) struct Moments {
    bars: usize,
    share: f64,
    blocks: Blocks,
    anchor: f64,
    /// `tails[k]`: sums over the bars before the anchor that are in the window of the block's k-th bar.
    tails: Vec<(f64, f64)>,
    head: (f64, f64),
    /// Of the values, and of their means.
    ticks: Option<(Ticks, Ticks)>,
}

resumable!(Moments: blocks, anchor, tails, head);

impl Moments {
    /// For windows of `bars` bars, of values with this tick if there is one.
    pub(super) fn new(bars: usize, ticks: Option<Ticks>) -> Self {
        Self {
            bars,
            share: 1.0 / real(bars),
            blocks: Blocks::new(bars),
            anchor: 0.0,
            tails: vec![(0.0, 0.0); bars],
            head: (0.0, 0.0),
            ticks: ticks.and_then(|ticks| Some((ticks, ticks.of_means(bars)?))),
        }
    }

    /// Gives `(mean, population standard deviation)` of the window that ends at each bar of this call to `give`,
    /// together with the bar's index in the call. Looks at `bars - 1` bars of history.
    #[inline]
    pub(super) fn extend(&mut self, input: Input<'_>, mut give: impl FnMut(usize, f64, f64)) {
        if let Some((ticks, means)) = self.ticks {
            let (bars, tick) = (real(self.bars), 1.0 / ticks.per_unit());
            self.run(
                input,
                |x| ticks.count(x),
                |index, anchor, sum, _, deviation| {
                    give(index, means.value(anchor * bars + sum), deviation * tick);
                },
            );
        } else {
            self.run(input, |x| x, |index, anchor, _, mean, deviation| give(index, anchor + mean, deviation));
        }
    }

    /// Gives, for each bar, its index in the call, the anchor of its window and, relative to it, the sum and the mean of
    /// the window, and its deviation: all in the units that values are read in.
    #[inline]
    fn run(&mut self, input: Input<'_>, read: impl Fn(f64) -> f64, mut give: impl FnMut(usize, f64, f64, f64, f64)) {
        let (series, now) = (input.with_history(self.bars - 1), input.now());
        let mut done = 0;
        while done < now.len() {
            let (offset, count) = self.blocks.next(now.len() - done);
            if offset == 0 {
                self.start_block(&series[done..done + self.bars - 1], now[done], &read);
            }
            let (anchor, share) = (self.anchor, self.share);
            let (mut head, mut head_squares) = self.head;
            let bars = now[done..done + count].iter().zip(&self.tails[offset..]);
            for (index, (&x, &(tail, tail_squares))) in bars.enumerate() {
                let d = read(x) - anchor;
                head += d;
                head_squares += d * d;
                let (sum, squares) = (head + tail, head_squares + tail_squares);
                let mean = sum * share;
                let variance = (squares - sum * mean) * share;
                // Rounding may leave a flat window's variance just below 0; NaN is no such thing and stays.
                let deviation = if variance <= 0.0 { 0.0 } else { variance.sqrt() };
                let mean = if variance.is_nan() { f64::NAN } else { mean };
                give(done + index, anchor, sum, mean, deviation);
            }
            self.head = (head, head_squares);
            done += count;
        }
    }

    fn start_block(&mut self, before: &[f64], anchor: f64, read: impl Fn(f64) -> f64) {
        let anchor = read(anchor);
        self.anchor = anchor;
        self.head = (0.0, 0.0);
        let (mut sum, mut squares) = (0.0, 0.0);
        for (tail, &x) in self.tails.iter_mut().zip(before).rev() {
            let d = read(x) - anchor;
            sum += d;
            squares += d * d;
            *tail = (sum, squares);
        }
    }
}
