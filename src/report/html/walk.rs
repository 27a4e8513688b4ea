//! The page of a walk: the stitched equity with its windows, the parameters over time, in sample against out of sample.

use serde_json::{Value, json};

use super::{encode, page, result};
use crate::number;
use crate::sim::metrics;
use crate::sim::{Millis, Row, SplitRow, WindowRow};
use crate::table::{Records, split_columns, window_columns};

/// Most bars whose equity is drawn; of more, every so many-th.
const BARS: usize = 4_000;

/// A walk and what is shown of it.
pub struct WalkPage<'a> {
    /// The account of all tests.
    pub row: &'a Row,
    /// The windows, and the holdout as the last where there is one.
    pub windows: &'a [WindowRow],
    /// Names of the parameters.
    pub params: &'a [String],
    /// Name of the metric that chose.
    pub sort: &'a str,
    /// Open times of the account's bars.
    pub time: &'a [Millis],
    /// Its equity at their closes, in quote currency.
    pub equity: &'a [f64],
    /// What the capital would be worth, had it bought at the first close; as many.
    pub buy_hold: &'a [f64],
    /// The metric in sample and out of sample, of points in windows.
    pub scatter: &'a [(f64, f64)],
    /// What it comes to, in one sentence.
    pub verdict: &'a str,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The page.
#[must_use]
pub fn walk(walk: &WalkPage<'_>) -> String {
    let row = walk.row;
    let title = format!("{} {} · {} walked forward", row.symbol, row.interval, row.strategy);
    page::page(&title, &document(walk))
}

/// A combinatorial cross-validation and what is shown of it.
pub struct CpcvPage<'a> {
    /// The account of each path.
    pub paths: &'a [Row],
    /// Their equity at the closes of some bars, in quote currency; as many for each as there are times.
    pub equity: &'a [&'a [f64]],
    /// The splits.
    pub splits: &'a [SplitRow],
    /// Open times of the first and of the last bar of each group.
    pub groups: &'a [(Millis, Millis)],
    /// Names of the parameters.
    pub params: &'a [String],
    /// Name of the metric that chose.
    pub sort: &'a str,
    /// Open times of these bars.
    pub time: &'a [Millis],
    /// What the capital would be worth at their closes, had it bought at the first.
    pub buy_hold: &'a [f64],
    /// The metric in sample and out of sample, of points in splits.
    pub scatter: &'a [(f64, f64)],
    /// What it comes to, in one sentence.
    pub verdict: &'a str,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The page of a cross-validation.
///
/// # Panics
/// When there is no path.
#[must_use]
pub fn cpcv(found: &CpcvPage<'_>) -> String {
    let row = &found.paths[0];
    let title = format!("{} {} · {} cross-validated", row.symbol, row.interval, row.strategy);
    let columns = split_columns(found.params);
    let chosen = |row: &SplitRow| {
        let params: Vec<String> = row.choice.params.iter().map(|(_, value)| number(*value).to_string()).collect();
        json!({
            "name": format!("split {}: {}", row.number, params.join(" ")),
            "inside": row.choice.metric.0.map(number),
            "outside": row.choice.metric.1.map(number),
        })
    };
    let document = json!({
        "kind": "cpcv",
        "result": result::result(row),
        "metrics": result::metrics(row.outcome.detail),
        "sort": metrics::find(found.sort).unwrap_or(0),
        "times": encode::time_stretches(found.time),
        "hold": encode::floats32(found.buy_hold),
        "paths": found.equity.iter().map(|equity| encode::floats32(equity)).collect::<Vec<_>>(),
        "values": found.paths.iter().map(|row| result::values(&row.outcome)).collect::<Value>(),
        "groups": found.groups,
        "params": found.params,
        "chosen": found.splits.iter().map(chosen).collect::<Value>(),
        "splits": Records::new(&columns, found.splits, found.splits.len()).json(),
        "scatter": pairs(found.scatter),
        "verdict": found.verdict,
        "program": result::program(),
        "notes": found.notes,
    });
    page::page(&title, &document)
}

/// Figures in sample and out of sample.
fn pairs(pairs: &[(f64, f64)]) -> Value {
    json!({
        "inside": encode::floats32(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
        "outside": encode::floats32(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>()),
    })
}

fn document(walk: &WalkPage<'_>) -> Value {
    let each = walk.time.len().div_ceil(BARS).max(1);
    let last = walk.time.len().saturating_sub(1);
    let drawn = |at: &usize| at.is_multiple_of(each) || *at == last;
    let thin = |values: &[f64]| {
        let values: Vec<f64> = (0..values.len()).filter(drawn).map(|at| values[at]).collect();
        encode::floats32(&values)
    };
    let times: Vec<Millis> = (0..walk.time.len()).filter(drawn).map(|at| walk.time[at]).collect();
    let columns = window_columns(walk.params);
    let params = |row: &WindowRow| row.choice.params.iter().map(|(_, value)| number(*value)).collect::<Value>();
    let chosen = |row: &WindowRow| {
        let values: Vec<String> = row.choice.params.iter().map(|(_, value)| number(*value).to_string()).collect();
        json!({
            "name": row.number.map(|number| format!("window {number}: {}", values.join(" "))),
            "number": row.number,
            "from": row.test.0,
            "to": row.test.1,
            "params": params(row),
            "inside": row.choice.metric.0.map(number),
            "outside": row.choice.metric.1.map(number),
        })
    };
    json!({
        "kind": "walk",
        "result": result::result(walk.row),
        "metrics": result::metrics(walk.row.outcome.detail),
        "sort": metrics::find(walk.sort).unwrap_or(0),
        "times": encode::time_stretches(&times),
        "equity": thin(walk.equity),
        "hold": thin(walk.buy_hold),
        "params": walk.params,
        "chosen": walk.windows.iter().map(chosen).collect::<Value>(),
        "windows": Records::new(&columns, walk.windows, walk.windows.len()).json(),
        "scatter": pairs(walk.scatter),
        "verdict": walk.verdict,
        "program": result::program(),
        "notes": walk.notes,
    })
}
