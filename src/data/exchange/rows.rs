//! Bars as exchanges list them: lists of numbers, some of them written as text.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::data::date::show_time;
use crate::data::escape::quote;
use crate::sim::model::{Candles, Field, Millis};

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
    let mut bars: Vec<(Millis, [f64; 5])> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| bar(row, shape).map_err(|what| format!("bar {}: {what}", at + 1)))
        .collect::<Result<_, _>>()?;
    bars.sort_by_key(|(time, _)| *time);
    let mut candles = Candles::default();
    for (time, values) in bars {
        if candles.time.last() == Some(&time) {
            if of(&candles, candles.len() - 1).map(f64::to_bits) != values.map(f64::to_bits) {
                return Err(format!("two different bars of {}", show_time(time)));
            }
            continue;
        }
        push(&mut candles, time, values);
    }
    Ok(candles)
}

fn bar(row: &Value, shape: &RowShape) -> Result<(Millis, [f64; 5]), String> {
    let cells = row.as_array().filter(|cells| shape.width.contains(&cells.len())).ok_or_else(|| {
        let found = row.as_array().map_or("no list".to_owned(), |cells| format!("{} values", cells.len()));
        format!("{found} in place of {}", shape.width.start())
    })?;
    let time = match &cells[0] {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    let time: Millis = time.ok_or_else(|| format!("{} is no time", shown(&cells[0])))?;
    let mut values = [0.0; 5];
    for (value, (place, field)) in values.iter_mut().zip(shape.places.into_iter().zip(Field::ALL)) {
        let cell = &cells[place];
        *value = number(cell).ok_or_else(|| format!("{} is {}, which is no number", field.name(), shown(cell)))?;
    }
    Ok((time.saturating_mul(shape.unit), values))
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

/// The values of one bar.
pub(super) fn of(candles: &Candles, at: usize) -> [f64; 5] {
    Field::ALL.map(|field| candles.column(field)[at])
}

/// One more bar.
pub(super) fn push(candles: &mut Candles, time: Millis, values: [f64; 5]) {
    candles.time.push(time);
    let Candles { open, high, low, close, volume, .. } = candles;
    for (column, value) in [open, high, low, close, volume].into_iter().zip(values) {
        column.push(value);
    }
}
