//! What an account is measured against: the returns of its own asset, or of another one.

use super::formulas::float;
use crate::candles::Candles;
use crate::interval::Millis;

/// Closes of another asset, as many as opens; the opens ascend strictly.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkCandles {
    /// Symbol of the asset.
    pub symbol: String,
    /// Open time of each bar.
    pub time: Vec<Millis>,
    /// Close of each bar.
    pub close: Vec<f64>,
}

/// The benchmark's return in each bar of an asset, with sums over them, and what buying and holding the asset gave.
///
/// As in vectorbt, the return of the first bar is 0: nothing was held before it.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// One for each bar of the asset; NaN where the benchmark has none.
    pub(super) returns: Vec<f64>,
    /// Bars with a return.
    pub(super) pairs: u64,
    /// Mean of the returns.
    pub(super) mean: f64,
    /// Mean squared distance from the mean.
    pub(super) variance: f64,
    /// Of buying the asset itself at the first close.
    pub(super) buy_hold: BuyHold,
}

/// Buying at the first close and holding to the last, without costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BuyHold {
    /// Mean return of a bar.
    pub mean: f64,
    /// Sample standard deviation of the returns; NaN under two bars.
    pub deviation: f64,
    /// Deepest fall from an earlier close, as a fraction: 0 or negative.
    pub max_drawdown: f64,
}

impl Benchmark {
    /// Of these candles, at least one: against themselves, or against those of another asset.
    #[must_use]
    pub fn new(candles: &Candles, other: Option<&BenchmarkCandles>) -> Self {
        let own = returns(candles.close.iter().copied());
        let buy_hold = BuyHold::new(&own, &candles.close);
        let returns = other.map_or(own, |other| matched(&candles.time, other));
        let pairs = returns.iter().filter(|value| !value.is_nan()).count() as u64;
        let sum: f64 = returns.iter().filter(|value| !value.is_nan()).sum();
        let mean = sum / float(pairs);
        let squares = returns.iter().filter(|value| !value.is_nan()).map(|value| (value - mean) * (value - mean));
        let variance = squares.sum::<f64>() / float(pairs);
        Self { returns, pairs, mean, variance, buy_hold }
    }
}

impl BenchmarkCandles {
    /// Open times and closes of the bars from the one that opens at `first` or later to the one that opens at `last` or
    /// before: no others have a part in what an account on bars from `first` to `last` is measured against.
    #[must_use]
    pub fn within(&self, first: Millis, last: Millis) -> (&[Millis], &[f64]) {
        let from = self.time.partition_point(|open| *open < first);
        let to = self.time.partition_point(|open| *open <= last).max(from);
        (&self.time[from..to], &self.close[from..to])
    }
}

impl BenchmarkCandles {
    /// What a capital is worth at each of these bars that was put into the asset at the first close that it has in them; NaN
    /// before that.
    #[must_use]
    pub fn worth(&self, time: &[Millis], capital: f64) -> Vec<f64> {
        let close =
            |open: Millis| self.time.partition_point(|time| *time <= open).checked_sub(1).map(|at| self.close[at]);
        let first = time.iter().find_map(|open| close(*open));
        let worth =
            |open: &Millis| close(*open).zip(first).map_or(f64::NAN, |(close, first)| capital * (close / first));
        time.iter().map(worth).collect()
    }
}

impl BuyHold {
    fn new(returns: &[f64], closes: &[f64]) -> Self {
        let bars = float(returns.len() as u64);
        let mean = returns.iter().sum::<f64>() / bars;
        let variation: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
        let (mut peak, mut low) = (f64::NEG_INFINITY, 1.0_f64);
        for &close in closes {
            if close > peak {
                peak = close;
            } else {
                low = low.min(close / peak);
            }
        }
        let deviation = if returns.len() < 2 { f64::NAN } else { (variation / (bars - 1.0)).sqrt() };
        Self { mean, deviation, max_drawdown: low - 1.0 }
    }
}

/// The return of each close on the one before, 0 at the first.
fn returns(closes: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut before = f64::NAN;
    closes
        .map(|close| {
            let value = if before.is_nan() { 0.0 } else { close / before - 1.0 };
            before = close;
            value
        })
        .collect()
}

/// The other asset's return in each bar that opens at these times: matched by open time, and in a gap from its last close
/// before. Outside its candles it has none.
fn matched(time: &[Millis], other: &BenchmarkCandles) -> Vec<f64> {
    let bounds = time.first().zip(time.last());
    let (times, closes) = bounds.map_or((&[][..], &[][..]), |(first, last)| other.within(*first, *last));
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else {
        return vec![f64::NAN; time.len()];
    };
    let mut at = 0;
    let mut before = f64::NAN;
    time.iter()
        .enumerate()
        .map(|(bar, &open)| {
            if open < first || open > last {
                before = f64::NAN;
                return f64::NAN;
            }
            while times.get(at + 1).is_some_and(|next| *next <= open) {
                at += 1;
            }
            let close = closes[at];
            // The first bar of all has no bar before it, for the benchmark as for the asset.
            let value = if bar == 0 { 0.0 } else { close / before - 1.0 };
            before = close;
            value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(time: &[Millis], close: &[f64]) -> BenchmarkCandles {
        BenchmarkCandles { symbol: "B".to_owned(), time: time.to_vec(), close: close.to_vec() }
    }

    #[test]
    fn another_asset_is_matched_by_open_time_and_keeps_its_close_through_a_gap() {
        let found = matched(&[10, 20, 30, 40], &other(&[10, 20, 40], &[100.0, 110.0, 121.0]));
        let expected = [0.0, 110.0 / 100.0 - 1.0, 0.0, 121.0 / 110.0 - 1.0];
        assert_eq!(found, expected);
    }

    #[test]
    fn before_and_after_its_candles_another_asset_has_no_returns() {
        let found = matched(&[10, 20, 30, 40, 50], &other(&[20, 30, 40], &[1.0, 2.0, 3.0]));
        assert!(found[0].is_nan() && found[1].is_nan() && found[4].is_nan(), "{found:?}");
        assert_eq!(found[2..4], [1.0, 0.5]);
        assert!(matched(&[1, 2], &other(&[], &[])).iter().all(|value| value.is_nan()));
        assert!(matched(&[1, 2], &other(&[5], &[1.0])).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn candles_beyond_those_of_the_asset_change_nothing() {
        let time = [20, 30, 40];
        let (few, many) = (other(&[30, 40], &[2.0, 3.0]), other(&[10, 30, 40, 50], &[9.0, 2.0, 3.0, 9.0]));
        assert_eq!(few.within(20, 40), many.within(20, 40));
        let bits = |other| matched(&time, &other).into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(few), bits(many));
        assert_eq!(other(&[10, 50], &[1.0, 2.0]).within(20, 40), (&[][..], &[][..]));
    }

    #[test]
    fn buying_and_holding_is_measured_from_the_first_close() {
        let closes = [100.0, 120.0, 90.0, 180.0];
        let hold = BuyHold::new(&returns(closes.iter().copied()), &closes);
        assert!((hold.max_drawdown + 0.25).abs() < 1e-15, "{hold:?}");
        let mean = (0.2 - 0.25 + 1.0) / 4.0;
        assert!((hold.mean - mean).abs() < 1e-15, "{hold:?}");
        assert!(BuyHold::new(&[0.0], &[5.0]).deviation.is_nan());
    }
}
