//! Times as exchanges and tools write them. A cell alone does not always tell its moment: the day may come before the
//! month, a number may be of seconds or milliseconds, a clock may hang anywhere. What it does tell is kept as a
//! [`RawTime`], and the whole column decides the rest.
//!
//! Long because there are many ways of writing a time, each in a few lines.

use jiff::tz::TimeZone;

use crate::read::time::{days, iso};
use crate::sim::DAY;
use crate::sim::Millis;

use super::super::cells::RawCell;
use super::super::cells::bare;
use super::super::number::is_null;
use super::super::options::TimeCount;

/// What one cell tells of a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawTime {
    /// A number and billionths: since 1970 in some unit, or a date in digits.
    Number(i64, u32),
    /// A moment, and the minutes that its clock was ahead of UTC.
    Instant(Millis, i16),
    /// A date and a clock, wherever it hung, in milliseconds as if in UTC.
    Civil(Millis),
    /// Three numbers of a date in an order that one cell does not tell, the width of the year, the clock in
    /// milliseconds, and the offset in minutes where there is one.
    Date([u16; 3], bool, u32, i16),
    /// Nothing.
    Null,
    /// Something else.
    Bad,
}

/// The offset of a time that has none.
pub(super) const NO_OFFSET: i16 = i16::MIN;

/// Names of months in the languages in which brokers write them, by their first letters.
const MONTHS: [(&str, i64); 74] = [
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    ("mär", 3),
    ("mrz", 3),
    ("mai", 5),
    ("okt", 10),
    ("dez", 12),
    ("fév", 2),
    ("fev", 2),
    ("avr", 4),
    ("juin", 6),
    ("juil", 7),
    ("aoû", 8),
    ("aou", 8),
    ("déc", 12),
    ("ene", 1),
    ("abr", 4),
    ("ago", 8),
    ("dic", 12),
    ("gen", 1),
    ("mag", 5),
    ("giu", 6),
    ("lug", 7),
    ("set", 9),
    ("ott", 10),
    ("out", 10),
    ("mei", 5),
    ("maj", 5),
    ("янв", 1),
    ("фев", 2),
    ("мар", 3),
    ("апр", 4),
    ("май", 5),
    ("июн", 6),
    ("июл", 7),
    ("авг", 8),
    ("сен", 9),
    ("окт", 10),
    ("мая", 5),
    ("ноя", 11),
    ("дек", 12),
    ("oca", 1),
    ("şub", 2),
    ("nis", 4),
    ("haz", 6),
    ("tem", 7),
    ("ağu", 8),
    ("eyl", 9),
    ("eki", 10),
    ("kas", 11),
    ("ara", 12),
    ("sty", 1),
    ("lut", 2),
    ("kwi", 4),
    ("cze", 6),
    ("lip", 7),
    ("sie", 8),
    ("wrz", 9),
    ("paź", 10),
    ("lis", 11),
    ("gru", 12),
    ("mrt", 3),
    ("agu", 8),
    ("des", 12),
];

/// Reads a cell.
#[inline]
pub(crate) fn raw_time(cell: RawCell) -> RawTime {
    match cell {
        RawCell::Text(text) => of_text(text),
        RawCell::Int(number) => RawTime::Number(number, 0),
        RawCell::Float(number) => of_float(number),
        RawCell::Moment { time, is_utc: true } => RawTime::Instant(time, 0),
        RawCell::Moment { time, is_utc: false } => RawTime::Civil(time),
        RawCell::Null => RawTime::Null,
    }
}

fn of_float(number: f64) -> RawTime {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and billionths of one")]
    if number.is_nan() {
        RawTime::Null
    } else if number.abs() < 9e18 {
        let whole = number.floor();
        RawTime::Number(whole as i64, ((number - whole) * 1e9).round().min(999_999_999.0) as u32)
    } else {
        RawTime::Bad
    }
}

#[inline]
fn of_text(text: &str) -> RawTime {
    if let Some(time) = iso(text.as_bytes()) {
        return if text.ends_with('Z') { RawTime::Instant(time, 0) } else { RawTime::Civil(time) };
    }
    if let Some(number) = number(text) {
        return number;
    }
    let cell = bare(text);
    if is_null(cell) {
        return RawTime::Null;
    }
    number(cell).or_else(|| spelled(cell)).unwrap_or(RawTime::Bad)
}

/// `1502942400`, `1502942400.25`, `-44582400`, `1.5029424e+09` where no digit is lost.
fn number(cell: &str) -> Option<RawTime> {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let whole = unsigned.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(unsigned.len());
    if whole == 0 || whole > 19 {
        return None;
    }
    let number = cell[..cell.len() - unsigned.len() + whole].parse::<i64>().ok()?;
    match unsigned.as_bytes()[whole..] {
        [] => Some(RawTime::Number(number, 0)),
        [b'.', ref fraction @ ..] if fraction.iter().all(u8::is_ascii_digit) => {
            let billionths =
                fraction.iter().chain(b"000000000").take(9).fold(0, |sum, b| sum * 10 + u32::from(b - b'0'));
            // Two parts of the same sign.
            (number >= 0 || billionths == 0).then_some(RawTime::Number(number, billionths))
        }
        [b'.', ref rest @ ..] => {
            let rest = std::str::from_utf8(rest).ok()?;
            let (fraction, power) = rest.split_once(['e', 'E'])?;
            let power = power.trim_start_matches('+').parse::<usize>().ok()?;
            // As spreadsheets shorten times to 1.70925E+12, minutes and hours are lost.
            let is_whole = fraction.len() + if power >= 12 { 4 } else { 2 } >= power;
            if !is_whole || fraction.len() > power || power > 18 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let zeros = "0".repeat(power - fraction.len());
            format!("{number}{fraction}{zeros}").parse().ok().map(|number| RawTime::Number(number, 0))
        }
        _ => None,
    }
}

/// Everything that is neither a number nor plain ISO 8601.
fn spelled(cell: &str) -> Option<RawTime> {
    if cell.len() > 64 || !cell.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    // .NET's `/Date(1726704000000)/`, whose offset is that of the clock that showed it.
    if let Some(number) = cell.strip_prefix("/Date(") {
        let end = number.bytes().skip(1).position(|b| !b.is_ascii_digit()).map_or(number.len(), |at| at + 1);
        return self::number(&number[..end]);
    }
    if let Some((date, clock)) = dashed(cell) {
        return of_parts(date, clock, NO_OFFSET);
    }
    let halved = halves(cell);
    let cell = halved.as_deref().unwrap_or(cell);
    // `(Coordinated Universal Time)`, `[Europe/Berlin]`.
    let cell = cell.split_once('(').map_or(cell, |(before, _)| before).trim_end();
    let (cell, named) = match cell.strip_suffix(']').and_then(|cell| cell.split_once('[')) {
        Some((before, zone)) => (before.trim_end(), Some(zone)),
        None => (cell, None),
    };
    let (rest, zone) = split_zone(cell);
    let (date, clock) = split_clock(rest)?;
    // C writes the year last: `Thu Sep 19 00:00:00 2024`.
    let joined;
    let (date, clock) = match clock.rsplit_once(' ') {
        Some((clock, year)) if year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => {
            joined = format!("{date} {year}");
            (joined.as_str(), clock)
        }
        _ => (date, clock),
    };
    // The shell's `date` writes the zone before the year.
    let (clock, zone) = if zone.is_none() { split_zone(clock) } else { (clock, zone) };
    let clock = match clock {
        "" => 0,
        clock => time_of_day(clock)?,
    };
    let date = parse_date(date)?;
    let offset = match zone {
        Some(Zone::Offset(minutes)) => minutes,
        Some(Zone::Named(name)) => return in_zone(date, clock, name),
        None => match named {
            Some(name) => return in_zone(date, clock, name),
            None => NO_OFFSET,
        },
    };
    of_parts(date, clock, offset)
}

fn of_parts(date: Some3, clock: Millis, offset: i16) -> Option<RawTime> {
    Some(match date {
        Some3::Day(day) => with_offset(day * DAY + clock, offset),
        Some3::Parts(parts, is_wide) => RawTime::Date(parts, is_wide, u32::try_from(clock).ok()?, offset),
    })
}

/// The halves of a day as `AM` and `PM` behind the clock, where they are written otherwise: `9:00 a.m.`, `9:00 p. m.`,
/// `上午9:00`; and narrow blanks as blanks.
fn halves(cell: &str) -> Option<String> {
    const DOTTED: [(&str, &str); 6] =
        [("a.m.", "AM"), ("p.m.", "PM"), ("a. m.", "AM"), ("p. m.", "PM"), ("a.m", "AM"), ("p.m", "PM")];
    const BEFORE: [(&str, &str); 6] =
        [("上午", "AM"), ("下午", "PM"), ("午前", "AM"), ("午後", "PM"), ("오전", "AM"), ("오후", "PM")];
    let has_dots = cell.contains('.') && cell.contains(['m', 'M']);
    if cell.is_ascii() && !has_dots {
        return None;
    }
    let cell = cell.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    if let Some((before, after, half)) =
        BEFORE.iter().find_map(|(word, half)| cell.split_once(word).map(|(before, after)| (before, after, half)))
    {
        return Some(format!("{} {}{half}", before.trim_end(), after.trim()));
    }
    let lower = cell.to_ascii_lowercase();
    let dotted = DOTTED.iter().find_map(|(word, half)| lower.find(word).map(|at| (at, word.len(), half)));
    Some(dotted.map_or_else(|| cell.clone(), |(at, length, half)| [&cell[..at], half, &cell[at + length..]].concat()))
}

/// A day and a clock with dashes, points or nothing between its numbers, as names of files have them:
/// `2024-09-19_09-30-00`, `2024-09-19 09`, `19.09.2024 09.30`.
fn dashed(cell: &str) -> Option<(Some3, Millis)> {
    let (date, clock) = (cell.get(..10)?, cell.get(10..)?);
    let bytes = date.as_bytes();
    let is_between = |one: usize, other: usize| bytes[one] == bytes[other] && !bytes[one].is_ascii_digit();
    if !is_between(4, 7) && !is_between(2, 5) || !clock.starts_with(['-', '_', ' ', 'T']) {
        return None;
    }
    let numbers: Vec<i64> = clock[1..]
        .split(['-', '_', '.'])
        .map(|part| (part.len() == 2).then(|| part.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    let (hour, minute, second) = match numbers[..] {
        [hour] => (hour, 0, 0),
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    Some((parse_date(date)?, hms((hour * 100 + minute) * 100 + second)?))
}

/// A day, or three numbers.
#[derive(Clone, Copy)]
enum Some3 {
    Day(i64),
    Parts([u16; 3], bool),
}

/// A clock's time with its offset, if it has one.
pub(super) fn with_offset(civil: Millis, offset: i16) -> RawTime {
    if offset == NO_OFFSET {
        RawTime::Civil(civil)
    } else {
        RawTime::Instant(civil - Millis::from(offset) * 60_000, offset)
    }
}

fn in_zone(date: Some3, clock: Millis, name: &str) -> Option<RawTime> {
    let Some3::Day(day) = date else { return None };
    let zone = TimeZone::get(name).ok()?;
    let civil = super::civil(day * DAY + clock)?;
    let moment = zone.to_ambiguous_zoned(civil).compatible().ok()?;
    let offset = i16::try_from(moment.offset().seconds() / 60).ok()?;
    Some(RawTime::Instant(moment.timestamp().as_millisecond(), offset))
}

enum Zone<'a> {
    Offset(i16),
    Named(&'a str),
}

/// `GMT+0100`, `UTC`, `+02:00`, `-05`, `Z`, `EST`, `US/Eastern` at the end.
fn split_zone(cell: &str) -> (&str, Option<Zone<'_>>) {
    // Names that mean one offset, whoever writes them.
    const KNOWN: [(&str, i16); 22] = [
        ("UTC", 0),
        ("GMT", 0),
        ("Z", 0),
        ("EST", -300),
        ("EDT", -240),
        ("CDT", -300),
        ("MST", -420),
        ("MDT", -360),
        ("PST", -480),
        ("PDT", -420),
        ("CET", 60),
        ("CEST", 120),
        ("EET", 120),
        ("EEST", 180),
        ("WET", 0),
        ("MSK", 180),
        ("JST", 540),
        ("KST", 540),
        ("HKT", 480),
        ("SGT", 480),
        ("AEST", 600),
        ("AEDT", 660),
    ];
    let mut cell = cell.trim_end();
    // A name behind an offset says nothing new, whatever it is: `+0800 CST`.
    if let Some((before, name)) = cell.rsplit_once(' ')
        && (2..=5).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_uppercase())
        && numeric_offset(before.trim_end()).is_some_and(|(at, _)| before[at..].len() >= 3)
    {
        cell = before.trim_end();
    }
    // Go writes `+0000 UTC`: the name behind the offset says the same again.
    for (name, minutes) in KNOWN {
        let Some(before) = cell.strip_suffix(name) else { continue };
        if before.ends_with(|c: char| c.is_ascii_alphabetic()) && name != "Z" {
            continue;
        }
        let before = before.trim_end();
        if name == "Z" && !before.ends_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        if let Some((at, _)) = numeric_offset(before) {
            cell = before;
            if at < before.len() {
                break;
            }
        }
        return (before, Some(Zone::Offset(minutes)));
    }
    if let Some((at, minutes)) = numeric_offset(cell) {
        let before = cell[..at].trim_end();
        let before = before.strip_suffix("GMT").or_else(|| before.strip_suffix("UTC")).unwrap_or(before);
        return (before.trim_end(), Some(Zone::Offset(minutes)));
    }
    if let Some((before, last)) = cell.rsplit_once(' ')
        && last.contains('/')
        && last.starts_with(|c: char| c.is_ascii_uppercase())
    {
        return (before.trim_end(), Some(Zone::Named(last)));
    }
    (cell, None)
}

/// An offset at the end of a time: where it begins, and its minutes. `-05` may be a day, so it must follow a clock.
fn numeric_offset(cell: &str) -> Option<(usize, i16)> {
    let at = cell.rfind(['+', '-', '−'])?;
    let before = cell[..at].trim_end();
    let sign = if cell[at..].starts_with('+') { 1 } else { -1 };
    let digits = cell[at..].trim_start_matches(['+', '-', '−']);
    let is_named = before.ends_with("GMT") || before.ends_with("UTC");
    // Where the clock comes first, what follows a dash behind it is a part of the date: `09:30 2024-09-05`.
    let has_colon = before.rsplit_once(':').is_some_and(|(_, behind)| !behind.contains(['-', '−']));
    let has_clock = has_colon || before.len() >= 13 && before.contains('T') && !before.contains(':');
    if !is_named && !has_clock {
        return None;
    }
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let part = |text: &str| (text.len() <= 2).then(|| text.parse::<i16>().ok()).flatten();
    let (hours, minutes) = (part(hours)?, part(minutes)?);
    (hours <= 14 && minutes < 60).then(|| (at, sign * (hours * 60 + minutes)))
}

/// The date and the clock of a time without its zone.
fn split_clock(cell: &str) -> Option<(&str, &str)> {
    let cell = cell.trim();
    let upper = cell.as_bytes();
    let ends_in_half = upper.len() > 2
        && upper
            .last_chunk::<2>()
            .is_some_and(|end| end.eq_ignore_ascii_case(b"AM") || end.eq_ignore_ascii_case(b"PM"));
    let begin = if let Some(colon) = cell.find(':') {
        // The clock begins with the digits before its first colon.
        let hour = cell[..colon].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + char_len(cell, at));
        // Apache's 10/Oct/2000:13:55:36 has a colon behind the year.
        if colon - hour > 2 { colon + 1 } else { hour }
    } else if ends_in_half {
        cell.rfind(' ').map(|at| at + 1).filter(|at| cell[*at..].starts_with(|c: char| c.is_ascii_digit()))?
    } else {
        match cell.rfind([' ', 'T', '-', '_']) {
            Some(at) if is_compact_clock(&cell[..at], &cell[at + 1..]) => at + 1,
            _ => return Some((cell, "")),
        }
    };
    let date = cell[..begin].trim_end_matches([' ', 'T', 't', '-', ',', ';', '_', ':', '|', '.']);
    if date.is_empty() {
        return clock_first(cell);
    }
    Some((date, &cell[begin..]))
}

/// The date and the clock where the clock comes first: `09:30 19.09.2024`, `9:30 AM, 2024-09-19`.
fn clock_first(cell: &str) -> Option<(&str, &str)> {
    let mut end = cell.find([' ', ','])?;
    let behind = cell[end..].trim_start_matches([' ', ',']);
    let is_half = |half: &str| half.eq_ignore_ascii_case("AM") || half.eq_ignore_ascii_case("PM");
    if behind.get(..2).is_some_and(is_half) && behind.get(2..).is_some_and(|rest| rest.starts_with([' ', ','])) {
        end = cell.len() - behind.len() + 2;
    }
    let date = cell[end..].trim_start_matches([' ', ',', ';', '|', '-', '_']);
    (!date.is_empty()).then_some((date, &cell[..end]))
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// `20180101 170000`, `2018-01-01T1700`: four or six digits behind a whole date.
fn is_compact_clock(date: &str, clock: &str) -> bool {
    let digits = clock.split('.').next().unwrap_or_default();
    matches!(digits.len(), 4 | 6)
        && clock.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && date.bytes().filter(u8::is_ascii_digit).count() >= 6
        && (date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit())
            || parse_date(date.trim_end_matches(['-', ' ', ','])).is_some())
}

fn month(name: &str) -> Option<i64> {
    let name = name.trim_end_matches('.').to_lowercase();
    let is_usual = name.chars().count() >= 3 && name.chars().all(char::is_alphabetic);
    // The longest first letters decide between juin and juil.
    is_usual.then(|| MONTHS.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, month)| *month)).flatten()
}

/// A date without a clock.
fn parse_date(text: &str) -> Option<Some3> {
    // TradingView's seeds end their days with T.
    let text = text.trim().trim_end_matches('T');
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number = text.parse().ok()?;
        // The year stands first or last, and is never the other two numbers.
        let last = || wide(number).map(|parts| Some3::Parts(parts, true));
        return date8(number).map(Some3::Day).or_else(last);
    }
    let is_separator = |c: char| matches!(c, ' ' | ',' | '/' | '-' | '.' | '_' | '年' | '月' | '日') || c == '\u{a0}';
    // In Spanish and Portuguese `de` stands between: 5 de enero de 2024.
    let is_part = |part: &&str| !part.is_empty() && !part.eq_ignore_ascii_case("de");
    let parts: Vec<&str> = text.split(is_separator).filter(is_part).collect();
    let is_number = |part: &str| part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    let value = |part: &str| -> Option<u16> { if is_number(part) { part.parse().ok() } else { None } };
    let full = |part: &str| value(part).map(|year| if part.len() <= 2 { century(year) } else { i64::from(year) });
    let ordinal = |part: &str| {
        let part = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        value(part).map(i64::from)
    };
    // A weekday says nothing new.
    let parts = match parts[..] {
        [first, ref rest @ ..] if rest.len() >= 3 && !is_number(first) && month(first).is_none() => rest,
        [first, ref rest @ ..] if rest.len() >= 3 && !is_number(first) => {
            if rest.iter().any(|part| month(part).is_some()) { rest } else { &parts }
        }
        _ => &parts,
    };
    let found = match *parts {
        [a, week, day] if week.starts_with('W') && a.len() == 4 => week_day(value(a)?, week, value(day)?),
        [a, b, c] if month(a).is_some() => days(full(c)?, month(a)?, ordinal(b)?),
        [a, b, c] if month(b).is_some() && a.len() == 4 => days(full(a)?, month(b)?, ordinal(c)?),
        [a, b, c] if month(b).is_some() => days(full(c)?, month(b)?, ordinal(a)?),
        [a, b, c] if a.len() == 4 => days(i64::from(value(a)?), i64::from(value(b)?), i64::from(value(c)?)),
        [a, b, c] if c.len() == 4 || c.len() <= 2 => {
            return Some(Some3::Parts([value(a)?, value(b)?, value(c)?], c.len() == 4));
        }
        // Weeks and days of a year, as ISO 8601 counts them.
        [a, week] if week.starts_with('W') => week_day(value(a)?, week, 1),
        [a, b] if a.len() == 4 && b.len() == 3 && is_number(a) && is_number(b) => {
            let (year, day) = (i64::from(value(a)?), i64::from(value(b)?));
            let first = days(year, 1, 1)?;
            (1..=days(year + 1, 1, 1)? - first).contains(&day).then_some(first + day - 1)
        }
        // A month alone.
        [a, b] if a.len() == 4 && is_number(a) => match month(b) {
            Some(month) => days(i64::from(value(a)?), month, 1),
            None => days(i64::from(value(a)?), i64::from(value(b)?), 1),
        },
        [a, b] if a.len() <= 2 && b.len() == 4 => days(i64::from(value(b)?), i64::from(value(a)?), 1),
        [a, b] if month(a).is_some() && b.len() == 2 && is_number(b) => days(full(b)?, month(a)?, 1),
        [a, b] if month(a).is_some() && b.len() == 4 => days(i64::from(value(b)?), month(a)?, 1),
        [joined] => joined_date(joined),
        _ => None,
    };
    found.map(Some3::Day)
}

/// A day of a week as `W02` counts it, from Monday as 1.
fn week_day(year: u16, week: &str, day: u16) -> Option<i64> {
    const WEEKDAYS: [jiff::civil::Weekday; 7] = [
        jiff::civil::Weekday::Monday,
        jiff::civil::Weekday::Tuesday,
        jiff::civil::Weekday::Wednesday,
        jiff::civil::Weekday::Thursday,
        jiff::civil::Weekday::Friday,
        jiff::civil::Weekday::Saturday,
        jiff::civil::Weekday::Sunday,
    ];
    let weekday = *WEEKDAYS.get(usize::from(day).checked_sub(1)?)?;
    let week = week.strip_prefix('W')?.parse().ok()?;
    let date = jiff::civil::ISOWeekDate::new(i16::try_from(year).ok()?, week, weekday).ok()?.date();
    days(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// `19SEP2024`, `19Sep24`.
fn joined_date(text: &str) -> Option<i64> {
    let letters = text.find(|c: char| !c.is_ascii_digit())?;
    let year = letters + text[letters..].find(|c: char| c.is_ascii_digit())?;
    let number = |text: &str| (text.len() <= 4).then(|| text.parse::<u16>().ok()).flatten();
    let (day, month, year) = (number(&text[..letters])?, month(&text[letters..year])?, &text[year..]);
    let full = number(year)?;
    days(if year.len() <= 2 { century(full) } else { i64::from(full) }, month, i64::from(day))
}

/// A year of two digits: from 1970 to 2069.
pub(super) fn century(year: u16) -> i64 {
    i64::from(year) + if year < 70 { 2000 } else { 1900 }
}

/// `20240131` as days since 1970.
pub(super) fn date8(number: i64) -> Option<i64> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    if (1900..=2100).contains(&year) { days(year, month, day) } else { None }
}

/// `31012024` or `1312024` as its three numbers, where the last is a year.
pub(super) fn wide(number: i64) -> Option<[u16; 3]> {
    let is_wide = (1_011_900..=31_122_100).contains(&number) && (1900..=2100).contains(&(number % 10_000));
    let parts = || [number / 1_000_000, number / 10_000 % 100, number % 10_000];
    is_wide.then(|| parts().map(|part| u16::try_from(part).unwrap_or_default()))
}

/// `2024013109` as milliseconds.
pub(super) fn date_and_hour(number: i64) -> Option<Millis> {
    Some(date8(number / 100)? * DAY + hms(number % 100 * 10_000)?)
}

/// `202401310930` or `20240131093000` as milliseconds.
pub(super) fn date_and_clock(number: i64) -> Option<Millis> {
    let (date, clock) = if number >= 10_000_000_000_000 {
        (number / 1_000_000, number % 1_000_000)
    } else {
        (number / 10_000, number % 10_000 * 100)
    };
    Some(date8(date)? * DAY + hms(clock)?)
}

/// A date in digits with a clock from another column.
pub(crate) fn with_digits(number: i64, clock: Millis) -> RawTime {
    date8(number).map_or(RawTime::Bad, |day| RawTime::Civil(day * DAY + clock))
}

/// A time written as the user says, in the notation of `strftime`.
pub(crate) fn formatted(text: &str, format: &str) -> RawTime {
    let text = bare(text);
    if is_null(text) {
        return RawTime::Null;
    }
    if let Some(count) = TimeCount::parse(format) {
        return count.moment(text).map_or(RawTime::Bad, RawTime::Civil);
    }
    let Ok(parsed) = jiff::fmt::strtime::parse(format, text) else { return RawTime::Bad };
    if let Some(offset) = parsed.offset() {
        let minutes = i16::try_from(offset.seconds() / 60).unwrap_or_default();
        return parsed.to_timestamp().map_or(RawTime::Bad, |time| RawTime::Instant(time.as_millisecond(), minutes));
    }
    if let Ok(zoned) = parsed.to_zoned() {
        let minutes = i16::try_from(zoned.offset().seconds() / 60).unwrap_or_default();
        return RawTime::Instant(zoned.timestamp().as_millisecond(), minutes);
    }
    if let Ok(time) = parsed.to_timestamp() {
        return RawTime::Instant(time.as_millisecond(), 0);
    }
    let civil = parsed.to_datetime().or_else(|_| parsed.to_date().map(Into::into));
    let moment = civil.and_then(|civil: jiff::civil::DateTime| TimeZone::UTC.to_timestamp(civil));
    moment.map_or(RawTime::Bad, |time| RawTime::Civil(time.as_millisecond()))
}

/// `93000` as half past nine.
fn hms(number: i64) -> Option<Millis> {
    let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100);
    (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * 1_000)
}

/// What digits alone are in a column of times of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ClockDigits {
    /// `930` and `0930`: hours and minutes.
    #[default]
    Minutes,
    /// `93000` and `093000`: seconds too.
    Seconds,
    /// `9`: hours alone.
    Hours,
}

/// A time of the day in a column of its own: `13:00`, `090000`, `90000`, `930`.
pub(crate) fn clock(cell: RawCell, digits: ClockDigits) -> Option<Millis> {
    let of_number = |number: i64| match digits {
        ClockDigits::Minutes => hms(number * 100),
        ClockDigits::Seconds => hms(number),
        ClockDigits::Hours => hms(number * 10_000),
    };
    match cell {
        RawCell::Int(number) => of_number(number),
        RawCell::Float(number) if number.fract() == 0.0 && (0.0..240_000.0).contains(&number) =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "within the range of a clock")]
            of_number(number as i64)
        }
        RawCell::Text(text) => {
            let text = bare(text);
            if !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit()) {
                return of_number(text.parse().ok()?);
            }
            time_of_day(halves(text).as_deref().unwrap_or(text))
        }
        RawCell::Moment { time, .. } if (0..DAY).contains(&time) => Some(time),
        _ => None,
    }
}

/// A time of the day: `09-AM`, `13:00`, `01:00:00.000`, `1:05:09 PM`, `0930`, `093000`.
fn time_of_day(text: &str) -> Option<Millis> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim_end_matches([' ', '-']), Some(0)),
        (_, Some(clock)) => (clock.trim_end_matches([' ', '-']), Some(12)),
        _ => (&*upper, None),
    };
    let digits = |text: &str| -> Option<i64> {
        let sound = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| text.parse().ok()).flatten()
    };
    // Some write points: `09.30`, `09.30.00`.
    let is_pointed = matches!(clock.len(), 5 | 8) && clock.bytes().skip(2).step_by(3).all(|b| b == b'.');
    let mut parts = clock.split(if is_pointed { '.' } else { ':' });
    let first = parts.next()?;
    let (hour, minute, second) = match (first.len(), half, parts.next()) {
        (_, _, Some(minute)) => (digits(first)?, digits(minute)?, parts.next().unwrap_or("0")),
        (4, None, None) => (digits(first.get(..2)?)?, digits(first.get(2..)?)?, "0"),
        (_, None, None) if first.len() >= 6 => (digits(first.get(..2)?)?, digits(first.get(2..4)?)?, first.get(4..)?),
        (_, Some(_), None) => (digits(first)?, 0, "0"),
        _ => return None,
    };
    let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, parts.next().unwrap_or("")));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || parts.next().is_some() {
        return None;
    }
    let second = digits(whole)?;
    let millis = fraction.bytes().chain(*b"000").take(3).fold(0, |sum, b| sum * 10 + Millis::from(b - b'0'));
    let hour = match half {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    // 24:00 is the end of a day.
    let is_sound = (hour < 24 || hour == 24 && minute + second + millis == 0) && minute < 60 && second < 60;
    is_sound.then(|| ((hour * 60 + minute) * 60 + second) * 1_000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(cell: &str) -> RawTime {
        raw_time(RawCell::Text(cell))
    }

    #[test]
    fn every_way_of_writing_one_hour_is_that_hour() {
        const NINE: Millis = 1_571_302_800_000; // 2019-10-17T09:00:00Z
        for cell in [
            "2019-10-17 09-AM",
            "2019-10-17 09:00:00",
            "2019-10-17 9:00 AM",
            "2019-10-17T09:00",
            "20191017 09:00",
            "20191017  09:00:00",
            "20191017 0900",
            "20191017 090000",
            "20191017T090000",
            "20191017-09:00:00",
            "2019.10.17 09:00",
            "2019/10/17, 09:00:00",
            "Oct 17, 2019 09:00",
            "17 Oct 2019 09:00",
            "17-Oct-19 9:00",
            "17-Oct-2019 09:00:00.000",
            "17OCT2019 09:00",
            "Thursday, October 17, 2019 9:00 AM",
            "17 octobre 2019 09:00",
            "17 de octubre de 2019 09:00",
            "17 października 2019 09:00",
            "17 Ekim 2019 09:00",
            "17. Okt. 2019 09:00",
            "2019年10月17日 09:00",
            "Thu Oct 17 09:00:00 2019",
            "2019-10-17_09-00-00",
            "2019-10-17-09-00",
            "2019-10-17 09",
            "2019-10-17 09.00.00",
            "2019-10-17 9:00 a.m.",
            "2019-10-17 9:00:00 A. M.",
            "Oct 17, 2019, 9:00:00\u{202f}AM",
            "2019/10/17 上午9:00",
            "2019-10-17 오전 9:00:00",
            "09:00 2019-10-17",
            "09:00:00 20191017",
            "9:00 AM 2019-10-17",
            "9:00 a.m., 17 Oct 2019",
        ] {
            assert_eq!(raw(cell), RawTime::Civil(NINE), "{cell}");
        }
        for evening in ["2019-10-17 9:00 p.m.", "2019-10-17 下午9:00", "9:00 PM 2019-10-17"] {
            assert_eq!(raw(evening), RawTime::Civil(NINE + DAY / 2), "{evening}");
        }
        assert_eq!(raw("09:30 2019-10-05"), raw("2019-10-05 09:30"), "no offset of five hours");
        assert_eq!(raw("09:00 17.10.2019"), RawTime::Date([17, 10, 2019], true, 32_400_000, NO_OFFSET));
        assert_eq!(raw("17.10.2019 09.00"), RawTime::Date([17, 10, 2019], true, 32_400_000, NO_OFFSET));
        for cell in [
            "2019-10-17T09:00:00Z",
            "2019-10-17 09:00:00+00:00",
            "2019-10-17T09:00:00+0000",
            "2019-10-17 09:00:00 UTC",
            "2019-10-17 09:00:00 +0000 UTC",
            "Thu, 17 Oct 2019 09:00:00 GMT",
            "Thu Oct 17 09:00:00 UTC 2019",
            "09:00 2019-10-17 UTC",
            "Thu Oct 17 2019 09:00:00 GMT+0000 (Coordinated Universal Time)",
        ] {
            assert_eq!(raw(cell), RawTime::Instant(NINE, 0), "{cell}");
        }
        for (cell, minutes) in [
            ("2019-10-17 11:00:00+02:00", 120),
            ("2019-10-17T11:00:00.000+0200", 120),
            ("2019-10-17 04:00:00-05", -300),
            ("2019-10-17 04:00 EST", -300),
            ("2019-10-17 17:00:00 +0800 CST", 480),
            ("20191017 05:00:00 US/Eastern", -240),
            ("2019-10-17T11:00:00[Europe/Berlin]", 120),
        ] {
            assert_eq!(raw(cell), RawTime::Instant(NINE, minutes), "{cell}");
        }
        assert_eq!(raw("17.10.2019 10:00:00.000 GMT+0100"), RawTime::Date([17, 10, 2019], true, 36_000_000, 60));
        assert_eq!(raw("10/17/19"), RawTime::Date([10, 17, 19], false, 0, NO_OFFSET));
        assert_eq!(raw("17102019 0900"), RawTime::Date([17, 10, 2019], true, 32_400_000, NO_OFFSET));
        assert_eq!(raw("1 мая 2023"), raw("2023-05-01"));
        assert_eq!(raw("=\"2019-10-17\""), raw("2019-10-17"));
        assert_eq!(raw("2019-10-17 12-AM"), raw("2019-10-17"));
        assert_eq!(raw("2019-10-17 24:00"), raw("2019-10-18"));
        assert_eq!(raw("2019年10月17日"), raw("2019-10-17"));
        assert_eq!(raw("/Date(1571302800000+0200)/"), raw("1571302800000"));
    }

    #[test]
    fn numbers_are_kept_and_shortened_ones_are_not_times() {
        assert_eq!(raw("1571302800"), RawTime::Number(1_571_302_800, 0));
        assert_eq!(raw("1571302800.25"), RawTime::Number(1_571_302_800, 250_000_000));
        assert_eq!(raw("-44582400"), RawTime::Number(-44_582_400, 0));
        assert_eq!(raw("1.5713028e+09"), RawTime::Number(1_571_302_800, 0));
        assert_eq!(raw("1.57130E+09"), RawTime::Bad);
        assert_eq!(raw("1.57130E+12"), RawTime::Bad);
    }

    #[test]
    fn what_is_no_time_is_bad() {
        for cell in [
            "BTC",
            "2019-13-01",
            "2019-10-17 13-AM",
            "2019-10-17 25:00",
            "2019-02-30",
            "é",
            "2019-10-17 09:00 é",
            "//",
            "May",
            "1e9",
            "99999999999999999999",
            "12:00",
        ] {
            assert_eq!(raw(cell), RawTime::Bad, "{cell}");
        }
        assert_eq!(raw(""), RawTime::Null);
    }

    #[test]
    fn a_number_of_units_since_a_moment_is_a_time_where_the_user_says_so() {
        let day = |text: &str| RawTime::Civil(iso(text.as_bytes()).unwrap());
        assert_eq!(formatted("43830", "days since 1904-01-01"), day("2024-01-01"));
        assert_eq!(formatted("43830.75", "days since 1904-01-01"), day("2024-01-01T18:00:00"));
        assert_eq!(formatted("725760000", "seconds since 2001-01-01"), day("2024-01-01"));
        assert_eq!(formatted("1704067200000", "ms since 1970-01-01"), day("2024-01-01"));
        assert_eq!(formatted("hello", "days since 1904-01-01"), RawTime::Bad);
        for none in ["moons since 1904-01-01", "days since then", "%Y-%m-%d", "days"] {
            assert!(TimeCount::parse(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_clock_in_its_own_column_may_have_lost_its_zeros() {
        let nine = 9 * 3_600_000;
        for (cell, digits) in [
            ("090000", ClockDigits::Seconds),
            ("90000", ClockDigits::Seconds),
            ("900", ClockDigits::Minutes),
            ("09:00", ClockDigits::Minutes),
            ("0900", ClockDigits::Minutes),
            ("9", ClockDigits::Hours),
            ("9:00 a.m.", ClockDigits::Minutes),
            ("09.00", ClockDigits::Minutes),
            ("09.00.00", ClockDigits::Minutes),
        ] {
            assert_eq!(clock(RawCell::Text(cell), digits), Some(nine), "{cell}");
        }
        assert_eq!(clock(RawCell::Int(90_000), ClockDigits::Seconds), Some(nine));
        assert_eq!(clock(RawCell::Text("256000"), ClockDigits::Seconds), None);
    }
}
