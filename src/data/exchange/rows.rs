//! Bars as exchanges list them: lists of numbers, some of them written as text.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::date::show_time;
use crate::escape::quote;
use crate::sim::{Candle, Candles, Field, Millis};

/// Where things stand in a row.
pub(super) struct RowShape {
    /// How many values a row has.
    pub width: RangeInclusive<usize>,
    /// Milliseconds in a unit of time; the time is the first value.
    pub unit: Millis,
    /// Open, high, low, close and volume.
    pub places: [usize; 5],
}

/// The rows as candles in the order of time, each time once.
pub(super) fn candles(rows: &Value, shape: &RowShape) -> Result<Candles, String> {
    let rows = rows.as_array().ok_or("there is no list of bars")?;
    let mut bars: Vec<Candle> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| bar(row, shape).map_err(|what| format!("bar {}: {what}", at + 1)))
        .collect::<Result<_, _>>()?;
    bars.sort_by_key(|bar| bar.time);
    let mut candles = Candles::with_capacity(bars.len());
    for bar in bars {
        match candles.last().filter(|last| last.time == bar.time) {
            None => candles.push(bar),
            Some(last) if is_same(&last, &bar) => {}
            Some(_) => return Err(format!("two different bars of {}", show_time(bar.time))),
        }
    }
    Ok(candles)
}

/// Whether two bars are the same to the bit.
pub(super) fn is_same(one: &Candle, other: &Candle) -> bool {
    let bits = |bar: &Candle| [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits);
    one.time == other.time && bits(one) == bits(other)
}

/// A bar of a time and its open, high, low, close and volume.
pub(super) fn bar_of(time: Millis, [open, high, low, close, volume]: [f64; 5]) -> Candle {
    Candle { time, open, high, low, close, volume }
}

fn bar(row: &Value, shape: &RowShape) -> Result<Candle, String> {
    let cells = row.as_array().filter(|cells| shape.width.contains(&cells.len())).ok_or_else(|| {
        let found = row.as_array().map_or("no list".to_owned(), |cells| format!("{} values", cells.len()));
        format!("{found} in place of {}", shape.width.start())
    })?;
    let time = match &cells[0] {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    let time: Millis = time.ok_or_else(|| format!("{} is not a time", shown(&cells[0])))?;
    let mut values = [0.0; 5];
    for (value, (place, field)) in values.iter_mut().zip(shape.places.into_iter().zip(Field::ALL)) {
        let cell = &cells[place];
        *value = number(cell).ok_or_else(|| format!("{} is {}, not a number", field.name(), shown(cell)))?;
    }
    Ok(bar_of(time.saturating_mul(shape.unit), values))
}

fn number(cell: &Value) -> Option<f64> {
    let value = match cell {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    // One kind of zero, as in the store.
    value.filter(|value: &f64| value.is_finite()).map(|value| value + 0.0)
}

fn shown(cell: &Value) -> String {
    quote(&cell.as_str().map_or_else(|| cell.to_string(), str::to_owned))
}
