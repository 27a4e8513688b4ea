//! Which of several results is the better one.

use super::kinds::{Better, Metric};

/// Metrics that say what was done, or what the market did, and not how well.
const NO_MERIT: [&str; 5] = ["buy_hold_return", "exposure", "trades", "open_trades", "avg_bars_held"];

/// Which of several results are better than the others by one metric: none where all are equal or only one has it,
/// and none by a metric that is no merit.
#[must_use]
pub fn better(metric: &Metric, values: &[Option<f64>]) -> Vec<usize> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let best = match metric.better {
        Better::Higher => known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Better::Lower => known.iter().copied().fold(f64::INFINITY, f64::min),
    };
    if known.len() < 2 || known.iter().all(|value| value.total_cmp(&best).is_eq()) || NO_MERIT.contains(&metric.name) {
        return Vec::new();
    }
    (0..values.len()).filter(|&at| values[at].is_some_and(|value| value.total_cmp(&best).is_eq())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{TABLE, find};

    fn among(name: &str, values: &[Option<f64>]) -> Vec<usize> {
        better(&TABLE[find(name).unwrap()], values)
    }

    #[test]
    fn the_better_end_of_a_metric_wins_and_equal_ones_share_it() {
        assert_eq!(among("sharpe", &[Some(1.0), None, Some(2.0), Some(2.0)]), [2, 3]);
        assert_eq!(among("volatility", &[Some(0.1), Some(0.2)]), [0]);
        assert_eq!(among("max_drawdown", &[Some(-0.5), Some(-0.1)]), [1]);
    }

    #[test]
    fn where_all_are_equal_or_one_is_alone_none_is_better() {
        assert!(among("sharpe", &[Some(1.0), Some(1.0)]).is_empty());
        assert!(among("sharpe", &[Some(1.0), None]).is_empty());
        assert!(among("exposure", &[Some(0.1), Some(0.9)]).is_empty(), "to be in the market is no merit");
    }
}
