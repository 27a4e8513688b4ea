//! `CryptoDataDownload`: a line with its address first (not always), newest bar first, a symbol in each row, volumes of both
//! assets. One file may have milliseconds at its top and seconds further down, 24-hour clocks and 12-hour ones.

use super::headed::at_line;
use super::layout::{Layout, TimeCells};
use super::names::plain;
use super::sheet::Sheet;
use super::times::{Days, of_cell};
use crate::data::fault::Fault;
use crate::data::pair::has_base;
use crate::data::time::DAY;

const FORMAT: &str = "CryptoDataDownload";

pub(super) fn recognise(sheet: &Sheet) -> Option<Result<Layout, Fault>> {
    let has_address = sheet.lines.first()?.to_ascii_lowercase().contains("cryptodatadownload");
    let line = usize::from(has_address);
    let names: Vec<String> = sheet.row(line).iter().map(|name| plain(name)).collect();
    let is = |at: usize, name: &str| names.get(at).is_some_and(|other| other == name);
    let is_own = is(0, "date") && is(1, "symbol") || is(0, "unix") && is(1, "date") && is(2, "symbol");
    if !is_own && !has_address {
        return None;
    }
    Some(at_line(sheet, line, FORMAT).map(|layout| finish(layout, sheet, line, &names)))
}

fn finish(mut layout: Layout, sheet: &Sheet, line: usize, names: &[String]) -> Layout {
    if let Some(unix) = names.iter().position(|name| name == "unix") {
        layout.time = TimeCells::One(unix);
    }
    let symbol =
        layout.symbol.and_then(|at| sheet.row(line + 1).get(at)).map(|cell| cell.to_uppercase().replace('/', "-"));
    // Of two volumes, that of the base asset: `volume` alone may be that of the other.
    let own = |name: &str| {
        let asset = name.strip_prefix("volume_").map(str::to_uppercase)?;
        symbol.as_ref().is_some_and(|symbol| has_base(symbol, &asset)).then_some(())
    };
    if let Some(at) = names.iter().position(|name| own(name).is_some()) {
        layout.volume = Some(at);
    }
    layout.made_before = made(sheet.lines[0]);
    layout
}

/// The end of the day in `Created on 10-17-2019`: a bar of that day was not finished.
fn made(line: &str) -> Option<i64> {
    let date = line.split("Created on ").nth(1)?.split(',').next()?;
    of_cell(date.trim(), Days::Second).ok().map(|day| day + DAY - 1)
}
