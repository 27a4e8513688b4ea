//! Mean of the last n values of something that an indicator makes itself, and so must remember itself.

use super::exact::{Divisor, Sum};
use super::params::finite;
use crate::tile::resumable::resumable;

/// A ring of the last values and their sum, which does not drift.
#[derive(Clone, Debug)]
pub(super) struct RollingMean {
    ring: Vec<f64>,
    at: usize,
    sum: Sum,
    divisor: Divisor,
    /// Values in the ring that are not finite.
    left_out: usize,
}

resumable!(RollingMean: ring, at, sum, left_out);

impl RollingMean {
    /// Over `bars` values.
    pub(super) fn new(bars: usize) -> Self {
        Self { ring: vec![0.0; bars], at: 0, sum: Sum::default(), divisor: Divisor::new(bars), left_out: 0 }
    }

    /// Takes the next value; the answer means something from the `bars`-th value on, and is NaN while a value that is
    /// not finite is among the last `bars`.
    #[inline]
    pub(super) fn push(&mut self, x: f64) -> f64 {
        let leaving = std::mem::replace(&mut self.ring[self.at], x);
        self.at = if self.at + 1 == self.ring.len() { 0 } else { self.at + 1 };
        self.left_out += usize::from(!x.is_finite());
        self.left_out -= usize::from(!leaving.is_finite());
        self.sum.add(finite(x));
        self.sum.add(-finite(leaving));
        if self.left_out > 0 { f64::NAN } else { self.divisor.divide(self.sum.high, self.sum.low) }
    }
}
