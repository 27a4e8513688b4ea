//! A result as every page shows it: identity, figures, settings, and what it is made from.

use serde_json::{Value, json};

use crate::number;
use crate::sim::metrics::{Better, Detail, Group, Metric, Outcome, Unit};
use crate::sim::{Direction, ENGINE_VERSION, Fill, Row};

/// A result's identity and figures.
#[must_use]
pub(super) fn result(row: &Row) -> Value {
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
        "settings": settings(row),
        "values": values(&row.outcome),
    })
}

/// What each metric of this detail is, in the order of the table of metrics.
#[must_use]
pub(super) fn metrics(detail: Detail) -> Value {
    let one = |metric: &Metric| {
        json!({
            "name": metric.name,
            "label": metric.label,
            "about": metric.about,
            "group": match metric.group { Group::Equity => "equity", Group::Trades => "trades" },
            "unit": match metric.unit {
                Unit::Gain => "gain",
                Unit::Share => "share",
                Unit::Currency => "currency",
                Unit::Ratio => "ratio",
                Unit::Count => "count",
                Unit::Bars => "bars",
            },
            "higher": metric.better == Better::Higher,
        })
    };
    detail.metrics().iter().map(one).collect()
}

/// The values that were worked out, in the same order; null where undefined.
#[must_use]
pub(super) fn values(outcome: &Outcome) -> Value {
    let known = outcome.metrics[..outcome.detail.count()].iter();
    known.map(|value| value.map_or(Value::Null, number)).collect()
}

/// Where a result comes from.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// Digest of the candles, 64 hex digits; empty where they were not at hand.
    pub digest: String,
    /// The result's identity, 64 hex digits.
    pub key: String,
    /// The command that gives it.
    pub command: String,
    /// Whether the candles are a generator's.
    pub synthetic: bool,
}

impl Provenance {
    /// For the page.
    #[must_use]
    pub fn section(&self) -> Value {
        json!({
            "digest": self.digest,
            "key": self.key,
            "command": self.command,
            "synthetic": self.synthetic,
        })
    }
}

/// The program that made the page.
#[must_use]
pub(super) fn program() -> Value {
    json!({ "version": env!("CARGO_PKG_VERSION"), "engine": ENGINE_VERSION })
}

/// Account settings, and what the account is measured against.
#[must_use]
pub(super) fn settings(row: &Row) -> Value {
    let settings = &row.settings;
    json!({
        "capital": number(settings.capital),
        "fee": number(settings.fee),
        "maker_fee": settings.maker_fee.map(number),
        "slippage": number(settings.slippage),
        "detail": settings.detail.map(|detail| detail.to_string()),
        "market_funding": settings.market_funding,
        "fill": match settings.fill {
            Fill::NextOpen => "at the next open",
            Fill::Close => "at the close",
        },
        "direction": match settings.direction {
            Direction::Long => "long",
            Direction::Short => "short",
            Direction::Both => "long and short",
        },
        "year": settings.year.to_string(),
        "risk_free": number(settings.risk_free),
        "benchmark": row.benchmark,
    })
}
