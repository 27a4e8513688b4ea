//! Average directional movement rating: the mean of the ADX now and n-1 bars ago. First value at bar 3n-2.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `ADXR`. A bar that the ADX leaves
//! out is none here either.

use super::adx::DxMean;
use super::directional::Directional;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static ADXR: Family = Family {
    name: "adxr",
    outputs: &["adxr"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Average directional movement rating: mean of the adx now and period-1 bars ago",
    manual: Manual {
        formula: "`(adx + adx n-1 bars ago) / 2`",
        first_bar: "3 * period - 2",
        source: "TA-Lib ADXR",
        usual: &[14.0],
        example: "adxr(14) > 25",
    },
    via: None,
    width: 1,
    lookback: |params| 3 * period(params, 0) - 2,
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| {
        let bars = period(params, 0);
        let (directional, mean) = (Directional::new(bars), DxMean::new(params));
        Box::new(Adxr { directional, mean, ring: vec![f64::NAN; bars - 1], at: 0 })
    },
};

struct Adxr {
    directional: Directional,
    mean: DxMean,
    /// The last n-1 values of the ADX.
    ring: Vec<f64>,
    at: usize,
}

resumable!(Adxr: directional, mean, ring, at);

impl Indicator for Adxr {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let Self { directional, mean, ring, at } = self;
        let out = &mut *outputs[0];
        directional.extend(inputs, |bar, moves| {
            let adx = mean.step(moves);
            out[bar] = f64::NAN;
            if !adx.is_nan() {
                let before = std::mem::replace(&mut ring[*at], adx);
                *at = (*at + 1) % ring.len();
                out[bar] = 0.5 * (adx + before);
            }
        });
    }
}
