//! The page of many results, ranked.

use serde_json::{Value, json};

use super::histogram::Histogram;
use super::{downsample, encode, page, result};
use crate::report::number;
use crate::sim::metrics;
use crate::sim::{Failed, Millis, Row};

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

/// Many results and what is shown of them.
pub struct BatchPage<'a> {
    /// Best first; those that are shown.
    pub rows: &'a [Row],
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

/// Which of the ranked rows have an equity line: the first and the last few, those without the metric left out.
#[must_use]
pub fn with_lines(rows: &[Row], sort: &str) -> Vec<usize> {
    let sort = metrics::find(sort).unwrap_or(0);
    let known = rows.iter().take_while(|row| row.outcome.metrics[sort].is_some()).count();
    // Where none has it, any will do.
    let known = if known == 0 { rows.len() } else { known };
    (0..known).filter(|at| *at < LINES || at + LINES >= known).collect()
}

/// The page.
#[must_use]
pub fn batch(batch: &BatchPage<'_>) -> String {
    let count = |get: fn(&Row) -> &str| {
        let mut all: Vec<&str> = batch.rows.iter().map(get).collect();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    let (assets, strategies) = (count(|row| &row.symbol), count(|row| &row.strategy));
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
            result::values(&row.outcome.metrics),
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
        "metrics": result::metrics(),
        "sort": sort,
        "spread": Histogram::of(&ranked).section(),
        "undefined": batch.rows.len() - ranked.len(),
        "curves": batch.curves.iter().map(curve).collect::<Value>(),
        "failed": batch.failed.iter().map(|failed| json!([failed.symbol, failed.reason])).collect::<Value>(),
        "program": result::program(),
        "notes": batch.notes,
    });
    page::page(&title, &document)
}

fn curve(curve: &RowCurve) -> Value {
    let each = curve.time.len().div_ceil(POINTS).max(1);
    let y = downsample::line(&curve.equity, each);
    let (first, last) = (curve.time.first(), curve.time.last());
    json!({ "row": curve.row, "from": first, "to": last, "y": encode::floats32(&y) })
}
