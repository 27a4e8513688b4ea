//! Tables as CSV: full precision, an empty cell where a number is undefined.

use std::io::Write;

use super::table::{Cell, EQUITY_COLUMNS, ROW_COLUMNS, Records, SweepRow, TRADE_COLUMNS, row_columns};
use super::time;
use crate::sim::metrics;
use crate::sim::{EquityCurve, Row, Trade};

/// A table under a header with the names of its columns.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn records<T: ?Sized>(records: &Records<'_, T>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(records.columns().iter().map(|column| column.name.as_bytes()))?;
    for row in 0..records.len() {
        for cell in records.row(row) {
            writer.write_field(match cell {
                Cell::Text(text) => self::text(&text),
                Cell::Time(millis) => time(millis),
                Cell::Number(value) => number(value),
                Cell::Count(count) => count.to_string(),
                Cell::Flag(flag) => flag.to_string(),
            })?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Rows of results; `params` are the names of their parameters.
///
/// # Errors
/// As [`records`].
pub fn rows(rows: &[Row], params: &[String]) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&row_columns(params), rows, rows.len()))
}

pub use rows as batch; // old name, until the floors meet

/// The trades of one result.
///
/// # Errors
/// As [`records`].
pub fn trades(trades: &[Trade]) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&TRADE_COLUMNS, trades, trades.len()))
}

/// An equity curve, one row for each bar.
///
/// # Errors
/// As [`records`].
pub fn curve(curve: &EquityCurve) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&EQUITY_COLUMNS, curve, curve.time.len()))
}

/// The header of a sweep's rows.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn header(params: &[String]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = ROW_COLUMNS.into_iter().chain(params.iter().map(String::as_str));
    writer.write_record(names.chain(metrics::TABLE.iter().map(|metric| metric.name)))?;
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A sweep's rows without their header; `fixed` are the cells of [`ROW_COLUMNS`].
///
/// # Errors
/// What the file says.
pub fn sweep_rows(file: impl Write, fixed: [&str; 3], rows: impl Iterator<Item = SweepRow>) -> Result<(), csv::Error> {
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
