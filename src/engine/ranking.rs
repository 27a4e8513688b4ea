//! The order of results by one metric, and which of them are shown.

use crate::sim::Row;
use crate::sim::metrics::{self, Metrics, Rank, RankBy};
use crate::sim::rules::{self, Expr};

/// A condition over metrics, as `--where` takes it.
#[derive(Clone, Debug)]
pub struct MetricFilter {
    /// As it was written.
    pub text: String,
    condition: Expr,
}

impl MetricFilter {
    /// Parses a condition; `option` is what an error blames.
    ///
    /// # Errors
    /// When it is no condition over metrics: where, and the nearest name.
    pub fn parse(option: &str, text: &str) -> Result<Self, rules::RuleError> {
        let names: Vec<&str> = metrics::TABLE.iter().map(|metric| metric.name).collect();
        let condition = rules::parse_condition_over_numbers(option, text, &names)?;
        Ok(Self { text: text.to_owned(), condition })
    }

    /// Whether a result fulfils it. An undefined metric is neither above nor below anything.
    #[must_use]
    pub fn passes(&self, metrics: &Metrics) -> bool {
        let values: Vec<f64> = metrics.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        rules::truth(&self.condition, &values)
    }
}

/// A ranking and a filter over results.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// By what they are ranked.
    pub by: RankBy,
    /// How many are shown, at least 1; all where nothing is said.
    pub top: Option<usize>,
    /// Which of them are shown.
    pub filter: Option<MetricFilter>,
}

impl Ranking {
    /// Name of the metric that ranks.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        metrics::TABLE[self.by.metric].name
    }

    /// How many are shown, where anybody says.
    #[must_use]
    pub fn top(&self) -> Option<usize> {
        self.top
    }

    /// The filter as it was written.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        self.filter.as_ref().map(|filter| filter.text.as_str())
    }

    /// Whether a result passes the filter.
    #[must_use]
    pub fn passes(&self, metrics: &Metrics) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(metrics))
    }

    /// Where a result stands.
    #[must_use]
    pub fn rank(&self, metrics: &Metrics) -> Rank {
        self.by.rank(metrics)
    }

    /// The rows that pass, best first; equal ones stay in their order.
    #[must_use]
    pub fn apply(&self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.retain(|row| self.passes(&row.outcome.metrics));
        rows.sort_by_key(|row| self.rank(&row.outcome.metrics));
        rows.truncate(self.top.unwrap_or(usize::MAX));
        rows
    }
}

/// The best of what goes by, of equal ones the first. Sorted now and then only: most of what comes is worse than the
/// worst of them, and is not even looked at.
pub(super) struct TopRanked<T> {
    top: usize,
    kept: Vec<(Rank, T)>,
    /// Nothing from this rank on can be among the best any more.
    limit: Option<Rank>,
}

impl<T> TopRanked<T> {
    pub(super) fn new(top: usize) -> Self {
        Self { top, kept: Vec::new(), limit: None }
    }

    /// Whether something of this rank may be among the best; the smaller, the better.
    pub(super) fn may_take(&self, rank: Rank) -> bool {
        self.limit.is_none_or(|limit| rank < limit)
    }

    pub(super) fn push(&mut self, rank: Rank, item: T) {
        self.kept.push((rank, item));
        if self.kept.len() >= 2 * self.top + 64 {
            self.sort_out();
        }
    }

    fn sort_out(&mut self) {
        self.kept.sort_by_key(|(rank, _)| *rank);
        self.kept.truncate(self.top);
        if self.kept.len() == self.top {
            self.limit = self.kept.last().map(|(rank, _)| *rank);
        }
    }

    /// The best, best first.
    pub(super) fn ranked(mut self) -> Vec<T> {
        self.sort_out();
        self.kept.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(sharpe: f64) -> Rank {
        let mut metrics: Metrics = [None; metrics::COUNT];
        metrics[4] = Some(sharpe);
        RankBy::metric(4).rank(&metrics)
    }

    #[test]
    fn the_best_are_those_that_sorting_everything_would_give() {
        for top in [1, 2, 3, 20, 500] {
            let ranks: Vec<Rank> =
                (0..2_000_u32).map(|i| rank(f64::from(i.wrapping_mul(2_654_435_761) >> 22))).collect();
            let mut best = TopRanked::new(top);
            for (at, &rank) in ranks.iter().enumerate() {
                if best.may_take(rank) {
                    best.push(rank, at);
                }
            }
            let mut all: Vec<usize> = (0..ranks.len()).collect();
            all.sort_by_key(|&at| ranks[at]);
            assert_eq!(best.ranked(), all[..top], "the best {top}");
        }
    }
}
