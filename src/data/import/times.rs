//! Times as exchanges and tools write them. What the reader of candle files takes is taken here too; beyond that each
//! row may have its own unit, and clocks may have twelve hours.

use crate::data::escape::quote;
use crate::data::time::{DAY, Unit, days, iso, slow};
use crate::sim::model::Millis;

/// Which of two numbers in `01/02/2021` is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// Not told.
    Unknown,
    First,
    Second,
}

/// 1973: smaller numbers are no times since 1970, but row numbers, prices or times of the day.
const SMALLEST: u64 = 100_000_000;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A moment as text; the error says what is wrong with it.
pub(super) fn of_cell(cell: &str, days: Days) -> Result<Millis, String> {
    if let Some(time) = digits(cell).or_else(|| iso(cell.as_bytes())) {
        return Ok(time);
    }
    if cell.is_empty() {
        return Err("time is empty".to_owned());
    }
    spelled(cell, days)
        .or_else(|| if cell.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') { None } else { slow(cell) })
        .ok_or_else(|| format!("time is {}, which is not a time", quote(cell)))
}

/// A number since 1970 in its own unit.
pub(super) fn of_number(number: i64) -> Option<Millis> {
    (number.unsigned_abs() >= SMALLEST).then(|| Unit::of(number).to_millis(number))
}

/// `1502942400`, `1502942400.0`, `1502942400.25`, `20200102`.
fn digits(cell: &str) -> Option<Millis> {
    let bytes = cell.as_bytes();
    let whole = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    if whole == 0 || whole > 19 {
        return None;
    }
    let number = cell[..whole].parse::<i64>().ok()?;
    match &bytes[whole..] {
        [] if whole == 8 => date8(cell),
        [] => of_number(number),
        [b'.', fraction @ ..] if fraction.iter().all(u8::is_ascii_digit) => {
            let millis = fraction.iter().chain(b"000").take(3).fold(0, |sum, b| sum * 10 + Millis::from(b - b'0'));
            let time = of_number(number)?;
            Some(if Unit::of(number) == Unit::Seconds { time + millis } else { time })
        }
        _ => None,
    }
}

fn date8(cell: &str) -> Option<Millis> {
    let part = |range: std::ops::Range<usize>| cell.get(range)?.parse().ok();
    let year = part(0..4).filter(|year| (1900..=2100).contains(year))?;
    Some(days(year, part(4..6)?, part(6..8)?)? * DAY)
}

/// `2019-10-17 09-AM`, `20131001 01:00`, `Jul 01, 2021`, `01 Jul 2021`, `07/01/2021 13:00`, `01.07.2021 00:00:00.000`.
fn spelled(cell: &str, order: Days) -> Option<Millis> {
    let cell = cell.strip_suffix("GMT+0000").or_else(|| cell.strip_suffix("UTC")).unwrap_or(cell).trim_end();
    let parts: Vec<&str> = cell.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let (date, clock) = match parts[..] {
        [a, b, c, ref rest @ ..] if a.len() >= 3 && month(a).is_some() => {
            (days(number(c)?, month(a)?, number(b)?)?, rest)
        }
        [a, b, c, ref rest @ ..] if month(b).is_some() => (days(number(c)?, month(b)?, number(a)?)?, rest),
        [date, ref rest @ ..] => (day(date, order)?, rest),
        [] => return None,
    };
    let clock = match clock {
        [] => 0,
        [clock] => of_day(clock)?,
        [clock, half] => of_day(&format!("{clock} {half}"))?,
        _ => return None,
    };
    Some(date * DAY + clock)
}

fn month(name: &str) -> Option<i64> {
    let name = name.get(..3)?.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

fn number(text: &str) -> Option<i64> {
    if text.len() > 4 || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// A date alone, as days since 1970.
fn day(text: &str, order: Days) -> Option<i64> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return date8(text).map(|time| time / DAY);
    }
    let (a, b, c) = slashed(text)?;
    if a > 31 {
        return days(a, b, c);
    }
    match order {
        Days::First => days(c, b, a),
        // Points are written where the day comes first.
        Days::Unknown if text.contains('.') => days(c, b, a),
        Days::Unknown if a > 12 => days(c, b, a),
        Days::Second | Days::Unknown => days(c, a, b),
    }
}

fn slashed(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(['/', '.', '-']);
    let mut next = || number(parts.next().filter(|part| !part.is_empty())?);
    let found = (next()?, next()?, next()?);
    (parts.next().is_none() && (found.0 > 31 || found.2 > 31)).then_some(found)
}

/// The two numbers in `01/02/2021` of which either may be the day; `None` for other cells.
pub(super) fn either(cell: &str) -> Option<(i64, i64)> {
    let date = cell.split([' ', 'T']).next()?;
    if !date.contains('/') {
        return None;
    }
    slashed(date).filter(|(a, _, _)| *a <= 31).map(|(a, b, _)| (a, b))
}

/// A time of the day: `09-AM`, `13:00`, `01:00:00.000`, `1:05:09 PM`, `0930`.
pub(super) fn of_day(text: &str) -> Option<Millis> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim_end_matches([' ', '-']), Some(0)),
        (_, Some(clock)) => (clock.trim_end_matches([' ', '-']), Some(12)),
        _ => (text, None),
    };
    let digits = |text: &str| (!text.is_empty() && text.len() <= 2).then(|| number(text)).flatten();
    let mut parts = clock.split(':');
    let first = parts.next()?;
    let (hour, minute) = match (first.len(), half, parts.next()) {
        (_, _, Some(minute)) => (digits(first)?, digits(minute)?),
        (4, None, None) => (number(first.get(..2)?)?, number(first.get(2..)?)?),
        (_, Some(_), None) => (digits(first)?, 0),
        _ => return None,
    };
    let (second, millis) = match parts.next() {
        None => (0, 0),
        Some(second) => {
            let (whole, fraction) = second.split_once('.').unwrap_or((second, ""));
            if !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let millis = fraction.bytes().chain(*b"000").take(3).fold(0, |sum, b| sum * 10 + Millis::from(b - b'0'));
            (digits(whole)?, millis)
        }
    };
    let hour = match half {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    let sound = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    sound.then(|| ((hour * 60 + minute) * 60 + second) * 1_000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cell: &str) -> Option<Millis> {
        of_cell(cell, Days::Unknown).ok()
    }

    #[test]
    fn every_way_in_which_exchanges_write_one_hour_is_that_hour() {
        const NINE: Millis = 1_571_302_800_000; // 2019-10-17T09:00:00Z
        for cell in [
            "2019-10-17 09-AM",
            "2019-10-17 09:00:00",
            "2019-10-17 9:00 AM",
            "2019-10-17T09:00:00Z",
            "2019-10-17 09:00:00+00:00",
            "2019-10-17 11:00:00+02:00",
            "20191017 09:00",
            "Oct 17, 2019 09:00",
            "17 Oct 2019 09:00",
            "10/17/2019 09:00",
            "17/10/2019 09:00",
            "2019/10/17 09:00",
            "17.10.2019 09:00:00.000 GMT+0000",
            "1571302800",
            "1571302800.0",
            "1571302800000",
            "1571302800000000",
            "1571302800000000000",
        ] {
            assert_eq!(at(cell), Some(NINE), "{cell}");
        }
        assert_eq!(at("2019-10-17 12-AM"), Some(NINE - 9 * 3_600_000));
        assert_eq!(at("2019-10-17 12-PM"), Some(NINE + 3 * 3_600_000));
        assert_eq!(at("Oct 17, 2019"), at("20191017"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for cell in [
            "",
            "7",
            "16199.91",
            "BTC",
            "2019-13-01",
            "2019-10-17 13-AM",
            "2019-10-17 25:00",
            "20191332",
            "1-2-3",
            "99999999999999999999",
            "é",
            "2019-10-17 09:00 é",
            "//",
            "May",
        ] {
            assert_eq!(at(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_date_with_slashes_depends_on_who_wrote_it() {
        assert_eq!(either("03/04/2021 10:00"), Some((3, 4)));
        assert_eq!(either("2021/03/04"), None);
        assert_eq!(of_cell("03/04/2021", Days::First), of_cell("2021-04-03", Days::Unknown));
        assert_eq!(of_cell("03/04/2021", Days::Second), of_cell("2021-03-04", Days::Unknown));
    }
}
