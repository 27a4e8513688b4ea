//! From an entry of the catalogue to checked candles: read, unpack, parse, validate, and where that was asked for, made
//! into longer ones.

pub(super) mod arrow;
pub(super) mod columns;
pub(super) mod csv;
pub(super) mod gaps;
pub(super) mod open_file;
pub(super) mod parquet;
pub(super) mod raw_candles;
pub(super) mod resample;
pub(super) mod text_chunks;
pub(super) mod time;
pub(super) mod validate;

use std::ops::Range;

use self::arrow::read_feather;
use self::csv::read_csv;
use self::open_file::OpenFile;
use self::parquet::read_parquet;
use self::resample::{Beyond, resample, source_range};
use self::validate::{WarningCounts, validate};
use super::catalog::CandleFile;
use super::catalog::format::Format;
use super::date::show_time;
use super::error::{ContentError, DataError, Warning, WarningKind};
use crate::files::FileFingerprint;
use crate::sim::model::{Candles, Millis, TimeRange};

/// The candles of one file that lie in one range, and what was noticed on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The bars in the range, of the entry's interval; at least one.
    pub candles: Candles,
    /// What is doubtful about them and yet was computed with, at most one of each kind.
    pub warnings: Vec<Warning>,
    /// Whether the file says that a generator made it, so that nobody takes it for the market.
    pub synthetic: bool,
    /// The file's stamp at the moment it was read, for the index.
    pub stamp: FileFingerprint,
}

/// Reads the bars of one candle file that open in `range`. `now` is the present moment, by which bars of the future are
/// told.
///
/// Of a Parquet file only the row groups that may hold such bars are read. All rows that are read are checked, those
/// outside of the range too.
///
/// Works on the caller's thread alone, so that many files can be read in parallel; only the columns of Parquet files of
/// 8 MiB and more are read side by side.
///
/// # Errors
/// When the file cannot be read, is not what its name says, holds a row that is no candle (the error names the row), or
/// has no bar in the range.
pub fn load(entry: &CandleFile, range: TimeRange, now: Millis) -> Result<Loaded, DataError> {
    entry.check()?;
    read(entry, range, now).map_err(|fault| fault.into_error(entry.path.clone()))
}

fn read(entry: &CandleFile, range: TimeRange, now: Millis) -> Result<Loaded, ContentError> {
    let FileContent { candles, mut counts, synthetic, stamp, .. } = if entry.is_resampled() {
        let wanted = source_range(entry.interval, range);
        let mut file = FileContent::read(entry, wanted)?;
        let source = std::mem::take(&mut file.candles);
        let (longer, partial) = resample(&source, (entry.source, entry.interval), range, file.beyond);
        file.counts.look_at_source(&source.time[source.within(wanted)], entry.source);
        file.counts.add(WarningKind::PartialBars, partial);
        FileContent { candles: longer, ..file }
    } else {
        let mut file = FileContent::read(entry, range)?;
        let bars = file.candles.within(range);
        if bars.len() < file.candles.len() {
            keep(&mut file.candles, &bars);
        }
        file
    };
    if candles.is_empty() {
        return Err(no_bar(entry, range, now));
    }
    counts.look_at(&candles, entry.interval, now);
    Ok(Loaded { candles, warnings: counts.0, synthetic, stamp })
}

/// What was read of a file.
struct FileContent {
    candles: Candles,
    counts: WarningCounts,
    beyond: Beyond,
    synthetic: bool,
    stamp: FileFingerprint,
}

impl FileContent {
    /// Reads all bars in the range, and perhaps more.
    fn read(entry: &CandleFile, range: TimeRange) -> Result<Self, ContentError> {
        let source = OpenFile::open(&entry.path)?;
        let raw = match entry.format {
            Format::Csv | Format::CsvGz | Format::CsvZst => {
                let text = read_csv(&mut source.text(entry.format)?);
                source.settle_text(text)?
            }
            Format::Parquet => source.settle(read_parquet(&source, range))?,
            Format::Feather => source.settle(read_feather(source.bytes()?))?,
        };
        let (synthetic, beyond) = (raw.synthetic, raw.beyond);
        let (candles, counts) = validate(raw)?;
        Ok(Self { candles, counts, beyond, synthetic, stamp: source.stamp })
    }
}

/// Drops all bars but these, column by column: a copy of them would stand beside the whole.
fn keep(candles: &mut Candles, bars: &Range<usize>) {
    fn cut<T: Copy>(column: &mut Vec<T>, bars: &Range<usize>) {
        column.copy_within(bars.clone(), 0);
        column.truncate(bars.len());
        column.shrink_to_fit();
    }
    let Candles { time, open, high, low, close, volume } = candles;
    cut(time, bars);
    for column in [open, high, low, close, volume] {
        cut(column, bars);
    }
}

/// Says where the bars are, if there are any at all.
fn no_bar(entry: &CandleFile, range: TimeRange, now: Millis) -> ContentError {
    if range == TimeRange::default() {
        let (source, interval) = (entry.source, entry.interval);
        let what = format!("its bars of {source} do not make one whole bar of {interval}");
        return ContentError::file(what, "Choose a shorter --interval");
    }
    match read(entry, TimeRange::default(), now) {
        Ok(Loaded { candles, .. }) => {
            let (first, last) = (show_time(candles.time[0]), show_time(candles.time[candles.len() - 1]));
            let what = format!("no bar lies between --from and --to; its bars reach from {first} to {last}");
            ContentError::file(what, "Choose a range that holds some of them")
        }
        Err(fault) => fault,
    }
}
