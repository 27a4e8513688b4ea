//! What is no candle file at all, told early, so that the reason is the right one.

use crate::data::csv_text::{READABLE, readable};
use crate::data::escape::quote;
use crate::data::fault::Fault;

/// The text of a file.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Fault::file("is UTF-16 text", READABLE));
    }
    let text = readable(bytes, 1)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begin = text.trim_ascii_start();
    if begin.is_empty() {
        return Err(Fault::file("is empty", "Download it again or remove it"));
    }
    let head: String = begin.chars().take(200).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype") || head.starts_with("<html") {
        return Err(Fault::file("is a web page", "The download failed or wants a login: fetch the file itself"));
    }
    if begin.starts_with('<') && !head.starts_with("<date>") && !head.starts_with("<ticker>") {
        return Err(Fault::file("is XML", "Take the files of candles instead, as CSV or JSON"));
    }
    Ok(text)
}

/// What is wrong with the separators of a table, if its first line shows that.
pub(super) fn separators(line: &str) -> Option<Fault> {
    if line.contains(',') && !line.contains(';') {
        return None;
    }
    let separator = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    let (_, called) = separator.into_iter().find(|(c, _)| line.matches(*c).count() >= 4)?;
    Some(Fault::file(
        format!("is separated by {called}, not by commas"),
        "Separate the columns by commas, and write decimals with a point, not with a comma",
    ))
}

/// A first line that is neither names nor a row.
pub(super) fn foreign(line: &str) -> Fault {
    Fault::file(
        format!("is no table of bars: it begins with {}", quote(line)),
        "Give it a first line such as timestamp,open,high,low,close,volume, and rows below it",
    )
}
