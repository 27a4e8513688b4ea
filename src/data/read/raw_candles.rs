//! What a reader hands over: the six columns of a file as plain numbers, not yet checked.
//!
//! Many small files are read in parallel by the caller, so nothing here may start polars' own thread pool. The file,
//! polars' columns and ours must not stand in memory all together: the file goes as soon as polars has read it, and each
//! of polars' columns as soon as ours is made.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{DataFrame, DataType, Int64Chunked, PolarsError, Series, TimeUnit};

use super::columns::{CandleColumns, OneSymbol};
use super::resample::Beyond;
use super::time::{EpochUnit, HELP, TimeReader};
use crate::catalog::BadRows;
use crate::error::{ContentError, DAMAGED};
use crate::escape::escape;
use crate::sim::DAY;
use crate::sim::{Field, Millis};

/// The columns of a file as they stand there, row by row, not yet checked.
pub(crate) struct RawCandles {
    pub time: Vec<Millis>,
    /// In the order of [`Field::ALL`].
    pub values: [Vec<f64>; 5],
    /// What [`ContentError::row`] calls the first row.
    pub first_row: u64,
    /// The file says of itself that a generator made it.
    pub synthetic: bool,
    /// Whether the file has rows outside of the range asked for that were not read.
    pub beyond: Beyond,
    /// Whether rows without a value fail the file.
    pub bad_rows: BadRows,
    /// Rows that were left out.
    pub dropped: usize,
}

/// Over 95 years of one-minute bars: a file that claims more is damaged or an attack.
pub(crate) const MAX_ROWS: usize = 50_000_000;

impl RawCandles {
    /// Appends the six columns of a frame and drops each of them at once. `reader` knows the times before them.
    pub(crate) fn add<'a>(
        &mut self,
        frame: &mut DataFrame,
        name: impl Fn(usize) -> &'a str,
        columns: &CandleColumns,
        reader: &mut TimeReader,
    ) -> Result<(), ContentError> {
        let before = self.time.len();
        let mut column = |at: usize| {
            let column = frame.drop_in_place(name(at)).map_err(|error| refused(&error))?;
            Ok::<_, ContentError>(column.take_materialized_series())
        };
        for ((field, at), out) in Field::ALL.into_iter().zip(columns.values).zip(&mut self.values) {
            values(&column(at)?, field.name(), self.bad_rows, out)?
                .map_err(|row| empty_cell(self.first_row + (before + row) as u64, field.name()))?;
        }
        times(&column(columns.time)?, reader, self.first_row, self.bad_rows, &mut self.time)
    }

    /// Keeps so many rows.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.time.truncate(rows);
        for column in &mut self.values {
            column.truncate(rows);
        }
    }
}

pub(crate) fn check_rows(rows: usize) -> Result<(), ContentError> {
    match rows {
        0 => Err(ContentError::file("has no rows", "Download it again or remove it")),
        1..=MAX_ROWS => Ok(()),
        _ => Err(ContentError::file(format!("claims {rows} rows, which no candle file has"), DAMAGED)),
    }
}

/// Why a cell of a column that must have a value fails its file.
pub(crate) fn empty_cell(row: u64, column: &str) -> ContentError {
    ContentError::row(row, format!("{column} is empty"), "Correct or remove the row")
}

const TYPES: &str = "Write prices and volumes as float64, and times as timestamps, dates, int64 or text";

impl From<TimeUnit> for EpochUnit {
    fn from(unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Milliseconds => Self::Millis,
            TimeUnit::Microseconds => Self::Micros,
            TimeUnit::Nanoseconds => Self::Nanos,
        }
    }
}

/// Why a column of this type holds no numbers.
pub(crate) fn not_a_number(kind: &DataType, name: &str) -> Option<ContentError> {
    match kind {
        DataType::Float64
        | DataType::Float32
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64 => None,
        other => Some(ContentError::file(format!("column {name} is of type {other}, not a number"), TYPES)),
    }
}

/// Why a column of this type holds no times.
pub(crate) fn not_a_time(kind: &DataType) -> Option<ContentError> {
    match kind {
        DataType::String
        | DataType::Datetime(..)
        | DataType::Date
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64 => None,
        other => Some(ContentError::file(format!("column timestamp is of type {other}, not a time"), TYPES)),
    }
}

/// Appends a column of numbers; the inner error is the first row without one, counted from 0. Where bad rows are left
/// out later, such a row is NaN.
pub(crate) fn values(
    series: &Series,
    name: &str,
    bad_rows: BadRows,
    out: &mut Vec<f64>,
) -> Result<Result<(), usize>, ContentError> {
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
        if bad_rows == BadRows::Drop {
            out.extend(numbers.iter().map(|value| value.unwrap_or(f64::NAN)));
            return Ok(Ok(()));
        }
        return Ok(Err(numbers.iter().position(|value| value.is_none()).unwrap_or_default()));
    }
    out.reserve(numbers.len());
    for chunk in numbers.downcast_iter() {
        out.extend_from_slice(chunk.values());
    }
    Ok(Ok(()))
}

/// Appends a column of times; `first_row` is what the first of `out` is called. Where bad rows are left out later, one
/// without a time has an impossible one.
pub(crate) fn times(
    series: &Series,
    reader: &mut TimeReader,
    first_row: u64,
    bad_rows: BadRows,
    out: &mut Vec<Millis>,
) -> Result<(), ContentError> {
    match series.dtype() {
        DataType::String => {
            let text = series.str().map_err(|error| refused(&error))?;
            collect(text.iter(), first_row, bad_rows, out, |cell| reader.text(cell))
        }
        DataType::Datetime(unit, _) => {
            let unit = EpochUnit::from(*unit);
            let numbers = integers(series)?;
            if numbers.null_count() > 0 {
                return collect(numbers.iter(), first_row, bad_rows, out, |number| Ok(unit.to_millis(number)));
            }
            for chunk in numbers.downcast_iter() {
                out.extend(chunk.values().iter().map(|&number| unit.to_millis(number)));
            }
            Ok(())
        }
        DataType::Date => {
            collect(integers(series)?.iter(), first_row, bad_rows, out, |days| Ok(days.saturating_mul(DAY)))
        }
        other => match not_a_time(other) {
            None => collect(integers(series)?.iter(), first_row, bad_rows, out, |number| reader.number(number)),
            Some(fault) => Err(fault),
        },
    }
}

fn integers(series: &Series) -> Result<Int64Chunked, ContentError> {
    let physical = series.to_physical_repr();
    let cast = physical.cast(&DataType::Int64).map_err(|error| refused(&error))?;
    cast.i64().cloned().map_err(|error| refused(&error))
}

fn collect<T>(
    cells: impl ExactSizeIterator<Item = Option<T>>,
    first_row: u64,
    bad_rows: BadRows,
    out: &mut Vec<Millis>,
    mut read: impl FnMut(T) -> Result<Millis, String>,
) -> Result<(), ContentError> {
    out.reserve(cells.len());
    for cell in cells {
        let time = match cell {
            Some(cell) => read(cell),
            None => Err("timestamp is empty".to_owned()),
        };
        match time {
            Ok(time) => out.push(time),
            // No time that can be shown, and so none of a candle.
            Err(_) if bad_rows == BadRows::Drop => out.push(Millis::MIN),
            Err(what) => return Err(ContentError::row(first_row + out.len() as u64, what, HELP)),
        }
    }
    Ok(())
}

/// Whether a column of this type may name assets: by words, each once or in every row, or by whole numbers.
pub(crate) fn names_assets(kind: &DataType) -> bool {
    matches!(kind, DataType::String | DataType::Categorical(..) | DataType::Enum(..)) || kind.is_integer()
}

/// Fails where a column names more than one asset; `first_row` is what the first row is called.
pub(crate) fn check_symbol(series: &Series, first_row: u64, symbol: &mut OneSymbol) -> Result<(), ContentError> {
    if !names_assets(series.dtype()) {
        return Ok(());
    }
    let words = series.cast(&DataType::String).map_err(|error| refused(&error))?;
    let text = words.str().map_err(|error| refused(&error))?;
    (first_row..).zip(text.iter()).try_for_each(|(row, cell)| symbol.check(row, cell.unwrap_or_default()))
}

pub(crate) fn refused(error: &PolarsError) -> ContentError {
    let text = error.to_string();
    let line: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
    ContentError::file(format!("cannot be read: {}", escape(&line)), DAMAGED)
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs polars so that a panic over a damaged file fails that file only.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, ContentError> {
    GUARDED.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(false);
    result.map_err(|_| ContentError::file("is damaged in a way that the reader gives up on", DAMAGED))
}

/// Whether a panic on this thread is one over a damaged file, which is reported as that file's error: a program's panic
/// hook should not print it.
#[must_use]
pub fn is_panic_handled() -> bool {
    GUARDED.get()
}
