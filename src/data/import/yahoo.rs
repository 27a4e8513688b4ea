//! Yahoo Finance: its own download (`Adj Close`, rows of `null`), and what the yfinance library writes: three lines of
//! names, the second with the symbol.

use super::headed::at_line;
use super::layout::Layout;
use super::names::Places;
use super::sheet::Sheet;
use crate::data::fault::Fault;

const FORMAT: &str = "Yahoo Finance";

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    if sheet.begins(0, &["Price"]) && sheet.begins(1, &["Ticker"]) {
        return Some(of_yfinance(sheet));
    }
    let is_own = sheet.row(0).iter().any(|name| name.eq_ignore_ascii_case("Adj Close"));
    is_own.then(|| at_line(sheet, 0, FORMAT))
}

fn of_yfinance(sheet: &Sheet) -> Result<Layout, Fault> {
    let mut names = sheet.row(0).to_vec();
    names[0] = "date";
    let places = Places::find(&names)?;
    let tickers = sheet.row(1).get(1..).unwrap_or_default();
    let ticker = tickers.first().filter(|first| tickers.iter().all(|other| other == *first));
    let skip = if sheet.begins(2, &["Date"]) || sheet.begins(2, &["Datetime"]) { 3 } else { 2 };
    let layout = Layout::new(FORMAT, names.len());
    let whole_symbol = ticker.map(|&ticker| ticker.to_owned());
    Ok(Layout { skip, prices: places.prices, volume: places.volume, whole_symbol, ..layout })
}
