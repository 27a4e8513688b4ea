//! Directional movement, as `adx`, `adxr`, `dx`, `plus_di` and `minus_di` share it.
//!
//! With `up = high - high[-1]` and `down = low[-1] - low`, the directional move is the larger of the two if above 0
//! (`+DM` or `-DM`), else none. +DM, -DM and the true range TR are summed over bars 1..n-1, and from then on
//! `sum = sum - sum/n + x`. A bar whose moves are not finite is left out.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib, but zero means zero here, not
//! below 1e-14.

use super::family::Input;
use super::params::real;
use super::true_range::true_range;
use crate::tile::resumable::resumable;

/// The smoothed moves of one asset.
pub(super) struct Directional {
    bars: usize,
    share: f64,
    started: bool,
    sums: Moves,
}

resumable!(Directional: started, sums);

/// Directional moves and true range after some bar.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moves {
    /// Moves so far: one less than bars.
    pub(super) seen: usize,
    plus: f64,
    minus: f64,
    range: f64,
}

resumable!(Moves: seen, plus, minus, range);

impl Directional {
    /// Smoothed over `bars` bars.
    pub(super) fn new(bars: usize) -> Self {
        Self { bars, share: 1.0 / real(bars), started: false, sums: Moves::default() }
    }

    /// Gives the moves after each bar of this call to `give`, together with the bar's index in the call; nothing for a
    /// bar that is left out. Reads high, low and close, and looks one bar back.
    pub(super) fn extend(&mut self, inputs: &[Input<'_>], mut give: impl FnMut(usize, Option<Moves>)) {
        let [high, low, close] = inputs else { return };
        let highs = high.now().iter().zip(high.lag(1));
        let lows = low.now().iter().zip(low.lag(1));
        let bars = highs.zip(lows).zip(close.lag(1)).enumerate();
        // The first bar of all has nothing before it to move from.
        for (index, (((&high, &high_before), (&low, &low_before)), &close_before)) in
            bars.skip(usize::from(!self.started))
        {
            let range = true_range(high, low, close_before);
            give(index, self.step(high - high_before, low_before - low, range));
        }
        self.started |= !close.now().is_empty();
    }

    fn step(&mut self, up: f64, down: f64, range: f64) -> Option<Moves> {
        if !(up + down + range).is_finite() {
            return None;
        }
        let sums = &mut self.sums;
        sums.seen += 1;
        if sums.seen >= self.bars {
            sums.plus -= sums.plus * self.share;
            sums.minus -= sums.minus * self.share;
            sums.range -= sums.range * self.share;
        }
        sums.plus += if up > down && up > 0.0 { up } else { 0.0 };
        sums.minus += if down > up && down > 0.0 { down } else { 0.0 };
        sums.range += range;
        Some(*sums)
    }
}

impl Moves {
    /// `(+DI, -DI)`: the share of the moves up, and down, in the range, in percent; 0 where there is no range.
    pub(super) fn di(self) -> (f64, f64) {
        if self.range > 0.0 {
            (100.0 * (self.plus / self.range), 100.0 * (self.minus / self.range))
        } else {
            (0.0, 0.0)
        }
    }

    /// `100 * |+DI - -DI| / (+DI + -DI)`; nothing while nothing has moved.
    pub(super) fn dx(self) -> Option<f64> {
        if self.range <= 0.0 {
            return None;
        }
        let (plus, minus) = (self.plus / self.range, self.minus / self.range);
        let total = plus + minus;
        (total > 0.0).then(|| 100.0 * ((plus - minus).abs() / total))
    }
}
