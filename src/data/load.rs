//! From an entry of the catalogue to checked candles: read, unpack, parse, validate, and where that was asked for, made
//! into longer ones.

use std::ops::Range;

use super::entry::Entry;
use super::fault::{DataError, Fault, Warning, WarningKind};
use super::format::Format;
use super::frame::read_feather;
use super::frame_csv::read_csv;
use super::frame_parquet::read_parquet;
use super::resample::{Beyond, resample, source_range};
use super::source::Source;
use super::stamp::Stamp;
use super::time::show;
use super::validate::{Counts, validate};
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
    pub stamp: Stamp,
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
pub fn load(entry: &Entry, range: TimeRange, now: Millis) -> Result<Loaded, DataError> {
    entry.check()?;
    read(entry, range, now).map_err(|fault| fault.into_error(entry.path.clone()))
}

fn read(entry: &Entry, range: TimeRange, now: Millis) -> Result<Loaded, Fault> {
    let File { candles, mut counts, synthetic, stamp, .. } = if entry.is_resampled() {
        let wanted = source_range(entry.interval, range);
        let mut file = File::read(entry, wanted)?;
        let source = std::mem::take(&mut file.candles);
        let (longer, partial) = resample(&source, (entry.source, entry.interval), range, file.beyond);
        file.counts.look_at_source(&source.time[source.within(wanted)], entry.source);
        file.counts.add(WarningKind::PartialBars, partial);
        File { candles: longer, ..file }
    } else {
        let mut file = File::read(entry, range)?;
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
struct File {
    candles: Candles,
    counts: Counts,
    beyond: Beyond,
    synthetic: bool,
    stamp: Stamp,
}

impl File {
    /// Reads all bars in the range, and perhaps more.
    fn read(entry: &Entry, range: TimeRange) -> Result<Self, Fault> {
        let source = Source::open(&entry.path)?;
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
fn no_bar(entry: &Entry, range: TimeRange, now: Millis) -> Fault {
    if range == TimeRange::default() {
        let (source, interval) = (entry.source, entry.interval);
        let what = format!("its bars of {source} do not make one whole bar of {interval}");
        return Fault::file(what, "Choose a shorter --interval");
    }
    match read(entry, TimeRange::default(), now) {
        Ok(Loaded { candles, .. }) => {
            let (first, last) = (show(candles.time[0]), show(candles.time[candles.len() - 1]));
            let what = format!("no bar lies between --from and --to; its bars reach from {first} to {last}");
            Fault::file(what, "Choose a range that holds some of them")
        }
        Err(fault) => fault,
    }
}
