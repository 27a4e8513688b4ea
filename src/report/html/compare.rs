//! The page of several results on one asset, side by side.

use serde_json::{Value, json};

use super::result::{self, Provenance};
use super::timeline::{self, History};
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
    let drawn: Vec<(&History, String)> = contenders
        .iter()
        .filter_map(|one| Some((one.history?, one.name.clone())))
        .filter(|(history, _)| {
            contenders.iter().find_map(|one| one.history).is_some_and(|first| first.curve.time == history.curve.time)
        })
        .collect();
    let mut notes = notes.to_vec();
    if !drawn.is_empty() && drawn.len() < contenders.len() {
        notes.push("Only accounts on the same bars as the first are drawn.".to_owned());
    }
    let histories: Vec<&History> = drawn.iter().map(|(history, _)| *history).collect();
    let drawn_names: Vec<String> = drawn.into_iter().map(|(_, name)| name).collect();
    let chart = first.map_or(Value::Null, |row| timeline::chart(&histories, &drawn_names, row.interval, &row.settings));
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
        "program": result::program(),
        "notes": notes,
    });
    page::page(&format!("{what} · {}", names.join(" vs ")), &document)
}
