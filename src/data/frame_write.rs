//! Writes candles as Parquet; with `frame`, the only user of polars.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, KeyValueMetadata, NamedFrom, ParquetCompression, ParquetWriter, Series, TimeUnit,
    TimeZone,
};

use super::atomic::replace;
use super::escape::shown;
use crate::model::{Candles, Field};

/// Why a file was not written; an older file of that name is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {reason}. Check the folder's permissions and the space left.", shown(.path))]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub reason: String,
}

/// Writes candles with these key-value pairs as metadata; the file appears whole or not at all.
///
/// Zstandard, row groups of 262,144 bars with minima and maxima of each column; times in ms, UTC.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet(path: &Path, candles: &Candles, metadata: &[(&str, &str)]) -> Result<(), WriteError> {
    let failed = |reason: String| WriteError { path: path.to_owned(), reason };
    let mut columns = Vec::with_capacity(6);
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let time = Series::new("timestamp".into(), &candles.time[..]);
    columns.push(Column::from(time.cast(&utc).map_err(|error| failed(error.to_string()))?));
    for field in Field::ALL {
        columns.push(Column::from(Series::new(field.name().into(), candles.column(field))));
    }
    let mut frame = DataFrame::new(candles.len(), columns).map_err(|error| failed(error.to_string()))?;
    let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    replace(path, |file| {
        ParquetWriter::new(BufWriter::new(file))
            .with_compression(ParquetCompression::Zstd(None))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)))
            .set_parallel(false)
            .finish(&mut frame)
            .map(drop)
            .map_err(std::io::Error::other)
    })
    .map_err(|error| failed(error.to_string()))
}
