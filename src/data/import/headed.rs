//! Tables with a header: pandas, backtesting.py, `TradingView`, Nautilus, Bybit collections, and this program's own CSV.

use super::cells::bare;
use super::layout::{Layout, TimeCells};
use super::names::Places;
use super::sheet::Sheet;
use super::times::{Days, of_cell, of_day};
use crate::data::fault::Fault;
use crate::data::time::DAY;

/// A table whose first line names its columns. The last resort: a fault says what is missing.
pub(super) fn recognise(sheet: &Sheet) -> Result<Layout, Fault> {
    at_line(sheet, 0, "table with header")
}

/// The same with the names in another line.
pub(super) fn at_line(sheet: &Sheet, line: usize, format: &'static str) -> Result<Layout, Fault> {
    let names = sheet.row(line);
    let places = Places::find(names)?;
    let mut layout = Layout { skip: line + 1, ..Layout::new(format, names.len()) };
    layout.time = times(&places, sheet.row(line + 1));
    layout.prices = places.prices;
    layout.volume = places.volume;
    layout.close_time = places.close_time;
    layout.symbol = places.symbol;
    Ok(layout)
}

/// A day and a time of the day may stand in two columns.
fn times(places: &Places, row: &[&str]) -> TimeCells {
    let Some(clock) = places.clock else { return TimeCells::One(places.time) };
    let cell = |at: usize| row.get(at).map_or("", |cell| bare(cell));
    let is_day = of_cell(cell(places.time), Days::Unknown).is_ok_and(|time| time % DAY == 0);
    if is_day && of_day(cell(clock)).is_some() {
        TimeCells::Two(places.time, clock)
    } else {
        TimeCells::One(places.time)
    }
}
