//! The last n values of a series in ascending order.

use crate::tile::resumable::resumable;

/// A bar costs two binary searches and the move of what lies between.
#[derive(Clone, Debug)]
pub(super) struct SortedWindow {
    bars: usize,
    /// The last values in the order of time, the oldest at `at` once there are n.
    ring: Vec<f64>,
    at: usize,
    /// Those of them that are finite, ascending.
    sorted: Vec<f64>,
}

resumable!(SortedWindow: ring, at, sorted);

impl SortedWindow {
    /// Of `bars` values.
    pub(super) fn new(bars: usize) -> Self {
        Self { bars, ring: Vec::with_capacity(bars), at: 0, sorted: Vec::with_capacity(bars) }
    }

    /// Takes the next value; the oldest leaves.
    pub(super) fn push(&mut self, x: f64) {
        if self.ring.len() < self.bars {
            self.ring.push(x);
        } else {
            let leaving = std::mem::replace(&mut self.ring[self.at], x);
            self.at = (self.at + 1) % self.bars;
            if leaving.is_finite() {
                self.sorted.remove(self.below(leaving));
            }
        }
        if x.is_finite() {
            self.sorted.insert(self.below(x), x);
        }
    }

    /// The values, ascending; nothing before there are n of them, and while one is not finite.
    pub(super) fn values(&self) -> Option<&[f64]> {
        (self.sorted.len() == self.bars).then_some(&self.sorted)
    }

    fn below(&self, x: f64) -> usize {
        self.sorted.partition_point(|value| value.total_cmp(&x).is_lt())
    }
}
