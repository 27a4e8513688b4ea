//! Bar times as people read them, and the calendar that months need.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::sim::{DAY, Interval, Millis};

/// 0000-01-01 and 10000-01-01: what can be shown as a date.
const SHOWABLE: std::ops::Range<Millis> = -62_167_219_200_000..253_402_300_800_000;

/// Months since the year 0, for times that can be shown.
pub(crate) fn month(time: Millis) -> i64 {
    let date = Timestamp::from_millisecond(time).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    i64::from(date.year()) * 12 + i64::from(date.month())
}

/// When a bar that opened at this time is over.
pub(crate) fn end_of_bar(open: Millis, interval: Interval) -> Millis {
    if !interval.is_months() {
        return open.saturating_add(interval.millis());
    }
    let months = interval.millis() / Interval::MONTH.millis();
    let open = Timestamp::from_millisecond(open).unwrap_or_default().to_zoned(TimeZone::UTC);
    open.saturating_add(months.months()).timestamp().as_millisecond()
}

/// So many calendar months later; a day that the month lacks is its last.
#[must_use]
pub fn months_later(time: Millis, months: i64) -> Millis {
    let zoned = Timestamp::from_millisecond(time).unwrap_or_default().to_zoned(TimeZone::UTC);
    zoned.saturating_add(months.clamp(-100_000, 100_000).months()).timestamp().as_millisecond()
}

/// Whether a time lies in the years 0 to 9999.
pub(crate) fn is_showable(time: Millis) -> bool {
    SHOWABLE.contains(&time)
}

/// `2020-12-14` for midnight, else `2020-12-14T03:00:00Z`; the plain number outside the years 0 to 9999.
#[must_use]
pub fn show_time(time: Millis) -> String {
    match Timestamp::from_millisecond(time) {
        Ok(time) if time.as_millisecond().rem_euclid(DAY) == 0 => time.to_zoned(TimeZone::UTC).date().to_string(),
        Ok(time) => time.to_string(),
        Err(_) => format!("{time} ms"),
    }
}

/// `2020-12-14T00:00:00Z`, always whole.
pub(crate) fn show_moment(time: Millis) -> String {
    Timestamp::from_millisecond(time).map_or_else(|_| format!("{time} ms"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_shown_as_a_date_and_other_moments_with_their_time() {
        assert_eq!(show_time(1_577_923_200_000), "2020-01-02");
        assert_eq!(show_time(1_577_934_245_000), "2020-01-02T03:04:05Z");
        assert_eq!(show_time(i64::MAX), format!("{} ms", i64::MAX));
        assert_eq!(show_moment(1_577_923_200_000), "2020-01-02T00:00:00Z");
    }

    #[test]
    fn months_of_neighbouring_years_follow_each_other() {
        let end = |open: Millis, interval: &str| show_time(end_of_bar(open, interval.parse().unwrap()));
        assert_eq!(end(1_580_515_200_000, "1mo"), "2020-03-01", "February of a leap year");
        assert_eq!(end(1_580_515_200_000, "4h"), "2020-02-01T04:00:00Z");
        assert_eq!(month(1_577_836_800_000) - month(1_575_158_400_000), 1, "2020-01 after 2019-12");
    }
}
