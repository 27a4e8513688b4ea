//! The last bars of a candle file, without reading those before them: where the part of the file that holds those is known to
//! be what it was.
//!
//! What that is known by, and what it proves:
//!
//! - Parquet of this program: the file says the digest of all bars before each of its row groups. If it says that of before
//!   again, whoever wrote it wrote those bars again. Bytes that something else has damaged since are not noticed.
//! - Text up to [`WHOLE`] bytes: all bytes before the tail are hashed. That proves it.
//! - Longer text: the same file (its number), longer, not older, and the same bytes at [`PROBES`] places. That proves
//!   that nothing was put in, taken out, or written with another length; a figure that was written over in place by one of the
//!   same length, between two such places, is not noticed.
//!
//! Whatever is unusual (several assets, disorder, bad rows) has no tail: the whole file is read, which says what is wrong.

use std::ops::Range;

use blake3::Hasher;

use super::csv::{CsvHeader, read_csv};
use super::is_unfinished;
use super::open_file::OpenFile;
use super::parquet::ParquetFile;
use super::raw_candles::RawCandles;
use super::text_chunks::TextChunks;
use super::validate::validate;
use crate::catalog::format::Format;
use crate::catalog::{BadRows, CandleFile};
use crate::error::ContentError;
use crate::files::FileFingerprint;
use crate::pool::Pool;
use crate::sim::{Candles, Millis, TimeRange};

/// Text before the tail is hashed as a whole up to so many bytes.
const WHOLE: u64 = 512 << 10;
/// Places at which longer text is hashed.
const PROBES: u64 = 64;
/// Bytes at each of them.
const PROBE: u64 = 1024;
/// Bytes of text that are read at first where the tail is looked for.
const LOOK: u64 = 128 << 10;
/// Most bytes of a header.
const HEADER: u64 = 16 << 10;

/// What is known of the part of a candle file that holds its first bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilePrefix {
    /// The file when it was read.
    pub stamp: FileFingerprint,
    /// The first bars.
    pub bars: usize,
    /// Of text, the bytes that hold them and the header.
    pub bytes: u64,
    /// By which they are known again.
    pub digest: [u8; 32],
}

/// The bars of a file behind a known part.
#[derive(Clone, Debug)]
pub struct LoadedTail {
    /// The bars from [`FilePrefix::bars`] on that are over and in the range.
    pub candles: Candles,
    /// The file's fingerprint at the moment it was read.
    pub stamp: FileFingerprint,
    /// Whether the file has bars that do not count yet.
    pub is_pending: bool,
    /// The parts of the file by which it can be known again, from the one that was known on.
    pub parts: Vec<FilePrefix>,
    /// Bytes of the file that were read, without what a Parquet file says of itself.
    pub bytes: u64,
}

/// Whether files like this one may have a tail.
fn has_tail(entry: &CandleFile) -> bool {
    matches!(entry.format, Format::Csv | Format::Parquet)
        && entry.bad_rows == BadRows::Refuse
        && !entry.is_resampled()
        && !entry.interval.is_months()
        && entry.inside.is_none()
        && entry.check().is_ok()
}

/// What is known of the part of a file that holds its first bars: at most `most` of them, and none where there is nothing by
/// which they could be known again. `times` are the open times of the bars from the last of these on. The file must still be
/// the one that was read; of one that was read from its end, `known` are the parts that this has found.
#[must_use]
pub fn file_prefix(
    entry: &CandleFile,
    stamp: FileFingerprint,
    times: &[Millis],
    most: usize,
    known: &[FilePrefix],
) -> Option<FilePrefix> {
    if !has_tail(entry) || most == 0 {
        return None;
    }
    let is_parquet = entry.format == Format::Parquet;
    if let Some(known) = known.iter().rfind(|known| known.bars == most || is_parquet && known.bars < most) {
        return Some(FilePrefix { stamp, ..*known });
    }
    let source = OpenFile::open(&entry.path).ok().filter(|source| source.stamp == stamp)?;
    let (bars, bytes, digest) = if is_parquet {
        let file = ParquetFile::open(&source).ok()?;
        let (bars, digest) = file.stated_borders()?.into_iter().rfind(|(first, _)| *first <= most)?;
        (bars > 0).then_some((bars, 0, digest))?
    } else {
        let bytes = offset_of(&source, times)?;
        (most, bytes, text_digest(&source, bytes)?)
    };
    source.settle(Ok(FilePrefix { stamp, bars, bytes, digest })).ok()
}

/// The bars of a file behind this part of it, the last of which opens at `last`; none where the part is not known to be the
/// same, or where only the whole file says what there is.
#[must_use]
pub fn load_tail(
    entry: &CandleFile,
    prefix: &FilePrefix,
    last: Millis,
    (range, now): (TimeRange, Millis),
) -> Option<LoadedTail> {
    if !has_tail(entry) || range.from.is_some() {
        return None;
    }
    let source = OpenFile::open(&entry.path).ok()?;
    let stamp = source.stamp;
    let (raw, parts, is_ours) = if entry.format == Format::Parquet {
        let file = ParquetFile::open(&source).ok()?;
        let borders = file.stated_borders()?;
        let at = borders.iter().position(|border| *border == (prefix.bars, prefix.digest))?;
        let part = |(bars, digest): &(usize, [u8; 32])| FilePrefix { stamp, bars: *bars, bytes: 0, digest: *digest };
        let parts = borders[at..].iter().map(part).collect();
        (Some(file.read_groups(at..borders.len(), entry.bad_rows, &Pool::new(1)).ok()?), parts, true)
    } else {
        has_same_text(&source, prefix).then_some(())?;
        let rows = prefix.bytes..stamp.size;
        let raw = if rows.is_empty() { None } else { Some(rows_of(&source, rows, header(&source)?).ok()?) };
        (raw, vec![*prefix], false)
    };
    let raw = source.settle(Ok(raw)).ok()?;
    let rows = raw.as_ref().map_or(0, |raw| raw.time.len());
    let mut candles = Candles::default();
    if let Some(raw) = raw {
        let [before, end] = match raw.time[..] {
            [.., before, end] => [before, end],
            [end] => [last, end],
            [] => return None,
        };
        // Whether a last row off the grid is a bar, all rows say together.
        if !is_ours && (end - before) % entry.interval.millis() != 0 {
            return None;
        }
        let (checked, counts) = validate(&Pool::new(1), raw).ok()?;
        if !counts.0.is_empty() || checked.time[0] <= last {
            return None;
        }
        candles = checked;
        if is_unfinished(end, (entry.source, entry.settle), now) {
            candles.truncate(rows - 1);
        }
        candles.truncate(candles.within(range).end);
    }
    let is_pending = candles.len() < rows;
    Some(LoadedTail { candles, stamp, is_pending, parts, bytes: source.bytes_read() })
}

/// Whether this part of a text is what it was.
fn has_same_text(source: &OpenFile, prefix: &FilePrefix) -> bool {
    let (before, now) = (prefix.stamp, source.stamp);
    let has_grown =
        now == before || now.size > before.size && now.mtime_ns >= before.mtime_ns && now.inode == before.inode;
    (has_grown || prefix.bytes <= WHOLE)
        && now.size >= prefix.bytes
        && text_digest(source, prefix.bytes) == Some(prefix.digest)
}

/// Of so many bytes at the begin of a text: all of them, or those at some places.
fn text_digest(source: &OpenFile, bytes: u64) -> Option<[u8; 32]> {
    let mut hasher = Hasher::new();
    let mut buffer = Vec::new();
    let mut add = |range: Range<u64>| {
        source.part(range, &mut buffer).ok()?;
        hasher.update(&buffer);
        Some(())
    };
    if bytes <= WHOLE {
        add(0..bytes)?;
    } else {
        let step = (bytes - PROBE) / (PROBES - 1);
        (0..PROBES - 1).try_for_each(|at| add(at * step..at * step + PROBE))?;
        add(bytes - PROBE..bytes)?;
    }
    Some(*hasher.finalize().as_bytes())
}

/// The first line of a text, with its end; none where it names assets or is no header.
fn header(source: &OpenFile) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    source.part(0..HEADER.min(source.stamp.size), &mut bytes).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    bytes.truncate(end);
    let (header, _) = CsvHeader::open(&bytes).ok()?;
    header.columns.symbol.is_none().then_some(bytes)
}

/// The rows in these bytes of a text.
fn rows_of(source: &OpenFile, bytes: Range<u64>, header: Vec<u8>) -> Result<RawCandles, ContentError> {
    let mut body = Vec::new();
    source.part(bytes, &mut body)?;
    let mut text = header;
    text.append(&mut body);
    read_csv(&mut TextChunks::whole(text), BadRows::Refuse)
}

/// Where the row behind the first of these bars begins or will begin, in a text whose last rows are bars with these open times,
/// in their order, and others behind them.
fn offset_of(source: &OpenFile, times: &[Millis]) -> Option<u64> {
    let header = header(source)?;
    let (size, first) = (source.stamp.size, header.len() as u64);
    let mut look = LOOK;
    loop {
        let from = size.saturating_sub(look).max(first);
        let mut bytes = Vec::new();
        source.part(from..size, &mut bytes).ok()?;
        // The first line is a part of one, unless it is the first of all.
        let skipped = if from == first { 0 } else { bytes.iter().position(|byte| *byte == b'\n')? + 1 };
        let lines = &bytes[skipped..];
        let raw = rows_of(source, from + skipped as u64..size, header.clone()).ok()?;
        if let Some(row) = raw.time.iter().position(|time| Some(time) == times.first()) {
            let mut ends = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            let end = ends.nth(row)?;
            return raw.time[row..].starts_with(times).then_some(from + (skipped + end) as u64);
        }
        if from == first {
            return None;
        }
        look = look.saturating_mul(2);
    }
}
