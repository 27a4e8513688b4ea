//! A time and numbers, without a header: ccxt and freqtrade, Bitfinex (open, CLOSE, high, low), Coinbase (low, high, open,
//! close). Which price is which, the bars themselves have to tell.

use super::layout::Layout;
use super::order::{UNNAMED, UNNAMED_SECONDS};
use super::sheet::Sheet;
use super::text::is_seconds;
use crate::data::fault::Fault;

pub(super) const FORMAT: &str = "rows without header";

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let row = sheet.row(0);
    if !sheet.is_row(0) {
        return None;
    }
    let orders: &[_] = if is_seconds(row[0]) { &UNNAMED_SECONDS } else { &UNNAMED };
    match row.len() {
        5 => Some(Ok(Layout { orders, volume: None, ..Layout::new(FORMAT, 5) })),
        6 => Some(Ok(Layout { orders, ..Layout::new(FORMAT, 6) })),
        3 | 4 => Some(Err(Fault::file(
            format!("has rows of {} values: single trades or prices, not bars", row.len()),
            "Take the files of candles instead",
        ))),
        other => Some(Err(Fault::file(
            format!("has no header, and rows of {other} values of which nothing tells what they are"),
            "Put a first line such as timestamp,open,high,low,close,volume above it, in the order of its columns",
        ))),
    }
}
