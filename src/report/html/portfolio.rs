//! The page of a portfolio: equity beside buying and holding, drawdown, weights over time, months, what each asset gave.

use serde_json::{Value, json};

use super::{encode, equity, page, result};
use crate::number;
use crate::sim::fold::portfolio::WeightsAt;
use crate::sim::{EquityCurve, Millis, PortfolioSummary, Row};

/// Most bars that are drawn; of more, every so many-th.
const BARS: usize = 4_000;
/// Assets whose weights have an area of their own; the others share one.
const AREAS: usize = 11;

/// A portfolio and what is shown of it.
pub struct PortfolioPage<'a> {
    /// The result.
    pub row: &'a Row,
    /// What the strategy says of itself.
    pub about: &'a str,
    /// Equity, drawdown, and buying and holding equal parts.
    pub curve: &'a EquityCurve,
    /// Another asset that it is measured against: its symbol, and at each bar what the capital would be worth in it; NaN
    /// before its first bar.
    pub benchmark: Option<(String, Vec<f64>)>,
    /// Symbols of the assets, in the order of the universe.
    pub symbols: &'a [String],
    /// What was held after each bar with fills.
    pub weights: &'a [WeightsAt],
    /// Figures beside the metrics.
    pub summary: &'a PortfolioSummary,
    /// What is held at the end: symbol, units, value, and part of the equity.
    pub held: Vec<(String, f64, f64, f64)>,
    /// The command that gives it.
    pub command: String,
    /// What else the reader should know.
    pub notes: Vec<String>,
}

/// The page.
#[must_use]
pub fn portfolio(portfolio: &PortfolioPage<'_>) -> String {
    let row = portfolio.row;
    let title = format!("{} {} · {}", row.symbol, row.interval, row.strategy);
    page::page(&title, &document(portfolio))
}

fn document(portfolio: &PortfolioPage<'_>) -> Value {
    let (row, curve) = (portfolio.row, portfolio.curve);
    let (each, last) = (curve.time.len().div_ceil(BARS).max(1), curve.time.len().saturating_sub(1));
    let drawn = |at: &usize| at.is_multiple_of(each) || *at == last;
    let thin =
        |values: &[f64]| encode::floats32(&(0..values.len()).filter(drawn).map(|at| values[at]).collect::<Vec<_>>());
    let times: Vec<Millis> = (0..curve.time.len()).filter(drawn).map(|at| curve.time[at]).collect();
    let mut contributions: Vec<&(String, f64)> =
        portfolio.summary.contributions.iter().filter(|(_, part)| *part != 0.0).collect();
    contributions.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = |(symbol, part): &&(String, f64)| json!([symbol, number(*part)]);
    let held = |(symbol, units, value, weight): &(String, f64, f64, f64)| {
        json!([symbol, number(*units), number(*value), number(*weight)])
    };
    json!({
        "kind": "portfolio",
        "result": result::result(row),
        "about": portfolio.about,
        "metrics": result::metrics(row.outcome.detail),
        "times": encode::time_stretches(&times),
        "equity": thin(&curve.equity),
        "drawdown": thin(&curve.drawdown),
        "hold": thin(&curve.buy_hold),
        "benchmark": portfolio.benchmark.as_ref().map(|(symbol, worth)| json!([symbol, thin(worth)])),
        "weights": weights(portfolio),
        "months": equity::monthly_returns(curve, row.settings.capital),
        "contributions": contributions.iter().map(named).collect::<Value>(),
        "held": portfolio.held.iter().map(held).collect::<Value>(),
        "figures": {
            "rebalances": portfolio.summary.rebalances,
            "held": number(portfolio.summary.average_held),
            "invested": number(portfolio.summary.average_invested),
        },
        "command": portfolio.command,
        "key": row.key,
        "program": result::program(),
        "notes": portfolio.notes,
    })
}

/// The weights of the assets that weighed most, one after the other, and of all others together, at each bar with fills.
fn weights(portfolio: &PortfolioPage<'_>) -> Value {
    let mut sums = vec![0.0; portfolio.symbols.len()];
    for (asset, weight) in portfolio.weights.iter().flat_map(|at| &at.weights) {
        sums[*asset] += weight.abs();
    }
    let mut order: Vec<usize> = (0..sums.len()).filter(|asset| sums[*asset] > 0.0).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
    let shown = &order[..order.len().min(AREAS)];
    let each = portfolio.weights.len().div_ceil(BARS).max(1);
    let points: Vec<&WeightsAt> = portfolio.weights.iter().step_by(each).collect();
    let of = |wanted: &dyn Fn(usize) -> bool| {
        let sum =
            |at: &&WeightsAt| at.weights.iter().filter(|(asset, _)| wanted(*asset)).map(|(_, weight)| weight).sum();
        encode::floats32(&points.iter().map(sum).collect::<Vec<f64>>())
    };
    let mut areas: Vec<Value> =
        shown.iter().map(|&asset| json!([portfolio.symbols[asset], of(&|other| other == asset)])).collect();
    if order.len() > AREAS {
        areas.push(json!([format!("{} others", order.len() - AREAS), of(&|other| !shown.contains(&other))]));
    }
    let times: Vec<Millis> = points.iter().map(|at| portfolio.curve.time[at.bar]).collect();
    json!({ "times": encode::time_stretches(&times), "areas": areas })
}
