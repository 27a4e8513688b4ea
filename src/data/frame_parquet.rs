//! Parquet becomes plain columns: one column of one row group after another, so that only those that are wanted are
//! read, and beside our columns no more than one such piece for each thread is in memory.
//!
//! Polars' own reader needs the whole file in memory and makes a whole frame of it; what decodes a single piece is its
//! `to_deserializer`, which is not part of its documented interface: the version is pinned.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use polars::io::parquet::read::_internal::to_deserializer;
use polars::prelude::{ArrowField, DataType, FileMetadata, ParquetReader, SerReader, Series};
use polars_parquet::read::ColumnChunkMetadata;

use super::csv_text::empty_cell;
use super::fault::Fault;
use super::frame::{DAMAGED, MISFIT, Raw, check_rows, guarded, refused};
use super::frame_columns::{not_a_number, not_a_time, times, values};
use super::frame_pages::{Number, Scratch, append, may_be_simple};
use super::header::Columns;
use super::parquet_pages::check_pages;
use super::pieces::side_by_side;
use super::resample::Beyond;
use super::sample;
use super::source::{Source, unpacked_cap};
use super::time::{Reader, Unit};
use crate::sim::model::{Field, Millis, TimeRange};

/// Files of this size have enough rows for threads of their own; smaller ones are read side by side by the caller.
const PARALLEL_BYTES: u64 = 8 << 20;

/// Reads the row groups of a Parquet file that may hold rows with times in the range, and those between them.
pub(super) fn read_parquet(source: &Source, range: TimeRange) -> Result<Raw, Fault> {
    let file = guarded(|| File::open(source))??;
    let groups = file.groups(range);
    let rows = file.rows(groups.clone());
    let first_row = 1 + file.rows(0..groups.start) as u64;
    let raw = Raw {
        time: room(rows)?,
        values: [room(rows)?, room(rows)?, room(rows)?, room(rows)?, room(rows)?],
        first_row,
        synthetic: file.is_synthetic(),
        beyond: Beyond { before: groups.start > 0, after: groups.end < file.metadata.row_groups.len() },
    };
    file.fill(raw, &groups)
}

/// A file whose footer was read.
struct File<'a> {
    source: &'a Source,
    metadata: std::sync::Arc<FileMetadata>,
    /// Open, high, low, close, volume, and the time.
    fields: [ArrowField; 6],
}

/// A column to be filled.
enum Task<'a> {
    Values(Field, &'a mut Vec<f64>),
    Times(&'a mut Vec<Millis>),
}

impl<'a> File<'a> {
    fn open(source: &'a Source) -> Result<Self, Fault> {
        let mut reader = ParquetReader::new(source.handle()?);
        let metadata = std::sync::Arc::clone(reader.get_metadata().map_err(|error| refused(&error))?);
        check_rows(metadata.num_rows)?;
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let names: Vec<&str> = schema.iter_names().map(polars::prelude::PlSmallStr::as_str).collect();
        let Columns { values: [open, high, low, close, volume], time, .. } = Columns::find(names.iter().copied())?;
        let field = |at: usize| schema.get_at_index(at).map(|(_, field)| field.clone()).unwrap_or_default();
        let file = Self { source, metadata, fields: [open, high, low, close, volume, time].map(field) };
        if file.rows(0..file.metadata.row_groups.len()) != file.metadata.num_rows {
            return Err(Fault::file(MISFIT, DAMAGED));
        }
        for (at, name) in Field::ALL.map(Field::name).iter().enumerate() {
            not_a_number(&file.kind(at), name).map_or(Ok(()), Err)?;
        }
        not_a_time(&file.kind(5)).map_or(Ok(file), Err)
    }

    fn kind(&self, column: usize) -> DataType {
        DataType::from_arrow_field(&self.fields[column])
    }

    fn rows(&self, groups: Range<usize>) -> usize {
        self.metadata.row_groups[groups].iter().fold(0, |sum, group| sum.saturating_add(group.num_rows()))
    }

    fn is_synthetic(&self) -> bool {
        self.metadata.key_value_metadata().iter().flatten().any(|pair| sample::is_mark(&pair.key))
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
            DataType::Int64 => Unit::of(first),
            _ => return None,
        };
        Some((unit.to_millis(first), unit.to_millis(last)))
    }

    /// Reads all columns; large ones side by side.
    fn fill(&self, mut raw: Raw, groups: &Range<usize>) -> Result<Raw, Fault> {
        let first_row = raw.first_row;
        let mut tasks: Vec<_> =
            Field::ALL.into_iter().zip(&mut raw.values).map(|(f, out)| Task::Values(f, out)).collect();
        tasks.push(Task::Times(&mut raw.time));
        let tasks: Vec<_> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
        let is_large = self.source.stamp.size >= PARALLEL_BYTES;
        let done = side_by_side(is_large, tasks.len(), |at| {
            let task = tasks[at].lock().unwrap_or_else(PoisonError::into_inner).take();
            task.map_or(Err(Fault::file(MISFIT, DAMAGED)), |task| {
                guarded(|| self.column(at, task, groups, first_row)).flatten()
            })
        });
        done.into_iter().collect::<Result<(), Fault>>()?;
        drop(tasks);
        Ok(raw)
    }

    /// Reads one column of these row groups.
    fn column(&self, at: usize, task: Task, groups: &Range<usize>, first_row: u64) -> Result<(), Fault> {
        let scratch = &mut Scratch::new();
        match task {
            Task::Values(field, out) => {
                for group in groups.clone() {
                    let before = out.len();
                    if !self.simple_piece(at, group, scratch, out)? {
                        values(&self.piece(at, group)?, field.name(), out)?
                            .map_err(|null| empty_cell(first_row + (before + null) as u64, field.name()))?;
                    }
                }
            }
            Task::Times(out) => {
                let mut reader = Reader::default();
                let unit = match self.kind(at) {
                    DataType::Datetime(unit, _) => Some(Unit::from(unit)),
                    _ => None,
                };
                for group in groups.clone() {
                    let before = out.len();
                    if let Some(unit) = unit
                        && self.simple_piece(at, group, scratch, out)?
                    {
                        out[before..].iter_mut().for_each(|time| *time = unit.to_millis(*time));
                    } else {
                        times(&self.piece(at, group)?, &mut reader, first_row, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends one column of one row group if it is kept simply; the answer is whether it is.
    fn simple_piece<T: Number>(
        &self,
        at: usize,
        group: usize,
        scratch: &mut Scratch,
        out: &mut Vec<T>,
    ) -> Result<bool, Fault> {
        let before = out.len();
        let mut chunks = self.chunks(at, group);
        let (Some(chunk), None) = (chunks.next(), chunks.next()) else { return Ok(false) };
        if !may_be_simple::<T>(chunk) {
            return Ok(false);
        }
        self.read_chunk(chunk, group, &mut scratch.file)?;
        let is_simple = append(chunk, scratch, out).map_err(|error| refused(&error.into()))?;
        let rows = self.metadata.row_groups[group].num_rows();
        if is_simple && out.len() - before != rows { Err(Fault::file(MISFIT, DAMAGED)) } else { Ok(is_simple) }
    }

    /// One column of one row group as polars decodes it.
    fn piece(&self, at: usize, group: usize) -> Result<Series, Fault> {
        let mut chunks = Vec::with_capacity(1);
        for chunk in self.chunks(at, group) {
            let mut bytes = Vec::new();
            self.read_chunk(chunk, group, &mut bytes)?;
            chunks.push((chunk, bytes.into()));
        }
        let field = &self.fields[at];
        let (arrays, _) = to_deserializer(chunks, field.clone(), None).map_err(|error| refused(&error))?;
        let series = Series::try_from((field, arrays)).map_err(|error| refused(&error))?;
        let rows = self.metadata.row_groups[group].num_rows();
        if series.len() == rows { Ok(series) } else { Err(Fault::file(MISFIT, DAMAGED)) }
    }

    /// Where the parts of one column of one row group are: one, unless it is a struct.
    fn chunks(&self, at: usize, group: usize) -> impl Iterator<Item = &ColumnChunkMetadata> {
        self.metadata.row_groups[group].columns_under_root_iter(&self.fields[at].name).into_iter().flatten()
    }

    /// Reads the bytes of a chunk and checks its page headers.
    fn read_chunk(&self, chunk: &ColumnChunkMetadata, group: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        self.source.part(chunk.byte_range(), bytes)?;
        let rows = self.metadata.row_groups[group].num_rows();
        let is_flat = usize::try_from(chunk.num_values()).ok() == Some(rows);
        let cap = unpacked_cap(self.source.stamp.size);
        let is_sound = is_flat && check_pages(bytes, rows as u64, cap).is_some();
        if is_sound { Ok(()) } else { Err(Fault::file(MISFIT, DAMAGED)) }
    }
}

/// An empty column with room for all its rows: one that grows stands there twice meanwhile.
fn room<T>(rows: usize) -> Result<Vec<T>, Fault> {
    let mut column = Vec::new();
    column.try_reserve_exact(rows).map_err(|_| Fault::file(MISFIT, DAMAGED))?;
    Ok(column)
}
