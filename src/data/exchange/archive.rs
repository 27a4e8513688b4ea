//! Binance's archive: a zip file for each month, with its checksum beside it; for days of which there is no month yet,
//! one for each day. <https://github.com/binance/binance-public-data>

use std::io::{Cursor, Read};
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ring::digest;
use zip::ZipArchive;

use super::client::HttpClient;
use super::error::{FetchError, said};
use super::pages::{CandleQuery, missing_ranges, off_grid};
use super::pairs::Pair;
use super::rows::bar_of;
use crate::catalog::symbol::joined;
use crate::date::show_time;
use crate::escape::quote;
use crate::read::validate::first_fault;
use crate::sim::{Candle, Candles, DAY, Millis};

/// 2017-07-01: Binance opened on the 14th.
pub(super) const ORIGIN: Millis = 1_498_867_200_000;
/// Months appear on their first Monday after; until then there are days.
const LATE: Millis = 40 * DAY;

/// Gives the bars of all missing ranges to `take`, in the order of time, a month at a time.
pub(super) fn fetch_archive(
    client: &mut HttpClient,
    query: &CandleQuery,
    there: &[Millis],
    wanted: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let now = client.now();
    let bars = |range: &Range<Millis>| u64::try_from((range.end - range.start) / query.step).unwrap_or_default();
    for range in missing_ranges(there, wanted, query.step, 0) {
        client.progress().expect(bars(&range));
        for month in months(&range) {
            let part = millis(month).max(range.start)..millis(next_month(month)).min(range.end);
            let name = month.strftime("%Y-%m").to_string();
            let found = period(client, query, "monthly", &name, &part, take)?;
            if !found && millis(next_month(month)) > now - LATE {
                for day in days(&part) {
                    period(client, query, "daily", &day.to_string(), &part, take)?;
                }
            }
            client.progress().advance(bars(&part));
        }
    }
    Ok(())
}

/// One file; `false` where there is none.
fn period(
    client: &mut HttpClient,
    query: &CandleQuery,
    kind: &str,
    name: &str,
    part: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<bool, FetchError> {
    let title = client.exchange.title();
    let (symbol, code) = (&query.pair.code, query.code);
    let file = format!("{symbol}-{code}-{name}.zip");
    let path = format!("/data/spot/{kind}/klines/{symbol}/{code}/{file}");
    let Some(bytes) = verified(client, &path, &file)? else { return Ok(false) };
    let on_grid = |all: Candles| off_grid(&all.time, query.step).map_or(Ok(all), Err);
    let all = unzip_candles(&bytes).and_then(on_grid).map_err(|what| FetchError::Unreadable { title, file, what })?;
    let end = part.end.min(client.now() - query.step + 1);
    let from = all.time.partition_point(|time| *time < part.start);
    let to = all.time.partition_point(|time| *time < end).max(from);
    let kept = all.slice(from..to);
    if let Some(fault) = first_fault(&kept, 0) {
        return Err(FetchError::Impossible { title, time: fault.time.unwrap_or_default(), what: fault.what });
    }
    take(&kept)?;
    Ok(true)
}

/// Pairs of these names where no list of them is to be had: whole pairs where a separator or the quote says so.
pub(super) fn unlisted(names: &[String], quote: &str) -> Vec<Pair> {
    let quote = quote.trim().to_uppercase();
    let one = |name: &String| {
        let whole = joined(&name.trim().replace(['/', ':'], "-"));
        let has_separator = name.contains(['-', '_', '/', ':']);
        let base = whole.strip_suffix(&*quote).filter(|base| !base.is_empty()).unwrap_or(&whole);
        if has_separator { Pair::new(&whole, &whole, "") } else { Pair::new(&format!("{base}{quote}"), base, &quote) }
    };
    names.iter().map(one).collect()
}

fn date(time: Millis) -> Date {
    let time = Timestamp::from_millisecond(time).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).date()
}

fn millis(date: Date) -> Millis {
    date.to_zoned(TimeZone::UTC).map_or(Millis::MAX, |time| time.timestamp().as_millisecond())
}

fn next_month(month: Date) -> Date {
    month.saturating_add(1.month())
}

fn months(range: &Range<Millis>) -> Vec<Date> {
    let first = date(range.start).first_of_month();
    first.series(1.month()).take_while(|month| millis(*month) < range.end).collect()
}

fn days(range: &Range<Millis>) -> Vec<Date> {
    date(range.start).series(1.day()).take_while(|day| millis(*day) < range.end).collect()
}

/// A month of seconds would be smaller.
const CAP: u64 = 1 << 30;
/// Binance's columns.
const WIDTH: usize = 12;
/// Times of 2001 in microseconds are above it, and those of 5138 in milliseconds below.
const MICROS: i64 = 100_000_000_000_000;

/// The bytes of a file, which are what its checksum says; `None` where there is no such file. One that is not is asked
/// for once more: it may have been damaged on the way.
pub(super) fn verified(client: &mut HttpClient, path: &str, file: &str) -> Result<Option<Vec<u8>>, FetchError> {
    let damaged = || FetchError::Damaged { file: file.to_owned() };
    for _ in 0..2 {
        let Some(stated) = client.file(&format!("{path}.CHECKSUM"))? else { return Ok(None) };
        let stated = String::from_utf8_lossy(&stated);
        let stated = stated.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let Some(bytes) = client.file(path)? else { return Err(damaged()) };
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
pub(super) fn unzip_candles(bytes: &[u8]) -> Result<Candles, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| said(&error.to_string()))?;
    let file = archive.by_index(0).map_err(|error| said(&error.to_string()))?;
    let mut text = String::new();
    file.take(CAP).read_to_string(&mut text).map_err(|error| said(&error.to_string()))?;
    parse_klines(&text)
}

/// Rows as in the API, without a header or with one; milliseconds, and microseconds from 2025 on.
pub(super) fn parse_klines(text: &str) -> Result<Candles, String> {
    let mut out = Candles::default();
    let has_header = !text.starts_with(|c: char| c.is_ascii_digit());
    for (at, line) in text.lines().enumerate().skip(usize::from(has_header)) {
        let bar = row(line).map_err(|what| format!("line {}: {what}", at + 1))?;
        if out.time.last().is_some_and(|last| *last >= bar.time) {
            return Err(format!("line {}: {} does not come after the line before it", at + 1, show_time(bar.time)));
        }
        out.push(bar);
    }
    Ok(out)
}

fn row(line: &str) -> Result<Candle, String> {
    let cells: Vec<&str> = line.trim_end().split(',').collect();
    if cells.len() != WIDTH {
        return Err(format!("{} values in place of {WIDTH}", cells.len()));
    }
    let time: i64 = cells[0].parse().map_err(|_| format!("{} is not a time", quote(cells[0])))?;
    let mut values = [0.0; 5];
    for (value, cell) in values.iter_mut().zip(&cells[1..6]) {
        let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
        *value = number.ok_or_else(|| format!("{} is not a number", quote(cell)))? + 0.0;
    }
    Ok(bar_of(if time >= MICROS { time.div_euclid(1_000) } else { time }, values))
}
