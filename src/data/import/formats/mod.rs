//! Containers of tables: each hands over rows of cells.

mod csv;
mod frame;
mod json;
pub(super) mod wrapping;

use std::io::{BufRead, BufReader, Read};

use crate::error::ContentError;
use crate::escape::quote;

use super::cells::Refusal;
use super::decide::{SourceRows, decide};
use super::options::ImportOptions;
use wrapping::{ArchivePart, aside, foreign, unpackable};

/// Bytes at the start of a file by which it is told what it is.
const HEAD: usize = 1 << 18;

/// A container that gives up its rows.
pub(super) struct Opened<'a> {
    /// The first bytes of it.
    pub head: Vec<u8>,
    /// What follows them.
    pub rest: Box<dyn BufRead + 'a>,
    pub expected: u64,
}

/// Reads one file. `names` are those of the archive and the file in it.
pub(super) fn read(part: ArchivePart, names: &[String], options: &ImportOptions) -> Result<SourceRows, Refusal> {
    let ArchivePart { mut reader, expected, cap } = part;
    let mut head = Vec::new();
    (&mut reader).take(HEAD as u64).read_to_end(&mut head).map_err(|error| unpackable(&error))?;
    if head.is_empty() {
        return Err(Refusal::foreign(ContentError::file("is empty", "Leave it out")));
    }
    if let Some(fault) = foreign(&head) {
        return Err(Refusal::foreign(fault));
    }
    let (table, rows) = if head.starts_with(b"PAR1") {
        let file = aside(&mut head.as_slice().chain(reader))?;
        frame::parquet(file.path(), names, options)?
    } else if head.starts_with(b"ARROW1") {
        let mut bytes = head;
        reader.read_to_end(&mut bytes).map_err(|error| unpackable(&error))?;
        frame::feather(&bytes, cap, names, options)?
    } else if head.starts_with(&[0xFF; 4]) {
        let mut bytes = head;
        reader.read_to_end(&mut bytes).map_err(|error| unpackable(&error))?;
        frame::stream(&bytes, cap, names, options)?
    } else {
        let opened = decoded(Opened { head, rest: reader, expected })?;
        let text = text_of(&opened.head);
        refuse_markup(&text)?;
        if text.trim_ascii_start().starts_with(['[', '{']) {
            json::read(opened, names, options)?
        } else {
            csv::read(opened, names, options)?
        }
    };
    decide(&table, rows, names, options)
}

/// Text as UTF-8 without a byte order mark.
fn decoded(opened: Opened) -> Result<Opened, Refusal> {
    let Opened { head, mut rest, expected } = opened;
    let little = head.starts_with(&[0xFF, 0xFE]) || head.len() > 8 && (1..8).step_by(2).all(|at| head[at] == 0);
    let big = head.starts_with(&[0xFE, 0xFF]);
    if little || big {
        // MetaTrader writes its history so. It is small: whole in memory is soon enough.
        let mut bytes = head;
        rest.read_to_end(&mut bytes).map_err(|error| unpackable(&error))?;
        let unit = |pair: &[u8]| {
            if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) }
        };
        let text: String =
            char::decode_utf16(bytes.chunks_exact(2).map(unit)).map(|c| c.unwrap_or('\u{fffd}')).collect();
        let text = text.trim_start_matches('\u{feff}').to_owned();
        return Ok(Opened { expected: text.len() as u64, head: text.into_bytes(), rest: Box::new(std::io::empty()) });
    }
    let head = head.strip_prefix(b"\xEF\xBB\xBF").map_or_else(|| head.clone(), <[u8]>::to_vec);
    if let Some(at) = head.iter().position(|b| *b == 0) {
        let line = 1 + line_ends(&head[..at]);
        let fault =
            ContentError::row(line, "holds a NUL byte: it is no text", "Save it as text, or as Parquet or Feather");
        return Err(Refusal::foreign(fault));
    }
    // Brokers of Europe write Latin-1; a character of UTF-8 may be cut at the end of the head.
    let is_utf8 = match std::str::from_utf8(&head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() >= HEAD - 3,
    };
    if !is_utf8 {
        let text: String = head.iter().map(|byte| char::from(*byte)).collect();
        let rest = BufReader::new(Latin1 { inner: rest, second: None });
        return Ok(Opened { head: text.into_bytes(), rest: Box::new(rest), expected });
    }
    Ok(Opened { head, rest, expected })
}

/// Latin-1 as UTF-8.
struct Latin1<'a> {
    inner: Box<dyn BufRead + 'a>,
    /// The second byte of a character whose first did not leave room for it.
    second: Option<u8>,
}

impl Read for Latin1<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut written = 0;
        if let (Some(second), Some(slot)) = (self.second, buffer.first_mut()) {
            *slot = second;
            self.second = None;
            written = 1;
        }
        let bytes = self.inner.fill_buf()?;
        let mut taken = 0;
        for byte in bytes {
            if written == buffer.len() || self.second.is_some() {
                break;
            }
            taken += 1;
            if byte.is_ascii() {
                buffer[written] = *byte;
                written += 1;
                continue;
            }
            let [first, second] = [0xC0 | byte >> 6, 0x80 | byte & 0x3F];
            buffer[written] = first;
            written += 1;
            match buffer.get_mut(written) {
                Some(slot) => {
                    *slot = second;
                    written += 1;
                }
                None => self.second = Some(second),
            }
        }
        self.inner.consume(taken);
        Ok(written)
    }
}

/// How many lines end in the text.
fn line_ends(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').skip(1).count() as u64
}

fn text_of(head: &[u8]) -> String {
    String::from_utf8_lossy(head.get(..4_096).unwrap_or(head)).into_owned()
}

/// What is no table at all, told early, so that the reason is the right one.
fn refuse_markup(text: &str) -> Result<(), Refusal> {
    let begin = text.trim_ascii_start();
    if begin.is_empty() {
        return Err(Refusal::foreign(ContentError::file("is empty", "Leave it out")));
    }
    let head: String = begin.chars().take(200).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype") || head.starts_with("<html") {
        let remedy = "The download failed or needs a login: get the file itself";
        return Err(Refusal::foreign(ContentError::file("is a web page", remedy)));
    }
    if head.starts_with("<?xml") || begin.starts_with('<') && head.contains("</") {
        return Err(Refusal::foreign(ContentError::file("is XML", "Import candles as CSV or JSON instead")));
    }
    Ok(())
}

/// A first line that is neither names nor a row.
fn foreign_text(line: &str) -> Refusal {
    Refusal::foreign(ContentError::file(
        format!("is no table of bars: it begins with {}", quote(line)),
        "Give it a first line such as timestamp,open,high,low,close,volume, or name its columns with --columns; --separator where something unusual stands between its cells",
    ))
}
