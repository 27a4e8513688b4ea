//! Commodity channel index: `cci = (tp - mean) / (0.015 * mean deviation)`, with `tp = (high + low + close) / 3`, its
//! mean over n bars and the mean of `|tp - mean|` over the same bars. 0 where the deviation is 0. First value at
//! bar n-1.
//!
//! Source: D. Lambert (1980); TA-Lib `CCI`. The mean deviation has no running form, so a bar costs n steps, but they
//! run over whole chunks and so in vectors. Prices are taken relative to the bar's own tp: a flat window gives exact
//! zeros, where TA-Lib needs a tolerance.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static CCI: Family = Family {
    name: "cci",
    outputs: &["cci"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Commodity channel index: typical price above its mean, in units of 0.015 mean deviations",
    manual: Manual {
        formula: "`(tp - mean) / (0.015 * mean deviation)`, `tp = (high+low+close)/3`; 0 where the deviation is 0",
        first_bar: "period - 1",
        source: "TA-Lib CCI",
        usual: &[20.0],
        example: "cci(20) < -100",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Cci { bars: period(params, 0), typical: Vec::new(), mean: Vec::new() }),
};

struct Cci {
    bars: usize,
    /// Work space of one call: typical prices with history, and means relative to each bar's own price.
    typical: Vec<f64>,
    mean: Vec<f64>,
}

resumable!(Cci:);

impl Indicator for Cci {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low, close] = inputs else { return };
        let reach = self.bars - 1;
        let prices = high.with_history(reach).iter().zip(low.with_history(reach)).zip(close.with_history(reach));
        self.typical.clear();
        self.typical.extend(prices.map(|((high, low), close)| (high + low + close) / 3.0));
        let now = &self.typical[reach..];

        self.mean.clear();
        self.mean.resize(now.len(), 0.0);
        for lag in 1..self.bars {
            let then = &self.typical[reach - lag..];
            for ((sum, then), now) in self.mean.iter_mut().zip(then).zip(now) {
                *sum += then - now;
            }
        }
        self.mean.iter_mut().for_each(|sum| *sum /= real(self.bars));

        let deviation = &mut *outputs[0];
        deviation.fill(0.0);
        for lag in 0..self.bars {
            let then = &self.typical[reach - lag..];
            for (((sum, then), now), mean) in deviation.iter_mut().zip(then).zip(now).zip(&self.mean) {
                *sum += ((then - now) - mean).abs();
            }
        }
        for (out, mean) in deviation.iter_mut().zip(&self.mean) {
            let unit = 0.015 * (*out / real(self.bars));
            // NaN where a value of the window is not finite.
            *out = if unit <= 0.0 { 0.0 } else { -mean / unit };
        }
    }
}
