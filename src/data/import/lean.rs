//! LEAN, of `QuantConnect`: a zip with one CSV without a header. `YYYYMMDD HH:MM` for days and hours; for minutes and
//! seconds, milliseconds since the midnight of the day that the file is named for. Quotes have the bid's bar and the
//! ask's.
//!
//! <https://github.com/QuantConnect/Lean/blob/master/Data/crypto/readme.md>

use super::cells::{Number, number};
use super::layout::{Layout, TimeCells};
use super::sheet::Sheet;
use super::times::{Days, of_cell};
use crate::data::fault::Fault;
use crate::data::time::DAY;
use crate::sim::model::Millis;

const FORMAT: &str = "LEAN trades";
const QUOTES: usize = 11;

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let row = sheet.row(0);
    let time = if is_day_and_clock(row.first()?) { TimeCells::One(0) } else { TimeCells::OfDay(0, midnight(sheet)?) };
    if row.iter().skip(1).any(|cell| number(cell) == Number::Bad) {
        return None;
    }
    match row.len() {
        6 => Some(Ok(Layout { time, ..Layout::new(FORMAT, 6) })),
        QUOTES => Some(Err(Fault::file(
            "holds quotes (bid and ask), not trades",
            "Take the file of trades instead, named _trade",
        ))),
        _ => None,
    }
}

/// `20141201 00:00`
fn is_day_and_clock(cell: &str) -> bool {
    cell.len() == 14 && cell.as_bytes()[8] == b' ' && of_cell(cell, Days::Unknown).is_ok()
}

/// The day in the file's name, where the first cell is a number of milliseconds since midnight.
fn midnight(sheet: &Sheet) -> Option<Millis> {
    sheet.row(0).first()?.parse::<Millis>().ok().filter(|millis| (0..DAY).contains(millis))?;
    let day = |name: &String| {
        let digits = name.rsplit('/').next()?.get(..8)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| of_cell(digits, Days::Unknown).ok())?
    };
    sheet.names.iter().rev().find_map(day)
}
