//! `cache show`: one stored value, by its key: metrics, trades, or a block of a sweep. The inputs are not stored: a key is
//! a digest of them.

use serde_json::{Map, Value, json};

use crate::args::{OutputFormat, ShowArgs};
use crate::cache::{EntryFilter, ListedEntry, RemainingTtl, StoredBlock, StoredValue};
use crate::commands::Context;
use crate::commands::cache::Connection;
use crate::data::escape;
use crate::error::Error;
use crate::output::table::TextTable;
use crate::output::{format, result_tables};
use crate::report::table::{Records, TradeList, trade_document_columns};
use crate::report::{self, number};
use crate::settings::cache;
use crate::sim::metrics::Unit;
use crate::sim::{Millis, Trade, metrics};

/// Fewest digits of a key that are taken for it.
const FEWEST_DIGITS: usize = 8;
/// Entries that a message lists where the digits are those of several keys.
const MOST_LISTED: usize = 10;

/// Runs it.
///
/// # Errors
/// A key that cannot be one, or that several entries have; no such entry, or one that is damaged; no cache.
pub(super) fn run(args: &ShowArgs, context: &Context) -> Result<(), Error> {
    let (entry, value) = find(&args.key, context)?;
    let text = match args.format {
        OutputFormat::Table => table(&entry, &value, context),
        OutputFormat::Json => format!("{:#}\n", document(&entry, &value)),
        OutputFormat::Csv => csv(&value)?,
    };
    context.printer.data(&text)
}

/// The entry of a key, or of the first digits of one, and its value.
///
/// # Errors
/// As [`run`].
pub(crate) fn find(key: &str, context: &Context) -> Result<(ListedEntry, StoredValue), Error> {
    let digits = digits(key)?;
    let secret = cache::secret(&context.config)?;
    let connection = Connection::of(context)?;
    let mut admin = connection.open()?;
    let mut found: Vec<ListedEntry> = Vec::new();
    let filter = EntryFilter { key: Some(digits.clone()), ..EntryFilter::default() };
    let collect = |page: Vec<ListedEntry>| {
        found.extend(page);
        found.len() <= MOST_LISTED
    };
    admin.keys(&filter, collect).map_err(Error::failed)?;
    let entry = match found.as_slice() {
        [entry] => entry.clone(),
        [] => {
            return Err(Error::failed(format!(
                "nothing is stored under key {digits}; `backtest cache keys` lists what is stored"
            )));
        }
        several => {
            let listed: Vec<String> = several.iter().take(MOST_LISTED).map(ListedEntry::label).collect();
            return Err(Error::usage(format!(
                "several keys begin with {digits}; write more digits of one of them:\n{}",
                listed.join("\n")
            )));
        }
    };
    match admin.value(&entry, secret.as_ref()).map_err(Error::failed)? {
        Some(Ok(value)) => Ok((entry, value)),
        Some(Err(why)) => Err(Error::failed(format!("{} cannot be used: {why}", entry.label()))),
        None => Err(Error::failed(format!("nothing is stored under key {digits} any more"))),
    }
}

/// Whether a text can be a key, or the beginning of one.
pub(crate) fn is_key(text: &str) -> bool {
    digits(text).is_ok()
}

/// The digits of a key, which may be written as `cache keys` lists it.
fn digits(key: &str) -> Result<String, Error> {
    let digits = key.trim().rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && (FEWEST_DIGITS..=64).contains(&digits.len()) {
        return Ok(digits);
    }
    Err(Error::usage(format!(
        "'{}' is not a key: pass {FEWEST_DIGITS} to 64 of its hexadecimal digits, as `run` and `cache keys` print them",
        escape(key)
    )))
}

fn table(entry: &ListedEntry, value: &StoredValue, context: &Context) -> String {
    let mut grid = TextTable::new(context.printer, &["Key", &entry.key], &[]);
    let expiry = match entry.ttl {
        RemainingTtl::Expires(left) => format!("in {}", format::time_left(left)),
        RemainingTtl::NoExpiry | RemainingTtl::Expired => "never".to_owned(),
    };
    let mut lines = vec![
        ("Kind", entry.kind.clone()),
        ("Asset", entry.symbol.clone()),
        ("Strategy", entry.strategy.clone()),
        ("Size", format::bytes(entry.bytes)),
        ("Expires", expiry),
    ];
    let range = |bars: u64, start: Millis, end: Millis| {
        let (start, end) = (format::time(start), format::time(end));
        vec![("Bars", format::count(bars)), ("First bar", start), ("Last bar", end)]
    };
    match value {
        StoredValue::Result(result) => {
            lines.extend(range(result.bars, result.start, result.end));
            let metrics = metrics::TABLE.iter().zip(&result.metrics);
            lines.extend(metrics.map(|(metric, value)| (metric.label, format::metric(*value, metric.unit))));
            if let Some(last) = &result.last {
                lines.push(("Next order", format::order(last).unwrap_or_else(|| "none".to_owned())));
                lines.extend(last.waiting.iter().map(|waiting| ("Waiting order", format::waiting(waiting))));
            }
        }
        StoredValue::Block(block) => {
            lines.extend(range(block.bars, block.start, block.end));
            lines.push(("Points", format::count(block.ruined.len() as u64)));
        }
        StoredValue::Segments(segments) => {
            lines.extend(range(segments.bars, segments.start, segments.end));
            let points = segments.row_count() as u64 / segments.per_point;
            lines.extend([("Points", format::count(points)), ("Segments", format::count(segments.per_point))]);
        }
        StoredValue::Score(score) => {
            lines.extend(range(score.bars, score.start, score.end));
            let last = score.scores.last().copied().flatten();
            lines.push(("Score", format::metric(last, Unit::Ratio)));
        }
        StoredValue::Portfolio(portfolio) => {
            let result = &portfolio.result;
            lines.extend(range(result.bars, result.start, result.end));
            lines.push(("Assets", format::count(portfolio.contributions.len() as u64)));
            let metrics = metrics::TABLE.iter().zip(&result.metrics);
            lines.extend(metrics.map(|(metric, value)| (metric.label, format::metric(*value, metric.unit))));
        }
        StoredValue::Trades(trades) => lines.push(("Trades", format::count(trades.len() as u64))),
    }
    for (label, value) in lines {
        grid.line([label, &value]);
    }
    match value {
        StoredValue::Trades(trades) => grid.text() + &result_tables::trades(trades, context.printer),
        StoredValue::Result(_)
        | StoredValue::Block(_)
        | StoredValue::Segments(_)
        | StoredValue::Score(_)
        | StoredValue::Portfolio(_) => grid.text(),
    }
}

fn document(entry: &ListedEntry, value: &StoredValue) -> Value {
    let ListedEntry { key, kind, symbol, strategy, bytes, ttl, .. } = entry;
    let expires = match ttl {
        RemainingTtl::Expires(left) => Some(left.as_secs()),
        RemainingTtl::NoExpiry | RemainingTtl::Expired => None,
    };
    let mut document = json!({
        "key": key, "kind": kind, "symbol": symbol, "strategy": strategy, "bytes": bytes, "expires_in_s": expires,
    });
    let point = |values: &[Option<f64>], ruined: bool| {
        let metrics: Map<String, Value> = metrics::TABLE
            .iter()
            .zip(values)
            .map(|(metric, value)| (metric.name.to_owned(), value.map_or(Value::Null, number)))
            .collect();
        (Value::from(metrics), Value::from(ruined))
    };
    let mut put = |fields: Vec<(&str, Value)>| {
        for (name, value) in fields {
            document[name] = value;
        }
    };
    let range = |bars: u64, start: Millis, end: Millis| {
        vec![("start", report::time(start).into()), ("end", report::time(end).into()), ("bars", bars.into())]
    };
    match value {
        StoredValue::Result(result) => {
            put(range(result.bars, result.start, result.end));
            let (metrics, ruined) = point(&result.metrics, result.ruined);
            put(vec![("ruined", ruined), ("metrics", metrics)]);
            put(result.last.iter().map(|last| ("last_bar", report::json::last_bar(last))).collect());
        }
        StoredValue::Portfolio(portfolio) => {
            let result = &portfolio.result;
            put(range(result.bars, result.start, result.end));
            let (metrics, ruined) = point(&result.metrics, result.ruined);
            let contributions = portfolio.contributions.iter().map(|part| number(*part)).collect();
            put(vec![("ruined", ruined), ("metrics", metrics), ("contributions", contributions)]);
        }
        StoredValue::Trades(trades) => {
            let list = unnamed(trades);
            put(vec![("trades", Records::new(trade_document_columns(), &list, list.trades.len()).json())]);
        }
        StoredValue::Block(block) => {
            put(range(block.bars, block.start, block.end));
            let points = block.metrics.chunks(width(block)).zip(&block.ruined).map(|(values, ruined)| {
                let (metrics, ruined) = point(values, *ruined);
                json!({"ruined": ruined, "metrics": metrics})
            });
            put(vec![("points", points.collect())]);
        }
        StoredValue::Segments(segments) => {
            put(range(segments.bars, segments.start, segments.end));
            let row = |&(equity, trades, exposed): &(f64, u64, u64)| json!({"equity": number(equity), "trades": trades, "exposed": exposed});
            let width = usize::try_from(segments.per_point).unwrap_or(usize::MAX);
            let rows = segments.outline();
            let points = rows.chunks(width).map(|point| point.iter().map(row).collect::<Value>());
            put(vec![("points", points.collect())]);
        }
        StoredValue::Score(score) => {
            put(range(score.bars, score.start, score.end));
            let defined = |value: &Option<f64>| value.map_or(Value::Null, number);
            let points = score.times.iter().zip(&score.scores).zip(&score.candidates);
            let points = points.map(|((time, score), candidate)| {
                json!({"time": report::time(*time), "score": defined(score), "candidate": candidate})
            });
            put(vec![
                ("close", number(score.close)),
                ("weight", defined(&score.weight)),
                ("parts", score.parts.iter().map(defined).collect()),
                ("points", points.collect()),
            ]);
        }
    }
    document
}

/// Trades as they are stored: an entry does not name the asset or the strategy.
fn unnamed(trades: &[Trade]) -> TradeList {
    TradeList { trades: trades.to_vec(), symbol: String::new(), symbols: Vec::new(), strategy: String::new() }
}

/// Metrics a line each point, or trades.
fn csv(value: &StoredValue) -> Result<String, Error> {
    let (values, width) = match value {
        StoredValue::Result(result) => (&result.metrics, metrics::COUNT),
        StoredValue::Portfolio(portfolio) => (&portfolio.result.metrics, metrics::COUNT),
        StoredValue::Block(block) => (&block.metrics, width(block)),
        StoredValue::Segments(segments) => {
            let line = |(at, (equity, trades, exposed)): (usize, (f64, u64, u64))| {
                let (point, segment) = (at as u64 / segments.per_point, at as u64 % segments.per_point);
                format!("{point},{segment},{equity},{trades},{exposed}\n")
            };
            let lines = segments.outline().into_iter().enumerate().map(line);
            return Ok("point,segment,equity,trades,exposed\n".to_owned() + &lines.collect::<String>());
        }
        StoredValue::Score(score) => {
            let points = score.times.iter().zip(&score.scores).zip(&score.candidates);
            let line = |((time, score), candidate): ((&Millis, &Option<f64>), &bool)| {
                let score = score.map_or_else(String::new, |score| score.to_string());
                format!("{},{score},{candidate}\n", report::time(*time))
            };
            return Ok("time,score,candidate\n".to_owned() + &points.map(line).collect::<String>());
        }
        StoredValue::Trades(trades) => {
            let bytes = report::csv::trades(&unnamed(trades)).map_err(Error::failed)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    };
    let header = metrics::TABLE[..width].iter().map(|metric| metric.name).collect::<Vec<_>>().join(",") + "\n";
    let cell = |value: &Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let line = |point: &[Option<f64>]| point.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
    Ok(header + &values.chunks_exact(width).map(line).collect::<String>())
}

/// Metrics of each point.
fn width(block: &StoredBlock) -> usize {
    block.detail().unwrap_or_default().count()
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn a_key_may_be_shortened_and_written_as_it_is_listed() {
        for text in ["5A1F00ff", " 5a1f00ff ", "result:BTCUSDT:rsi:5a1f00ff"] {
            assert_eq!(digits(text).unwrap(), "5a1f00ff");
        }
        for text in ["", "5a1f00f", "5a1f00fg", "result:BTCUSDT:rsi:", &"5".repeat(65)] {
            let message = digits(text).unwrap_err().message().unwrap();
            assert!(message.contains("is not a key"), "{message}");
        }
    }
}
