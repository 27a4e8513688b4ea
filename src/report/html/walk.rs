//! The page of a walk: the stitched equity with its windows, the parameters over time, in sample against out of sample.

use serde_json::{Value, json};

use super::{encode, page, result};
use crate::report::number;
use crate::report::table::{Records, window_columns};
use crate::sim::metrics;
use crate::sim::{Millis, Row, WindowRow};

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
    let params = |row: &WindowRow| row.params.iter().map(|(_, value)| number(*value)).collect::<Value>();
    let chosen = |row: &WindowRow| {
        json!({
            "number": row.number,
            "from": row.test.0,
            "to": row.test.1,
            "params": params(row),
            "inside": row.metric.0.map(number),
            "outside": row.metric.1.map(number),
        })
    };
    let pairs = || walk.scatter.iter();
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
        "scatter": {
            "inside": encode::floats32(&pairs().map(|pair| pair.0).collect::<Vec<_>>()),
            "outside": encode::floats32(&pairs().map(|pair| pair.1).collect::<Vec<_>>()),
        },
        "verdict": walk.verdict,
        "program": result::program(),
        "notes": walk.notes,
    })
}
