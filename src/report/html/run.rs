//! The page of one result.

use serde_json::{Map, Value, json};

use super::equity::Performance;
use super::result::{self, Provenance};
use super::timeline::{self, BUY_HOLD, DrawnAccount, History};
use super::{equity, page, trades};
use crate::number;
use crate::sim::account::ExitReason;
use crate::sim::{Breakdown, BreakdownBy, BreakdownPart, Row};

/// One result and all that is shown of it.
pub struct RunPage<'a> {
    /// The result.
    pub row: &'a Row,
    /// What the strategy says of itself.
    pub about: &'a str,
    /// Its history; none where its candles are not at hand.
    pub history: Option<&'a History>,
    /// The result in parts.
    pub breakdowns: &'a [Breakdown],
    /// Where it comes from.
    pub proof: Provenance,
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
    notes.extend(run.history.iter().flat_map(|history| timeline::notes(history, interval, &row.settings)));
    let mut document = json!({
        "kind": "run",
        "result": result::result(row),
        "about": run.about,
        "metrics": result::metrics(row.outcome.detail),
        "proof": run.proof.section(),
        "program": result::program(),
        "notes": notes,
    });
    let rules = run.history.map_or(&[][..], |history| &history.rules);
    document["rules"] = rules.iter().map(|(key, text)| json!([key, text])).collect();
    if let Some(history) = run.history {
        let account = DrawnAccount { history, name: &row.strategy, settings: &row.settings };
        document["chart"] = timeline::chart(&[account], interval);
        document["drawdowns"] = equity::drawdowns(&history.curve);
        document["months"] = equity::monthly_returns(&history.curve, capital);
        document["years"] = equity::yearly_returns(
            &history.curve.time,
            &[(&history.curve.equity, capital), (history.benchmark_values(), capital)],
        );
        document["days"] = equity::daily_returns(&history.curve, capital);
    }
    document["beside"] = beside(row, run.history);
    document["breakdowns"] = run.breakdowns.iter().map(breakdown).collect();
    let trades = run.history.map(|history| history.trades.as_slice()).or(row.trades.as_deref());
    if let Some(list) = trades {
        document["trades"] = trades::section(list, rules);
    }
    document
}

/// What the account is measured against: buying and holding its asset, and the benchmark where there is another.
fn beside(row: &Row, history: Option<&History>) -> Value {
    let names = ["total_return", "cagr", "volatility", "sharpe", "max_drawdown"];
    let held = |name: &str| (name.to_owned(), row.buy_hold(name).map_or(Value::Null, number));
    let held: Map<String, Value> = names.into_iter().map(held).collect();
    let mut columns = vec![json!({ "name": BUY_HOLD, "values": held })];
    if let Some(benchmark) = history.and_then(|history| history.benchmark.as_ref()) {
        let bars_per_year = row.bars_per_year();
        let risk_free = row.settings.risk_free_per_bar(bars_per_year);
        let figures = Performance::of(&benchmark.values, row.settings.capital, bars_per_year, risk_free);
        columns.push(json!({ "name": benchmark.name, "values": figures.section() }));
    }
    columns.into()
}

fn breakdown(breakdown: &Breakdown) -> Value {
    // What ended trades is called as in the other tables of the page.
    let name = |part: &str| {
        let reason = ExitReason::ALL.into_iter().find(|reason| reason.name() == part);
        reason
            .filter(|_| breakdown.by == BreakdownBy::ExitReason)
            .map_or(part.to_owned(), |reason| reason.label().to_owned())
    };
    let part = |part: &BreakdownPart| {
        json!([name(&part.part), number(part.total_return), part.trades, part.wins, number(part.profit)])
    };
    json!({ "by": breakdown.by.name(), "parts": breakdown.parts.iter().map(part).collect::<Value>() })
}
