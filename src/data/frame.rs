//! The only place that reads with polars, `frame_csv` and `frame_parquet` included: Feather becomes plain columns here.
//!
//! Many small files are read in parallel by the caller, so nothing here may start polars' own thread pool. The file, polars' columns and ours must not stand in memory all
//! together: the file goes as soon as polars has read it, and each of polars' columns as soon as ours is made.

use std::cell::Cell;
use std::fs::File;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

use polars::prelude::{DataFrame, IpcReader, ParquetReader, PolarsError, SerReader};

use super::csv_text::empty_cell;
use super::escape::escape;
use super::fault::Fault;
use super::feather_buffers::check_batches;
use super::frame_columns::{times, values};
use super::header::Columns;
use super::resample::Beyond;
use super::source::unpacked_cap;
use super::time::Reader;
use crate::sim::model::{Field, Millis};

/// The columns of a file as they stand there, row by row, not yet checked.
pub(super) struct Raw {
    pub time: Vec<Millis>,
    /// In the order of [`Field::ALL`].
    pub values: [Vec<f64>; 5],
    /// What [`Fault::row`] calls the first row.
    pub first_row: u64,
    /// The file says of itself that a generator made it.
    pub synthetic: bool,
    /// Whether the file has rows outside of the range asked for that were not read.
    pub beyond: Beyond,
}

/// Over 95 years of one-minute bars: a file that claims more is damaged or an attack.
const MAX_ROWS: usize = 50_000_000;
pub(super) const DAMAGED: &str = "It may be cut short or damaged; download or write it again";

pub(super) const MISFIT: &str = "is damaged: sizes that it states do not fit";

/// Reads an Arrow IPC file.
pub(super) fn read_feather(bytes: Vec<u8>) -> Result<Raw, Fault> {
    guarded(|| {
        let mut reader = IpcReader::new(Cursor::new(&bytes[..])).set_rechunk(false);
        let schema = reader.schema().map_err(|error| refused(&error))?;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let columns = Columns::find(names.iter().map(String::as_str))?;
        if check_batches(&bytes, MAX_ROWS as u64, unpacked_cap(bytes.len() as u64)).is_err() {
            return Err(Fault::file(MISFIT, DAMAGED));
        }
        let frame = reader.with_projection(Some(projection(&columns))).finish().map_err(|error| refused(&error))?;
        check_rows(frame.height())?;
        drop(bytes);
        take(frame, |at| &names[at], &columns)
    })?
}

/// What a Parquet file says of itself, as key and value; nothing for what is no Parquet file. Reads its end alone.
pub(super) fn key_values(path: &Path) -> Vec<(String, String)> {
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

pub(super) fn check_rows(rows: usize) -> Result<(), Fault> {
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

/// Moves the six columns out of polars' frame.
fn take<'a>(mut frame: DataFrame, name: impl Fn(usize) -> &'a str, columns: &Columns) -> Result<Raw, Fault> {
    let mut raw =
        Raw { time: Vec::new(), values: Default::default(), first_row: 1, synthetic: false, beyond: Beyond::default() };
    raw.add(&mut frame, name, columns, &mut Reader::default())?;
    Ok(raw)
}

impl Raw {
    /// Appends the six columns of a frame and drops each of them at once. `reader` knows the times before them.
    pub(super) fn add<'a>(
        &mut self,
        frame: &mut DataFrame,
        name: impl Fn(usize) -> &'a str,
        columns: &Columns,
        reader: &mut Reader,
    ) -> Result<(), Fault> {
        let before = self.time.len();
        let mut column = |at: usize| {
            let column = frame.drop_in_place(name(at)).map_err(|error| refused(&error))?;
            Ok::<_, Fault>(column.take_materialized_series())
        };
        for ((field, at), out) in Field::ALL.into_iter().zip(columns.values).zip(&mut self.values) {
            values(&column(at)?, field.name(), out)?
                .map_err(|row| empty_cell(self.first_row + (before + row) as u64, field.name()))?;
        }
        times(&column(columns.time)?, reader, self.first_row, &mut self.time)
    }
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
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, Fault> {
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
