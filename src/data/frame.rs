//! The only place that reads with polars: text, Parquet and Feather become plain columns here.
//!
//! Many small files are read in parallel by the caller, so nothing here may start polars' own thread pool. Its
//! public CSV reader always does (`RAYON.scope`), which makes 351 daily files take 58 to 120 ms on 2 threads; the
//! parser behind it, `read_chunk`, called on the caller's thread, takes 35 ms, of which 20 are decompression
//! (measured on the 2-core machine; a parser of our own was no faster). It is not part of polars' documented
//! interface, which is why the version is pinned. Parquet and Feather are read with the pool left out.

use std::cell::Cell;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Once};

use polars::io::csv::read::_csv_read_internal::read_chunk;
use polars::prelude::{
    CsvParseOptions, DataFrame, DataType, FileMetadata, IpcReader, ParallelStrategy, ParquetReader, PolarsError,
    Schema, SerReader,
};

use super::csv_text::{Csv, empty_cell};
use super::escape::escape;
use super::fault::Fault;
use super::feather_buffers::check_batches;
use super::frame_columns::{times, values};
use super::header::Columns;
use super::parquet_pages::check_pages;
use super::source::unpacked_cap;
use super::{csv_text, sample};
use crate::model::{Field, Millis};

/// The columns of a file as they stand there, row by row, not yet checked.
pub(super) struct Raw {
    pub time: Vec<Millis>,
    /// In the order of [`Field::ALL`].
    pub values: [Vec<f64>; 5],
    /// What [`Fault::row`] calls the first row.
    pub first_row: u64,
    /// The file says of itself that a generator made it.
    pub synthetic: bool,
}

/// Over 95 years of one-minute bars: a file that claims more is damaged or an attack.
const MAX_ROWS: usize = 50_000_000;
/// A Parquet file of this size has enough rows for polars to read its columns in parallel.
const PARALLEL_BYTES: usize = 8 << 20;
pub(super) const DAMAGED: &str = "It may be cut short or damaged; download or write it again";

const MISFIT: &str = "is damaged: sizes that it states do not fit";

/// Parses CSV text.
pub(super) fn read_csv(bytes: &[u8]) -> Result<Raw, Fault> {
    let text = Csv::open(bytes)?;
    let mut schema = Schema::default();
    for (at, name) in text.names.iter().enumerate() {
        let is_value = text.columns.values.contains(&at);
        // Names of columns that are not read may repeat; the position makes them differ.
        let name = if is_value || at == text.columns.time { format!("{at}") } else { format!("{at} {name}") };
        schema.insert(name.into(), if is_value { DataType::Float64 } else { DataType::String });
    }
    let mut projection: Vec<usize> = text.columns.values.into_iter().chain([text.columns.time]).collect();
    projection.sort_unstable();
    let options = CsvParseOptions::default();
    let parse = |body: &[u8]| {
        guarded(|| {
            read_chunk(body, &options, &schema, false, &projection, 0, text.rows, None, usize::MAX, body.len(), Some(0))
        })
    };
    let mut parsed = parse(text.body.as_bytes());
    if !matches!(parsed, Ok(Ok(_)))
        && let Some(tidied) = text.without_trailing_blanks()
    {
        parsed = parse(tidied.as_bytes());
    }
    let frame = match parsed {
        Ok(Ok(frame)) if frame.height() == text.rows => frame,
        Ok(Ok(frame)) => {
            let what = format!("{} rows where there are {} lines", frame.height(), text.rows);
            return Err(Fault::file(what, DAMAGED));
        }
        Ok(Err(error)) => return Err(text.first_bad_number().unwrap_or_else(|| refused(&error))),
        Err(panicked) => return Err(text.first_bad_number().unwrap_or(panicked)),
    };
    take(&frame, |at| at.to_string(), &text.columns, csv_text::FIRST_ROW, false)
}

/// Reads a Parquet file.
pub(super) fn read_parquet(bytes: &[u8]) -> Result<Raw, Fault> {
    guarded(|| {
        let strategy = if bytes.len() < PARALLEL_BYTES { ParallelStrategy::None } else { ParallelStrategy::Columns };
        let mut reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(strategy).set_rechunk(false);
        let metadata = Arc::clone(reader.get_metadata().map_err(|error| refused(&error))?);
        check_rows(metadata.num_rows)?;
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let columns = Columns::find(names.iter().map(String::as_str))?;
        let used: Vec<&str> = projection(&columns).into_iter().map(|at| &*names[at]).collect();
        if !is_sound(bytes, &metadata, &used) {
            return Err(Fault::file(MISFIT, DAMAGED));
        }
        let reader = reader.with_projection(Some(projection(&columns)));
        let frame = reader.finish().map_err(|error| refused(&error))?;
        let synthetic = metadata.key_value_metadata().iter().flatten().any(|pair| sample::is_mark(&pair.key));
        take(&frame, |at| names[at].clone(), &columns, 1, synthetic)
    })?
}

/// Whether row counts and page sizes of these columns are such that polars can be let loose on them.
fn is_sound(bytes: &[u8], metadata: &FileMetadata, names: &[&str]) -> bool {
    let mut left = unpacked_cap(bytes.len());
    let mut rows = 0usize;
    for group in &metadata.row_groups {
        rows = rows.saturating_add(group.num_rows());
        let columns = names.iter().filter_map(|name| group.columns_under_root_iter(name)).flatten();
        for column in columns {
            let range = column.byte_range();
            let (Ok(from), Ok(to)) = (usize::try_from(range.start), usize::try_from(range.end)) else { return false };
            let Some(chunk) = bytes.get(from..to) else { return false };
            // A nested column has another number of values; its type is refused later.
            if usize::try_from(column.num_values()).ok() != Some(group.num_rows()) {
                continue;
            }
            match check_pages(chunk, group.num_rows() as u64, left) {
                Some(unpacked) => left -= unpacked,
                None => return false,
            }
        }
    }
    rows == metadata.num_rows
}

/// Reads an Arrow IPC file.
pub(super) fn read_feather(bytes: &[u8]) -> Result<Raw, Fault> {
    guarded(|| {
        let mut reader = IpcReader::new(Cursor::new(bytes)).set_rechunk(false);
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let columns = Columns::find(names.iter().map(String::as_str))?;
        if check_batches(bytes, MAX_ROWS as u64, unpacked_cap(bytes.len())).is_err() {
            return Err(Fault::file(MISFIT, DAMAGED));
        }
        let frame = reader.with_projection(Some(projection(&columns))).finish().map_err(|error| refused(&error))?;
        check_rows(frame.height())?;
        take(&frame, |at| names[at].clone(), &columns, 1, false)
    })?
}

/// Whether a Parquet file says of itself that a generator made it; `false` for what is no Parquet file.
pub(super) fn has_synthetic_mark(bytes: &[u8]) -> bool {
    let marked = guarded(|| {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let metadata = reader.get_metadata().ok()?;
        Some(metadata.key_value_metadata().iter().flatten().any(|pair| sample::is_mark(&pair.key)))
    });
    matches!(marked, Ok(Some(true)))
}

fn check_rows(rows: usize) -> Result<(), Fault> {
    match rows {
        0 => Err(Fault::file("has no rows", "Download it again or remove it")),
        1..=MAX_ROWS => Ok(()),
        _ => Err(Fault::file(format!("claims {rows} rows, which no candle file has"), DAMAGED)),
    }
}

fn projection(columns: &Columns) -> Vec<usize> {
    let mut places: Vec<usize> = columns.values.into_iter().chain([columns.time]).collect();
    places.sort_unstable();
    places
}

/// Copies the six columns out of polars' frame.
fn take(
    frame: &DataFrame,
    name: impl Fn(usize) -> String,
    columns: &Columns,
    first_row: u64,
    synthetic: bool,
) -> Result<Raw, Fault> {
    let column = |at: usize| {
        let series = frame.column(&name(at)).map_err(|error| refused(&error))?;
        Ok::<_, Fault>(series.as_materialized_series())
    };
    let mut taken: [Vec<f64>; 5] = Default::default();
    for ((field, at), out) in Field::ALL.into_iter().zip(columns.values).zip(&mut taken) {
        *out = values(column(at)?, field.name())?.map_err(|row| empty_cell(first_row + row as u64, field.name()))?;
    }
    let time = times(column(columns.time)?, first_row)?;
    Ok(Raw { time, values: taken, first_row, synthetic })
}

pub(super) fn refused(error: &PolarsError) -> Fault {
    let text = error.to_string();
    let line: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
    Fault::file(format!("cannot be read: {}", escape(&line)), DAMAGED)
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs polars so that a panic over a damaged file fails that file only, and prints nothing.
///
/// The hook is set once and hands every panic that happens elsewhere to the hook that was there.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            // Large Parquet files are read on polars' own threads, which pass a panic on to the caller.
            let in_polars = std::thread::current().name().is_some_and(|name| name.starts_with("polars-"));
            if !GUARDED.get() && !in_polars {
                before(panic);
            }
        }));
    });
    GUARDED.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(false);
    result.map_err(|_| Fault::file("is damaged in a way that the reader gives up on", DAMAGED))
}
