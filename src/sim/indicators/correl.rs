//! Pearson's correlation of two series over the last n bars, -1 to 1; 0 where one of them does not move. First value at
//! bar n-1.
//!
//! Source: TA-Lib `CORREL`. Sums of `d = x - anchor` and its products, where the anchor is a bar of the window itself
//! (see [`blocks`](super::blocks)), so that nothing of earlier values is left behind. Undefined while a value of the
//! window is not finite.

use super::blocks::Blocks;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static CORREL: Family = Family {
    name: "correl",
    outputs: &["correl"],
    inputs: Inputs::Pair,
    params: &[bars("period", 2)],
    about: "Correlation of two series over the last `period` bars, -1 to 1",
    manual: Manual {
        formula: "Pearson's: the mean of `(x - mean x) * (y - mean y)` over the product of the standard deviations; 0 where one of them is 0",
        first_bar: "period - 1",
        source: "TA-Lib CORREL",
        usual: &[30.0],
        example: "correl(close, volume, 30) < 0",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Correl::new(period(params, 0))),
};

/// Squares that are below this share of what they were made of are nothing but rounding.
const ROUNDING: f64 = 1e-14;

/// Sums over some bars of both series, each relative to its anchor.
#[derive(Clone, Copy, Default)]
struct Sums {
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

resumable!(Sums: x, y, xx, yy, xy);

impl Sums {
    fn plus(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, xx: self.xx + x * x, yy: self.yy + y * y, xy: self.xy + x * y }
    }

    fn correlation(self, other: Self, share: f64) -> f64 {
        let (x, y, squares_x, squares_y) = (self.x + other.x, self.y + other.y, self.xx + other.xx, self.yy + other.yy);
        let (xx, yy) = (squares_x - x * x * share, squares_y - y * y * share);
        let xy = self.xy + other.xy - x * y * share;
        if !(xx + yy + xy).is_finite() {
            return f64::NAN;
        }
        let moves = xx > ROUNDING * squares_x && yy > ROUNDING * squares_y;
        if moves && xx * yy > 0.0 { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

struct Correl {
    bars: usize,
    share: f64,
    blocks: Blocks,
    anchor: (f64, f64),
    /// `tails[k]`: sums over the bars before the anchor that are in the window of the block's k-th bar.
    tails: Vec<Sums>,
    head: Sums,
}

resumable!(Correl: blocks, anchor, tails, head);

impl Correl {
    fn new(bars: usize) -> Self {
        let tails = vec![Sums::default(); bars];
        Self {
            bars,
            share: 1.0 / real(bars),
            blocks: Blocks::new(bars),
            anchor: (0.0, 0.0),
            tails,
            head: Sums::default(),
        }
    }

    fn start_block(&mut self, anchor: (f64, f64), before: (&[f64], &[f64])) {
        (self.anchor, self.head) = (anchor, Sums::default());
        let mut sums = Sums::default();
        for ((tail, x), y) in self.tails.iter_mut().zip(before.0).zip(before.1).rev() {
            sums = sums.plus(x - anchor.0, y - anchor.1);
            *tail = sums;
        }
    }
}

impl Indicator for Correl {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [x, y] = inputs else { return };
        let reach = self.bars - 1;
        let (xs, ys) = (x.with_history(reach), y.with_history(reach));
        let (x, y, out) = (x.now(), y.now(), &mut *outputs[0]);
        let mut done = 0;
        while done < x.len() {
            let (offset, count) = self.blocks.next(x.len() - done);
            if offset == 0 {
                self.start_block((x[done], y[done]), (&xs[done..done + reach], &ys[done..done + reach]));
            }
            for (bar, tail) in (done..done + count).zip(&self.tails[offset..]) {
                self.head = self.head.plus(x[bar] - self.anchor.0, y[bar] - self.anchor.1);
                out[bar] = self.head.correlation(*tail, self.share);
            }
            done += count;
        }
    }
}
