//! CSV text becomes plain columns, chunk by chunk, by polars' parser.
//!
//! What must hold of the text before polars may parse it is checked here: readable characters, a header, and as many
//! fields in each line as in the header. Polars fills short lines with nulls and cuts long ones, and its errors name no
//! line, so a cell that polars refuses is looked up here too.
//!
//! polars' public CSV reader always starts its thread pool (`RAYON.scope`), which makes 351 daily files take 58 to
//! 120 ms on 2 threads; the parser behind it, `read_chunk`, called on the caller's thread, takes 35 ms, of which 20 are
//! decompression (measured on the 2-core machine; a parser of our own was no faster). It is not part of polars'
//! documented interface, which is why the version is pinned.

use polars::io::csv::read::_csv_read_internal::read_chunk;
use polars::prelude::{CsvParseOptions, DataFrame, DataType, Schema};

use super::columns::{CandleColumns, OneSymbol};
use super::raw_candles::{RawCandles, empty_cell, guarded, refused};
use super::resample::Beyond;
use super::text_chunks::TextChunks;
use super::time::TimeReader;
use crate::catalog::BadRows;
use crate::error::{ContentError, DAMAGED};
use crate::escape::quote;
use crate::sim::Field;

/// Parses CSV text.
pub(crate) fn read_csv(text: &mut TextChunks, bad_rows: BadRows) -> Result<RawCandles, ContentError> {
    let expected = text.expected();
    let Some(first) = text.next()? else { return Err(no_rows()) };
    let (header, body) = CsvHeader::open(first)?;
    let mut table = CsvRows::new(&header, bad_rows);
    table.add(body, expected)?;
    while let Some(window) = text.next()? {
        table.add(readable(window, table.next_row())?, expected)?;
    }
    if table.raw.time.is_empty() { Err(no_rows()) } else { Ok(table.raw) }
}

fn no_rows() -> ContentError {
    ContentError::file("has a header but no rows", "Download it again or remove it")
}

/// The rows so far, and how to read more of them.
struct CsvRows {
    columns: CandleColumns,
    schema: Schema,
    projection: Vec<usize>,
    /// In the order of [`CandleColumns::values`] and then the time.
    names: Vec<String>,
    reader: TimeReader,
    symbol: OneSymbol,
    raw: RawCandles,
}

impl CsvRows {
    fn new(header: &CsvHeader, bad_rows: BadRows) -> Self {
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
        let raw = RawCandles {
            time: Vec::new(),
            values: Default::default(),
            first_row: FIRST_ROW,
            synthetic: false,
            beyond: Beyond::default(),
            bad_rows,
            dropped: 0,
        };
        let (reader, symbol) =
            (TimeReader::default(), OneSymbol::new(columns.symbol.is_some_and(|(_, has_numbers)| has_numbers)));
        Self { columns, schema, projection, names, reader, symbol, raw }
    }

    /// The line of the file that comes next.
    fn next_row(&self) -> u64 {
        self.raw.first_row + (self.raw.time.len() + self.raw.dropped) as u64
    }

    /// Appends these lines, without bad ones if that was asked for; the whole text has about `expected` bytes.
    fn add(&mut self, body: &str, expected: usize) -> Result<(), ContentError> {
        let (before, reader) = (self.raw.time.len(), self.reader.clone());
        let added = self.add_all(body, expected);
        if added.is_ok() || self.raw.bad_rows == BadRows::Refuse {
            return added;
        }
        self.raw.truncate(before);
        self.reader = reader;
        let (good, dropped) = self.without_bad_rows(body);
        self.raw.dropped += dropped;
        self.add_all(&good, expected)
    }

    /// The lines that have all fields, numbers and a time, and how many have not.
    fn without_bad_rows(&self, body: &str) -> (String, usize) {
        let mut reader = self.reader.clone();
        let CandleColumns { count, time, values, .. } = self.columns;
        let mut is_good = |line: &str| {
            let Some(cells) = fields(line).filter(|cells| cells.len() == count) else { return false };
            let bare = |at: usize| cells[at].trim().trim_matches('"').trim();
            values.into_iter().all(|at| bare(at).parse::<f64>().is_ok()) && reader.text(bare(time)).is_ok()
        };
        let (mut good, mut dropped) = (String::with_capacity(body.len()), 0);
        for line in body.trim_ascii_end().lines() {
            if is_good(line) {
                good.push_str(line);
                good.push('\n');
            } else {
                dropped += 1;
            }
        }
        (good, dropped)
    }

    fn add_all(&mut self, body: &str, expected: usize) -> Result<(), ContentError> {
        let text = CsvBody::check(body, self.columns, self.next_row())?;
        if text.rows == 0 {
            return Ok(());
        }
        if self.raw.time.is_empty() {
            self.reserve(&text, expected);
        }
        if let Some((symbol, _)) = self.columns.symbol {
            for (row, line) in (text.first_row..).zip(text.body.lines()) {
                let cell = fields(line).and_then(|cells| cells.get(symbol).copied()).unwrap_or_default();
                self.symbol.check(row, cell)?;
            }
        }
        let mut frame = self.parse(&text)?;
        self.raw.add(&mut frame, |at| &self.names[at], &self.columns, &mut self.reader)
    }

    /// Makes room for all rows at the first ones: columns that grow by doubling stand there twice meanwhile. Room that
    /// is not needed takes no memory, as nothing writes there.
    fn reserve(&mut self, text: &CsvBody, expected: usize) {
        let is_last = expected <= text.body.len() + text.body.len() / 8;
        let more = if is_last { 0 } else { text.rows.saturating_mul(expected) / text.body.len() };
        let rows = text.rows.max(more + more / 8);
        self.raw.time.reserve_exact(rows);
        for column in &mut self.raw.values {
            column.reserve_exact(rows);
        }
    }

    fn parse(&self, text: &CsvBody) -> Result<DataFrame, ContentError> {
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
                Err(ContentError::file(what, DAMAGED))
            }
            Ok(Err(error)) => Err(text.first_bad_number().unwrap_or_else(|| refused(&error))),
            Err(panicked) => Err(text.first_bad_number().unwrap_or(panicked)),
        }
    }
}

/// The line of the first row: the header is line 1.
pub(crate) const FIRST_ROW: u64 = 2;
pub(crate) const READABLE: &str = "Save it as UTF-8 text; a compressed file must end in .csv.gz or .csv.zst";

/// The first line.
pub(crate) struct CsvHeader<'a> {
    pub columns: CandleColumns,
    /// Names of all columns, for polars' schema.
    pub names: Vec<&'a str>,
}

impl<'a> CsvHeader<'a> {
    /// The header of a file that begins with these bytes, and the lines below it.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<(Self, &'a str), ContentError> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(ContentError::file("is UTF-16 text", READABLE));
        }
        let text = readable(bytes, 1)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (header, body) = text.split_once('\n').unwrap_or((text, ""));
        let names: Vec<&str> = fields(header.trim_end_matches('\r')).unwrap_or_default();
        Ok((Self { columns: CandleColumns::find(names.iter().copied())?, names }, body))
    }
}

/// Lines of which every one has the header's number of fields.
#[derive(Debug)]
pub(crate) struct CsvBody<'a> {
    columns: CandleColumns,
    pub body: &'a str,
    pub rows: usize,
    /// The line of the file that the first of these is.
    pub first_row: u64,
}

impl<'a> CsvBody<'a> {
    /// Checks the shape of all lines; there may be none.
    pub(crate) fn check(body: &'a str, columns: CandleColumns, first_row: u64) -> Result<Self, ContentError> {
        let body = body.trim_ascii_end();
        let mut rows = 0;
        let quoted = body.contains('"');
        for line in body.lines() {
            // A vectorized count: this loop sees every byte of every file.
            let found = if quoted {
                fields(line).map(|fields| fields.len())
            } else {
                Some(line.bytes().map(|b| usize::from(b == b',')).sum::<usize>() + 1)
            };
            if found != Some(columns.count) {
                return Err(ragged(first_row + rows as u64, line, found, columns.count));
            }
            rows += 1;
        }
        Ok(Self { columns, body, rows, first_row })
    }

    /// The lines without the blanks behind their cells, which polars does not take for part of a number; `None` where
    /// there are none. Only asked for when it has refused a file: few have any.
    pub(crate) fn without_trailing_blanks(&self) -> Option<String> {
        const BLANKS: [char; 2] = [' ', '\t'];
        let has_some = |line: &str| line.ends_with(BLANKS) || line.contains(" ,") || line.contains("\t,");
        if !self.body.lines().any(has_some) {
            return None;
        }
        let mut out = String::with_capacity(self.body.len());
        for line in self.body.lines() {
            for (at, cell) in fields(line)?.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(cell.trim_end_matches(BLANKS));
            }
            out.push('\n');
        }
        Some(out)
    }

    /// The first cell that is not a number, if any.
    pub(crate) fn first_bad_number(&self) -> Option<ContentError> {
        (self.first_row..).zip(self.body.lines()).find_map(|(row, line)| {
            let cells = fields(line)?;
            Field::ALL.into_iter().zip(self.columns.values).find_map(|(field, at)| {
                let cell =
                    cells.get(at)?.trim_end_matches([' ', '\t']).trim_matches('"').trim_start_matches([' ', '\t']);
                cell.parse::<f64>().err()?;
                Some(bad_number(row, field.name(), cell))
            })
        })
    }
}

fn bad_number(row: u64, column: &str, cell: &str) -> ContentError {
    if cell.is_empty() {
        return empty_cell(row, column);
    }
    let remedy = if cell.contains(',') {
        "Write decimals with a point, and no separators between thousands"
    } else if cell.trim_ascii_end() != cell {
        "Remove the space behind the number"
    } else {
        "Correct or remove the row"
    };
    ContentError::row(row, format!("{column} is {}, which is not a number", quote(cell)), remedy)
}

/// Bytes that begin in this line of the file, as text.
pub(crate) fn readable(bytes: &[u8], first_line: u64) -> Result<&str, ContentError> {
    let line = |at: usize| first_line + bytes[..at].split(|b| *b == b'\n').skip(1).count() as u64;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ContentError::row(line(error.valid_up_to()), "holds bytes that are not UTF-8 text", READABLE)
    })?;
    if let Some(at) = text.find('\0') {
        return Err(ContentError::row(line(at), "holds a NUL byte; it may be UTF-16 text or no text at all", READABLE));
    }
    Ok(text)
}

pub(crate) fn ragged(row: u64, line: &str, found: Option<usize>, expected: usize) -> ContentError {
    if line.trim_ascii().is_empty() {
        return ContentError::row(row, "the line is blank", "Remove the line");
    }
    let Some(found) = found else {
        return ContentError::row(
            row,
            "a quotation mark is not closed or stands inside a cell",
            "Correct or remove the row",
        );
    };
    let remedy = if found > expected {
        "Correct or remove the row; decimals are written with a point, not with a comma"
    } else {
        "Correct or remove the row; the file may be cut short"
    };
    let fields = if found == 1 { "field" } else { "fields" };
    ContentError::row(row, format!("{found} {fields} where the header has {expected}"), remedy)
}

/// The fields of a line, quotation marks included; `None` when a quoted field is not closed properly.
fn fields(line: &str) -> Option<Vec<&str>> {
    let mut found = Vec::with_capacity(8);
    let mut rest = line;
    loop {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            let closing = quoted.find('"')? + 2;
            if !(closing == rest.len() || rest[closing..].starts_with(',')) {
                return None;
            }
            closing
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return None;
            }
            end
        };
        found.push(&rest[..end]);
        if end == rest.len() {
            return Some(found);
        }
        rest = &rest[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_may_hold_commas_and_must_be_closed() {
        assert_eq!(fields("\"a,b\",1,"), Some(vec!["\"a,b\"", "1", ""]));
        for wrong in ["\"a", "a\"b,1", "\"a\"b,1", "\"", "1,\""] {
            assert_eq!(fields(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn windows_line_ends_a_byte_order_mark_and_blank_last_lines_do_not_matter() {
        let text = "\u{feff}timestamp,open,high,low,close,volume\r\n1,2,3,4,5,6\r\n1,2,3,4,5,6\r\n\r\n";
        let (header, body) = CsvHeader::open(text.as_bytes()).unwrap();
        assert_eq!(CsvBody::check(body, header.columns, FIRST_ROW).unwrap().rows, 2);
    }
}
