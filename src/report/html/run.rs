//! The page of one result.

use serde_json::{Value, json};

use super::history::{self, History};
use super::{Proof, card, drawdowns, monthly, page, proof, trades};
use crate::report::{Row, json::number};

/// One result and all that is shown of it.
pub struct RunPage<'a> {
    /// The result.
    pub row: &'a Row,
    /// What the strategy says of itself.
    pub about: &'a str,
    /// Its history; none where its candles are not at hand.
    pub history: Option<&'a History>,
    /// Where it comes from.
    pub proof: Proof,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The page.
#[must_use]
pub fn run(run: &RunPage<'_>) -> String {
    let row = run.row;
    let title = format!("{} {} · {}", row.symbol, row.interval, row.strategy);
    page::page(&title, &document(run))
}

fn document(run: &RunPage<'_>) -> Value {
    let row = run.row;
    let (capital, interval) = (row.settings.capital, row.interval);
    let mut notes = run.notes.clone();
    notes.extend(run.history.iter().flat_map(|history| history::notes(history, interval)));
    let mut document = json!({
        "kind": "run",
        "result": result(row),
        "about": run.about,
        "metrics": card::metrics(),
        "proof": run.proof.section(),
        "program": proof::program(),
        "notes": notes,
    });
    let rules = run.history.map_or(&[][..], |history| &history.rules);
    document["rules"] = rules.iter().map(|(key, text)| json!([key, text])).collect();
    if let Some(history) = run.history {
        document["chart"] = history::chart(&[history], std::slice::from_ref(&row.strategy), interval, capital);
        document["drawdowns"] = drawdowns::section(&history.curve);
        document["months"] = monthly::section(&history.curve, capital);
    }
    let trades = run.history.map(|history| history.trades.as_slice()).or(row.trades.as_deref());
    if let Some(list) = trades {
        document["trades"] = trades::section(list, rules, row.outcome.ruined);
    }
    document
}

/// A result's identity and figures.
#[must_use]
pub fn result(row: &Row) -> Value {
    let params = row.params.iter().map(|(name, value)| json!([name, number(*value)]));
    json!({
        "symbol": row.symbol,
        "interval": row.interval.to_string(),
        "step": row.interval.millis(),
        "strategy": row.strategy,
        "params": params.collect::<Value>(),
        "start": row.outcome.start,
        "end": row.outcome.end,
        "bars": row.outcome.bars,
        "ruined": row.outcome.ruined,
        "settings": proof::settings(&row.settings),
        "values": card::values(&row.outcome.metrics),
    })
}
