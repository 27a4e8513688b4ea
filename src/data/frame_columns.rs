//! Turns one polars column into a plain one: any number type into f64, any kind of time into milliseconds.

use polars::prelude::{DataType, Int64Chunked, Series, TimeUnit};

use super::fault::Fault;
use super::frame::refused;
use super::time::{HELP, Reader, Unit};
use crate::sim::model::Millis;

const DAY: Millis = 86_400_000;
const TYPES: &str = "Write prices and volumes as float64, and times as timestamps, dates, int64 or text";

impl From<TimeUnit> for Unit {
    fn from(unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Milliseconds => Self::Millis,
            TimeUnit::Microseconds => Self::Micros,
            TimeUnit::Nanoseconds => Self::Nanos,
        }
    }
}

/// Why a column of this type holds no numbers.
pub(super) fn not_a_number(kind: &DataType, name: &str) -> Option<Fault> {
    match kind {
        DataType::Float64
        | DataType::Float32
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64 => None,
        other => Some(Fault::file(format!("column {name} is of type {other}, not a number"), TYPES)),
    }
}

/// Why a column of this type holds no times.
pub(super) fn not_a_time(kind: &DataType) -> Option<Fault> {
    match kind {
        DataType::String
        | DataType::Datetime(..)
        | DataType::Date
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64 => None,
        other => Some(Fault::file(format!("column timestamp is of type {other}, not a time"), TYPES)),
    }
}

/// Appends a column of numbers; the inner error is the first row without one, counted from 0.
pub(super) fn values(series: &Series, name: &str, out: &mut Vec<f64>) -> Result<Result<(), usize>, Fault> {
    not_a_number(series.dtype(), name).map_or(Ok(()), Err)?;
    let cast;
    let series = if *series.dtype() == DataType::Float64 {
        series
    } else {
        cast = series.cast(&DataType::Float64).map_err(|error| refused(&error))?;
        &cast
    };
    let numbers = series.f64().map_err(|error| refused(&error))?;
    if numbers.null_count() > 0 {
        return Ok(Err(numbers.iter().position(|value| value.is_none()).unwrap_or_default()));
    }
    out.reserve(numbers.len());
    for chunk in numbers.downcast_iter() {
        out.extend_from_slice(chunk.values());
    }
    Ok(Ok(()))
}

/// Appends a column of times; `first_row` is what the first of `out` is called.
pub(super) fn times(series: &Series, reader: &mut Reader, first_row: u64, out: &mut Vec<Millis>) -> Result<(), Fault> {
    match series.dtype() {
        DataType::String => {
            let text = series.str().map_err(|error| refused(&error))?;
            collect(text.iter(), first_row, out, |cell| reader.text(cell))
        }
        DataType::Datetime(unit, _) => {
            let unit = Unit::from(*unit);
            let numbers = integers(series)?;
            if numbers.null_count() > 0 {
                return collect(numbers.iter(), first_row, out, |number| Ok(unit.to_millis(number)));
            }
            for chunk in numbers.downcast_iter() {
                out.extend(chunk.values().iter().map(|&number| unit.to_millis(number)));
            }
            Ok(())
        }
        DataType::Date => collect(integers(series)?.iter(), first_row, out, |days| Ok(days.saturating_mul(DAY))),
        other => match not_a_time(other) {
            None => collect(integers(series)?.iter(), first_row, out, |number| reader.number(number)),
            Some(fault) => Err(fault),
        },
    }
}

fn integers(series: &Series) -> Result<Int64Chunked, Fault> {
    let physical = series.to_physical_repr();
    let cast = physical.cast(&DataType::Int64).map_err(|error| refused(&error))?;
    cast.i64().cloned().map_err(|error| refused(&error))
}

fn collect<T>(
    cells: impl ExactSizeIterator<Item = Option<T>>,
    first_row: u64,
    out: &mut Vec<Millis>,
    mut read: impl FnMut(T) -> Result<Millis, String>,
) -> Result<(), Fault> {
    out.reserve(cells.len());
    for cell in cells {
        let time = match cell {
            Some(cell) => read(cell),
            None => Err("timestamp is empty".to_owned()),
        };
        out.push(time.map_err(|what| Fault::row(first_row + out.len() as u64, what, HELP))?);
    }
    Ok(())
}
