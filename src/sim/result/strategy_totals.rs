//! What the results of one strategy on many assets have in common.

use crate::metrics::{self, Metrics, never_traded};
use crate::result::Row;

/// The results of one strategy, with the same parameters, on every asset of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyTotals {
    /// Name of the strategy.
    pub strategy: String,
    /// Every parameter with its value, in the strategy's order.
    pub params: Vec<(String, f64)>,
    /// Number of results.
    pub results: u64,
    /// Share of them with a return above 0.
    pub profitable: f64,
    /// Share of them with a higher return than buying at the first close and holding.
    pub beat_buy_hold: f64,
    /// Those that never opened a position.
    pub never_traded: u64,
    /// Medians of metrics, in the order of [`StrategyTotals::MEDIANS`], each over the results in which it is defined.
    pub medians: [Option<f64>; 5],
}

impl StrategyTotals {
    /// The metrics of which medians are taken.
    pub const MEDIANS: [&str; 5] = ["sharpe", "total_return", "cagr", "max_drawdown", "trades"];

    /// Of all these results, the strategies in the order in which they first come.
    #[must_use]
    pub fn of(rows: &[Row]) -> Vec<Self> {
        let mut groups: Vec<(&str, Vec<&Row>)> = Vec::new();
        for row in rows {
            match groups.iter_mut().find(|(strategy, _)| *strategy == row.strategy) {
                Some((_, group)) => group.push(row),
                None => groups.push((&row.strategy, vec![row])),
            }
        }
        groups.into_iter().map(|(_, group)| Self::of_one(&group)).collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of assets are far below 2^53")]
    fn of_one(rows: &[&Row]) -> Self {
        let metric = |row: &Row, name: &str| metrics::find(name).and_then(|at| row.outcome.metrics[at]);
        let share = |holds: &dyn Fn(&Row) -> Option<bool>| {
            rows.iter().filter(|row| holds(row) == Some(true)).count() as f64 / rows.len() as f64
        };
        let count = |holds: &dyn Fn(&Metrics) -> bool| rows.iter().filter(|row| holds(&row.outcome.metrics)).count();
        Self {
            strategy: rows[0].strategy.clone(),
            params: rows[0].params.clone(),
            results: rows.len() as u64,
            profitable: share(&|row| Some(metric(row, "total_return")? > 0.0)),
            beat_buy_hold: share(&|row| Some(metric(row, "total_return")? > metric(row, "buy_hold_return")?)),
            never_traded: count(&never_traded) as u64,
            medians: Self::MEDIANS.map(|name| median(rows.iter().filter_map(|row| metric(row, name)).collect())),
        }
    }
}

/// The middle value, or the mean of the two in the middle; none where there is no value.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        return Some(values[middle]);
    }
    let below = values.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(*below, values[middle]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_values_is_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 8.0]), Some(3.0));
    }
}
