//! The order of results: by one metric, those with few trades after the others, undefined ones last.

use std::cmp::Ordering;

use super::Metrics;
use super::table::TABLE;

/// Places in [`TABLE`] of what is asked of every point of a sweep.
const TRADES: usize = 12;
const OPEN_TRADES: usize = 13;

/// By what results are ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankBy {
    /// The metric, by its place in [`TABLE`].
    pub metric: usize,
    /// Results with fewer closed trades come after those with as many or more: a ratio of two trades says nothing.
    pub min_trades: usize,
}

/// Where a result stands among others: the smaller, the better.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    group: RankGroup,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum RankGroup {
    Defined,
    FewTrades,
    Undefined,
}

impl RankBy {
    /// By this metric alone, however few trades there are.
    #[must_use]
    pub const fn metric(metric: usize) -> Self {
        Self { metric, min_trades: 0 }
    }

    /// Where a result with these metrics stands.
    #[must_use]
    pub fn rank(&self, metrics: &Metrics) -> Rank {
        let value = metrics[self.metric];
        let group = match value {
            None => RankGroup::Undefined,
            Some(_) if self.has_few_trades(metrics) => RankGroup::FewTrades,
            Some(_) => RankGroup::Defined,
        };
        Rank { group, value: TABLE[self.metric].rank(value) }
    }

    /// Whether it comes after others because of its few closed trades.
    #[must_use]
    pub fn has_few_trades(&self, metrics: &Metrics) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "trades are far below 2^53")]
        let least = self.min_trades as f64;
        metrics[TRADES].unwrap_or(0.0) < least
    }
}

/// Whether no position was ever opened.
#[must_use]
pub fn never_traded(metrics: &Metrics) -> bool {
    metrics[TRADES].unwrap_or(0.0) + metrics[OPEN_TRADES].unwrap_or(0.0) < 1.0
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.group.cmp(&other.group).then(self.value.total_cmp(&other.value))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{COUNT, find};

    fn metrics(sharpe: Option<f64>, trades: f64) -> Metrics {
        let mut metrics: Metrics = [None; COUNT];
        metrics[find("sharpe").unwrap()] = sharpe;
        metrics[find("trades").unwrap()] = Some(trades);
        metrics[find("open_trades").unwrap()] = Some(0.0);
        metrics
    }

    #[test]
    fn few_trades_come_after_many_and_what_is_undefined_comes_last() {
        let by = RankBy { metric: find("sharpe").unwrap(), min_trades: 5 };
        let order = [(Some(0.5), 5.0), (Some(-1.0), 9.0), (Some(3.0), 4.0), (None, 100.0)];
        let ranks: Vec<Rank> = order.iter().map(|(sharpe, trades)| by.rank(&metrics(*sharpe, *trades))).collect();
        assert!(ranks.is_sorted() && ranks[0] < ranks[1], "{ranks:?}");
        let alone = RankBy::metric(by.metric);
        assert!(alone.rank(&metrics(Some(3.0), 1.0)) < alone.rank(&metrics(Some(0.5), 50.0)));
    }

    #[test]
    fn an_open_position_is_a_trade_that_happened() {
        let mut held = metrics(None, 0.0);
        assert!(never_traded(&held));
        held[find("open_trades").unwrap()] = Some(1.0);
        assert!(!never_traded(&held));
    }

    #[test]
    fn trades_stand_where_the_table_of_metrics_has_them() {
        assert_eq!((find("trades"), find("open_trades")), (Some(TRADES), Some(OPEN_TRADES)));
    }
}
