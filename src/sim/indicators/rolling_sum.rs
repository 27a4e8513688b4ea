//! Sum of the last n values of something that an indicator makes itself, and so must remember itself.

use crate::tile::resumable::resumable;

/// Values are summed up in blocks as long as the window (see [`blocks`](super::blocks)) and never taken out again: a
/// window of zeros sums up to exactly 0 whatever came before it, and a value that is not finite makes the sums of its
/// windows undefined and of no other.
#[derive(Clone, Debug)]
pub(super) struct RollingSum {
    /// From `at` on, sums over the end of the block before: `values[k]` is that of its bars after k. Before `at`, the
    /// values of this block.
    values: Vec<f64>,
    at: usize,
    head: f64,
}

resumable!(RollingSum: values, at, head);

impl RollingSum {
    /// Over `bars` values.
    pub(super) fn new(bars: usize) -> Self {
        Self { values: vec![0.0; bars], at: bars, head: 0.0 }
    }

    /// Takes the next value; the answer means something from the `bars`-th value on.
    #[inline]
    pub(super) fn push(&mut self, x: f64) -> f64 {
        if self.at == self.values.len() {
            self.start_block();
        }
        self.head += x;
        let sum = self.head + self.values[self.at];
        self.values[self.at] = x;
        self.at += 1;
        sum
    }

    fn start_block(&mut self) {
        let mut tail = 0.0;
        for value in self.values.iter_mut().rev() {
            let sum = tail + *value;
            *value = tail;
            tail = sum;
        }
        (self.at, self.head) = (0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::RollingSum;

    #[test]
    fn a_window_forgets_what_has_left_it() {
        let mut sum = RollingSum::new(3);
        let sums = [1.0, 2.0, 3.0, 4.0, 1e300, f64::NAN, 0.0, 0.0, 0.0, 0.25, 0.5].map(|x| sum.push(x));
        assert_eq!(sums[2..5], [6.0, 9.0, 1e300]);
        assert!(sums[5..8].iter().all(|sum| sum.is_nan()));
        assert_eq!(sums[8..], [0.0, 0.25, 0.75]);
    }
}
