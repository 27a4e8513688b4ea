//! Text: separator, header and first row are told by the first lines, the rest is read as a stream.

use std::io::Read;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::error::ContentError;
use crate::escape::quote;
use crate::import::cells::bare;
use crate::import::cells::{ClosedBars, Container, RawCell, Refusal, RowCells, TableHead};
use crate::import::columns::{are_names, plain};
use crate::import::formats::wrapping::unpackable;
use crate::import::name::date_of;
use crate::import::number::number;
use crate::import::options::DateOrder;
use crate::import::options::ImportOptions;
use crate::import::table::{Intake, TypedRows};
use crate::import::times::{RawTime, TimeRules, raw_time, resolve};
use crate::sim::DAY;

use super::{Opened, foreign_text, line_ends};

/// Separators, the most usual first.
const SEPARATORS: [char; 5] = [',', ';', '\t', '|', ' '];
/// Lines by which a file is understood.
const LINES: usize = 60;
/// A row of candles has fewer columns, and fewer bytes.
const MAX_FIELDS: usize = 4_096;
const MAX_ROW: usize = 1 << 16;

/// What the first lines tell.
struct Sniffed {
    separator: char,
    /// Records above the first row.
    skip: usize,
    names: Option<Vec<String>>,
    /// Names that are none of a bar's.
    unknown: Option<Vec<String>>,
    /// Cells above the header: addresses, remarks.
    preamble: String,
    /// The asset of all columns.
    symbol: Option<String>,
    /// Whether a second line of names tells the assets.
    has_assets: bool,
}

/// Reads all rows.
pub(super) fn read<'o>(
    opened: Opened,
    names: &'o [String],
    options: &'o ImportOptions,
) -> Result<(TableHead, TypedRows), Refusal> {
    let Opened { head, mut rest, expected } = opened;
    let sniffed = sniff(&head, names, options)?;
    let head_rows = line_ends(&head).max(1);
    let rows = expected.saturating_mul(head_rows) / head.len().max(1) as u64;
    let table = table_head(&sniffed);
    let mut intake = Intake::new(table, names, options);
    // Room that is not needed takes no memory, as nothing writes there.
    intake.expected = usize::try_from(rows + rows / 8).unwrap_or_default().min(50_000_000);
    let mut records = CsvRecords::new(sniffed.separator);
    let mut sink = Sink { intake, skip: sniffed.skip, lone: None, notes: Vec::new() };
    records.feed(&head, |record| sink.take(record))?;
    let mut chunk = vec![0; 1 << 18];
    loop {
        let count = match rest.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unpackable(&error).into()),
        };
        records.feed(&chunk[..count], |record| sink.take(record))?;
    }
    records.finish(|record| sink.take(record))?;
    let Sink { mut intake, lone, notes, .. } = sink;
    intake.head.notes.extend(notes);
    if let Some((_, text)) = lone {
        intake.head.notes.push(format!("the last line was left out: {}", quote(&text)));
    }
    intake.finish()
}

fn table_head(sniffed: &Sniffed) -> TableHead {
    let preamble = sniffed.preamble.to_lowercase();
    let source = if sniffed.has_assets {
        Some("Yahoo Finance")
    } else {
        preamble.contains("cryptodatadownload").then_some("CryptoDataDownload")
    };
    // `Created on 10-17-2019`: a bar of that day was not finished.
    let made = sniffed.preamble.split("Created on ").nth(1).and_then(|rest| {
        let date = rest.split([',', ' ']).next()?;
        let rules = TimeRules { order: Some(DateOrder::Mdy), ..TimeRules::default() };
        let raw = raw_time(RawCell::Text(date));
        let is_read = !matches!(raw, RawTime::Bad | RawTime::Null);
        is_read.then(|| resolve(vec![raw], &rules, |_| 0).ok()?.time.first().copied())?
    });
    TableHead {
        container: Container::Csv,
        names: sniffed.names.clone(),
        unknown: sniffed.unknown.clone(),
        source,
        symbol: sniffed.symbol.clone(),
        closed: made.map_or(ClosedBars::Unsaid, |day| ClosedBars::Before(day + DAY - 1)),
        separator: Some(sniffed.separator),
        ..TableHead::default()
    }
}

/// Takes records for the table.
struct Sink<'o> {
    intake: Intake<'o>,
    /// Records above the first row.
    skip: usize,
    /// A line with one field: a remark behind the last row, or else a fault.
    lone: Option<(u64, String)>,
    notes: Vec<String>,
}

impl Sink<'_> {
    #[inline]
    fn take(&mut self, record: &CsvRecord) -> Result<(), Refusal> {
        if record.is_rule() {
            return Ok(());
        }
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(());
        }
        if let Some((line, text)) = self.lone.take() {
            let fault = ContentError::row(
                line,
                format!("the line {} is no row", quote(&text)),
                "Correct or remove the row, or pass --on-bad-row drop",
            );
            self.intake.bad_row(fault)?;
        }
        if record.is_open_quote() {
            let what = "a quotation mark is not closed or stands inside a cell";
            return self.intake.bad_row(ContentError::row(record.line, what, "Correct or remove the row"));
        }
        // A remark, between the rows or behind them.
        let is_row = || self.intake.head.names.as_ref().is_some_and(|names| names.len() == record.len());
        if record.text.starts_with('#') && !is_row() {
            return Ok(());
        }
        if record.len() == 1 {
            let text = record.text(0);
            if bare(text).is_empty() {
                return Ok(());
            }
            if text.contains(' ') && text.chars().filter(|c| c.is_alphabetic()).count() > 3 {
                self.lone = Some((record.line, text.to_owned()));
                return Ok(());
            }
        }
        self.intake.row(record.line, record)
    }
}

/// One line as its cells.
pub(super) struct CsvRecord<'a> {
    line: u64,
    text: &'a str,
    /// Where each cell stands in the text.
    cells: &'a [(usize, usize)],
}

impl CsvRecord<'_> {
    #[inline]
    fn text(&self, at: usize) -> &str {
        let (begin, end) = self.cells[at];
        self.text.get(begin..end).unwrap_or_default()
    }

    /// Whether it is the line that tools draw between the names and the rows: `---+---`, `|:--|--:|`.
    fn is_rule(&self) -> bool {
        let text = self.text.as_bytes();
        text.first().is_some_and(|first| matches!(first, b'-' | b'+' | b'|' | b':' | b' '))
            && text.windows(3).any(|three| three == b"---")
            && text.iter().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b':' | b' '))
    }

    /// Whether a quoted cell goes on in the next line, as no cell of a bar does.
    #[inline]
    fn is_open_quote(&self) -> bool {
        self.text.contains('\n')
    }
}

impl RowCells for CsvRecord<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    fn cell(&self, at: usize) -> RawCell<'_> {
        if at < self.len() { RawCell::Text(self.text(at)) } else { RawCell::Null }
    }
}

/// Splits text into records, whatever the pieces in which it comes. Lines without a quotation mark are split right where
/// they stand; the others go through `csv_core`.
struct CsvRecords {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    used: (usize, usize),
    last: u8,
    separator: u8,
    /// Blanks are one separator, however many.
    merges: bool,
    /// Whether the reader is within a record.
    is_within: bool,
    /// Lines that the reader has not seen.
    unseen: u64,
    cells: Vec<(usize, usize)>,
}

impl CsvRecords {
    fn new(separator: char) -> Self {
        let delimiter = u8::try_from(separator).unwrap_or(b',');
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            text: vec![0; MAX_ROW],
            ends: vec![0; MAX_FIELDS],
            used: (0, 0),
            last: b'\n',
            separator: delimiter,
            merges: separator == ' ',
            is_within: false,
            unseen: 0,
            cells: Vec::new(),
        }
    }

    /// The line that the next byte stands in.
    fn line(&self) -> u64 {
        self.reader.line() + self.unseen
    }

    /// Takes a piece of text.
    fn feed(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(&CsvRecord) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if bytes.contains(&0) {
            let what = "holds a NUL byte: it is no text";
            return Err(ContentError::row(self.line(), what, "Save it as text, or as Parquet or Feather").into());
        }
        while !bytes.is_empty() {
            let plain = if self.is_within { None } else { self.plain_line(bytes) };
            let count = match plain {
                Some((length, text)) => {
                    if !self.cells.is_empty() {
                        take(&CsvRecord { line: self.line(), text, cells: &self.cells })?;
                    }
                    self.unseen += 1;
                    self.last = b'\n';
                    length
                }
                None => self.step(bytes, &mut take)?,
            };
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// The first line, where it is whole and has no quotation mark: its length, and its text without the line's end. Its
    /// cells are kept here; none of a blank line.
    #[inline]
    fn plain_line<'b>(&mut self, bytes: &'b [u8]) -> Option<(usize, &'b str)> {
        self.cells.clear();
        let mut begin = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == self.separator {
                if !self.merges || at > begin {
                    self.cells.push((begin, at));
                }
                begin = at + 1;
            } else if *byte == b'\n' {
                let end = if at > 0 && bytes[at - 1] == b'\r' { at - 1 } else { at };
                let is_blank = end == 0;
                if !is_blank && (!self.merges || end > begin) {
                    self.cells.push((begin, end.max(begin)));
                }
                let text = std::str::from_utf8(&bytes[..end]).ok()?;
                return (at <= MAX_ROW && self.cells.len() <= MAX_FIELDS).then_some((at + 1, text));
            } else if *byte == b'"' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                return None;
            }
        }
        None
    }

    /// The text has ended.
    fn finish(&mut self, mut take: impl FnMut(&CsvRecord) -> Result<(), Refusal>) -> Result<(), Refusal> {
        self.step(&[], &mut take).map(drop)
    }

    fn step(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&CsvRecord) -> Result<(), Refusal>,
    ) -> Result<usize, Refusal> {
        let (text, ends) = self.used;
        let (result, count, written, ended) =
            self.reader.read_record(bytes, &mut self.text[text..], &mut self.ends[ends..]);
        if let Some(last) = count.checked_sub(1) {
            self.last = bytes[last];
        }
        self.used = (text + written, ends + ended);
        self.is_within |= count > 0;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                let what = "is longer than any row of candles: a quotation mark may not be closed";
                return Err(ContentError::row(self.line(), what, "Correct or remove the row").into());
            }
            ReadRecordResult::Record => {
                let (text, ends) = self.used;
                let text = &self.text[..text];
                let is_ended = self.last == b'\n' && !text.ends_with(b"\n");
                let end = self.reader.line() + self.unseen - u64::from(is_ended);
                let within = line_ends(text);
                self.cells.clear();
                let mut begin = 0;
                for end in &self.ends[..ends] {
                    if !self.merges || *end > begin {
                        self.cells.push((begin, *end));
                    }
                    begin = *end;
                }
                let lossy;
                let text = if let Ok(text) = std::str::from_utf8(text) {
                    text
                } else {
                    lossy = lossy_cells(text, &mut self.cells);
                    &lossy
                };
                take(&CsvRecord { line: end.saturating_sub(within), text, cells: &self.cells })?;
                self.used = (0, 0);
                self.is_within = false;
            }
        }
        Ok(count)
    }
}

/// The text with a mark for each cell that is no UTF-8, and the cells where they stand then.
fn lossy_cells(text: &[u8], cells: &mut [(usize, usize)]) -> String {
    let mut out = String::new();
    for (begin, end) in cells {
        let cell = std::str::from_utf8(&text[*begin..*end]).unwrap_or("\u{fffd}");
        (*begin, *end) = (out.len(), out.len() + cell.len());
        out.push_str(cell);
    }
    out
}

/// The first lines as cells.
fn first_records(head: &[u8], separator: char) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    // The last line may be cut.
    let whole =
        head.iter().rposition(|b| *b == b'\n').filter(|_| head.len() >= super::HEAD).map_or(head, |at| &head[..=at]);
    let mut records = CsvRecords::new(separator);
    let mut add = |record: &CsvRecord| {
        if all.len() < LINES && !record.is_rule() {
            all.push((0..record.len()).map(|at| bare(record.text(at)).to_owned()).collect());
        }
        Ok(())
    };
    for line in whole.split_inclusive(|b| *b == b'\n').take(LINES * 2) {
        if records.feed(line, &mut add).is_err() {
            return all;
        }
    }
    let _ = records.finish(&mut add);
    all
}

/// A separator with what it makes of the first lines.
struct Tried {
    separator: char,
    records: Vec<Vec<String>>,
    /// The header, or the first row.
    at: usize,
    is_header: bool,
    /// Of the rows behind it, how many of a hundred have as many cells.
    even: usize,
}

fn sniff(head: &[u8], names: &[String], options: &ImportOptions) -> Result<Sniffed, Refusal> {
    let text = String::from_utf8_lossy(head);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // Spreadsheets write the separator into the first line.
    let stated = first.strip_prefix("sep=").and_then(|rest| rest.chars().next());
    let separators: Vec<char> = match options.separator.or(stated) {
        Some(separator) if separator.is_ascii() => vec![separator],
        Some(separator) => {
            let what = format!("cannot be separated by {}", quote(&separator.to_string()));
            return Err(ContentError::file(what, "Pass --separator with a character of ASCII").into());
        }
        None => SEPARATORS.to_vec(),
    };
    let mut tried: Vec<Tried> =
        separators.iter().filter_map(|separator| try_separator(head, *separator, names, options)).collect();
    tried.sort_by_key(|one| {
        let width = one.records[one.at].len();
        (one.even < 80, !one.is_header, std::cmp::Reverse(one.even), one.separator == ' ', std::cmp::Reverse(width))
    });
    let Some(best) = tried.into_iter().next() else {
        return by_first_line(head, first, &separators);
    };
    let Tried { separator, records, at, is_header, .. } = best;
    let preamble: String = records[..at].iter().map(|record| record.join(",")).collect::<Vec<_>>().join("\n");
    if !is_header {
        let is_name = |cell: &String| {
            !cell.is_empty()
                && !number(RawCell::Text(cell)).is_number()
                && raw_time(RawCell::Text(cell)) == RawTime::Bad
        };
        let above = at.checked_sub(1).map(|above| &records[above]);
        let unknown = above.filter(|above| above.len() == records[at].len() && above.iter().all(is_name)).cloned();
        let (names, symbol, has_assets) = (None, None, false);
        return Ok(Sniffed { separator, skip: at, names, unknown, preamble, symbol, has_assets });
    }
    let mut columns = records[at].clone();
    let mut skip = at + 1;
    let mut symbol = None;
    let mut has_assets = false;
    if let Some(second) = records.get(at + 1)
        && let Some(assets) = second_header(&columns, second)
    {
        skip += 1;
        has_assets = true;
        if records.get(at + 2).is_some_and(|third| third.iter().skip(1).all(String::is_empty) && third.len() > 1) {
            skip += 1;
        }
        let mut distinct: Vec<&String> = assets.iter().skip(1).filter(|asset| !asset.is_empty()).collect();
        distinct.dedup();
        if let [only] = distinct[..] {
            symbol = Some(only.clone());
        } else {
            for (name, asset) in columns.iter_mut().zip(&assets).skip(1) {
                *name = format!("{asset} {name}");
            }
        }
        if plain(&columns[0]) == "price" || columns[0].is_empty() || plain(&columns[0]) == "attributes" {
            "date".clone_into(&mut columns[0]);
        }
    }
    // R writes no name for the column of row numbers.
    let rows: Vec<&Vec<String>> = records[skip.min(records.len())..].iter().collect();
    let is_wider = !rows.is_empty() && rows.iter().all(|row| row.len() == columns.len() + 1);
    let is_padded = rows.iter().all(|row| row.last().is_some_and(String::is_empty));
    if is_wider && !is_padded && rows.iter().all(|row| row[0].parse::<u64>().is_ok_and(|number| number < 100_000_000)) {
        columns.insert(0, String::new());
    }
    Ok(Sniffed { separator, skip, names: Some(columns), unknown: None, preamble, symbol, has_assets })
}

/// A second line of names: yfinance writes the asset of each column there.
fn second_header(first: &[String], second: &[String]) -> Option<Vec<String>> {
    let is_ticker = second.first().is_some_and(|cell| ["ticker", "symbols", "symbol"].contains(&plain(cell).as_str()));
    let is_bare = second.first().is_some_and(String::is_empty) && first.first().is_some_and(String::is_empty);
    let are_words = second.len() == first.len()
        && second
            .iter()
            .skip(1)
            .all(|cell| cell.chars().any(char::is_alphabetic) && raw_time(RawCell::Text(cell)) == RawTime::Bad);
    (is_ticker || is_bare && are_words).then(|| second.to_vec()).filter(|second| second.len() == first.len())
}

fn try_separator(head: &[u8], separator: char, names: &[String], options: &ImportOptions) -> Option<Tried> {
    let records = first_records(head, separator);
    let (at, is_header) = records.iter().enumerate().take(40).find_map(|(at, record)| {
        if record.len() >= 4 && are_names(record) {
            return Some((at, true));
        }
        is_row(record, names, options).then_some((at, false))
    })?;
    // The user says what the columns of the first line are.
    let is_named = |record: &Vec<String>| {
        options.columns.values().filter(|column| record.iter().any(|cell| plain(cell) == plain(column))).count() >= 3
    };
    let (at, is_header) = match records.iter().take(at + 1).position(is_named) {
        Some(place) if !options.columns.is_empty() => (place, true),
        _ => (at, is_header),
    };
    let width = records[at].len();
    let rows = &records[at + 1..];
    let is_even = |record: &&Vec<String>| {
        let padded = record.len() > width && record[width..].iter().all(String::is_empty);
        record.len() == width || padded || is_header && record.len() == width + 1
    };
    let even = if rows.is_empty() { 100 } else { rows.iter().filter(is_even).count() * 100 / rows.len() };
    Some(Tried { separator, records, at, is_header, even })
}

/// Whether cells are those of a bar: one is a time, and at least three are numbers.
fn is_row(cells: &[String], names: &[String], options: &ImportOptions) -> bool {
    if cells.len() < 3 {
        return false;
    }
    let numbers = cells.iter().filter(|cell| number(RawCell::Text(cell)).is_number()).count();
    let is_time = |cell: &String| match raw_time(RawCell::Text(cell)) {
        RawTime::Number(number, _) => number >= 100_000_000 || (19_000_101..21_000_101).contains(&number),
        RawTime::Civil(_) | RawTime::Instant(..) | RawTime::Date(..) => true,
        RawTime::Null | RawTime::Bad => false,
    };
    let has_time = cells.iter().any(is_time);
    let is_stated = options.time_format.is_some() || !options.columns.is_empty();
    let is_of_day = numbers == cells.len() && names.iter().any(|name| date_of(name).is_some());
    let least = if has_time { 2 } else { 4 };
    (has_time || is_stated || is_of_day) && numbers >= least
}

/// Nothing in the first lines is a row or a header that is known: the first line is taken for names, and the fault
/// says what they lack.
fn by_first_line(head: &[u8], first: &str, separators: &[char]) -> Result<Sniffed, Refusal> {
    let widest = separators
        .iter()
        .map(|separator| (first_records(head, *separator), *separator))
        .filter(|(_, separator)| *separator != ' ' || separators.len() == 1)
        .max_by_key(|(records, _)| records.first().map_or(0, Vec::len));
    match widest {
        Some((records, separator)) if records.first().is_some_and(|record| record.len() >= 3) => {
            let names = records.into_iter().next();
            let (preamble, symbol, has_assets) = (String::new(), None, false);
            Ok(Sniffed { separator, skip: 1, names, unknown: None, preamble, symbol, has_assets })
        }
        _ => Err(foreign_text(first)),
    }
}
