//! Sums that do not drift and means that are exact on flat prices.
//!
//! A running sum in plain f64 never forgets the rounding of the large prices that went through it: an asset that
//! falls from 100 to 1e-5 would lose many digits of its moving average. So sums carry their rounding error along as a
//! second f64. What is lost are whole multiples of the prices' last bits, so that second sum is itself exact as long
//! as it spans less than 53 bits, which years of minutes do not reach. Only + - * are used, no fused multiply-add:
//! the bits are the same on every CPU.
//!
//! Sources: A. Neumaier, ZAMM 54 (1974), for the sum; Knuth's `TwoSum` and Veltkamp's splitting, as in T. J. Dekker,
//! "A floating-point technique for extending the available precision", Numer. Math. 18 (1971).

use super::params::real;
use crate::tile::resumable::resumable;

/// The rounded sum of two numbers and what the rounding lost: `a + b = sum + lost`, exactly.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_in_sum = sum - a;
    (sum, (a - (sum - b_in_sum)) + (b - b_in_sum))
}

/// Two numbers of at most 26 bits each whose sum is `x`, so that products with small whole numbers are exact.
#[inline]
pub(super) fn split(x: f64) -> (f64, f64) {
    let scaled = x * 134_217_729.0; // 2^27 + 1
    let high = scaled - (scaled - x);
    (high, x - high)
}

/// A sum, `high + low`, where `low` gathers what `high` loses to rounding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) high: f64,
    pub(super) low: f64,
}

resumable!(Sum: high, low);

impl Sum {
    /// Adds `x`. Only `high` is on the path from one bar to the next, so this is nearly as fast as a plain sum.
    #[inline]
    pub(super) fn add(&mut self, x: f64) {
        let (high, lost) = two_sum(self.high, x);
        self.high = high;
        self.low += lost;
    }
}

/// Division of such a sum by a fixed whole number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisor {
    value: f64,
    inverse: f64,
}

impl Divisor {
    /// To divide by `value`; the result is exact below 2^26, and good to the last bit or two above.
    pub(super) fn new(value: usize) -> Self {
        Self { value: real(value), inverse: 1.0 / real(value) }
    }

    /// `(high + low) / value`, rounded once. So n times c, divided by n, gives c again: on a flat price a mean is the
    /// price, and no rule sees a difference between two averages of it.
    ///
    /// A product with the inverse (a division costs more, and would not be exact either), then one Newton step with
    /// the remainder, which is exact since both halves of the quotient have at most 26 bits.
    #[inline]
    pub(super) fn divide(self, high: f64, low: f64) -> f64 {
        let quotient = (high + low) * self.inverse;
        let (upper, lower) = split(quotient);
        let rest = ((high - upper * self.value) - lower * self.value) + low;
        quotient + rest * self.inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_equal_prices_is_that_price_to_the_bit() {
        for price in [0.1, 1.1, 1.0001, 67_123.45, 3.0e-12, 0.07] {
            for n in 1..2_000 {
                let mut sum = Sum::default();
                (0..n).for_each(|_| sum.add(price));
                assert_eq!(Divisor::new(n).divide(sum.high, sum.low).to_bits(), f64::to_bits(price), "{price} x {n}");
            }
        }
    }

    #[test]
    fn a_sum_gives_back_the_small_after_the_large_has_left() {
        let mut sum = Sum::default();
        for x in [1e16, 0.1, 1e-5, -1e16] {
            sum.add(x);
        }
        assert!((sum.high + sum.low - 0.100_01).abs() < 1e-16, "{sum:?}");
    }
}
