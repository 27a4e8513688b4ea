//! Reads bar times: numbers since 1970 in any usual unit, and ISO 8601 text. Every file has hundreds to millions of
//! them, so the common shapes are read by hand and jiff is asked only for the rest.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::escape::quote;
use crate::sim::DAY;
use crate::sim::Millis;

pub(crate) const HELP: &str = "Write ISO times such as 2020-01-02T03:04:05Z, or one unit of s, ms, us or ns since 1970";

/// Unit of times given as numbers since 1970, told from their size: each holds for 1973 to 5138.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EpochUnit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl EpochUnit {
    /// The unit that makes this number a date of our age.
    pub(crate) fn of(number: i64) -> Self {
        match number.unsigned_abs() {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Millis,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    pub(crate) fn to_millis(self, number: i64) -> Millis {
        match self {
            Self::Seconds => number.saturating_mul(1_000),
            Self::Millis => number,
            Self::Micros => number.div_euclid(1_000),
            Self::Nanos => number.div_euclid(1_000_000),
        }
    }
}

/// Reads one column of times; remembers the unit, which must be the same in all of a file.
#[derive(Clone, Default)]
pub(crate) struct TimeReader {
    unit: Option<EpochUnit>,
}

impl TimeReader {
    /// A time as a number since 1970.
    pub(crate) fn number(&mut self, number: i64) -> Result<Millis, String> {
        let own = EpochUnit::of(number);
        let unit = *self.unit.get_or_insert(own);
        if own != unit {
            return Err(format!("timestamp {number} is in {}, rows before it in {}", own.name(), unit.name()));
        }
        Ok(unit.to_millis(number))
    }

    /// A time as text.
    pub(crate) fn text(&mut self, text: &str) -> Result<Millis, String> {
        if let Some(time) = iso(text.as_bytes()) {
            return Ok(time);
        }
        let text = text.trim();
        if text.is_empty() {
            return Err("timestamp is empty".into());
        }
        if let Some(time) = self.digits(text)? {
            return Ok(time);
        }
        slow(text).ok_or_else(|| format!("timestamp is {}, which is not a time", quote(text)))
    }

    /// `1502942400`, `1502942400.0`, and ISO's basic date `20200102`; `None` when it is none of them.
    fn digits(&mut self, text: &str) -> Result<Option<Millis>, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        if digits.is_empty() || !digits.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        if whole.len() == 8 && whole.starts_with(['1', '2']) && fraction.is_empty() {
            let bytes = whole.as_bytes();
            if let Some(days) = days(number(&bytes[..4]), number(&bytes[4..6]), number(&bytes[6..])) {
                return Ok(Some(days * DAY));
            }
        }
        let Ok(number) = whole.parse() else { return Ok(None) };
        let time = self.number(number)?;
        let millis = fraction.bytes().chain(*b"000").take(3).fold(0, |sum, b| sum * 10 + Millis::from(b - b'0'));
        let sign = if whole.starts_with('-') { -1 } else { 1 };
        Ok(Some(if self.unit == Some(EpochUnit::Seconds) { time + sign * millis } else { time }))
    }
}

/// `2020-01-02`, `2020-01-02T03:04`, `2020-01-02 03:04:05`, `….123456`, each with or without a final `Z`.
pub(crate) fn iso(text: &[u8]) -> Option<Millis> {
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let day = days(digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..10])?)? * DAY;
    if text.len() == 10 {
        return Some(day);
    }
    if text.len() < 16 || !matches!(text[10], b'T' | b' ') || text[13] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&text[11..13])?, digits(&text[14..16])?);
    let (second, millis) = match &text[16..] {
        [] => (0, 0),
        [b':', a, b] => (digits(&[*a, *b])?, 0),
        [b':', a, b, b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => {
            digits(fraction)?;
            (digits(&[*a, *b])?, fraction.iter().chain(b"00").take(3).fold(0, |sum, b| sum * 10 + i64::from(b - b'0')))
        }
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then(|| day + ((hour * 60 + minute) * 60 + second) * 1_000 + millis)
}

/// Every other ISO 8601 or RFC 3339 form, offsets included; without one it is UTC.
pub(crate) fn slow(text: &str) -> Option<Millis> {
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    let utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse().ok().and_then(utc))
        .or_else(|| text.parse::<Date>().ok().and_then(|date| utc(date.into())))
        .map(Timestamp::as_millisecond)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().all(u8::is_ascii_digit).then(|| number(text))
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |sum, b| sum * 10 + i64::from(b - b'0'))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` when there is no such day.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests;
