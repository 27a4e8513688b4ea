//! From a file of the catalog to checked candles: read, unpack, parse, validate, and where that was asked for, made
//! into longer ones.

pub(super) mod arrow;
pub(super) mod columns;
pub(super) mod csv;
pub(super) mod gaps;
pub(super) mod open_file;
pub(super) mod own_columns;
pub(super) mod parquet;
pub(super) mod raw_candles;
pub(super) mod resample;
pub(super) mod tail;
pub(super) mod text_chunks;
pub(super) mod time;
pub(super) mod validate;

use std::ops::Range;

use self::arrow::read_feather;
use self::csv::read_csv;
use self::gaps::is_live_row;
use self::open_file::OpenFile;
use self::parquet::{CheckedCandles, ParquetFile};
use self::raw_candles::RawCandles;
use self::resample::{Beyond, resample, source_range};
use self::validate::{WarningCounts, validate};
use super::catalog::CandleFile;
use super::catalog::format::Format;
use super::date::{end_of_bar, show_time};
use super::digest::{digest_in, hex};
use super::error::{ContentError, DataError, Warning, WarningKind};
use crate::files::FileFingerprint;
use crate::pool::Pool;
use crate::sim::{Candles, FieldSet, Interval, Millis, TimeRange};

/// What is loaded of a candle file, and how.
#[derive(Clone, Copy)]
pub struct LoadRequest<'a> {
    /// Open times that count.
    pub range: TimeRange,
    /// The present moment, by which bars of the future are told.
    pub now: Millis,
    /// Columns that somebody reads; all are checked, and the others may be left empty.
    pub fields: FieldSet,
    /// Does the work on long files. Many files are better loaded at the same time, each by a pool of one thread.
    pub pool: &'a Pool,
}

/// The candles of one file that lie in one range, and what was noticed on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The bars in the range, of the entry's interval; at least one.
    pub candles: Candles,
    /// [`digest`](super::digest()) of the bars in the range, those columns too that are empty because nobody reads them.
    pub digest: [u8; 32],
    /// What is doubtful about them and yet was computed with, at most one of each kind.
    pub warnings: Vec<Warning>,
    /// Whether the file says that a generator made it, so that nobody takes it for the market.
    pub synthetic: bool,
    /// The file's fingerprint at the moment it was read, for the index.
    pub stamp: FileFingerprint,
}

/// Reads all columns of the bars of one candle file that open in `range`, on the caller's thread alone.
///
/// # Errors
/// As [`load_as`].
pub fn load(entry: &CandleFile, range: TimeRange, now: Millis) -> Result<Loaded, DataError> {
    load_as(entry, LoadRequest { range, now, fields: FieldSet::ALL, pool: &Pool::new(1) })
}

/// Reads the bars of one candle file.
///
/// Of a Parquet file only the row groups that may hold such bars are read. All rows that are read are checked, those
/// outside of the range too; where all rows are read, they are compared with the digest that the file states.
///
/// # Errors
/// When the file cannot be read, is not what its name says, holds a row that is no candle (the error names the row), was
/// changed by others since this program wrote it, or has no bar in the range.
pub fn load_as(entry: &CandleFile, request: LoadRequest) -> Result<Loaded, DataError> {
    entry.check()?;
    read(entry, request).map_err(|error| error.into_error(entry.path.clone()))
}

fn read(entry: &CandleFile, request: LoadRequest) -> Result<Loaded, ContentError> {
    let source = OpenFile::open(&entry.path)?;
    let loaded = match entry.format {
        Format::Csv | Format::CsvGz | Format::CsvZst => {
            let text = read_csv(&mut source.text(entry.format)?, entry.bad_rows);
            take(entry, request, source.stamp, source.settle_text(text)?, false)?
        }
        Format::Feather => {
            let raw = source.settle(read_feather(source.bytes()?, entry.bad_rows))?;
            take(entry, request, source.stamp, raw, false)?
        }
        Format::Parquet => source.settle(read_parquet_file(entry, request, &source))?,
    };
    loaded.map_or_else(|| Err(no_bar(entry, request)), Ok)
}

fn read_parquet_file(
    entry: &CandleFile,
    request: LoadRequest,
    source: &OpenFile,
) -> Result<Option<Loaded>, ContentError> {
    let LoadRequest { range, now, fields, pool } = request;
    let file = ParquetFile::open(source)?;
    let is_as_written = |digest: [u8; 32]| file.stated_digest().is_none_or(|stated| stated == hex(digest));
    // What this program wrote has whole bars alone, and its digest is that of all of them.
    let is_ours = file.stated_digest().is_some();
    if !entry.is_resampled()
        && let Some(checked) = file.read_in_one_pass(range, fields, entry.interval, pool)?
        && !ends_unfinished(&checked.candles, (entry.interval, entry.settle), now)
        && !(!is_ours && checked.gaps.irregular > 0 && is_live_row(&checked.candles.time, entry.interval))
    {
        let CheckedCandles { candles, digest, gaps, idle } = checked;
        if !is_as_written(digest) {
            return Err(changed_since());
        }
        let mut counts = WarningCounts::default();
        counts.add_counted(&candles.time, entry.interval, gaps, idle, now);
        let synthetic = file.is_synthetic();
        return Ok(Some(Loaded { candles, digest, warnings: counts.0, synthetic, stamp: source.stamp }));
    }
    let wanted = if entry.is_resampled() { source_range(entry.interval, range) } else { range };
    let raw = file.read(wanted, entry.bad_rows, pool)?;
    let rows = raw.time.len();
    let is_all = raw.beyond == Beyond::default() && !entry.is_resampled();
    let loaded = take(entry, request, source.stamp, raw, is_ours)?;
    match &loaded {
        Some(loaded) if is_all && loaded.candles.len() == rows && !is_as_written(loaded.digest) => Err(changed_since()),
        _ => Ok(loaded),
    }
}

fn changed_since() -> ContentError {
    ContentError::file(
        "its bars are not those that were written there: something has changed them",
        "Move it away and import its sources again",
    )
}

/// Checks what was read of a file, which this program may have written, and takes the bars of the range; `None` where
/// there are none.
fn take(
    entry: &CandleFile,
    request: LoadRequest,
    stamp: FileFingerprint,
    raw: RawCandles,
    is_ours: bool,
) -> Result<Option<Loaded>, ContentError> {
    let LoadRequest { range, now, pool, .. } = request;
    let (synthetic, beyond) = (raw.synthetic, raw.beyond);
    let (mut candles, mut counts) = validate(pool, raw)?;
    if !is_ours && !beyond.after && is_live_row(&candles.time, entry.source) {
        candles.truncate(candles.len() - 1);
        counts.add(WarningKind::LiveRow, 1);
    }
    if ends_unfinished(&candles, (entry.source, entry.settle), now) {
        candles.truncate(candles.len() - 1);
        counts.add(WarningKind::Unfinished, 1);
    }
    if entry.is_resampled() {
        let source = candles;
        let wanted = source_range(entry.interval, range);
        let (longer, partial) = resample(&source, (entry.source, entry.interval), range, beyond);
        counts.look_at_source(&source.time[source.within(wanted)], entry.source);
        counts.add(WarningKind::PartialBars, partial);
        candles = longer;
    } else {
        let bars = candles.within(range);
        if bars.len() < candles.len() {
            keep(&mut candles, &bars);
        }
    }
    if candles.is_empty() {
        return Ok(None);
    }
    counts.look_at(pool, &candles, entry.interval, now);
    let digest = digest_in(pool, &candles, 0..candles.len());
    Ok(Some(Loaded { candles, digest, warnings: counts.0, synthetic, stamp }))
}

/// Whether the last of several bars is not over yet, or not for so long: what it says may change.
fn ends_unfinished(candles: &Candles, terms: (Interval, Millis), now: Millis) -> bool {
    candles.len() > 1 && candles.time.last().is_some_and(|last| is_unfinished(*last, terms, now))
}

/// Whether a bar has begun and is not over yet, or not for so long.
fn is_unfinished(open: Millis, (interval, settle): (Interval, Millis), now: Millis) -> bool {
    open <= now && end_of_bar(open, interval).saturating_add(settle) > now
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

/// What is wrong with an asset that has bars, and none in the range.
pub const NO_BAR_IN_RANGE: &str = "no bar lies between --from and --to";

/// Says where the bars are, if there are any at all.
fn no_bar(entry: &CandleFile, request: LoadRequest) -> ContentError {
    if request.range == TimeRange::default() {
        let (source, interval) = (entry.source, entry.interval);
        let what = format!("its bars of {source} do not make one whole bar of {interval}");
        return ContentError::file(what, "Choose a shorter --interval");
    }
    match read(entry, LoadRequest { range: TimeRange::default(), ..request }) {
        Ok(Loaded { candles, .. }) => {
            let (first, last) = (show_time(candles.time[0]), show_time(candles.time[candles.len() - 1]));
            let what = format!("{NO_BAR_IN_RANGE}; its bars reach from {first} to {last}");
            ContentError::outside_range(what, "Choose a range that holds some of them")
        }
        Err(error) => error,
    }
}
