//! Results as JSON: one document, numbers in full precision, undefined metrics as null.

use serde_json::{Map, Value, json};

use super::{Row, Summary, time};
use crate::sim::metrics;
use crate::sim::model::{Direction, Fill, Settings, Side, Trade};

/// One result as an indented document with a final newline.
#[must_use]
pub fn run(row: &Row) -> String {
    let mut text = format!("{:#}", result(row));
    text.push('\n');
    text
}

/// Results and summary; one line for each result, so that it can be read by line tools too.
#[must_use]
pub fn batch(rows: &[Row], summary: &Summary, best: Option<&Row>, sort: &str) -> String {
    let lines: Vec<String> = rows.iter().map(|row| result(row).to_string()).collect();
    let results = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", lines.join(",\n")) };
    format!("{{\"results\": {results},\n\"summary\": {}}}\n", totals(summary, best, sort))
}

/// A number without a needless fraction: 14, not 14.0. NaN and infinity are null.
#[must_use]
pub fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and to fit")]
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 && !(value == 0.0 && value.is_sign_negative()) {
        Value::from(value as i64)
    } else {
        json!(value)
    }
}

fn result(row: &Row) -> Value {
    let metrics: Map<String, Value> = metrics::TABLE
        .iter()
        .zip(row.outcome.metrics)
        .map(|(metric, value)| (metric.name.to_owned(), value.map_or(Value::Null, number)))
        .collect();
    let mut result = json!({
        "symbol": row.symbol,
        "interval": row.interval.to_string(),
        "start": time(row.outcome.start),
        "end": time(row.outcome.end),
        "bars": row.outcome.bars,
        "strategy": row.strategy,
        "params": params(row),
        "settings": settings(&row.settings),
        "metrics": metrics,
    });
    if row.outcome.ruined {
        result["ruined"] = Value::Bool(true);
    }
    if let Some(trades) = &row.trades {
        result["trades"] = trades.iter().map(trade).collect();
    }
    result["cache"] = row.cache.name().into();
    result["key"] = row.key.as_str().into();
    result["elapsed_ms"] = json!(millis(row.elapsed_ms));
    result
}

fn params(row: &Row) -> Value {
    row.params.iter().map(|(name, value)| (name.clone(), number(*value))).collect::<Map<_, _>>().into()
}

fn settings(settings: &Settings) -> Value {
    json!({
        "capital": number(settings.capital),
        "fee": number(settings.fee),
        "slippage": number(settings.slippage),
        "fill": match settings.fill { Fill::NextOpen => "next-open", Fill::Close => "close" },
        "direction": match settings.direction {
            Direction::Long => "long",
            Direction::Short => "short",
            Direction::Both => "both",
        },
    })
}

fn trade(trade: &Trade) -> Value {
    json!({
        "side": match trade.side { Side::Long => "long", Side::Short => "short" },
        "entry_time": time(trade.entry_time),
        "entry_price": number(trade.entry_price),
        "exit_time": time(trade.exit_time),
        "exit_price": number(trade.exit_price),
        "size": number(trade.size),
        "fees": number(trade.fees),
        "pnl": number(trade.pnl),
        "return": number(trade.ret),
        "bars": trade.bars,
        "open": trade.open,
    })
}

fn totals(summary: &Summary, best: Option<&Row>, sort: &str) -> Value {
    let best = best.map(|row| {
        let value = metrics::find(sort).and_then(|metric| row.outcome.metrics[metric]);
        json!({
            "symbol": row.symbol, "strategy": row.strategy, "params": params(row),
            "metric": sort, "value": value.map_or(Value::Null, number),
        })
    });
    let failed = |failed: &super::Failed| json!({"symbol": failed.symbol, "reason": failed.reason});
    json!({
        "assets": summary.assets,
        "strategies": summary.strategies,
        "combinations": summary.combinations,
        "skipped": summary.skipped,
        "failed": summary.failed.iter().map(failed).collect::<Value>(),
        "hits": summary.hits,
        "misses": summary.misses,
        "bars": summary.bars,
        "load_ms": millis(summary.load_ms),
        "compute_ms": millis(summary.compute_ms),
        "elapsed_ms": millis(summary.elapsed_ms),
        "best": best,
    })
}

/// Milliseconds to the microsecond: more digits would be noise.
fn millis(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
