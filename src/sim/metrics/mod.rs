//! The closing formulas: one table from which every output, sort and help of metrics derives.
//!
//! Definitions are those of the project's contract, which are vectorbt's where it has the metric; an undefined one
//! is `None`, never NaN or infinity. What needs more than an account adds up anyway is worked out only where it is asked
//! for: see [`Detail`].

mod benchmark;
mod breakdown;
mod formulas;
mod history;
mod history_formulas;
mod rank;
mod table;
mod tails;
pub mod validation;
mod window;

pub use benchmark::{Benchmark, BenchmarkCandles};
pub use breakdown::{Breakdown, BreakdownBy, BreakdownPart};
pub use formulas::Closing;
pub use history::{Detail, Detailed, HistoryStats};
pub use history_formulas::ClosedHistory;
pub use rank::{Rank, RankBy, never_traded};
pub use table::{Better, COUNT, Group, LATER, Metric, OF_TRADE_TERMS, TABLE, Unit, complete, compute, find};

pub use window::{SegmentDetail, SegmentSums, WindowMetrics};

use self::formulas::float;
use crate::interval::Millis;

/// All metrics of one result, in the order of [`TABLE`].
pub type Metrics = [Option<f64>; COUNT];

/// What a backtest found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Whether the account lost everything and was ended.
    pub ruined: bool,
    /// Which metrics were worked out; the others are undefined.
    pub detail: Detail,
    /// All metrics.
    pub metrics: Metrics,
}

/// Whether a backtest of so many bars can have these metrics, in the order of [`TABLE`]. For values that come from
/// outside, such as a cache that others write to.
#[must_use]
pub fn are_possible(metrics: &[Option<f64>], bars: u64) -> bool {
    let known = TABLE.iter().zip(metrics);
    known.into_iter().all(|(metric, value)| value.is_none_or(|value| is_possible(metric, value, float(bars))))
}

fn is_possible(metric: &Metric, value: f64, bars: f64) -> bool {
    let is_count = |most: f64| value.fract() == 0.0 && (0.0..=most).contains(&value);
    let in_range = match metric.name {
        // A bar can end one trade and begin and end another.
        "trades" | "max_wins" | "max_losses" => is_count(2.0 * bars),
        "open_trades" | "max_drawdown_bars" => is_count(bars),
        // The equity of an account that is ruined may end below 0.
        "max_drawdown" => value <= 0.0,
        _ => metric.range.is_none_or(|(low, high)| (low..=high).contains(&value)),
    };
    // Tables show these in percent.
    let is_shown = !matches!(metric.unit, Unit::Gain | Unit::Share) || (value * 100.0).is_finite();
    in_range && value.is_finite() && is_shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_that_no_backtest_of_100_bars_has_are_impossible() {
        let possible = |name: &str, value: f64| {
            let mut metrics = [None; COUNT];
            metrics[find(name).expect("a metric")] = Some(value);
            are_possible(&metrics, 100)
        };
        for (name, value) in
            [("trades", 50.0), ("win_rate", 1.0), ("max_drawdown", -1.5), ("total_return", 1e9), ("sharpe", -7.0)]
        {
            assert!(possible(name, value), "{name} {value}");
        }
        for (name, value) in [
            ("trades", -5.5),
            ("trades", 2.5),
            ("trades", 201.0),
            ("win_rate", 7.0),
            ("exposure", -0.1),
            ("max_drawdown", 0.1),
            ("max_drawdown_bars", 101.0),
            ("volatility", -1.0),
            ("total_return", 1e307),
            ("sharpe", f64::NAN),
        ] {
            assert!(!possible(name, value), "{name} {value}");
        }
    }
}
