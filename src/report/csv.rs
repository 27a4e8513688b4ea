//! Results as CSV: one row each, full precision, an empty cell where a metric is undefined.

use std::io::Write;

use super::stream::Values;
use super::{Curve, Row, time};
use crate::sim::metrics;
use crate::sim::model::{Side, Trade};

/// Header and rows: `symbol, interval, strategy, <params>, <metrics>`; `params` are the names of the parameters.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn batch(rows: &[Row], params: &[String]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = ["symbol", "interval", "strategy"].into_iter().chain(params.iter().map(String::as_str));
    writer.write_record(names.chain(metrics::TABLE.iter().map(|metric| metric.name)))?;
    for row in rows {
        let mut cells = vec![text(&row.symbol), row.interval.to_string(), text(&row.strategy)];
        for name in params {
            cells.push(number(row.params.iter().find(|(param, _)| param == name).map(|(_, value)| *value)));
        }
        cells.extend(row.outcome.metrics.iter().map(|value| number(*value)));
        writer.write_record(&cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The header of a sweep's rows.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn header(params: &[String]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = ["symbol", "interval", "strategy"].into_iter().chain(params.iter().map(String::as_str));
    writer.write_record(names.chain(metrics::TABLE.iter().map(|metric| metric.name)))?;
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A sweep's rows without their header; `fixed` are symbol, interval and strategy.
///
/// # Errors
/// What the file says.
pub fn rows(file: impl Write, fixed: [&str; 3], rows: impl Iterator<Item = Values>) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(file);
    let fixed = fixed.map(text);
    for (params, metrics) in rows {
        for cell in &fixed {
            writer.write_field(cell)?;
        }
        for value in params.iter().map(|value| Some(*value)).chain(metrics.iter().copied()) {
            writer.write_field(number(value))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush().map_err(Into::into)
}

/// The trades of one result, with the names of the JSON form.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn trades(trades: &[Trade]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "side",
        "entry_time",
        "entry_price",
        "exit_time",
        "exit_price",
        "size",
        "fees",
        "pnl",
        "return",
        "bars",
        "open",
    ])?;
    for trade in trades {
        writer.write_record([
            match trade.side {
                Side::Long => "long",
                Side::Short => "short",
            }
            .to_owned(),
            time(trade.entry_time),
            trade.entry_price.to_string(),
            time(trade.exit_time),
            trade.exit_price.to_string(),
            trade.size.to_string(),
            trade.fees.to_string(),
            trade.pnl.to_string(),
            trade.ret.to_string(),
            trade.bars.to_string(),
            trade.open.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The columns of an equity curve.
pub(super) const CURVE: [&str; 4] = ["timestamp", "equity", "drawdown", "buy_hold"];

/// An equity curve, one row for each bar: `timestamp` (the bar's open, UTC), `equity` and `buy_hold` in quote currency,
/// `drawdown` as a fraction, all at the bar's close.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn curve(curve: &Curve) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CURVE)?;
    let numbers = curve.equity.iter().zip(&curve.drawdown).zip(&curve.buy_hold);
    for (&at, ((equity, drawdown), buy_hold)) in curve.time.iter().zip(numbers) {
        writer.write_record([time(at), equity.to_string(), drawdown.to_string(), buy_hold.to_string()])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Lines of texts under a header.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn lines<const N: usize>(
    header: &[&str; N],
    lines: impl IntoIterator<Item = [String; N]>,
) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(line.iter().map(|cell| text(cell)))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The shortest text that reads back to the same bits.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A text that a spreadsheet would take for a formula is quoted with `'`.
fn text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
