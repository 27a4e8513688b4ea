//! The page of several results on one asset, side by side.

use serde_json::{Value, json};

use super::result::{self, Provenance};
use super::timeline::{self, BUY_HOLD, DrawnAccount, History};
use super::{equity, page, trades};
use crate::sim::Row;
use crate::sim::metrics;

/// One of those compared.
pub struct ComparedResult<'a> {
    /// What to call it; each has another name.
    pub name: String,
    /// Its result.
    pub row: &'a Row,
    /// Its history; none where its candles are not at hand.
    pub history: Option<&'a History>,
    /// Where it comes from.
    pub proof: Provenance,
}

/// The page; at least one contender.
#[must_use]
pub fn compare(contenders: &[ComparedResult<'_>], notes: &[String]) -> String {
    let first = contenders.first().map(|one| one.row);
    let what = first.map_or_else(String::new, |row| format!("{} {}", row.symbol, row.interval));
    let names: Vec<String> = contenders.iter().map(|one| one.name.clone()).collect();
    let one = |one: &ComparedResult<'_>| {
        let mut result = result::result(one.row);
        result["name"] = one.name.clone().into();
        result["proof"] = one.proof.section();
        if let Some(history) = one.history {
            result["drawdowns"] = equity::drawdowns(&history.curve);
            result["trades"] = trades::section(&history.trades, &history.rules);
        }
        result
    };
    // Lines over each other are only those of the same bars.
    let drawn: Vec<DrawnAccount<'_>> = contenders
        .iter()
        .filter_map(|one| Some(DrawnAccount { history: one.history?, name: &one.name, settings: &one.row.settings }))
        .filter(|account| {
            let first = contenders.iter().find_map(|one| one.history);
            first.is_some_and(|first| first.curve.time == account.history.curve.time)
        })
        .collect();
    let mut notes = notes.to_vec();
    if !drawn.is_empty() && drawn.len() < contenders.len() {
        notes.push("Only accounts on the same bars as the first are drawn.".to_owned());
    }
    let chart = first.map_or(Value::Null, |row| timeline::chart(&drawn, row.interval));
    let better = |(at, metric): (usize, &metrics::Metric)| {
        let values: Vec<Option<f64>> = contenders.iter().map(|one| one.row.outcome.metrics[at]).collect();
        json!(metric.best_of(&values))
    };
    let detail = contenders.iter().map(|one| one.row.outcome.detail).max().unwrap_or_default();
    let document = json!({
        "kind": "compare",
        "better": detail.metrics().iter().enumerate().map(better).collect::<Value>(),
        "contenders": contenders.iter().map(one).collect::<Value>(),
        "metrics": result::metrics(detail),
        "chart": chart,
        "years": years(&drawn),
        "program": result::program(),
        "notes": notes,
    });
    page::page(&format!("{what} · {}", names.join(" vs ")), &document)
}

/// The returns of the years of each account, and of what the first is measured against; null where none is drawn.
fn years(drawn: &[DrawnAccount<'_>]) -> Value {
    let Some(DrawnAccount { history: first, settings, .. }) = drawn.first() else { return Value::Null };
    let mut names: Vec<&str> = drawn.iter().map(|account| account.name).collect();
    let mut lines: Vec<(&[f64], f64)> =
        drawn.iter().map(|account| (&*account.history.curve.equity, account.settings.capital)).collect();
    names.push(first.benchmark.as_ref().map_or(BUY_HOLD, |benchmark| &benchmark.name));
    lines.push((first.benchmark_values(), settings.capital));
    json!({ "names": names, "rows": equity::yearly_returns(&first.curve.time, &lines) })
}
