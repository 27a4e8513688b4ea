//! Columns of a candle file beside the usual ones, which its user brings: scores of a model, open interest.

use std::collections::HashMap;
use std::io::Cursor;

use polars::prelude::{DataFrame, DataType, IpcReader, ParquetReader, SerReader};

use super::columns::CandleColumns;
use super::open_file::OpenFile;
use super::raw_candles::{guarded, refused, times};
use super::time::TimeReader;
use crate::catalog::format::Format;
use crate::catalog::{BadRows, CandleFile};
use crate::error::{ContentError, DataError};
use crate::escape::{escape, quote};
use crate::sim::Millis;
use crate::sim::text::nearest;

/// Open times of the rows of a file, and for each column that was asked for the value in each row, NaN where it is empty.
type OwnRows = (Vec<Millis>, Vec<Vec<f64>>);

/// The values of these columns at bars that open at these times, NaN where a bar has none. Of a bar that is made of
/// shorter ones it is the last value within it.
///
/// # Errors
/// When the file cannot be read, lacks one of the columns, or a cell of them is no number.
pub fn own_columns(entry: &CandleFile, names: &[&str], opens: &[Millis]) -> Result<Vec<Vec<f64>>, DataError> {
    let (time, columns) = read(entry, names).map_err(|error| error.into_error(entry.path.clone()))?;
    if entry.is_resampled() {
        let mut rows: Vec<usize> = (0..time.len()).collect();
        rows.sort_by_key(|row| time[*row]);
        let last_within = |values: &Vec<f64>, open: Millis| {
            let end = entry.interval.end_of(open);
            let from = rows.partition_point(|row| time[*row] < open);
            let to = rows.partition_point(|row| time[*row] < end);
            rows[from..to].iter().rev().map(|row| values[*row]).find(|value| !value.is_nan()).unwrap_or(f64::NAN)
        };
        return Ok(columns
            .iter()
            .map(|values| opens.iter().map(|open| last_within(values, *open)).collect())
            .collect());
    }
    let rows: HashMap<Millis, usize> = time.iter().enumerate().map(|(row, time)| (*time, row)).collect();
    let value = |values: &Vec<f64>, open: &Millis| rows.get(open).map_or(f64::NAN, |row| values[*row]);
    Ok(columns.iter().map(|values| opens.iter().map(|open| value(values, open)).collect()).collect())
}

fn read(entry: &CandleFile, names: &[&str]) -> Result<OwnRows, ContentError> {
    let source = OpenFile::open(&entry.path)?;
    match entry.format {
        Format::Csv | Format::CsvGz | Format::CsvZst => {
            let mut text = source.text(entry.format)?;
            let mut all = String::new();
            while let Some(piece) = text.next()? {
                all.push_str(&String::from_utf8_lossy(piece));
            }
            drop(text);
            source.settle(of_text(&all, names))
        }
        Format::Parquet => {
            let read = || {
                let mut reader = ParquetReader::new(source.handle()?);
                let schema = reader.schema().map_err(|error| refused(&error))?;
                let header: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
                let places = Places::find(&header, names)?;
                let frame = reader.with_projection(Some(places.all())).finish().map_err(|error| refused(&error))?;
                of_frame(&frame, &header, &places)
            };
            source.settle(guarded(read).flatten())
        }
        Format::Feather => {
            let bytes = source.bytes()?;
            let read = || {
                let mut reader = IpcReader::new(Cursor::new(&bytes[..]));
                let schema = reader.schema().map_err(|error| refused(&error))?;
                let header: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
                let places = Places::find(&header, names)?;
                let frame = reader.with_projection(Some(places.all())).finish().map_err(|error| refused(&error))?;
                of_frame(&frame, &header, &places)
            };
            source.settle(guarded(read).flatten())
        }
    }
}

/// Where the time and the columns that were asked for are in a header.
struct Places {
    time: usize,
    own: Vec<usize>,
}

impl Places {
    fn find(header: &[String], names: &[&str]) -> Result<Self, ContentError> {
        let usual = CandleColumns::find(header.iter().map(String::as_str))?;
        let plain = |name: &str| name.trim().trim_matches('"').trim().to_lowercase();
        let place = |name: &&str| {
            header.iter().position(|column| plain(column) == plain(name)).ok_or_else(|| lacks(header, usual, name))
        };
        Ok(Self { time: usual.time, own: names.iter().map(place).collect::<Result<_, _>>()? })
    }

    /// All of them in the order of the file.
    fn all(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.own.iter().copied().chain([self.time]).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn lacks(header: &[String], usual: CandleColumns, name: &str) -> ContentError {
    let own =
        (0..header.len()).filter(|at| *at != usual.time && !usual.values.contains(at)).map(|at| header[at].as_str());
    let own: Vec<&str> = own.collect();
    let shown: String = own.join(", ").chars().take(120).collect();
    let has = match nearest(name, own.iter().copied()) {
        Some(near) => format!("did you mean {}?", quote(near)),
        None if own.is_empty() => "it has none beside the usual ones".to_owned(),
        None => format!("beside the usual ones it has {}", escape(&shown)),
    };
    let what = format!("has no column {}, which a rule reads ({has})", quote(name));
    ContentError::file(what, "Add the column, correct the rule, or leave the asset out with --exclude")
}

fn of_text(text: &str, names: &[&str]) -> Result<OwnRows, ContentError> {
    let unreadable = |row: u64, error: String| ContentError::row(row, error, "Correct the line");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(1, error.to_string()))?;
    let header: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let places = Places::find(&header, names)?;
    let (mut reader_of_times, mut time) = (TimeReader::default(), Vec::new());
    let mut columns = vec![Vec::new(); names.len()];
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| unreadable(row, error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        // Rows without a time are the business of whoever reads the candles.
        let Ok(open) = reader_of_times.text(cell(places.time)) else { continue };
        time.push(open);
        for ((column, at), name) in columns.iter_mut().zip(&places.own).zip(names) {
            let cell = cell(*at);
            let is_empty = cell.is_empty() || ["nan", "null", "none", "na"].contains(&cell.to_lowercase().as_str());
            let value = if is_empty { Ok(f64::NAN) } else { cell.parse::<f64>() };
            column.push(value.map_err(|_| {
                let what = format!("{} is {}, which is not a number", escape(name), quote(cell));
                ContentError::row(row, what, "Write a number, or leave the cell empty")
            })?);
        }
    }
    Ok((time, columns))
}

fn of_frame(frame: &DataFrame, header: &[String], places: &Places) -> Result<OwnRows, ContentError> {
    let series = |at: usize| {
        let column = frame.column(&header[at]).map_err(|error| refused(&error))?;
        Ok::<_, ContentError>(column.as_materialized_series().clone())
    };
    let mut time = Vec::new();
    times(&series(places.time)?, &mut TimeReader::default(), 1, BadRows::Drop, &mut time)?;
    let column = |at: &usize| {
        let series = series(*at)?;
        let is_number = series.dtype().is_primitive_numeric() || *series.dtype() == DataType::Boolean;
        if !is_number && !series.dtype().is_null() {
            let what = format!("has a column {} of type {}, which a rule reads", quote(&header[*at]), series.dtype());
            return Err(ContentError::file(what, "Write its values as numbers"));
        }
        let numbers = series.cast(&DataType::Float64).map_err(|error| refused(&error))?;
        let numbers = numbers.f64().map_err(|error| refused(&error))?;
        Ok(numbers.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    };
    let columns = places.own.iter().map(column).collect::<Result<Vec<Vec<f64>>, _>>()?;
    Ok((time, columns))
}
