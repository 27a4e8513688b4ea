//! One file of the archive: verified, unpacked, read.

use std::io::{Cursor, Read};

use ring::digest;
use zip::ZipArchive;

use super::asker::Asker;
use super::failure::{FetchError, said};
use super::rows::push;
use crate::data::escape::quote;
use crate::data::time::show;
use crate::sim::model::{Candles, Millis};

/// A month of seconds would be smaller.
const CAP: u64 = 1 << 30;
/// Binance's columns.
const WIDTH: usize = 12;
/// Times of 2001 in microseconds are above it, and those of 5138 in milliseconds below.
const MICROS: i64 = 100_000_000_000_000;

/// The bytes of a file, which are what its checksum says; `None` where there is no such file. One that is not is asked
/// for once more: it may have been damaged on the way.
pub(super) fn verified(asker: &mut Asker, path: &str, file: &str) -> Result<Option<Vec<u8>>, FetchError> {
    let damaged = || FetchError::Damaged { file: file.to_owned() };
    for _ in 0..2 {
        let Some(stated) = asker.file(&format!("{path}.CHECKSUM"))? else { return Ok(None) };
        let stated = String::from_utf8_lossy(&stated);
        let stated = stated.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let Some(bytes) = asker.file(path)? else { return Err(damaged()) };
        if sha256(&bytes) == stated {
            return Ok(Some(bytes));
        }
    }
    Err(damaged())
}

/// In hexadecimal digits, as the checksum is written.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

/// The candles in a zip file, in the order of time.
pub(super) fn candles(bytes: &[u8]) -> Result<Candles, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| said(&error.to_string()))?;
    let file = archive.by_index(0).map_err(|error| said(&error.to_string()))?;
    let mut text = String::new();
    file.take(CAP).read_to_string(&mut text).map_err(|error| said(&error.to_string()))?;
    read(&text)
}

/// Rows as in the API, without a header or with one; milliseconds, and microseconds from 2025 on.
pub(super) fn read(text: &str) -> Result<Candles, String> {
    let mut out = Candles::default();
    let has_header = !text.starts_with(|c: char| c.is_ascii_digit());
    for (at, line) in text.lines().enumerate().skip(usize::from(has_header)) {
        let (time, values) = row(line).map_err(|what| format!("line {}: {what}", at + 1))?;
        if out.time.last().is_some_and(|last| *last >= time) {
            return Err(format!("line {}: {} does not come after the line before it", at + 1, show(time)));
        }
        push(&mut out, time, values);
    }
    Ok(out)
}

fn row(line: &str) -> Result<(Millis, [f64; 5]), String> {
    let cells: Vec<&str> = line.trim_end().split(',').collect();
    if cells.len() != WIDTH {
        return Err(format!("{} values in place of {WIDTH}", cells.len()));
    }
    let time: i64 = cells[0].parse().map_err(|_| format!("{} is no time", quote(cells[0])))?;
    let mut values = [0.0; 5];
    for (value, cell) in values.iter_mut().zip(&cells[1..6]) {
        let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
        *value = number.ok_or_else(|| format!("{} is no number", quote(cell)))? + 0.0;
    }
    Ok((if time >= MICROS { time.div_euclid(1_000) } else { time }, values))
}
