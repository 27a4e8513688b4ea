//! Tables as CSV: full precision, an empty cell where a number is undefined.

use std::io::Write;

use super::table::{
    BREAKDOWN_COLUMNS, Cell, EQUITY_COLUMNS, FIRST_COLUMNS, LAST_COLUMNS, RecordColumn, Records, SweepRow,
    TRADE_COLUMNS, TradeList, detail_of, row_columns, totals_columns,
};
use super::time;
use crate::sim::metrics::Detail;
use crate::sim::{Breakdown, EquityCurve, Row, StrategyTotals};

/// A table under a header with the names of its columns.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn records<T: ?Sized>(records: &Records<'_, T>) -> Result<Vec<u8>, csv::Error> {
    let mut bytes = header_of(records.columns())?;
    write_rows(&mut bytes, records)?;
    Ok(bytes)
}

fn header_of<T: ?Sized>(columns: &[RecordColumn<T>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| column.name.as_bytes()))?;
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn write_rows<T: ?Sized>(file: impl Write, records: &Records<'_, T>) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(file);
    for row in 0..records.len() {
        for cell in records.row(row) {
            writer.write_field(self::cell(cell))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush().map_err(Into::into)
}

/// Rows of results; `params` are the names of their parameters.
///
/// # Errors
/// As [`records`].
pub fn rows(rows: &[Row], params: &[String]) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&row_columns(params, detail_of(rows)), rows, rows.len()))
}

/// The totals of strategies, one row for each; `params` are the names of their parameters.
///
/// # Errors
/// As [`records`].
pub fn strategy_totals(all: &[StrategyTotals], params: &[String]) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&totals_columns(params), all, all.len()))
}

/// The trades of one result.
///
/// # Errors
/// As [`records`].
pub fn trades(list: &TradeList) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&TRADE_COLUMNS, list, list.trades.len()))
}

/// A result in parts, one row for each.
///
/// # Errors
/// As [`records`].
pub fn breakdowns(all: &[Breakdown]) -> Result<Vec<u8>, csv::Error> {
    let parts = all.iter().map(|breakdown| breakdown.parts.len()).sum();
    records(&Records::new(&BREAKDOWN_COLUMNS, all, parts))
}

/// An equity curve, one row for each bar.
///
/// # Errors
/// As [`records`].
pub fn curve(curve: &EquityCurve) -> Result<Vec<u8>, csv::Error> {
    records(&Records::new(&EQUITY_COLUMNS, curve, curve.time.len()))
}

/// The header of a sweep's rows with metrics of this detail.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn header(params: &[String], detail: Detail) -> Result<Vec<u8>, csv::Error> {
    header_of(&row_columns(params, detail))
}

/// The header of a file of trades.
///
/// # Errors
/// As [`header`].
pub fn trade_header() -> Result<Vec<u8>, csv::Error> {
    header_of(&TRADE_COLUMNS)
}

/// The trades of one result without their header.
///
/// # Errors
/// What the file says.
pub fn trade_rows(file: impl Write, list: &TradeList) -> Result<(), csv::Error> {
    write_rows(file, &Records::new(&TRADE_COLUMNS, list, list.trades.len()))
}

/// A sweep's rows of one asset without their header; `asset` has what they have in common.
///
/// # Errors
/// What the file says.
pub fn sweep_rows(file: impl Write, asset: &Row, rows: impl Iterator<Item = SweepRow>) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(file);
    let asset = std::slice::from_ref(asset);
    let columns = row_columns(&[], Detail::Sums);
    let width = detail_of(asset).count();
    let common =
        |columns: &[RecordColumn<[Row]>]| columns.iter().map(|column| cell(column.cell(asset, 0))).collect::<Vec<_>>();
    let first = common(&columns[..FIRST_COLUMNS.len()]);
    let last = common(&columns[columns.len() - LAST_COLUMNS.len()..]);
    for (params, metrics) in rows {
        for cell in &first {
            writer.write_field(cell)?;
        }
        for value in params.iter().map(|value| Some(*value)).chain(metrics[..width].iter().copied()) {
            writer.write_field(number(value))?;
        }
        for cell in &last {
            writer.write_field(cell)?;
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

fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => self::text(&text),
        Cell::Time(millis) => time(millis),
        Cell::Number(value) | Cell::Whole(value) => number(value),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// The shortest text that reads back to the same bits; empty where the value is undefined or not finite.
fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

/// A text that a spreadsheet would take for a formula is quoted with `'`.
fn text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
