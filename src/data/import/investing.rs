//! Investing.com: a byte order mark, everything quoted, `Jul 01, 2021`, the close first and named Price, thousands
//! separated, volumes as `27.41K`, newest first.

use super::layout::Layout;
use super::sheet::Sheet;
use crate::data::fault::Fault;

const FORMAT: &str = "Investing.com";

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let fits = sheet.begins(0, &["Date", "Price", "Open", "High", "Low"]);
    let width = sheet.row(0).len();
    let volume = sheet.row(0).iter().position(|name| name.eq_ignore_ascii_case("Vol."));
    fits.then(|| Ok(Layout { skip: 1, prices: [2, 3, 4, 1], volume, ..Layout::new(FORMAT, width) }))
}
