//! Kraken's downloadable history: no header; seconds, open, high, low, close, volume, trades. Minutes without a trade are
//! absent. Its files are named `XBTUSD_1440.csv`, the number being minutes.
//!
//! <https://support.kraken.com/hc/en-us/articles/360047124832>

use super::cells::{Number, number};
use super::layout::Layout;
use super::sheet::Sheet;
use super::text::is_seconds;
use crate::data::fault::Fault;

pub(super) const FORMAT: &str = "Kraken OHLCVT";

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let row = sheet.row(0);
    let is_count = |cell: &str| matches!(number(cell), Number::Is(count) if count.fract() == 0.0 && count >= 0.0);
    let fits = sheet.is_row(0) && row.len() == 7 && is_seconds(row[0]) && is_count(row[6]);
    fits.then(|| Ok(Layout::new(FORMAT, 7)))
}
