//! Results that were written as JSON, read again.

use serde_json::{Map, Value};

use crate::sim::account::ExitReason;
use crate::sim::metrics::{COUNT, Detail, LATER, Metrics, Outcome, TABLE};
use crate::sim::strategy::MARKET_FUNDING;
use crate::sim::strategy::is_param_name;
use crate::sim::{CacheState, Direction, Failed, Fill, Millis, Row, Settings, Side, Trade, Year};

/// What a document holds.
#[derive(Clone, Debug)]
pub struct SavedResults {
    /// The results in their order.
    pub rows: Vec<Row>,
    /// Assets without a result.
    pub failed: Vec<Failed>,
    /// The metric that ranked them, where there are several.
    pub sort: Option<String>,
    /// Whether it is the document of one run.
    pub single: bool,
}

/// The document that this text is.
///
/// # Errors
/// What is wrong with it, and the remedy: no JSON, another shape, or another version's metrics.
pub fn document(text: &str) -> Result<SavedResults, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let Some(results) = value.get("results") else {
        return Ok(SavedResults { rows: vec![row(&value)?], failed: Vec::new(), sort: None, single: true });
    };
    let results = results.as_array().ok_or("`results` is no list; this is not what backtest writes")?;
    let failed = value["summary"]["failed"].as_array().into_iter().flatten();
    let failed =
        failed.map(|failed| Ok(Failed { symbol: text_of(failed, "symbol")?, reason: text_of(failed, "reason")? }));
    Ok(SavedResults {
        rows: results.iter().map(row).collect::<Result<_, String>>()?,
        failed: failed.collect::<Result<_, String>>()?,
        sort: value["summary"]["best"]["metric"].as_str().map(str::to_owned),
        single: false,
    })
}

fn row(value: &Value) -> Result<Row, String> {
    let settings = value.get("settings").ok_or_else(|| lacks("settings"))?;
    let params = object(value, "params")?.iter();
    // A page shows them in commands.
    let params = params.map(|(name, value)| match value.as_f64().filter(|_| is_param_name(name)) {
        Some(value) => Ok((name.clone(), value)),
        None => Err(lacks(name)),
    });
    let trades = value.get("trades").and_then(Value::as_array);
    let cache = match value["cache"].as_str() {
        Some("hit") => CacheState::Hit,
        Some("miss") => CacheState::Miss,
        _ => CacheState::Off,
    };
    let key = text_of(value, "key")?;
    if key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("`key` is not 64 hex digits; this is not what backtest writes".to_owned());
    }
    let (metrics, detail) = metrics(object(value, "metrics")?)?;
    Ok(Row {
        symbol: text_of(value, "symbol")?,
        interval: text_of(value, "interval")?.parse()?,
        strategy: text_of(value, "strategy")?,
        params: params.collect::<Result<_, String>>()?,
        settings: Settings {
            capital: number(settings, "capital")?,
            fee: number(settings, "fee")?,
            maker_fee: settings.get("maker_fee").and_then(Value::as_f64),
            slippage: number(settings, "slippage")?,
            fill: named(settings, "fill", Fill::named)?,
            direction: named(settings, "direction", Direction::named)?,
            // Results of older versions do not say it.
            year: settings.get("year").and_then(Value::as_str).map_or(Ok(Year::EveryDay), str::parse)?,
            risk_free: settings.get("risk_free").and_then(Value::as_f64).unwrap_or(0.0),
            detail: settings.get("detail").and_then(Value::as_str).map(str::parse).transpose()?,
            market_funding: settings.get("funding").and_then(Value::as_str) == Some(MARKET_FUNDING),
        },
        benchmark: settings.get("benchmark").and_then(Value::as_str).map(str::to_owned),
        warmup_bars: value["warmup_bars"].as_u64().unwrap_or(0),
        outcome: Outcome {
            bars: value["bars"].as_u64().filter(|bars| *bars > 0).ok_or_else(|| lacks("bars"))?,
            start: time(value, "start")?,
            end: time(value, "end")?,
            ruined: value["ruined"].as_bool().unwrap_or(false),
            detail,
            metrics,
        },
        trades: trades.map(|trades| trades.iter().map(trade).collect::<Result<_, String>>()).transpose()?,
        cache,
        key,
        elapsed_ms: value["elapsed_ms"].as_f64().unwrap_or(0.0),
    })
}

/// All metrics that the first version had, those that came later where they are there, and no other; and how much was worked
/// out.
fn metrics(named: &Map<String, Value>) -> Result<(Metrics, Detail), String> {
    let other = |what: String| format!("{what}: another version of backtest wrote it; run it again with this one");
    if let Some(name) = named.keys().find(|name| !TABLE.iter().any(|metric| metric.name == **name)) {
        return Err(other(format!("has a metric `{name}` that is not known")));
    }
    let mut metrics: Metrics = [None; COUNT];
    let mut detail = Detail::Sums;
    for (at, (metric, place)) in TABLE.iter().zip(&mut metrics).enumerate() {
        if named.contains_key(metric.name) {
            detail = detail.max(metric.detail());
        }
        *place = match named.get(metric.name) {
            Some(Value::Null) => None,
            Some(value) => Some(value.as_f64().ok_or_else(|| lacks(metric.name))?),
            None if at >= LATER => None,
            None => return Err(other(format!("has no metric `{}`", metric.name))),
        };
    }
    Ok((metrics, detail))
}

fn trade(value: &Value) -> Result<Trade, String> {
    let open = value["open"].as_bool().ok_or_else(|| lacks("open"))?;
    let excursion = |name: &str| value.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    Ok(Trade {
        side: named(value, "side", Side::named)?,
        entry_time: time(value, "entry_time")?,
        entry_price: number(value, "entry_price")?,
        exit_time: time(value, "exit_time")?,
        exit_price: number(value, "exit_price")?,
        size: number(value, "size")?,
        fees: number(value, "fees")?,
        pnl: number(value, "pnl")?,
        ret: number(value, "return")?,
        bars: value["bars"].as_u64().ok_or_else(|| lacks("bars"))?,
        open,
        exit_reason: match value.get("exit_reason").and_then(Value::as_str) {
            Some(name) => {
                let reason = ExitReason::ALL.into_iter().find(|reason| reason.name() == name);
                reason.ok_or_else(|| lacks("exit_reason"))?
            }
            // Results of before there were other reasons.
            None if open => ExitReason::Open,
            None => ExitReason::Rule,
        },
        mae: excursion("mae"),
        mfe: excursion("mfe"),
        ambiguous: false,
    })
}

fn lacks(name: &str) -> String {
    format!("has no usable `{name}`; this is not what backtest writes as JSON, or another version wrote it")
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>, String> {
    value.get(name).and_then(Value::as_object).ok_or_else(|| lacks(name))
}

/// The value that has the text as its name.
fn named<T>(value: &Value, key: &str, of_name: fn(&str) -> Option<T>) -> Result<T, String> {
    of_name(&text_of(value, key)?).ok_or_else(|| lacks(key))
}

fn text_of(value: &Value, name: &str) -> Result<String, String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| lacks(name))
}

fn number(value: &Value, name: &str) -> Result<f64, String> {
    value.get(name).and_then(Value::as_f64).ok_or_else(|| lacks(name))
}

fn time(value: &Value, name: &str) -> Result<Millis, String> {
    let time = text_of(value, name)?.parse::<jiff::Timestamp>().map_err(|_| lacks(name))?;
    Ok(time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn row() -> Row {
        let mut metrics = [Some(0.1 + 0.2); COUNT];
        metrics[3] = None;
        Row {
            symbol: "</script>\"'é".to_owned(),
            interval: "4h".parse().unwrap(),
            strategy: "rsi".to_owned(),
            params: vec![("period".to_owned(), 14.0), ("level".to_owned(), 0.1)],
            settings: Settings { fill: Fill::Close, direction: Direction::Both, ..Settings::default() },
            benchmark: Some("BTCUSDT".to_owned()),
            warmup_bars: 7,
            outcome: Outcome { bars: 3, start: 0, end: 7_200_000, ruined: true, detail: Detail::AllReturns, metrics },
            trades: Some(vec![Trade {
                side: Side::Short,
                entry_time: 0,
                entry_price: 1.5,
                exit_time: 3_600_000,
                exit_price: 1.0,
                size: 2.0,
                fees: 0.0,
                pnl: 1.0,
                ret: 0.1,
                bars: 1,
                open: true,
                exit_reason: ExitReason::Open,
                mae: -0.25,
                mfe: 0.1 + 0.2,
                ambiguous: false,
            }]),
            cache: CacheState::Hit,
            key: "ab".repeat(32),
            elapsed_ms: 1.5,
        }
    }

    #[test]
    fn what_was_written_is_read_again_to_the_bit() {
        let read = document(&json::run(&row(), None, &[], None)).unwrap();
        assert!(read.single);
        assert_eq!(format!("{:?}", read.rows[0]), format!("{:?}", row()));
    }

    #[test]
    fn a_file_of_another_version_is_named_as_that() {
        let text = json::run(&row(), None, &[], None);
        for (from, to, says) in
            [("\"sqn\"", "\"sqm\"", "metric `sqm`"), ("\"sqn\": 0.30000000000000004,", "", "no metric `sqn`")]
        {
            let error = document(&text.replace(from, to)).unwrap_err();
            assert!(error.contains(says) && error.contains("another version"), "{error}");
        }
    }

    #[test]
    fn what_is_no_result_is_refused() {
        for text in ["", "[]", "{}", "{\"results\": 1}", "{\"results\": [{}]}", "null", "\"x\""] {
            assert!(document(text).is_err(), "{text}");
        }
        let injected = json::run(&row(), None, &[], None).replace("\"period\"", "\"$(touch X)\"");
        assert!(document(&injected).is_err(), "a name that a shell would obey is no parameter's");
        let error = document(&json::run(&row(), None, &[], None).replace(&"ab".repeat(32), "zz")).unwrap_err();
        assert!(error.contains("`key`"), "{error}");
    }
}
