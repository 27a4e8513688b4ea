//! Writes candles as Parquet; with `frame`, the only user of polars.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, KeyValueMetadata, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series,
    TimeUnit, TimeZone,
};

use super::atomic::replace;
use super::escape::shown;
use crate::model::{Candles, Field};

/// From so many bars on, columns are written in parallel; the bytes are the same.
const PARALLEL_BARS: usize = 100_000;

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
    write(path, candles, metadata, false)
}

/// The same for candles that nobody could make again: on the disk, and not only on its way there, when this returns.
/// Large files are written on polars' own threads too.
pub(super) fn write_candles(path: &Path, candles: &Candles, metadata: &[(&str, &str)]) -> Result<(), WriteError> {
    write(path, candles, metadata, true)
}

fn write(path: &Path, candles: &Candles, metadata: &[(&str, &str)], lasting: bool) -> Result<(), WriteError> {
    let failed = |reason: String| WriteError { path: path.to_owned(), reason };
    let bytes = encode(candles, metadata).map_err(|error| failed(error.to_string()))?;
    replace(path, |file| {
        file.write_all(&bytes)?;
        if lasting { file.sync_all() } else { Ok(()) }
    })
    .map_err(|error| failed(error.to_string()))?;
    if lasting && let Some(folder) = path.parent() {
        // The name is on the disk once the folder is. Not every system lets a folder be opened for that.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// The file's bytes.
fn encode(candles: &Candles, metadata: &[(&str, &str)]) -> PolarsResult<Vec<u8>> {
    let mut columns = Vec::with_capacity(6);
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    columns.push(Column::from(Series::new("timestamp".into(), &candles.time[..]).cast(&utc)?));
    for field in Field::ALL {
        columns.push(Column::from(Series::new(field.name().into(), candles.column(field))));
    }
    let mut frame = DataFrame::new(candles.len(), columns)?;
    let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)))
        .set_parallel(candles.len() >= PARALLEL_BARS)
        .finish(&mut frame)?;
    Ok(bytes)
}
