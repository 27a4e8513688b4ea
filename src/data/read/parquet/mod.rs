//! Parquet becomes plain columns: one column of one row group after another, so that only those that are wanted are
//! read, and beside our columns no more than one such piece for each thread is in memory.
//!
//! Polars' own reader needs the whole file in memory and makes a whole frame of it; what decodes a single piece is its
//! `to_deserializer`, which is not part of its documented interface: the version is pinned.

mod one_pass;
mod pages;
mod rates;

pub(crate) use self::pages::check_pages;
pub(crate) use self::rates::{RateColumns, read_rates};

use std::fs::File;
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::parquet::read::_internal::to_deserializer;
use polars::prelude::{ArrowField, DataType, FileMetadata, ParquetReader, PlSmallStr, SerReader, Series, TimeUnit};
use polars_parquet::read::{ColumnChunkMetadata, infer_schema, read_metadata};

pub(super) use self::one_pass::CheckedCandles;
use self::pages::{PageNumber, Scratch, append, may_be_simple};
use super::columns::{CandleColumns, OneSymbol};
use super::open_file::{OpenFile, unpacked_cap};
use super::raw_candles::{
    RawCandles, check_rows, check_symbol, empty_cell, guarded, names_assets, not_a_number, not_a_time, refused, times,
    values,
};
use super::resample::Beyond;
use super::time::{EpochUnit, TimeReader};
use crate::catalog::BadRows;
use crate::error::{ContentError, DAMAGED, MISFIT};
use crate::parallel::side_by_side;
use crate::pool::Pool;
use crate::sim::{Field, FieldSet, Interval, Millis, TimeRange};

/// Key in a Parquet file's metadata that marks its candles as synthetic, so that nobody takes them for the market.
pub(crate) const SYNTHETIC_KEY: &str = "backtest.synthetic";
/// Key of blake3 over the candles, in hexadecimal digits, as [`digest`](crate::digest()) defines it.
pub(crate) const DIGEST_KEY: &str = "backtest.digest";
/// Key of digests of all candles before each row group, separated by commas, as [`chained_digests`] defines them.
///
/// [`chained_digests`]: crate::digest::chained_digests
pub(crate) const BORDERS_KEY: &str = "backtest.borders";
/// Files of this size have enough rows for threads of their own; smaller ones are read side by side by the caller.
const PARALLEL_BYTES: u64 = 8 << 20;

/// What a Parquet file says of itself, as key and value; nothing for what is no Parquet file. Reads its end alone.
pub(crate) fn key_values(path: &Path) -> Vec<(String, String)> {
    let pairs = guarded(|| {
        // Only a regular file: opening anything else could hang.
        let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().ok()?;
        let pairs = metadata.key_value_metadata().iter().flatten();
        Some(pairs.map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default())).collect())
    });
    pairs.ok().flatten().unwrap_or_default()
}

/// Reads the row groups of a Parquet file that may hold rows with times in the range, and those between them.
#[cfg(test)]
pub(crate) fn read_parquet(source: &OpenFile, range: TimeRange) -> Result<RawCandles, ContentError> {
    ParquetFile::open(source)?.read(range, BadRows::Refuse, &Pool::of_machine())
}

/// A file whose footer was read.
pub(super) struct ParquetFile<'a> {
    source: &'a OpenFile,
    metadata: Arc<FileMetadata>,
    /// Open, high, low, close, volume, and the time.
    fields: [ArrowField; 6],
    /// The column that says of each row which asset it is of.
    symbol: Option<(ArrowField, bool)>,
}

/// A column to be filled.
enum ColumnTask<'a> {
    Values(Field, &'a mut Vec<f64>),
    Times(&'a mut Vec<Millis>),
}

impl<'a> ParquetFile<'a> {
    pub(super) fn open(source: &'a OpenFile) -> Result<Self, ContentError> {
        guarded(|| Self::open_unguarded(source)).flatten()
    }

    fn open_unguarded(source: &'a OpenFile) -> Result<Self, ContentError> {
        let metadata = match source.whole()? {
            Some(whole) if !whole.is_empty() => read_metadata(&mut Cursor::new(footer_of(whole))),
            _ => read_metadata(&mut source.handle()?),
        };
        let metadata = Arc::new(metadata.map_err(|error| refused(&error))?);
        check_rows(metadata.num_rows)?;
        let schema = infer_schema(&metadata).map_err(|error| refused(&error))?;
        let names: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
        let CandleColumns { values: [open, high, low, close, volume], time, symbol, .. } =
            CandleColumns::find(names.iter().copied())?;
        let field = |at: usize| schema.get_at_index(at).map(|(_, field)| field.clone()).unwrap_or_default();
        let file = Self {
            source,
            metadata,
            fields: [open, high, low, close, volume, time].map(field),
            symbol: symbol.map(|(at, has_numbers)| (field(at), has_numbers)),
        };
        if file.rows(0..file.metadata.row_groups.len()) != file.metadata.num_rows {
            return Err(ContentError::file(MISFIT, DAMAGED));
        }
        for (at, name) in Field::ALL.map(Field::name).iter().enumerate() {
            not_a_number(&file.kind(at), name).map_or(Ok(()), Err)?;
        }
        not_a_time(&file.kind(5)).map_or(Ok(file), Err)
    }

    /// Reads the row groups that may hold rows with times in the range, and those between them.
    pub(super) fn read(&self, range: TimeRange, bad_rows: BadRows, pool: &Pool) -> Result<RawCandles, ContentError> {
        self.read_groups(self.groups(range), bad_rows, pool)
    }

    /// Reads these row groups.
    pub(super) fn read_groups(
        &self,
        groups: Range<usize>,
        bad_rows: BadRows,
        pool: &Pool,
    ) -> Result<RawCandles, ContentError> {
        let rows = self.rows(groups.clone());
        let first_row = 1 + self.rows(0..groups.start) as u64;
        let raw = RawCandles {
            time: room(rows)?,
            values: [room(rows)?, room(rows)?, room(rows)?, room(rows)?, room(rows)?],
            first_row,
            synthetic: self.is_synthetic(),
            beyond: Beyond { before: groups.start > 0, after: groups.end < self.metadata.row_groups.len() },
            bad_rows,
            dropped: 0,
        };
        guarded(|| self.check_symbols(&groups, first_row)).flatten()?;
        self.fill(raw, &groups, pool)
    }

    /// Reads, checks and hashes all rows at once, and keeps their times and these fields; `None` where the file is not
    /// of the form that allows it, has rows outside of the range, or is not as it should be.
    pub(super) fn read_in_one_pass(
        &self,
        range: TimeRange,
        fields: FieldSet,
        interval: Interval,
        pool: &Pool,
    ) -> Result<Option<CheckedCandles>, ContentError> {
        if self.has_rows_outside(range) {
            return Ok(None);
        }
        one_pass::read(self, fields, interval, pool)
    }

    fn has_rows_outside(&self, range: TimeRange) -> bool {
        if range == TimeRange::default() {
            return false;
        }
        let is_within = |group: usize| {
            self.reach(group).is_some_and(|(first, last)| {
                range.from.is_none_or(|from| first >= from) && range.to.is_none_or(|to| last < to)
            })
        };
        !(0..self.metadata.row_groups.len()).all(is_within)
    }

    /// The digest of the candles as it was when they were written, in hexadecimal digits.
    pub(super) fn stated_digest(&self) -> Option<&str> {
        let mut pairs = self.metadata.key_value_metadata().iter().flatten();
        pairs.find(|pair| pair.key == DIGEST_KEY)?.value.as_deref()
    }

    /// The first rows of the row groups, and the digest of all candles before each as it was when it was written; none where
    /// the file does not say so of all of them.
    pub(super) fn stated_borders(&self) -> Option<Vec<(usize, [u8; 32])>> {
        let mut pairs = self.metadata.key_value_metadata().iter().flatten();
        let stated = pairs.find(|pair| pair.key == BORDERS_KEY)?.value.as_deref()?.split(',');
        let digest = |text: &str| blake3::Hash::from_hex(text).map(Into::into);
        let stated = stated.map(digest).collect::<Result<Vec<[u8; 32]>, _>>().ok()?;
        let count = self.metadata.row_groups.len();
        let firsts = (0..count).scan(0, |first, group| {
            let before = *first;
            *first += self.rows(group..group + 1);
            Some(before)
        });
        (stated.len() == count).then(|| firsts.zip(stated).collect())
    }

    /// Fails where a column says that the rows are of several assets.
    fn check_symbols(&self, groups: &Range<usize>, mut row: u64) -> Result<(), ContentError> {
        let Some((field, has_numbers)) =
            self.symbol.as_ref().filter(|(field, _)| names_assets(&DataType::from_arrow_field(field)))
        else {
            return Ok(());
        };
        let mut symbol = OneSymbol::new(*has_numbers);
        for group in groups.clone() {
            check_symbol(&self.piece(field, group)?, row, &mut symbol)?;
            row += self.metadata.row_groups[group].num_rows() as u64;
        }
        Ok(())
    }

    /// Whether all columns are plain numbers in one chunk each, the times in milliseconds.
    fn is_plain(&self) -> bool {
        let is_plain = |at: usize, group: usize| {
            let mut chunks = self.chunks(at, group);
            match (chunks.next(), chunks.next()) {
                (Some(chunk), None) if at < 5 => may_be_simple::<f64>(chunk),
                (Some(chunk), None) => may_be_simple::<i64>(chunk),
                _ => false,
            }
        };
        let is_in_millis = matches!(self.kind(5), DataType::Datetime(TimeUnit::Milliseconds, _));
        is_in_millis
            && self.symbol.is_none()
            && (0..self.metadata.row_groups.len()).all(|group| (0..6).all(|at| is_plain(at, group)))
    }

    fn kind(&self, column: usize) -> DataType {
        DataType::from_arrow_field(&self.fields[column])
    }

    fn rows(&self, groups: Range<usize>) -> usize {
        self.metadata.row_groups[groups].iter().fold(0, |sum, group| sum.saturating_add(group.num_rows()))
    }

    pub(super) fn is_synthetic(&self) -> bool {
        self.metadata.key_value_metadata().iter().flatten().any(|pair| pair.key == SYNTHETIC_KEY)
    }

    /// From the first to the last row group that may hold rows in the range.
    fn groups(&self, range: TimeRange) -> Range<usize> {
        let all = 0..self.metadata.row_groups.len();
        if range == TimeRange::default() {
            return all;
        }
        let may = |group: &usize| {
            self.reach(*group).is_none_or(|(first, last)| {
                range.from.is_none_or(|from| last >= from) && range.to.is_none_or(|to| first < to)
            })
        };
        let Some(first) = all.clone().find(may) else { return 0..0 };
        first..all.rev().find(may).unwrap_or(first) + 1
    }

    /// First and last time in a row group, where the file states them.
    fn reach(&self, group: usize) -> Option<(Millis, Millis)> {
        let mut chunks = self.metadata.row_groups[group].columns_under_root_iter(&self.fields[5].name)?;
        let stated = chunks.next()?.statistics(&self.metadata.footer_buf)?.ok()?;
        let stated = stated.as_int64()?;
        let (first, last) = (stated.min_value?, stated.max_value?);
        let unit = match self.kind(5) {
            DataType::Datetime(unit, _) => unit.into(),
            DataType::Int64 => EpochUnit::of(first),
            _ => return None,
        };
        Some((unit.to_millis(first), unit.to_millis(last)))
    }

    /// Reads all columns; large ones side by side.
    fn fill(&self, mut raw: RawCandles, groups: &Range<usize>, pool: &Pool) -> Result<RawCandles, ContentError> {
        let (first_row, bad_rows) = (raw.first_row, raw.bad_rows);
        let mut tasks: Vec<_> =
            Field::ALL.into_iter().zip(&mut raw.values).map(|(f, out)| ColumnTask::Values(f, out)).collect();
        tasks.push(ColumnTask::Times(&mut raw.time));
        let tasks: Vec<_> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
        let is_large = self.source.stamp.size >= PARALLEL_BYTES;
        let done = side_by_side(pool, is_large, tasks.len(), |at| {
            let task = tasks[at].lock().unwrap_or_else(PoisonError::into_inner).take();
            task.map_or(Err(ContentError::file(MISFIT, DAMAGED)), |task| {
                let column = |scratch: &mut Scratch| self.column(at, task, groups, (first_row, bad_rows), scratch);
                guarded(|| Scratch::lend(column)).flatten()
            })
        });
        done.into_iter().collect::<Result<(), ContentError>>()?;
        drop(tasks);
        Ok(raw)
    }

    /// Reads one column of these row groups.
    fn column(
        &self,
        at: usize,
        task: ColumnTask,
        groups: &Range<usize>,
        (first_row, bad_rows): (u64, BadRows),
        scratch: &mut Scratch,
    ) -> Result<(), ContentError> {
        match task {
            ColumnTask::Values(field, out) => {
                for group in groups.clone() {
                    let before = out.len();
                    if !self.simple_piece(at, group, scratch, out)? {
                        values(&self.piece(&self.fields[at], group)?, field.name(), bad_rows, out)?
                            .map_err(|null| empty_cell(first_row + (before + null) as u64, field.name()))?;
                    }
                }
            }
            ColumnTask::Times(out) => {
                let mut reader = TimeReader::default();
                let unit = match self.kind(at) {
                    DataType::Datetime(unit, _) => Some(EpochUnit::from(unit)),
                    _ => None,
                };
                for group in groups.clone() {
                    let before = out.len();
                    if let Some(unit) = unit
                        && self.simple_piece(at, group, scratch, out)?
                    {
                        out[before..].iter_mut().for_each(|time| *time = unit.to_millis(*time));
                    } else {
                        times(&self.piece(&self.fields[at], group)?, &mut reader, first_row, bad_rows, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends one column of one row group if it is kept simply; the answer is whether it is.
    fn simple_piece<T: PageNumber>(
        &self,
        at: usize,
        group: usize,
        scratch: &mut Scratch,
        out: &mut Vec<T>,
    ) -> Result<bool, ContentError> {
        let before = out.len();
        let mut chunks = self.chunks(at, group);
        let (Some(chunk), None) = (chunks.next(), chunks.next()) else { return Ok(false) };
        if !may_be_simple::<T>(chunk) {
            return Ok(false);
        }
        self.read_chunk(chunk, group, &mut scratch.file)?;
        let is_simple = append(chunk, scratch, out).map_err(|error| refused(&error.into()))?;
        let rows = self.metadata.row_groups[group].num_rows();
        if is_simple && out.len() - before != rows { Err(ContentError::file(MISFIT, DAMAGED)) } else { Ok(is_simple) }
    }

    /// One column of one row group as polars decodes it.
    fn piece(&self, field: &ArrowField, group: usize) -> Result<Series, ContentError> {
        let mut chunks = Vec::with_capacity(1);
        for chunk in self.chunks_of(field, group) {
            let mut bytes = Vec::new();
            self.read_chunk(chunk, group, &mut bytes)?;
            chunks.push((chunk, bytes.into()));
        }
        let (arrays, _) = to_deserializer(chunks, field.clone(), None).map_err(|error| refused(&error))?;
        let series = Series::try_from((field, arrays)).map_err(|error| refused(&error))?;
        let rows = self.metadata.row_groups[group].num_rows();
        if series.len() == rows { Ok(series) } else { Err(ContentError::file(MISFIT, DAMAGED)) }
    }

    /// Where the parts of one column of one row group are: one, unless it is a struct.
    fn chunks(&self, at: usize, group: usize) -> impl Iterator<Item = &ColumnChunkMetadata> {
        self.chunks_of(&self.fields[at], group)
    }

    fn chunks_of(&self, field: &ArrowField, group: usize) -> impl Iterator<Item = &ColumnChunkMetadata> {
        self.metadata.row_groups[group].columns_under_root_iter(&field.name).into_iter().flatten()
    }

    /// Reads the bytes of a chunk and checks its page headers.
    fn read_chunk(&self, chunk: &ColumnChunkMetadata, group: usize, bytes: &mut Vec<u8>) -> Result<(), ContentError> {
        self.source.part(chunk.byte_range(), bytes)?;
        let rows = self.metadata.row_groups[group].num_rows();
        let is_flat = usize::try_from(chunk.num_values()).ok() == Some(rows);
        let cap = unpacked_cap(self.source.stamp.size);
        let is_sound = is_flat && check_pages(bytes, rows as u64, cap).is_some();
        if is_sound { Ok(()) } else { Err(ContentError::file(MISFIT, DAMAGED)) }
    }
}

/// The end of a Parquet file that holds its footer, which is copied to be read; all of it where that is not clear.
fn footer_of(whole: &[u8]) -> &[u8] {
    let Some((_, [a, b, c, d, ..])) = whole.split_last_chunk::<8>() else { return whole };
    let length = u32::from_le_bytes([*a, *b, *c, *d]);
    let start = usize::try_from(length).ok().and_then(|length| whole.len().checked_sub(length)?.checked_sub(12));
    start.map_or(whole, |start| &whole[start..])
}

/// An empty column with room for all its rows: one that grows stands there twice meanwhile.
fn room<T>(rows: usize) -> Result<Vec<T>, ContentError> {
    let mut column = Vec::new();
    column.try_reserve_exact(rows).map_err(|_| ContentError::file(MISFIT, DAMAGED))?;
    Ok(column)
}
