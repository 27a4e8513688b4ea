//! The equity of one result, bar by bar, with what it is measured against.

use crate::sim::model::{Candles, Millis};

/// Equity at every close, and two series that follow from it. All three are as long as `time`.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Open time of each bar.
    pub time: Vec<Millis>,
    /// Equity at the close of each bar, in quote currency.
    pub equity: Vec<f64>,
    /// Equity against its highest value so far, as a fraction: 0 at a peak, else below.
    pub drawdown: Vec<f64>,
    /// What the capital would be worth, had it bought at the first close and paid nothing for it.
    pub buy_hold: Vec<f64>,
}

impl Curve {
    /// The curve of an account with this equity at the closes of these candles, as many as there are.
    ///
    /// # Panics
    /// When there is no bar, or not one value of equity for each.
    #[must_use]
    pub fn new(candles: &Candles, equity: Vec<f64>, capital: f64) -> Self {
        assert_eq!(candles.len(), equity.len(), "one value for each bar");
        let first = candles.close[0];
        let buy_hold = candles.close.iter().map(|close| capital * (close / first)).collect();
        Self { time: candles.time.clone(), drawdown: drawdown(&equity), equity, buy_hold }
    }
}

/// How far each value is below the highest one so far, as a fraction.
#[must_use]
pub fn drawdown(equity: &[f64]) -> Vec<f64> {
    let mut peak = f64::NEG_INFINITY;
    let one = |&value: &f64| {
        peak = peak.max(value);
        // Nothing can fall from a peak of 0 or less: an account that was ruined by its first bar.
        if peak > 0.0 { value / peak - 1.0 } else { 0.0 }
    };
    equity.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawdown_is_counted_from_the_highest_value_so_far() {
        assert_eq!(drawdown(&[100.0, 50.0, 200.0, 150.0, 200.0]), [0.0, -0.5, 0.0, -0.25, 0.0]);
        assert_eq!(drawdown(&[-5.0, -6.0]), [0.0, 0.0]);
    }

    #[test]
    fn buying_and_holding_begins_with_the_capital() {
        let candles = Candles {
            time: vec![0, 1],
            open: vec![1.0; 2],
            high: vec![4.0; 2],
            low: vec![1.0; 2],
            close: vec![2.0, 3.0],
            volume: vec![0.0; 2],
        };
        let curve = Curve::new(&candles, vec![10.0, 11.0], 10.0);
        assert_eq!(curve.buy_hold, [10.0, 15.0]);
        assert_eq!(curve.time, [0, 1]);
    }
}
