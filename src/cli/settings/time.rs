//! Times and intervals as people write them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit, Zoned};

use crate::error::Error;
use crate::settings::environment::now;
use crate::settings::given::Given;
use crate::sim::{DAY, Interval, Millis};

/// The time that someone gave.
///
/// # Errors
/// When the text is not a time.
pub(crate) fn time(given: &Given) -> Result<Millis, Error> {
    parse(&given.text, now()).ok_or_else(|| {
        given.invalid("is not a time; write 2024-01-31, 2024-01, 2024, 2024-01-31T12:00 or 2024-01-31T12:00:00Z (UTC unless it has an offset), now, or -90d for 90 days ago")
    })
}

/// A span of time that someone gave, as `12h`, `1d`, `2w`, `1mo` (30 days) or `1y` (365 days).
///
/// # Errors
/// When the text is none, or longer than a hundred years.
pub(crate) fn length(given: &Given) -> Result<Millis, Error> {
    let text = given.text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[at..] {
        "h" => Some(DAY / 24),
        "d" => Some(DAY),
        "w" => Some(7 * DAY),
        "mo" => Some(30 * DAY),
        "y" => Some(365 * DAY),
        _ => None,
    };
    let count: Option<Millis> = text[..at].parse().ok();
    let length = count.zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    let length = length.filter(|length| (1..=36_500 * DAY).contains(length));
    length.ok_or_else(|| given.invalid("is not a length of time; write 12h, 1d, 2w, 1mo (30 days) or 1y"))
}

/// The times of two flags that no other place can set, of which the first must be before the second.
///
/// # Errors
/// A text that is not a time; a range that holds no bar.
pub(crate) fn range(from: Option<&str>, to: Option<&str>) -> Result<(Option<Millis>, Option<Millis>), Error> {
    let from = from.map(|text| Given::by_flag("--from", text));
    let to = to.map(|text| Given::by_flag("--to", text));
    checked_range(from.as_ref(), to.as_ref())
}

/// Start and end, of which the first must be before the second.
///
/// # Errors
/// A text that is not a time; a range that holds no bar.
pub(crate) fn checked_range(
    from: Option<&Given>,
    to: Option<&Given>,
) -> Result<(Option<Millis>, Option<Millis>), Error> {
    let times = (from.map(time).transpose()?, to.map(time).transpose()?);
    match (times, from, to) {
        ((Some(start), Some(end)), Some(from), Some(to)) if start >= end => Err(from.invalid(format_args!(
            "is not before {} '{}': the range holds no bar; the end is exclusive",
            to.source,
            crate::data::escape(&to.text)
        ))),
        _ => Ok(times),
    }
}

/// A year, a month, a day, a day and time (UTC), RFC 3339, or a time relative to the present moment.
fn parse(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    if let Some(ago) = relative(text, now) {
        return Some(ago);
    }
    let (day, clock) = match text.split_once(['T', 't', ' ']) {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let day = day_of(day)?;
    let time: DateTime = match clock {
        None => day.to_datetime(jiff::civil::Time::midnight()),
        Some(clock) => format!("{day}T{}", clock.trim()).parse().ok()?,
    };
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// `2024-1-2`, `2024/01/02`, `20240102`, `2024-01`, `2024`: what is left out is the first.
fn day_of(text: &str) -> Option<Date> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    if !parts.iter().all(|part| is_digits(part)) {
        return None;
    }
    let (year, month, day) = match parts[..] {
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        [year] => (year, "1", "1"),
        [year, month] => (year, month, "1"),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    // Otherwise 31/01/2024 would be a day of the year 31.
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `now`, or `-90d`: so many minutes, hours, days, weeks, months or years before now, from the start of that minute, hour
/// or day, so that the same command means the same range all day.
fn relative(text: &str, now: Millis) -> Option<Millis> {
    let now = Zoned::new(Timestamp::from_millisecond(now).ok()?, TimeZone::UTC);
    let start_of = |time: &Zoned, unit: Unit| {
        let rounded = time.round(jiff::ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Trunc));
        rounded.ok().map(|time| time.timestamp().as_millisecond())
    };
    if text.eq_ignore_ascii_case("now") {
        return start_of(&now, Unit::Minute);
    }
    let amount = text.strip_prefix('-')?;
    let at = amount.find(|c: char| !c.is_ascii_digit())?;
    let count: i64 = amount[..at].parse().ok()?;
    let span = jiff::Span::new();
    let (span, unit) = match &amount[at..] {
        "m" | "min" => (span.try_minutes(count), Unit::Minute),
        "h" => (span.try_hours(count), Unit::Hour),
        "d" => (span.try_days(count), Unit::Day),
        "w" => (span.try_weeks(count), Unit::Day),
        "mo" => (span.try_months(count), Unit::Day),
        "y" => (span.try_years(count), Unit::Day),
        _ => return None,
    };
    start_of(&now.checked_sub(span.ok()?).ok()?, unit)
}

/// The interval that someone gave: `1d`, and as other tools write it: `1D`, `4H`, `60` (minutes), `1hour`, `daily`.
///
/// # Errors
/// When it is none.
pub(crate) fn interval(given: &Given) -> Result<Interval, Error> {
    let spelled = spelled_out(given.text.trim());
    spelled.parse().map_err(|error| Error::usage(format!("{}: {error}", given.source)))
}

/// `1M` is a month, as with Binance and `TradingView`, and `1m` a minute.
fn spelled_out(text: &str) -> String {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(at);
    let lower = unit.trim().to_ascii_lowercase();
    let (default, unit) = match (unit.trim(), lower.as_str()) {
        ("", _) if !count.is_empty() => ("", "m"),
        ("M", _) | (_, "mo" | "mon" | "month" | "months" | "monthly") => ("1", "mo"),
        ("D", _) | (_, "day" | "days" | "daily") => ("1", "d"),
        ("W", _) | (_, "week" | "weeks" | "weekly") => ("1", "w"),
        ("H", _) | (_, "hr" | "hour" | "hours" | "hourly") => ("1", "h"),
        (_, "min" | "mins" | "minute" | "minutes") => ("1", "m"),
        _ => return text.to_owned(),
    };
    format!("{}{unit}", if count.is_empty() { default } else { count })
}

/// A length of time in ms that someone gave, as `500ms`, `2s`, `1m` or `0`; a day at most.
///
/// # Errors
/// When it is none.
pub(crate) fn span(given: &Given) -> Result<Millis, Error> {
    span_of(given.text.trim())
        .ok_or_else(|| given.invalid("is not a length of time; write 500ms, 2s, 1m or 1h (up to 24h), or 0"))
}

fn span_of(text: &str) -> Option<Millis> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(at);
    let count: Millis = count.parse().ok()?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "" if count == 0 => 1,
        _ => return None,
    };
    count.checked_mul(unit).filter(|millis| *millis <= DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_a_unit() {
        for (text, millis) in [("0", 0), ("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("24h", DAY)] {
            assert_eq!(span_of(text), Some(millis), "{text}");
        }
        for text in ["", "2", "s", "-1s", "25h", "1.5s", "99999999999999999999s"] {
            assert_eq!(span_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_may_be_written_in_any_usual_way() {
        let now = "2024-03-10T15:47:31Z".parse::<Timestamp>().unwrap().as_millisecond();
        for (text, same) in [
            ("2024-01-02", "2024-01-02T00:00:00Z"),
            ("2024-1-2", "2024-01-02T00:00:00Z"),
            ("2024/01/02", "2024-01-02T00:00:00Z"),
            ("20240102", "2024-01-02T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z"),
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-01-02T12:00", "2024-01-02T12:00:00Z"),
            ("2024-1-2 12:00:30", "2024-01-02T12:00:30Z"),
            ("2024-01-02T12:00:00+02:00", "2024-01-02T10:00:00Z"),
            ("now", "2024-03-10T15:47:00Z"),
            ("-90m", "2024-03-10T14:17:00Z"),
            ("-36h", "2024-03-09T03:00:00Z"),
            ("-10d", "2024-02-29T00:00:00Z"),
            ("-2w", "2024-02-25T00:00:00Z"),
            ("-1mo", "2024-02-10T00:00:00Z"),
            ("-1y", "2023-03-10T00:00:00Z"),
        ] {
            let same = same.parse::<Timestamp>().unwrap().as_millisecond();
            assert_eq!(parse(text, now), Some(same), "{text}");
        }
        for text in
            ["", "x", "31/01/2024", "01.02.2022", "2024-13", "2022-02-30", "24-01-02", "-d", "-1", "2024-01-02T"]
        {
            assert_eq!(parse(text, now), None, "{text}");
        }
    }

    #[test]
    fn an_interval_may_be_written_as_other_tools_do() {
        for (text, same) in [
            ("1D", "1d"),
            ("4H", "4h"),
            ("60", "1h"),
            ("1hour", "1h"),
            ("15min", "15m"),
            ("D", "1d"),
            ("W", "1w"),
            ("1M", "1mo"),
            ("1m", "1m"),
            ("daily", "1d"),
            ("1month", "1mo"),
        ] {
            assert_eq!(spelled_out(text).parse::<Interval>(), same.parse(), "{text}");
        }
        for text in ["7q", "", "d", "0d", "../1d", "-1d", "1x"] {
            assert!(interval(&Given::by_flag("--interval", text)).is_err(), "{text}");
        }
    }
}
