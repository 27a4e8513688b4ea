//! The trades of a run in another order: the account ends with the same equity, but the way there is another.

use super::bootstrap::Quantiles;
use crate::metrics::formulas::float;
use crate::random::{below, bits_at};

/// Shuffles what the trades of a run did to its equity.
#[derive(Clone, Debug)]
pub struct TradeShuffle {
    /// For each trade, the equity after it over the equity before it.
    growth: Vec<f64>,
    seed: u64,
}

impl TradeShuffle {
    /// Fewest trades that are worth it: of fewer there is hardly another order.
    pub const LEAST: usize = 10;

    /// Of closed trades with these profits, in their order, that began with this capital. None of fewer than
    /// [`Self::LEAST`], and where an account lost everything: what comes after cannot come before.
    #[must_use]
    pub fn new(capital: f64, profits: &[f64], seed: u64) -> Option<Self> {
        let mut equity = capital;
        let mut growth = Vec::with_capacity(profits.len());
        for profit in profits {
            let after = equity + profit;
            if after <= 0.0 {
                return None;
            }
            growth.push(after / equity);
            equity = after;
        }
        (growth.len() >= Self::LEAST).then_some(Self { growth, seed })
    }

    /// Deepest drawdown (0 or negative) and longest run of trades below an earlier peak, in the order of the run.
    #[must_use]
    pub fn actual(&self) -> [f64; 2] {
        path(&self.growth)
    }

    /// The same in the order of one repetition.
    #[must_use]
    pub fn repetition(&self, repetition: u64) -> [f64; 2] {
        let seed = bits_at(self.seed, repetition);
        let mut growth = self.growth.clone();
        for last in (1..growth.len()).rev() {
            growth.swap(last, below(bits_at(seed, last as u64), last + 1));
        }
        path(&growth)
    }
}

fn path(growth: &[f64]) -> [f64; 2] {
    let (mut equity, mut peak, mut low) = (1.0_f64, 1.0_f64, 1.0_f64);
    let (mut below, mut longest) = (0_u64, 0_u64);
    for factor in growth {
        equity *= factor;
        if equity >= peak {
            (peak, below) = (equity, 0);
        } else {
            below += 1;
            longest = longest.max(below);
            low = low.min(equity / peak);
        }
    }
    [low - 1.0, float(longest)]
}

/// What shuffling says: what 50, 95 and 99 of 100 orders do not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShuffledTrades {
    /// Closed trades.
    pub trades: u64,
    /// Repetitions.
    pub repetitions: u64,
    /// Of the run itself: deepest drawdown from trade to trade, 0 or negative.
    pub actual_drawdown: f64,
    /// Of the run itself: longest run of trades below an earlier peak.
    pub actual_duration: f64,
    /// Deepest drawdown, 0 or negative.
    pub drawdown: Quantiles<3>,
    /// Longest run of trades below an earlier peak.
    pub duration: Quantiles<3>,
}

impl ShuffledTrades {
    /// Of repetitions as [`TradeShuffle::repetition`] gives them.
    #[must_use]
    pub fn of(shuffle: &TradeShuffle, repetitions: &[[f64; 2]]) -> Self {
        let [actual_drawdown, actual_duration] = shuffle.actual();
        let column = |at: usize| repetitions.iter().map(|figures| figures[at]).collect::<Vec<_>>();
        Self {
            trades: shuffle.growth.len() as u64,
            repetitions: repetitions.len() as u64,
            actual_drawdown,
            actual_duration,
            // A deeper drawdown is a lower number.
            drawdown: Quantiles::of(column(0), [0.5, 0.05, 0.01]),
            duration: Quantiles::of(column(1), [0.5, 0.95, 0.99]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profits() -> Vec<f64> {
        (0..20).map(|at| if at % 3 == 0 { -300.0 } else { 200.0 }).collect()
    }

    #[test]
    fn every_trade_is_in_every_order_once() {
        let shuffle = TradeShuffle::new(10_000.0, &profits(), 1).unwrap();
        let end: f64 = shuffle.growth.iter().product();
        assert!((end - (10_000.0 + profits().iter().sum::<f64>()) / 10_000.0).abs() < 1e-12, "{end}");
        let orders: Vec<[f64; 2]> = (0..200).map(|repetition| shuffle.repetition(repetition)).collect();
        assert_eq!(orders[5].map(f64::to_bits), shuffle.repetition(5).map(f64::to_bits));
        let found = ShuffledTrades::of(&shuffle, &orders);
        let [Some(half), Some(most), Some(nearly_all)] = found.drawdown.0 else { panic!("{found:?}") };
        assert!(nearly_all < most && most < half && half < 0.0, "{found:?}");
        assert!(found.actual_drawdown > most, "losses that are spread out evenly are the best that can be: {found:?}");
    }

    #[test]
    fn the_way_of_the_run_is_that_of_its_trades() {
        let profits = [100.0, -55.0, -10.0, 30.0, 200.0, -1.0, 5.0, 5.0, 5.0, 5.0];
        let shuffle = TradeShuffle::new(1_000.0, &profits, 1).unwrap();
        let [drawdown, duration] = shuffle.actual();
        assert!((drawdown + 65.0 / 1_100.0).abs() < 1e-12, "{drawdown}");
        assert!((duration - 3.0).abs() < 1e-15, "{duration}");
    }

    #[test]
    fn fewer_than_ten_trades_and_a_ruined_account_have_no_other_order() {
        assert!(TradeShuffle::new(1_000.0, &[1.0; 9], 1).is_none());
        assert!(TradeShuffle::new(1_000.0, &[1.0; 10], 1).is_some());
        assert!(TradeShuffle::new(10.0, &[-1.0; 10], 1).is_none());
    }
}
