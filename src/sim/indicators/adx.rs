//! Average directional index: how strongly the price trends, 0 to 100, whichever way. First value at bar 2n-1.
//!
//! The first ADX is the mean of the DX (see [`directional`](super::directional)) of bars n..=2n-1, then
//! `adx += (DX - adx) / n`. A bar without any DX (nothing has moved) counts as 0 in the first mean, and leaves the ADX
//! as it was later.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `ADX`.

use super::directional::{Directional, Moves};
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static ADX: Family = Family {
    name: "adx",
    outputs: &["adx"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Average directional index, 0 to 100: strength of the trend, whichever way",
    manual: Manual {
        formula: "`dx`, smoothed by 1/n, starting with the mean of the first n",
        first_bar: "2 * period - 1",
        source: "TA-Lib ADX",
        usual: &[14.0],
        example: "adx(14) > 25",
    },
    via: None,
    width: 1,
    lookback: |params| 2 * period(params, 0) - 1,
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Adx { directional: Directional::new(period(params, 0)), mean: DxMean::new(params) }),
};

struct Adx {
    directional: Directional,
    mean: DxMean,
}

resumable!(Adx: directional, mean);

impl Indicator for Adx {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let (mean, out) = (&mut self.mean, &mut *outputs[0]);
        self.directional.extend(inputs, |bar, moves| out[bar] = mean.step(moves));
    }
}

/// The smoothed DX.
pub(super) struct DxMean {
    bars: usize,
    share: f64,
    sum: f64,
    value: f64,
}

resumable!(DxMean: sum, value);

impl DxMean {
    /// Over as many bars as the first parameter says.
    pub(super) fn new(params: &[f64]) -> Self {
        let bars = period(params, 0);
        Self { bars, share: 1.0 / real(bars), sum: 0.0, value: 0.0 }
    }

    /// Takes the moves after one bar. NaN before there is a value, and at bars that are left out.
    pub(super) fn step(&mut self, moves: Option<Moves>) -> f64 {
        let Some(moves) = moves else { return f64::NAN };
        if moves.seen >= 2 * self.bars {
            if let Some(dx) = moves.dx() {
                self.value += (dx - self.value) * self.share;
            }
        } else if moves.seen >= self.bars {
            self.sum += moves.dx().unwrap_or(0.0);
            self.value = self.sum / real(self.bars);
        }
        if moves.seen + 1 >= 2 * self.bars { self.value } else { f64::NAN }
    }
}
