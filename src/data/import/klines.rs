//! Binance's klines: 12 columns, with or without a header, from its archive or its REST API.
//!
//! <https://github.com/binance/binance-public-data>: open time, open, high, low, close, volume, close time, quote
//! volume, count, taker buy volumes, ignore. Milliseconds; spot from 2025 on in microseconds.

use super::layout::Layout;
use super::sheet::Sheet;
use super::times::{Days, of_cell};
use crate::data::fault::Fault;

pub(super) const FORMAT: &str = "Binance klines";
pub(super) const WIDTH: usize = 12;
/// Where the end of the bar stands.
pub(super) const CLOSE_TIME: usize = 6;

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let line = usize::from(!sheet.is_row(0));
    let row = sheet.row(line);
    if line == 1 && !sheet.begins(0, &["open_time", "open"]) && !sheet.begins(0, &["Open time", "Open"]) {
        return None;
    }
    if row.len() != WIDTH || !is_kline(row[0], row[CLOSE_TIME]) {
        return None;
    }
    Some(Ok(Layout { skip: line, close_time: Some(CLOSE_TIME), ..Layout::new(FORMAT, WIDTH) }))
}

/// Whether these are the two ends of a bar.
pub(super) fn is_kline(open: &str, close: &str) -> bool {
    let [open, close] = [open, close].map(|cell| of_cell(cell, Days::Unknown));
    matches!((open, close), (Ok(open), Ok(close)) if close > open)
}
