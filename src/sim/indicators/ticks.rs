//! Prices are decimals, and decimals are not binary numbers: 0.1 + 0.2 is not 0.3 in f64. So two averages that are
//! equal on paper may differ in their last bit, and a rule that compares them sees a crossing where there is none.
//!
//! Nearly all candles have a common tick, though: all prices are whole multiples of 0.01, say. Counted in ticks they
//! are whole numbers, whose sums are exact in f64. A sum over a window divided by the number of ticks it stands for
//! is rounded once, to the f64 that is nearest to the true value. Equal values are then equal to the bit, be they
//! averages of different windows, differences, or closes as they stand in the file.
//!
//! A finer tick gives the same bits as long as all counts are exact, so what the tick of a range is found to be does
//! not matter. Where there is none, everything is computed on the prices as they are.

use crate::simd::Cpu;
use crate::tile::resumable::resumable;

/// Largest count of ticks, so that sums and differences of a few stay exact and counting is exact as well.
const MOST: f64 = 1_125_899_906_842_624.0; // 2^50
/// Whole numbers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
/// Most decimals of a tick.
const DECIMALS: u32 = 12;

/// Of a series: each value is the f64 nearest to a whole number of ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ticks {
    /// Ticks in 1, a whole number.
    per_unit: f64,
    /// No value has more ticks, on either side of 0.
    most: f64,
}

resumable!(Ticks: per_unit, most);

impl Ticks {
    /// The largest decimal tick that all values are multiples of, if there is one.
    #[must_use]
    pub fn of(values: &[f64], cpu: Cpu) -> Option<Self> {
        let (mut per_unit, mut decimals, mut largest) = (1.0, 0, 0.0_f64);
        for chunk in values.chunks(256) {
            loop {
                let (fits, most) = cpu.run(|| {
                    chunk.iter().fold((true, largest), |(fits, most), &x| {
                        #[expect(clippy::float_cmp, reason = "a multiple of the tick is exactly that")]
                        let is_multiple = round(x * per_unit) / per_unit == x;
                        let size = x.abs();
                        (fits & is_multiple, if size > most { size } else { most })
                    })
                });
                if fits {
                    largest = most;
                    break;
                }
                if decimals == DECIMALS {
                    return None;
                }
                decimals += 1;
                per_unit *= 10.0;
            }
        }
        Self::checked(per_unit, round(largest * per_unit))
    }

    /// The tick of a single number.
    #[must_use]
    pub fn of_number(value: f64) -> Option<Self> {
        Self::of(&[value], Cpu::Portable)
    }

    fn checked(per_unit: f64, most: f64) -> Option<Self> {
        (per_unit <= EXACT && most <= MOST).then_some(Self { per_unit, most })
    }

    /// Ticks in 1.
    #[must_use]
    pub fn per_unit(self) -> f64 {
        self.per_unit
    }

    /// Whether the sum of so many values is exact in one f64.
    #[must_use]
    pub fn sums_exactly(self, values: usize) -> bool {
        self.most * real(values) <= EXACT
    }

    /// The number of ticks that a value stands for.
    #[inline]
    #[must_use]
    pub fn count(self, value: f64) -> f64 {
        round(value * self.per_unit)
    }

    /// The value of a number of ticks, rounded once.
    #[inline]
    #[must_use]
    pub fn value(self, ticks: f64) -> f64 {
        ticks / self.per_unit
    }

    /// The value that was meant by one that a few roundings have moved.
    #[inline]
    #[must_use]
    pub fn snap(self, value: f64) -> f64 {
        self.value(self.count(value))
    }

    /// Of means whose weights sum up to this number: their ticks are so much smaller.
    #[must_use]
    pub fn of_means(self, weights: usize) -> Option<Self> {
        Self::checked(self.per_unit * real(weights), self.most * real(weights))
    }

    /// Of sums over windows of so many values.
    #[must_use]
    pub fn of_windows(self, bars: usize) -> Option<Self> {
        Self::checked(self.per_unit, self.most * real(bars))
    }

    /// Of sums and differences of two series.
    #[must_use]
    pub fn of_sums(self, other: Self) -> Option<Self> {
        let common = self.common(other)?;
        Self::checked(common.per_unit, common.most * 2.0)
    }

    /// Of values taken from either of two series.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        let per_unit = self.per_unit / greatest_divisor(self.per_unit, other.per_unit) * other.per_unit;
        let (a, b) = (self.most * (per_unit / self.per_unit), other.most * (per_unit / other.per_unit));
        Self::checked(per_unit, a.max(b))
    }

    /// Of the products with one number.
    #[must_use]
    pub fn of_products(self, factor: f64) -> Option<Self> {
        let tick = Self::of_number(factor)?;
        Self::checked(self.per_unit * tick.per_unit, self.most * tick.most)
    }

    /// Of the quotients by one number.
    #[must_use]
    pub fn of_quotients(self, divisor: f64) -> Option<Self> {
        let tick = Self::of_number(divisor).filter(|tick| tick.most > 0.0)?;
        Self::checked(self.per_unit * tick.most, self.most * tick.per_unit)
    }
}

/// The nearest whole number, for sizes below 2^51, in two operations that every processor has.
#[inline]
fn round(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: the last bit is worth 1
    (x + SHIFT) - SHIFT
}

/// Of two whole numbers.
fn greatest_divisor(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    while b > 0.0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A count as a real; `params` has the same, and its siblings import this file.
#[expect(clippy::cast_precision_loss, reason = "counts of bars in a window stay far below 2^53")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Option<Ticks> {
        let found = Ticks::of(values, Cpu::Portable);
        assert!(Cpu::available().into_iter().all(|cpu| Ticks::of(values, cpu) == found));
        found
    }

    #[test]
    fn the_tick_is_the_last_decimal_that_any_price_has() {
        assert_eq!(ticks(&[100.0, 0.1, 67_123.45]).map(Ticks::per_unit), Some(100.0));
        assert_eq!(ticks(&[0.000_012_34, 0.000_012]).map(Ticks::per_unit), Some(1e8));
        assert_eq!(ticks(&[5.0, 0.0]).map(Ticks::per_unit), Some(1.0));
        for none in [f64::NAN, f64::INFINITY, 1.0 / 3.0, 1e16, 123_456_789.123_456_79] {
            assert_eq!(ticks(&[1.5, none]), None, "{none}");
        }
    }

    #[test]
    fn sums_products_and_quotients_have_the_tick_that_they_have_on_paper() {
        let cents = ticks(&[99.99]).unwrap();
        let tick = |ticks: Option<Ticks>| ticks.map(Ticks::per_unit);
        assert_eq!(tick(cents.of_means(7)), Some(700.0));
        assert_eq!(tick(cents.of_means(20).unwrap().of_sums(cents.of_means(16).unwrap())), Some(8_000.0));
        assert_eq!(tick(cents.of_products(0.5)), Some(1_000.0));
        assert_eq!(tick(cents.of_quotients(2.0)), Some(200.0));
        assert_eq!(tick(cents.of_quotients(0.0)), None);
        assert_eq!(tick(cents.of_products(f64::NAN)), None);
        assert_eq!(tick(cents.of_means(1 << 50)), None, "so many ticks that their number would be rounded");
    }

    #[test]
    fn what_roundings_have_moved_is_put_back() {
        let cents = ticks(&[0.01]).unwrap();
        assert_ne!((0.3_f64 - 0.1).to_bits(), 0.2_f64.to_bits());
        assert_eq!(cents.snap(0.3 - 0.1).to_bits(), 0.2_f64.to_bits());
        assert!(cents.snap(f64::NAN).is_nan());
    }
}
