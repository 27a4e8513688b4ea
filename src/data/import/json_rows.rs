//! Bars in a JSON list: each a list of values, or an object with names.

use serde_json::Value;

use super::cells::{Number, bad_number, number};
use super::klines;
use super::names::Places;
use super::order::{KUCOIN, NAMED, Prices, UNNAMED, UNNAMED_SECONDS, settle};
use super::recognise::no_rows;
use super::table::{Closed, Table};
use super::text::is_seconds;
use super::times::{Days, of_cell};
use crate::data::escape::quote;
use crate::data::fault::Fault;
use crate::data::time::HELP;
use crate::sim::model::{Field, Interval, Millis};

/// Whose list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Start, open, high, low, close, volume, turnover; newest first.
    /// <https://bybit-exchange.github.io/docs/v5/market/kline>
    Bybit,
    /// Time, open, high, low, close, vwap, volume, count.
    /// <https://docs.kraken.com/api/docs/rest-api/get-ohlc-data>
    Kraken,
    /// Time, open, high, low, close, volumes, and 0 for a bar that is not finished.
    /// <https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks>
    Okx,
    /// Time, open, close, high, low, volume, turnover.
    KuCoin,
    Elsewhere,
}

/// Where the values of a bar are.
struct Shape<'a> {
    format: &'static str,
    cells: Cells<'a>,
    volume: Option<usize>,
    orders: &'static [Prices],
    close_time: Option<usize>,
    symbol: Option<usize>,
    /// Says "1" for a bar that is finished.
    confirm: Option<usize>,
}

enum Cells<'a> {
    /// So many, the time first and then the prices.
    List(usize),
    /// By these names, of which those of a bar are at these places.
    Named(Vec<&'a str>, Places),
}

/// Reads the bars of a list that is not empty.
pub(super) fn table(rows: &[Value], place: Place) -> Result<Table, Fault> {
    let shape = Shape::of(&rows[0], place)?;
    let mut table = Table::new(shape.format);
    table.reserve(rows.len());
    let mut confirmed: Option<Millis> = None;
    let mut has_open = false;
    for (line, row) in (1..).zip(rows) {
        shape.check(line, row)?;
        let time = time(shape.at(row, shape.time())).map_err(|what| Fault::row(line, what, HELP))?;
        let Some(values) = shape.values(line, row)? else {
            table.nulls += 1;
            continue;
        };
        if let Some(at) = shape.confirm {
            let is_done = text(shape.at(row, at)) == "1";
            has_open |= !is_done;
            confirmed = if is_done { confirmed.max(Some(time)) } else { confirmed };
        }
        if let (Some(at), None) = (shape.close_time, table.interval)
            && let Ok(end) = self::time(shape.at(row, at))
        {
            table.interval = Interval::of_millis(end + 1 - time).or_else(|| Interval::of_millis(end - time));
        }
        if let Some(at) = shape.symbol {
            same_symbol(line, text(shape.at(row, at)), &mut table)?;
        }
        table.push(time, values, line);
    }
    if table.len() == 0 {
        return Err(no_rows(table.nulls));
    }
    if has_open {
        table.closed = Closed::Through(confirmed.unwrap_or(Millis::MIN));
    }
    table.no_volume = shape.volume.is_none();
    let note = settle(&mut table, shape.orders)?;
    table.notes.extend(note);
    Ok(table)
}

impl<'a> Shape<'a> {
    fn of(row: &'a Value, place: Place) -> Result<Self, Fault> {
        let list = |format, width, volume| Self {
            format,
            cells: Cells::List(width),
            volume,
            orders: &NAMED,
            close_time: None,
            symbol: None,
            confirm: None,
        };
        let cells = match row {
            Value::Array(cells) => cells,
            Value::Object(members) => {
                let names: Vec<&str> = members.keys().map(String::as_str).collect();
                let places = Places::find(&names)?;
                let plain = list("JSON objects", names.len(), places.volume);
                let (close_time, symbol) = (places.close_time, places.symbol);
                return Ok(Self { cells: Cells::Named(names, places), close_time, symbol, ..plain });
            }
            _ => return Err(no_rows(0)),
        };
        let unnamed: &[_] =
            if cells.first().is_some_and(|cell| is_seconds(&text(cell))) { &UNNAMED_SECONDS } else { &UNNAMED };
        let width = cells.len();
        match (place, width) {
            (Place::Bybit, _) => Ok(list("Bybit REST", width, Some(5))),
            (Place::Kraken, _) => Ok(list("Kraken REST", width, Some(6))),
            (Place::Okx, _) => Ok(Self { confirm: Some(8), ..list("OKX REST", width, Some(base_volume(cells))) }),
            (Place::KuCoin, _) => Ok(Self { orders: &KUCOIN, ..list("KuCoin REST", width, Some(5)) }),
            (Place::Elsewhere, klines::WIDTH)
                if klines::is_kline(&text(&cells[0]), &text(&cells[klines::CLOSE_TIME])) =>
            {
                Ok(Self { close_time: Some(klines::CLOSE_TIME), ..list("Binance REST", width, Some(5)) })
            }
            (Place::Elsewhere, 6) => Ok(Self { orders: unnamed, ..list("JSON rows", width, Some(5)) }),
            (Place::Elsewhere, 5) => Ok(Self { orders: unnamed, ..list("JSON rows", width, None) }),
            _ => Err(Fault::file(
                format!("has rows of {width} values of which nothing tells what they are"),
                "Write them as [time, open, high, low, close, volume]",
            )),
        }
    }

    fn check(&self, line: u64, row: &Value) -> Result<(), Fault> {
        let wrong = |what: String| Fault::row(line, what, "Correct or remove the row; the file may be cut short");
        match (&self.cells, row) {
            (Cells::List(width), Value::Array(cells)) if cells.len() == *width => Ok(()),
            (Cells::Named(..), Value::Object(_)) => Ok(()),
            (Cells::List(width), Value::Array(cells)) => {
                Err(wrong(format!("{} values where the first row has {width}", cells.len())))
            }
            _ => Err(wrong("is not of the form of the first row".to_owned())),
        }
    }

    fn time(&self) -> usize {
        if let Cells::Named(_, places) = &self.cells { places.time } else { 0 }
    }

    fn at<'v>(&self, row: &'v Value, at: usize) -> &'v Value {
        match &self.cells {
            Cells::List(_) => &row[at],
            Cells::Named(names, _) => &row[names[at]],
        }
    }

    /// `None` for a row without any price.
    fn values(&self, line: u64, row: &Value) -> Result<Option<[f64; 5]>, Fault> {
        let prices = if let Cells::Named(_, places) = &self.cells { places.prices } else { [1, 2, 3, 4] };
        let read = |at: usize| match self.at(row, at) {
            Value::Number(number) => number.as_f64().map_or(Number::Bad, |value| Number::Is(value + 0.0)),
            Value::String(cell) => number(cell),
            Value::Null => Number::Null,
            _ => Number::Bad,
        };
        let found = prices.map(read);
        if found.iter().all(|price| *price == Number::Null) {
            return Ok(None);
        }
        let volume = self.volume.map_or(Number::Is(0.0), read);
        let mut values = [0.0; 5];
        for (at, (value, number)) in values.iter_mut().zip(found.into_iter().chain([volume])).enumerate() {
            let Number::Is(number) = number else {
                let place = prices.into_iter().chain(self.volume).nth(at).unwrap_or_default();
                let name = if self.orders.len() > 1 && at < 4 { "a price" } else { Field::ALL[at].name() };
                return Err(bad_number(line, name, &text(self.at(row, place))));
            };
            *value = number;
        }
        Ok(Some(values))
    }
}

fn same_symbol(line: u64, symbol: String, table: &mut Table) -> Result<(), Fault> {
    match &table.symbol {
        Some(known) if *known != symbol => Err(Fault::row(
            line,
            format!("is of {}, rows before it of {}", quote(&symbol), quote(known)),
            "Split the file, one for each symbol",
        )),
        _ => {
            table.symbol = Some(symbol).filter(|symbol| !symbol.is_empty());
            Ok(())
        }
    }
}

fn time(value: &Value) -> Result<Millis, String> {
    of_cell(text(value).trim(), Days::Unknown)
}

/// A value as text; nothing for what is neither text nor number.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// OKX counts contracts first, where there are contracts; units of the base asset stand second then, and third is the
/// value in the quote asset. For spot, the first are units, and second and third are the same.
fn base_volume(cells: &[Value]) -> usize {
    if cells[6] == cells[7] { 5 } else { 6 }
}
