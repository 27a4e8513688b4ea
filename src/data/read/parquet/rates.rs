//! Funding rates in Parquet files.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataType, ParquetReader, SerReader, TimeUnit};

use crate::read::raw_candles::guarded;
use crate::read::time::TimeReader;
use crate::sim::Millis;

/// Times, and the rate of each.
pub(crate) type RateColumns = (Vec<Millis>, Vec<f64>);

/// Reads the columns `timestamp` and `rate` of a Parquet file.
pub(crate) fn read_rates(path: &Path) -> Result<RateColumns, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    // A damaged file can make the reader panic.
    let frame = guarded(|| ParquetReader::new(file).finish()).map_err(|error| error.what)?;
    let frame = frame.map_err(|error| error.to_string())?;
    let column = |name: &str| frame.column(name).map_err(|_| format!("has no column {name}"));
    let time = column("timestamp")?;
    let is_time = matches!(time.dtype(), DataType::Datetime(..) | DataType::Int64);
    let whole = if matches!(time.dtype(), DataType::Datetime(..)) {
        time.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).and_then(|time| time.cast(&DataType::Int64))
    } else {
        Ok(time.clone())
    };
    let wrong = |name: &str| format!("its column {name} is of type {}", time.dtype());
    let whole = whole.ok().filter(|_| is_time).ok_or_else(|| wrong("timestamp"))?;
    let mut times = TimeReader::default();
    let is_number = matches!(time.dtype(), DataType::Int64);
    let time = whole.i64().map_err(|error| error.to_string())?.iter().enumerate();
    let time = time.map(|(row, time)| match time {
        Some(time) if is_number => times.number(time),
        Some(time) => Ok(time),
        None => Err(format!("row {}: timestamp is empty", row + 1)),
    });
    let time = time.collect::<Result<Vec<_>, _>>()?;
    let rate = column("rate")?.cast(&DataType::Float64).map_err(|_| wrong("rate"))?;
    let rate = rate.f64().map_err(|error| error.to_string())?.iter().enumerate();
    let rate = rate.map(|(row, rate)| rate.ok_or_else(|| format!("row {}: rate is empty", row + 1)));
    Ok((time, rate.collect::<Result<_, _>>()?))
}
