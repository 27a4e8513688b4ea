//! Stochastic oscillator: where the close lies in the range of the last bars, 0 to 100.
//!
//! `fast = 100 * (close - L) / (H - L)` with H and L the highest high and lowest low of `fastk` bars, 0 where the
//! range is 0; `stoch_k` = simple mean of `slowk` values of fast; `stoch_d` = simple mean of `slowd` values of
//! `stoch_k`. Both start at bar fastk-1 + slowk-1 + slowd-1.
//!
//! Source: G. Lane; TA-Lib `STOCH` with simple averages.

use super::extreme::{Highest, Lowest};
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::rolling_mean::RollingMean;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static STOCH: Family = Family {
    name: "stoch",
    outputs: &["stoch_k", "stoch_d"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("fastk", 1), bars("slowk", 1), bars("slowd", 1)],
    about: "Stochastic oscillator, 0 to 100: close in the range of `fastk` bars, averaged twice",
    manual: Manual {
        formula: "k: `100 * (close - L) / (H - L)` with H, L the highest high and lowest low of fastk bars (0 where H = L), averaged over slowk bars; d: k averaged over slowd bars",
        first_bar: "fastk + slowk + slowd - 3",
        source: "TA-Lib STOCH",
        usual: &[14.0, 3.0, 3.0],
        example: "crosses_above(stoch_k(14, 3, 3), stoch_d(14, 3, 3))",
    },
    via: None,
    width: 2,
    lookback: |params| period(params, 0) + period(params, 1) + period(params, 2) - 3,
    reach: |params| period(params, 0) - 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Stoch::new(period(params, 0), period(params, 1), period(params, 2))),
};

struct Stoch {
    highest: Highest,
    lowest: Lowest,
    /// The highest highs and lowest lows of this call.
    tops: Vec<f64>,
    bottoms: Vec<f64>,
    /// Bars until the range is defined: what lies before the first bar must not enter a mean.
    waits: usize,
    k: RollingMean,
    d: RollingMean,
}

resumable!(Stoch: highest, lowest, waits, k, d);

impl Stoch {
    fn new(fastk: usize, k: usize, d: usize) -> Self {
        Self {
            highest: Highest::new(fastk),
            lowest: Lowest::new(fastk),
            tops: Vec::new(),
            bottoms: Vec::new(),
            waits: fastk - 1,
            k: RollingMean::new(k),
            d: RollingMean::new(d),
        }
    }

    fn step(&mut self, top: f64, bottom: f64, close: f64) -> (f64, f64) {
        if self.waits > 0 {
            self.waits -= 1;
            return (0.0, 0.0);
        }
        let range = top - bottom;
        // NaN where a value of the window is not finite; the means forget it when it has left them.
        let fast = if range <= 0.0 {
            0.0
        } else if range < f64::INFINITY {
            (close - bottom) / range * 100.0
        } else {
            f64::NAN
        };
        let k = self.k.push(fast);
        (k, self.d.push(k))
    }
}

impl Indicator for Stoch {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let ([high, low, close], [k, d]) = (inputs, outputs) else { return };
        let (mut tops, mut bottoms) = (std::mem::take(&mut self.tops), std::mem::take(&mut self.bottoms));
        tops.resize(close.now().len(), 0.0);
        bottoms.resize(close.now().len(), 0.0);
        self.highest.run(*high, &mut tops);
        self.lowest.run(*low, &mut bottoms);
        let bars = tops.iter().zip(&bottoms).zip(close.now()).zip(k.iter_mut().zip(d.iter_mut()));
        for (((&top, &bottom), &close), (k, d)) in bars {
            (*k, *d) = self.step(top, bottom, close);
        }
        (self.tops, self.bottoms) = (tops, bottoms);
    }
}
