//! Parquet becomes plain columns: one column of one row group after another, so that only those that are wanted are
//! read, and beside our columns no more than one such piece for each thread is in memory.
//!
//! Polars' own reader needs the whole file in memory and makes a whole frame of it; what decodes a single piece is its
//! `to_deserializer`, which is not part of its documented interface: the version is pinned.

use std::ops::Range;
use std::sync::Mutex;

use polars::io::parquet::read::_internal::to_deserializer;
use polars::prelude::{ArrowField, DataType, FileMetadata, ParquetReader, SerReader, Series, TimeUnit};

use super::csv_text::empty_cell;
use super::fault::Fault;
use super::frame::{DAMAGED, MISFIT, Raw, check_rows, guarded, refused};
use super::frame_columns::{not_a_number, not_a_time, times, values};
use super::header::Columns;
use super::parquet_pages::check_pages;
use super::resample::Beyond;
use super::sample;
use super::source::{Source, unpacked_cap};
use super::time::{Reader, Unit};
use crate::model::{Field, Millis, TimeRange};

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
            DataType::Datetime(TimeUnit::Milliseconds, _) => Unit::Millis,
            DataType::Datetime(TimeUnit::Microseconds, _) => Unit::Micros,
            DataType::Datetime(TimeUnit::Nanoseconds, _) => Unit::Nanos,
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
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(tasks.len());
        let mut faults: Vec<(usize, Fault)> = Vec::new();
        if self.source.stamp.size < PARALLEL_BYTES || threads == 1 {
            for (at, task) in tasks.into_iter().enumerate() {
                guarded(|| self.column(at, task, groups, first_row))??;
            }
        } else {
            let (queue, found) = (Mutex::new(tasks.into_iter().enumerate()), Mutex::new(&mut faults));
            let work = || {
                while let Some((at, task)) = lock(&queue).next() {
                    let done = guarded(|| self.column(at, task, groups, first_row)).flatten();
                    done.unwrap_or_else(|fault| lock(&found).push((at, fault)));
                }
            };
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        }
        match faults.into_iter().min_by_key(|(at, _)| *at) {
            Some((_, fault)) => Err(fault),
            None => Ok(raw),
        }
    }

    /// Reads one column of these row groups.
    fn column(&self, at: usize, task: Task, groups: &Range<usize>, first_row: u64) -> Result<(), Fault> {
        match task {
            Task::Values(field, out) => {
                for group in groups.clone() {
                    let row = first_row + out.len() as u64;
                    values(&self.piece(at, group)?, field.name(), out)?
                        .map_err(|null| empty_cell(row + null as u64, field.name()))?;
                }
            }
            Task::Times(out) => {
                let mut reader = Reader::default();
                for group in groups.clone() {
                    times(&self.piece(at, group)?, &mut reader, first_row, out)?;
                }
            }
        }
        Ok(())
    }

    /// One column of one row group.
    fn piece(&self, at: usize, group: usize) -> Result<Series, Fault> {
        let (field, group) = (&self.fields[at], &self.metadata.row_groups[group]);
        let cap = unpacked_cap(self.source.stamp.size);
        let mut chunks = Vec::with_capacity(1);
        for chunk in group.columns_under_root_iter(&field.name).into_iter().flatten() {
            let bytes = self.source.part(chunk.byte_range())?;
            let is_flat = usize::try_from(chunk.num_values()).ok() == Some(group.num_rows());
            if !is_flat || check_pages(&bytes, group.num_rows() as u64, cap).is_none() {
                return Err(Fault::file(MISFIT, DAMAGED));
            }
            chunks.push((chunk, bytes.into()));
        }
        let (arrays, _) = to_deserializer(chunks, field.clone(), None).map_err(|error| refused(&error))?;
        let series = Series::try_from((field, arrays)).map_err(|error| refused(&error))?;
        if series.len() == group.num_rows() { Ok(series) } else { Err(Fault::file(MISFIT, DAMAGED)) }
    }
}

/// An empty column with room for all its rows: one that grows stands there twice meanwhile.
fn room<T>(rows: usize) -> Result<Vec<T>, Fault> {
    let mut column = Vec::new();
    column.try_reserve_exact(rows).map_err(|_| Fault::file(MISFIT, DAMAGED))?;
    Ok(column)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
