//! The recursion that EMA, MACD, RSI and ATR share: a mean to start with, then a step towards each new value.
//!
//! Written as `value += factor * (x - value)`, so that a flat series stays at its price to the bit, which
//! `(1 - factor) * value + factor * x` does not.
//!
//! A value that is not finite would stay in the recursion for ever, so it is left out, as if its bar were not there.

use super::exact::{Divisor, Sum};
use super::params::real;
use crate::tile::resumable::resumable;

/// Exponential smoothing seeded with the simple mean of its first `bars` values.
#[derive(Clone, Debug)]
pub(super) struct Smoother {
    bars: usize,
    factor: f64,
    seen: usize,
    seed: Sum,
    value: f64,
}

resumable!(Smoother: seen, seed, value);

impl Smoother {
    /// As in an EMA: `factor = 2 / (bars + 1)`.
    pub(super) fn exponential(bars: usize) -> Self {
        Self { bars, factor: 2.0 / (real(bars) + 1.0), seen: 0, seed: Sum::default(), value: f64::NAN }
    }

    /// As Wilder smooths: `factor = 1 / bars`.
    pub(super) fn wilder(bars: usize) -> Self {
        Self { factor: 1.0 / real(bars), ..Self::exponential(bars) }
    }

    /// Takes the next value; NaN before the `bars`-th finite value, and at each one that is not finite.
    #[inline]
    pub(super) fn step(&mut self, x: f64) -> f64 {
        if x.is_finite() { self.advance(x) } else { f64::NAN }
    }

    /// As [`Smoother::step`], for a value that is known to be finite.
    #[inline]
    pub(super) fn advance(&mut self, x: f64) -> f64 {
        if self.seen >= self.bars {
            // A period of 1 is the value itself; the step would leave the rounding of the last one in it.
            self.value = if self.bars == 1 { x } else { self.value + self.factor * (x - self.value) };
        } else {
            self.seed.add(x);
            self.seen += 1;
            if self.seen == self.bars {
                self.value = Divisor::new(self.bars).divide(self.seed.high, self.seed.low);
            }
        }
        self.value
    }
}
