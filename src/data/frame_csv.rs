//! Text becomes plain columns, piece by piece, by polars' parser.
//!
//! polars' public CSV reader always starts its thread pool (`RAYON.scope`), which makes 351 daily files take 58 to
//! 120 ms on 2 threads; the parser behind it, `read_chunk`, called on the caller's thread, takes 35 ms, of which 20 are
//! decompression (measured on the 2-core machine; a parser of our own was no faster). It is not part of polars'
//! documented interface, which is why the version is pinned.

use polars::io::csv::read::_csv_read_internal::read_chunk;
use polars::prelude::{CsvParseOptions, DataFrame, DataType, Schema};

use super::csv_text::{Csv, FIRST_ROW, Header, readable};
use super::fault::Fault;
use super::frame::{DAMAGED, Raw, guarded, refused};
use super::header::Columns;
use super::resample::Beyond;
use super::time::Reader;
use super::windows::Windows;

/// Parses CSV text.
pub(super) fn read_csv(text: &mut Windows) -> Result<Raw, Fault> {
    let expected = text.expected();
    let Some(first) = text.next()? else { return Err(no_rows()) };
    let (header, body) = Header::open(first)?;
    let mut table = Table::new(&header);
    table.add(body, expected)?;
    while let Some(window) = text.next()? {
        table.add(readable(window, table.next_row())?, expected)?;
    }
    if table.raw.time.is_empty() { Err(no_rows()) } else { Ok(table.raw) }
}

fn no_rows() -> Fault {
    Fault::file("has a header but no rows", "Download it again or remove it")
}

/// The rows so far, and how to read more of them.
struct Table {
    columns: Columns,
    schema: Schema,
    projection: Vec<usize>,
    /// In the order of [`Columns::values`] and then the time.
    names: Vec<String>,
    reader: Reader,
    raw: Raw,
}

impl Table {
    fn new(header: &Header) -> Self {
        let columns = header.columns;
        let mut schema = Schema::default();
        let mut names = Vec::with_capacity(header.names.len());
        for (at, name) in header.names.iter().enumerate() {
            let is_value = columns.values.contains(&at);
            // Names of columns that are not read may repeat; the position makes them differ.
            let name = if is_value || at == columns.time { format!("{at}") } else { format!("{at} {name}") };
            schema.insert(name.as_str().into(), if is_value { DataType::Float64 } else { DataType::String });
            names.push(name);
        }
        let mut projection: Vec<usize> = columns.values.into_iter().chain([columns.time]).collect();
        projection.sort_unstable();
        let raw = Raw {
            time: Vec::new(),
            values: Default::default(),
            first_row: FIRST_ROW,
            synthetic: false,
            beyond: Beyond::default(),
        };
        Self { columns, schema, projection, names, reader: Reader::default(), raw }
    }

    /// The line of the file that comes next.
    fn next_row(&self) -> u64 {
        self.raw.first_row + self.raw.time.len() as u64
    }

    /// Appends these lines; the whole text has about `expected` bytes.
    fn add(&mut self, body: &str, expected: usize) -> Result<(), Fault> {
        let text = Csv::check(body, self.columns, self.next_row())?;
        if text.rows == 0 {
            return Ok(());
        }
        if self.raw.time.is_empty() {
            self.reserve(&text, expected);
        }
        let mut frame = self.parse(&text)?;
        self.raw.add(&mut frame, |at| &self.names[at], &self.columns, &mut self.reader)
    }

    /// Makes room for all rows at the first ones: columns that grow by doubling stand there twice meanwhile. Room that
    /// is not needed takes no memory, as nothing writes there.
    fn reserve(&mut self, text: &Csv, expected: usize) {
        let is_last = expected <= text.body.len() + text.body.len() / 8;
        let more = if is_last { 0 } else { text.rows.saturating_mul(expected) / text.body.len() };
        let rows = text.rows.max(more + more / 8);
        self.raw.time.reserve_exact(rows);
        for column in &mut self.raw.values {
            column.reserve_exact(rows);
        }
    }

    fn parse(&self, text: &Csv) -> Result<DataFrame, Fault> {
        let Self { schema, projection, .. } = self;
        let options = CsvParseOptions::default();
        let parse = |body: &[u8]| {
            guarded(|| {
                let end = body.len();
                read_chunk(body, &options, schema, false, projection, 0, text.rows, None, usize::MAX, end, Some(0))
            })
        };
        let mut parsed = parse(text.body.as_bytes());
        if !matches!(parsed, Ok(Ok(_)))
            && let Some(tidied) = text.without_trailing_blanks()
        {
            parsed = parse(tidied.as_bytes());
        }
        match parsed {
            Ok(Ok(frame)) if frame.height() == text.rows => Ok(frame),
            Ok(Ok(frame)) => {
                let what = format!("{} rows where there are {} lines", frame.height(), text.rows);
                Err(Fault::file(what, DAMAGED))
            }
            Ok(Err(error)) => Err(text.first_bad_number().unwrap_or_else(|| refused(&error))),
            Err(panicked) => Err(text.first_bad_number().unwrap_or(panicked)),
        }
    }
}
