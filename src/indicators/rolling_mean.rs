//! Mean of the last n values of something that an indicator makes itself, and so must remember itself.

use super::exact::{Divisor, Sum};

/// A ring of the last values and their sum, which does not drift.
#[derive(Clone, Debug)]
pub(super) struct RollingMean {
    ring: Vec<f64>,
    at: usize,
    sum: Sum,
    divisor: Divisor,
}

impl RollingMean {
    /// Over `bars` values.
    pub(super) fn new(bars: usize) -> Self {
        Self { ring: vec![0.0; bars], at: 0, sum: Sum::default(), divisor: Divisor::new(bars) }
    }

    /// Takes the next value; the answer means something from the `bars`-th value on.
    #[inline]
    pub(super) fn push(&mut self, x: f64) -> f64 {
        let leaving = std::mem::replace(&mut self.ring[self.at], x);
        self.at = if self.at + 1 == self.ring.len() { 0 } else { self.at + 1 };
        self.sum.add(x);
        self.sum.add(-leaving);
        self.divisor.divide(self.sum.high, self.sum.low)
    }
}
