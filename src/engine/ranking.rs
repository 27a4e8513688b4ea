//! The order of results by one metric, and which of them are shown.

use crate::data::is_symbol_named;
use crate::sim::Row;
use crate::sim::metrics::{self, Detail, Metric, Metrics, Outcome, Rank, RankBy};
use crate::sim::rules::{self, Expr, ResultCondition, RuleError};
use crate::sim::simd::Compare;

/// What a filter calls the number of bars of a result, behind the names of the metrics.
const BARS: &str = "bars";

/// A condition over results, as `--where` takes it: over metrics, bars and symbol.
#[derive(Clone, Debug)]
pub struct ResultFilter {
    /// As it was written.
    pub text: String,
    /// What it means.
    pub condition: ResultCondition,
}

/// A comparison of a number of a result with a constant, as it stands in a filter.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterComparison {
    /// Name of a metric, or `bars`.
    pub name: &'static str,
    /// How they are compared.
    pub op: Compare,
    /// The constant.
    pub value: f64,
}

impl ResultFilter {
    /// Parses a condition; `option` is what an error blames.
    ///
    /// # Errors
    /// When it is no condition over metrics, bars and symbol: where, and the nearest name.
    pub fn parse(option: &str, text: &str) -> Result<Self, RuleError> {
        let names: Vec<&str> = names().collect();
        let condition = rules::parse_result_condition(option, text, &names)?;
        Ok(Self { text: text.to_owned(), condition })
    }

    /// What it knows of an asset: for each comparison of the symbol, whether this is the one. The same for all results of
    /// the asset.
    #[must_use]
    pub fn of_symbol(&self, symbol: &str) -> SymbolMatches {
        SymbolMatches(self.condition.symbols.iter().map(|name| is_symbol_named(symbol, name)).collect())
    }

    /// Whether a result of an asset fulfils it. An undefined metric is neither above nor below anything.
    #[must_use]
    pub fn passes(&self, symbol: &SymbolMatches, outcome: &Outcome) -> bool {
        let metrics = outcome.metrics.iter().map(|value| value.unwrap_or(f64::NAN));
        #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
        let bars = outcome.bars as f64;
        let symbol = symbol.0.iter().map(|is_named| if *is_named { 1.0 } else { 0.0 });
        let values: Vec<f64> = metrics.chain([bars]).chain(symbol).collect();
        rules::truth(&self.condition.condition, &values)
    }

    /// The comparisons of one number with a constant that it is made of, in any place.
    #[must_use]
    pub fn comparisons(&self) -> Vec<FilterComparison> {
        let mut found = Vec::new();
        self.condition.condition.visit(&mut |node| {
            let Expr::Compare(op, a, b) = node else { return };
            let (op, index, constant) = match (&**a, &**b) {
                (Expr::Param(index), constant) => (*op, *index, constant),
                (constant, Expr::Param(index)) => (op.swapped(), *index, constant),
                _ => return,
            };
            if let Some(name) = names().nth(index).filter(|_| constant.params().is_empty()) {
                found.push(FilterComparison { name, op, value: rules::number(constant, &[]) });
            }
        });
        found
    }
}

/// Whether the symbol of an asset is one of those that a filter names, for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolMatches(Vec<bool>);

/// The numbers that a filter knows of a result, in their order.
fn names() -> impl Iterator<Item = &'static str> {
    metrics::TABLE.iter().map(|metric| metric.name).chain([BARS])
}

/// A ranking and a filter over results.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// By what they are ranked.
    pub by: RankBy,
    /// How many are shown, at least 1; all where nothing is said.
    pub top: Option<usize>,
    /// Which of them are shown.
    pub filter: Option<ResultFilter>,
}

impl Ranking {
    /// Name of the metric that ranks.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        metrics::TABLE[self.by.metric].name
    }

    /// The same where so many are shown.
    #[must_use]
    pub fn with_top(&self, top: usize) -> Self {
        Self { top: Some(top), ..self.clone() }
    }

    /// How many are shown, where anybody says.
    #[must_use]
    pub fn top(&self) -> Option<usize> {
        self.top
    }

    /// How much has to be worked out of each result for it to be ranked and filtered.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.metrics().map(Metric::detail).max().unwrap_or_default()
    }

    /// The metrics that rank and filter.
    pub fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let filter = self.filter.iter().flat_map(|filter| filter.condition.condition.params());
        std::iter::once(self.by.metric).chain(filter).filter_map(|at| metrics::TABLE.get(at))
    }

    /// The filter as it was written.
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        self.filter.as_ref().map(|filter| filter.text.as_str())
    }

    /// Whether a result passes the filter, if there is one.
    #[must_use]
    pub fn passes(&self, row: &Row) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(&filter.of_symbol(&row.symbol), &row.outcome))
    }

    /// Where a result stands.
    #[must_use]
    pub fn rank(&self, metrics: &Metrics) -> Rank {
        self.by.rank(metrics)
    }

    /// The rows that pass, best first, as many as are shown; equal ones stay in their order. And how many pass.
    #[must_use]
    pub fn apply(&self, mut rows: Vec<Row>) -> (Vec<Row>, usize) {
        rows.retain(|row| self.passes(row));
        let passing = rows.len();
        // Rows are large: their ranks are sorted, and each row is moved once.
        rows.sort_by_cached_key(|row| self.rank(&row.outcome.metrics));
        rows.truncate(self.top.unwrap_or(usize::MAX));
        (rows, passing)
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
    fn a_filter_knows_metrics_bars_and_the_symbol_by_any_of_its_names() {
        let mut metrics: Metrics = [None; metrics::COUNT];
        metrics[12] = Some(7.0);
        let outcome = Outcome { bars: 400, start: 0, end: 1, ruined: false, detail: metrics::Detail::Sums, metrics };
        for (text, symbol, holds) in [
            ("trades >= 7 and bars < 500", "BTCUSDT", true),
            ("bars > 400", "BTCUSDT", false),
            ("symbol == 'BTC'", "BTCUSDT", true),
            ("symbol == 'btc/usdt' or symbol == 'ETH'", "BTCUSDT", true),
            ("symbol != '*USDC'", "BTCUSDC", false),
            ("not (symbol == 'ETH') and sharpe > 0", "BTCUSDT", false),
        ] {
            let filter = ResultFilter::parse("--where", text).unwrap();
            assert_eq!(filter.passes(&filter.of_symbol(symbol), &outcome), holds, "{text}");
        }
        let filter =
            ResultFilter::parse("--where", "(0.3 > max_drawdown) and bars >= 2 * 3 and symbol == 'X'").unwrap();
        let comparison = |name, op, value| FilterComparison { name, op, value };
        assert_eq!(
            filter.comparisons(),
            [comparison("max_drawdown", Compare::Less, 0.3), comparison("bars", Compare::GreaterEqual, 6.0)]
        );
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
