//! Reads the rows of a text file as its layout says.

use super::cells::{Number, bad_number, bare, number};
use super::layout::{Layout, TimeCells};
use super::line::split;
use super::table::{Closed, Table};
use super::times::{Days, either, of_cell, of_day};
use crate::data::csv_text::ragged;
use crate::data::escape::quote;
use crate::data::fault::Fault;
use crate::data::time::{DAY, HELP, Unit};
use crate::sim::model::{Field, Interval};

/// Reads all rows.
pub(super) fn read(text: &str, layout: &Layout) -> Result<Table, Fault> {
    let mut reader =
        Reader { layout, days: days(text, layout)?, header: header(text, layout), close: None, symbol: None };
    let mut table = Table::new(layout.format);
    let first = text.lines().nth(layout.skip).map_or(0, |line| line.len() + 1);
    // No bar is written in less; a first line that is blank tells nothing.
    let rows = text.len() / first.max(12);
    table.reserve(rows + rows / 16);
    let mut cells = Vec::with_capacity(layout.width);
    let rows = (1u64..).zip(text.lines()).skip(layout.skip);
    for (number, line) in rows {
        if !line.trim_ascii().is_empty() {
            reader.row(number, line, &mut cells, &mut table)?;
        }
    }
    table.symbol = layout.whole_symbol.clone().or(reader.symbol.map(str::to_owned));
    table.interval = reader.close;
    table.closed = layout.made_before.map_or(Closed::Unsaid, Closed::Before);
    table.notes.clone_from(&layout.notes);
    table.no_volume = layout.volume.is_none();
    Ok(table)
}

struct Reader<'a> {
    layout: &'a Layout,
    days: Days,
    /// Files put behind each other have it again.
    header: Option<&'a str>,
    /// Length of the first bar, where its end is written.
    close: Option<Interval>,
    symbol: Option<&'a str>,
}

impl<'a> Reader<'a> {
    fn row(&mut self, number: u64, line: &'a str, cells: &mut Vec<&'a str>, table: &mut Table) -> Result<(), Fault> {
        let layout = self.layout;
        if !split(line, cells) {
            return Err(ragged(number, line, None, layout.width));
        }
        if self.header == Some(line) {
            return Ok(());
        }
        if cells.len() != layout.width {
            return Err(ragged(number, line, Some(cells.len()), layout.width));
        }
        let time = self.time(cells).map_err(|what| Fault::row(number, what, HELP))?;
        let Some(values) = self.values(number, cells)? else {
            table.nulls += 1;
            return Ok(());
        };
        if let Some(at) = layout.symbol {
            self.same_symbol(number, bare(cells[at]))?;
        }
        if let (Some(at), None) = (layout.close_time, self.close)
            && let Ok(end) = of_cell(bare(cells[at]), self.days)
        {
            // Exchanges write the last moment that belongs to the bar, others the first that no longer does.
            self.close = Interval::of_millis(end + 1 - time).or_else(|| Interval::of_millis(end - time));
        }
        table.push(time, values, number);
        Ok(())
    }

    fn time(&self, cells: &[&str]) -> Result<i64, String> {
        match self.layout.time {
            TimeCells::One(at) => of_cell(bare(cells[at]), self.days),
            TimeCells::Two(date, clock) => {
                let clock = bare(cells[clock]);
                let of_day = of_day(clock).ok_or_else(|| format!("time is {}, which is not a time", quote(clock)))?;
                Ok(of_cell(bare(cells[date]), self.days)? + of_day)
            }
            TimeCells::OfDay(at, day) => {
                let cell = bare(cells[at]);
                let millis = cell.parse().ok().filter(|millis| (0..DAY).contains(millis));
                millis.map(|millis| day + millis).ok_or_else(|| {
                    format!("time is {}, which is no number of milliseconds since midnight", quote(cell))
                })
            }
        }
    }

    /// `None` for a row without any price.
    fn values(&self, line: u64, cells: &[&str]) -> Result<Option<[f64; 5]>, Fault> {
        let prices = self.layout.prices.map(|at| number(cells[at]));
        if prices.iter().all(|price| *price == Number::Null) {
            return Ok(None);
        }
        let volume = self.layout.volume.map_or(Number::Is(0.0), |at| match number(cells[at]) {
            // Nothing was traded, or nobody counted.
            Number::Null if bare(cells[at]) == "-" => Number::Is(0.0),
            number => number,
        });
        let [a, b, c, d] = prices;
        let mut values = [0.0; 5];
        for (at, (value, number)) in values.iter_mut().zip([a, b, c, d, volume]).enumerate() {
            match number {
                Number::Is(number) => *value = number,
                Number::Null | Number::Bad => {
                    let place = self.layout.prices.into_iter().chain(self.layout.volume).nth(at).unwrap_or_default();
                    let name = if self.layout.orders.len() > 1 && at < 4 { "a price" } else { Field::ALL[at].name() };
                    return Err(bad_number(line, name, cells[place]));
                }
            }
        }
        Ok(Some(values))
    }

    fn same_symbol(&mut self, line: u64, symbol: &'a str) -> Result<(), Fault> {
        match self.symbol {
            Some(known) if known != symbol => Err(Fault::row(
                line,
                format!("is of {}, rows before it of {}", quote(symbol), quote(known)),
                "Split the file, one for each symbol",
            )),
            _ => {
                self.symbol = Some(symbol);
                Ok(())
            }
        }
    }
}

/// The line with the names, if there is one.
fn header<'a>(text: &'a str, layout: &Layout) -> Option<&'a str> {
    text.lines().nth(layout.skip.checked_sub(1)?)
}

/// In `01/02/2021` the day may come first or second: some row of the file tells.
fn days(text: &str, layout: &Layout) -> Result<Days, Fault> {
    let (TimeCells::One(at) | TimeCells::Two(at, _)) = layout.time else { return Ok(Days::Unknown) };
    let mut cells = Vec::new();
    let mut seen = None;
    let (mut first, mut second) = (false, false);
    for line in text.lines().skip(layout.skip) {
        let found = split(line, &mut cells).then(|| cells.get(at).and_then(|cell| either(bare(cell)))).flatten();
        let Some((a, b)) = found else {
            // Files without such dates are told by their first row.
            if seen.is_none() && !line.trim_ascii().is_empty() {
                return Ok(Days::Unknown);
            }
            continue;
        };
        seen.get_or_insert((a, b));
        first |= a > 12;
        second |= b > 12;
    }
    match (seen, first, second) {
        (None, ..) => Ok(Days::Unknown),
        (_, true, false) => Ok(Days::First),
        (_, false, true) => Ok(Days::Second),
        (Some((a, b)), ..) => Err(Fault::file(
            format!("has dates such as {a:02}/{b:02} of which nothing tells whether the day comes first"),
            "Write dates as 2021-01-31",
        )),
    }
}

/// Whether a number is a time since 1970 in seconds.
pub(super) fn is_seconds(cell: &str) -> bool {
    let whole = cell.split('.').next().unwrap_or_default();
    whole.parse().is_ok_and(|number: i64| Unit::of(number) == Unit::Seconds)
}
