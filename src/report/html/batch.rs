//! The page of many results, ranked.

use serde_json::{Value, json};

use super::histogram::Histogram;
use super::{downsample, encode, page, result};
use crate::number;
use crate::sim::metrics::{self, Metrics, RankBy};
use crate::sim::{Failed, Millis, Row, StrategyTotals};
use crate::table::detail_of;

/// Points of a small line.
const POINTS: usize = 160;

/// The equity of one of the results.
pub struct RowCurve {
    /// Its place among the rows.
    pub row: usize,
    /// Open times.
    pub time: Vec<Millis>,
    /// Equity at the closes.
    pub equity: Vec<f64>,
}

/// What many results were of.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// Assets with a result.
    pub assets: usize,
    /// Strategies.
    pub strategies: usize,
    /// Results.
    pub results: usize,
    /// What the results of each strategy have in common; empty where not all of them are known.
    pub totals: Vec<StrategyTotals>,
}

impl Tested {
    /// What these rows are of, where they are all that was tested.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let count = |get: fn(&Row) -> &str| {
            let mut all: Vec<&str> = rows.iter().map(get).collect();
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        let (assets, strategies) = (count(|row| &row.symbol), count(|row| &row.strategy));
        Self { assets, strategies, results: rows.len(), totals: StrategyTotals::of(rows) }
    }
}

/// Many results and what is shown of them.
pub struct BatchPage<'a> {
    /// Best first; those that are shown.
    pub rows: &'a [Row],
    /// What was tested, shown or not.
    pub tested: Tested,
    /// The command that gives each of them; empty where it is not known.
    pub commands: Vec<String>,
    /// Name of the metric that ranks.
    pub sort: &'a str,
    /// Equity of the best and of the worst, in the order of the rows.
    pub curves: Vec<RowCurve>,
    /// Assets without a result.
    pub failed: &'a [Failed],
    /// Whether settings and ranges of the rows are known: a file of rows does not hold them.
    pub settled: bool,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// Best and worst results that have an equity line each.
const LINES: usize = 6;

/// Which of the ranked rows have an equity line: the first few, and where all that was tested is shown the last few
/// too. Those without the metric or with few trades are left out where there are others.
#[must_use]
pub fn with_lines(rows: &[Row], by: RankBy, tested: usize) -> Vec<usize> {
    let of = |wanted: &dyn Fn(&Metrics) -> bool| -> Vec<usize> {
        (0..rows.len()).filter(|at| wanted(&rows[*at].outcome.metrics)).collect()
    };
    let many = of(&|metrics| metrics[by.metric].is_some() && !by.has_few_trades(metrics));
    let defined = of(&|metrics| metrics[by.metric].is_some());
    let chosen = [many, defined, of(&|_| true)].into_iter().find(|rows| !rows.is_empty()).unwrap_or_default();
    let (first, last) = (LINES, if rows.len() == tested { chosen.len().saturating_sub(LINES) } else { usize::MAX });
    let is_shown = |(at, _): &(usize, usize)| *at < first || *at >= last;
    chosen.into_iter().enumerate().filter(is_shown).map(|(_, row)| row).collect()
}

/// The page.
#[must_use]
pub fn batch(batch: &BatchPage<'_>) -> String {
    let Tested { assets, strategies, results, .. } = batch.tested;
    let noun = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let title = format!("{} × {}", noun(assets, "asset", "assets"), noun(strategies, "strategy", "strategies"));
    let sort = metrics::find(batch.sort).unwrap_or(0);
    let ranked: Vec<f64> = batch.rows.iter().filter_map(|row| row.outcome.metrics[sort]).collect();
    let row = |row: &Row| {
        let params = row.params.iter().map(|(_, value)| number(*value));
        json!([
            row.symbol,
            row.strategy,
            params.collect::<Value>(),
            result::values(&row.outcome),
            row.outcome.start,
            row.outcome.end,
            row.outcome.ruined,
        ])
    };
    let document = json!({
        "kind": "batch",
        "title": title,
        "rows": batch.rows.iter().map(row).collect::<Value>(),
        "first": batch.rows.first().map(result::result),
        "settled": batch.settled,
        "commands": batch.commands,
        "metrics": result::metrics(detail_of(batch.rows)),
        "sort": sort,
        "spread": Histogram::of(&ranked).section(),
        "undefined": batch.rows.len() - ranked.len(),
        "curves": batch.curves.iter().map(curve).collect::<Value>(),
        "tested": results,
        "totals": batch.tested.totals.iter().map(totals).collect::<Value>(),
        "medians": StrategyTotals::MEDIANS,
        "failed": batch.failed.iter().map(|failed| json!([failed.symbol, failed.reason])).collect::<Value>(),
        "program": result::program(),
        "notes": batch.notes,
    });
    page::page(&title, &document)
}

fn totals(of: &StrategyTotals) -> Value {
    let params = of.params.iter().map(|(_, value)| number(*value)).collect::<Value>();
    let medians: Vec<Value> = of.medians.iter().map(|value| value.map_or(Value::Null, number)).collect();
    json!([of.strategy, params, of.results, number(of.profitable), number(of.beat_buy_hold), of.never_traded, medians])
}

fn curve(curve: &RowCurve) -> Value {
    let each = curve.time.len().div_ceil(POINTS).max(1);
    let y = downsample::line(&curve.equity, each);
    let (first, last) = (curve.time.first(), curve.time.last());
    json!({ "row": curve.row, "from": first, "to": last, "y": encode::floats32(&y) })
}
