//! A portfolio as a document: that of a result, with what there is beside its metrics.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{JsonNumber, ResultDocument, value};
use crate::number;
use crate::sim::{PortfolioSummary, Row, WeightRow};
use crate::table::{self, TradeList};

#[derive(Serialize)]
struct SummaryOfPortfolio {
    assets: usize,
    assets_at_start: usize,
    assets_at_end: usize,
    rebalances: u64,
    average_held: JsonNumber,
    average_invested: JsonNumber,
    contributions: Map<String, Value>,
}

#[derive(Serialize)]
struct PortfolioDocument<'a> {
    #[serde(flatten)]
    result: ResultDocument<'a>,
    portfolio: SummaryOfPortfolio,
    #[serde(skip_serializing_if = "Option::is_none")]
    trades: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Value>,
}

/// One account over many assets as an indented document with a final newline; trades and weights where they were asked for.
#[must_use]
pub fn portfolio(
    row: &Row,
    summary: &PortfolioSummary,
    trades: Option<&TradeList>,
    weights: Option<&[WeightRow]>,
) -> String {
    let contributions = summary.contributions.iter().map(|(symbol, part)| (symbol.clone(), number(*part))).collect();
    let document = PortfolioDocument {
        result: ResultDocument::new(row),
        portfolio: SummaryOfPortfolio {
            assets: summary.assets,
            assets_at_start: summary.assets_at_start,
            assets_at_end: summary.assets_at_end,
            rebalances: summary.rebalances,
            average_held: JsonNumber(Some(summary.average_held)),
            average_invested: JsonNumber(Some(summary.average_invested)),
            contributions,
        },
        trades: trades.map(|list| list.named_records().json()),
        weights: weights.map(|weights| table::weights(weights).json()),
    };
    format!("{:#}\n", value(&document))
}
