//! From an entry of the catalogue to checked candles: read, unpack, parse, validate.

use super::catalog::Entry;
use super::fault::{DataError, Fault, Warning};
use super::format::Format;
use super::frame;
use super::frame_csv::read_csv;
use super::source::Source;
use super::stamp::Stamp;
use super::validate::validate;
use crate::model::{Candles, Interval, Millis};

/// The candles of one file and what was noticed on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// All bars of the file; at least one.
    pub candles: Candles,
    /// What is doubtful and yet was computed with, at most one of each kind.
    pub warnings: Vec<Warning>,
    /// Whether the file says that a generator made it, so that nobody takes it for the market.
    pub synthetic: bool,
    /// The file's stamp at the moment it was read, for the index.
    pub stamp: Stamp,
}

/// Reads one candle file. `now` is the present moment, by which bars of the future are told.
///
/// Works on the caller's thread alone, so that many files can be read in parallel; only Parquet files of 8 MiB and
/// more use polars' own threads.
///
/// # Errors
/// When the file cannot be read, is not what its name says, or holds a row that is no candle: the error names the
/// row.
pub fn load(entry: &Entry, interval: Interval, now: Millis) -> Result<Loaded, DataError> {
    entry.check()?;
    let read = || -> Result<Loaded, Fault> {
        let source = Source::open(&entry.path)?;
        let raw = match entry.format {
            Format::Csv | Format::CsvGz | Format::CsvZst => read_csv(&mut source.text(entry.format)?),
            Format::Parquet => frame::read_parquet(source.bytes()?),
            Format::Feather => frame::read_feather(source.bytes()?),
        };
        let raw = source.settle(raw)?;
        let synthetic = raw.synthetic;
        let (candles, warnings) = validate(raw, interval, now)?;
        Ok(Loaded { candles, warnings, synthetic, stamp: source.stamp })
    };
    read().map_err(|fault| fault.into_error(entry.path.clone()))
}
