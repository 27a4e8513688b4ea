//! Average directional index: how strongly the price trends, 0 to 100, whichever way. First value at bar 2n-1.
//!
//! With `up = high - high[-1]` and `down = low[-1] - low`, the directional move is the larger of the two if above 0
//! (`+DM` or `-DM`), else none. +DM, -DM and the true range TR are summed over bars 1..n-1, and from then on
//! `sum = sum - sum/n + x`. `DI = 100 * DM / TR`, `DX = 100 * |+DI - -DI| / (+DI + -DI)`. The first ADX is the mean of
//! the DX of bars n..=2n-1, then `adx += (DX - adx) / n`. A bar without any DX (nothing has moved) counts as 0 in the
//! first mean, and leaves the ADX as it was later. A bar whose moves are not finite is left out.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `ADX`, but zero means zero here,
//! not below 1e-14.

use super::family::{Family, Indicator, Input, Inputs};
use super::params::{bars, period, real};
use super::true_range::true_range;
use crate::sim::candles::Field;

/// Line of the table.
pub(super) static ADX: Family = Family {
    name: "adx",
    outputs: &["adx"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Average directional index, 0 to 100: strength of the trend, whichever way",
    via: None,
    width: 1,
    lookback: |params| 2 * period(params, 0) - 1,
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Adx::new(period(params, 0))),
};

struct Adx {
    bars: usize,
    share: f64,
    started: bool,
    /// Moves so far: one less than bars.
    seen: usize,
    plus: f64,
    minus: f64,
    range: f64,
    dx_sum: f64,
    value: f64,
}

impl Adx {
    fn new(bars: usize) -> Self {
        let share = 1.0 / real(bars);
        Self { bars, share, started: false, seen: 0, plus: 0.0, minus: 0.0, range: 0.0, dx_sum: 0.0, value: 0.0 }
    }

    /// Takes the moves and the range of one bar, the second bar of the series first. NaN before there is a value, and
    /// at bars that are left out.
    fn step(&mut self, up: f64, down: f64, range: f64) -> f64 {
        if !(up + down + range).is_finite() {
            return f64::NAN;
        }
        self.seen += 1;
        if self.seen >= self.bars {
            self.plus -= self.plus * self.share;
            self.minus -= self.minus * self.share;
            self.range -= self.range * self.share;
        }
        self.plus += if up > down && up > 0.0 { up } else { 0.0 };
        self.minus += if down > up && down > 0.0 { down } else { 0.0 };
        self.range += range;
        if self.seen >= 2 * self.bars {
            if let Some(dx) = self.dx() {
                self.value += (dx - self.value) * self.share;
            }
        } else if self.seen >= self.bars {
            self.dx_sum += self.dx().unwrap_or(0.0);
            self.value = self.dx_sum / real(self.bars);
        }
        if self.seen + 1 >= 2 * self.bars { self.value } else { f64::NAN }
    }

    /// `None` while nothing has moved.
    fn dx(&self) -> Option<f64> {
        if self.range <= 0.0 {
            return None;
        }
        let (plus, minus) = (self.plus / self.range, self.minus / self.range);
        let total = plus + minus;
        (total > 0.0).then(|| 100.0 * ((plus - minus).abs() / total))
    }
}

impl Indicator for Adx {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low, close] = inputs else { return };
        let highs = high.now().iter().zip(high.lag(1));
        let lows = low.now().iter().zip(low.lag(1));
        let bars = highs.zip(lows).zip(close.lag(1)).zip(outputs[0].iter_mut());
        // The first bar of all has nothing before it to move from.
        for ((((&high, &high_before), (&low, &low_before)), &close_before), out) in
            bars.skip(usize::from(!self.started))
        {
            *out = self.step(high - high_before, low_before - low, true_range(high, low, close_before));
        }
        self.started |= !close.now().is_empty();
    }
}
