//! Time: moments, ranges of them, and the length of a bar: how it is written, how long it is, and which others it can
//! be made of.

mod calendar;

pub use calendar::{CalendarPart, IanaZone};
pub(super) use calendar::{LocalClock, minutes_of};

use std::fmt;
use std::str::FromStr;

/// Milliseconds since 1970-01-01T00:00:00Z; always the OPEN time of a bar.
pub type Millis = i64;

/// Half-open range of open times, `[from, to)`; `None` is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// First open time that is in.
    pub from: Option<Millis>,
    /// First open time that is out.
    pub to: Option<Millis>,
}

/// How long a year is, in bars: what turns figures of single bars into rates per year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Year {
    /// As many as the candles have in 365 days, from their first open to the end of the last bar. So a stock that trades
    /// on 252 days, minutes with gaps and a market that never closes each get their own year.
    #[default]
    Calendar,
    /// As many as there would be if bars never stopped: 365 days of them.
    EveryDay,
    /// 252 days of bars, as many as stocks trade; of bars longer than a day as [`Self::EveryDay`].
    TradingDays,
    /// This many bars.
    Bars(f64),
}

impl Year {
    /// Bars in a year of `bars` candles of this interval, 1 or more, the first and the last of which open at these times.
    /// Where no candle is missing, the calendar's year has the bits of [`Interval::bars_per_year`].
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a year are far below 2^53, and other counts rounded"
    )]
    pub fn bars(self, interval: Interval, bars: u64, first: Millis, last: Millis) -> f64 {
        match self {
            Self::Calendar => {
                // Reduced before it is divided: so that whole numbers are exact, and equal fractions the same bits.
                let bars = u128::from(bars) * (365 * DAY) as u128;
                let span = interval.between(first, last).max(1).unsigned_abs().into();
                let common = greatest_divisor(bars, span);
                (bars / common) as f64 / (span / common) as f64
            }
            Self::TradingDays if interval.millis() <= DAY => (252 * DAY) as f64 / interval.millis() as f64,
            Self::EveryDay | Self::TradingDays => interval.bars_per_year(),
            Self::Bars(bars) => bars,
        }
    }
}

fn greatest_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { greatest_divisor(b, a % b) }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calendar => f.write_str("calendar"),
            Self::EveryDay => f.write_str("365"),
            Self::TradingDays => f.write_str("252"),
            Self::Bars(bars) => write!(f, "{bars}"),
        }
    }
}

impl FromStr for Year {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "calendar" => Ok(Self::Calendar),
            "365" => Ok(Self::EveryDay),
            "252" => Ok(Self::TradingDays),
            _ => text.parse().ok().filter(|bars| (1.0..=1e9).contains(bars)).map(Self::Bars).ok_or_else(|| {
                "must be calendar, 365 or 252 (days), or another number of bars in a year, from 1 to 1e9".to_owned()
            }),
        }
    }
}

/// Length of a bar, as in `1d`, `4h`, `15m`, `1w`, `1mo`. `60m` is `1h` and `24h` is `1d`: one length has one name, so
/// that nobody finds other candles by spelling it differently. `7d` is not `1w`, whose bars open on Mondays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval {
    count: u32,
    /// `M` is a month.
    unit: char,
}

const MINUTE: Millis = 60_000;
/// A day.
pub const DAY: Millis = 1_440 * MINUTE;
/// No bar is longer than so many units.
const MOST: u32 = 100_000;
/// The twelfth part of 365 days, so that twelve bars are a year: no month is just so long.
const MONTH: Millis = 365 * DAY / 12;

impl Interval {
    /// One month: the only interval whose bars are not all of one length.
    pub const MONTH: Self = Self { count: 1, unit: 'M' };

    /// Length in milliseconds; of months, the mean.
    #[must_use]
    pub const fn millis(self) -> Millis {
        let unit = match self.unit {
            'm' => MINUTE,
            'h' => 60 * MINUTE,
            'd' => DAY,
            'M' => MONTH,
            _ => 7 * DAY,
        };
        self.count as Millis * unit
    }

    /// A moment at which a bar opens: 1970-01-01T00:00:00Z, and for weeks the Monday after it. All bars of the interval,
    /// unless it counts months, open whole intervals before and after it.
    #[must_use]
    pub const fn origin(self) -> Millis {
        if self.unit == 'w' { 4 * DAY } else { 0 }
    }

    /// Open time of the bar that this moment lies in. Bars of several months are counted from January of the year 0, so
    /// that those of three months are quarters.
    #[must_use]
    pub const fn open_of(self, time: Millis) -> Millis {
        if self.is_months() {
            let month = month_of(time);
            return start_of_month(month - month.rem_euclid(self.count as i64));
        }
        time - (time - self.origin()).rem_euclid(self.millis())
    }

    /// When a bar that opened at `open` is over, which is when the next one opens.
    #[must_use]
    pub const fn end_of(self, open: Millis) -> Millis {
        if self.is_months() {
            start_of_month(month_of(open) + self.count as i64)
        } else {
            open.saturating_add(self.millis())
        }
    }

    /// Whether each bar of this interval is made of whole bars of `other`, a shorter one. Months are made of days, and of
    /// what divides a day, or of fewer months.
    #[must_use]
    pub const fn is_made_of(self, other: Self) -> bool {
        let step = other.millis();
        match (self.is_months(), other.is_months()) {
            (true, true) => other.count < self.count && self.count.is_multiple_of(other.count),
            (true, false) => DAY % step == 0,
            (false, true) => false,
            (false, false) => {
                step < self.millis() && self.millis() % step == 0 && (self.origin() - other.origin()) % step == 0
            }
        }
    }

    /// Whether it counts months of the calendar, so that its bars lie on no even grid.
    #[must_use]
    pub const fn is_months(self) -> bool {
        self.unit == 'M'
    }

    /// The interval of this length, in the largest unit that it is a whole number of; `None` for what is no whole
    /// number of minutes. Never months.
    #[must_use]
    pub fn of_millis(millis: Millis) -> Option<Self> {
        let units = [('w', 7 * DAY), ('d', DAY), ('h', 60 * MINUTE), ('m', MINUTE)];
        let (unit, length) = units.into_iter().find(|(_, length)| millis > 0 && millis % length == 0)?;
        let count = u32::try_from(millis / length).ok().filter(|count| *count <= MOST)?;
        Some(Self { count, unit })
    }

    /// Milliseconds from the open of the first bar to the end of the last one; months have their mean length.
    fn between(self, first: Millis, last: Millis) -> Millis {
        if self.is_months() {
            (month_of(last) - month_of(first) + Millis::from(self.count)) * MONTH
        } else {
            last.saturating_sub(first).saturating_add(self.millis())
        }
    }

    /// Bars in a year of 365 days: crypto trades every day.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "both numbers of milliseconds are far below 2^53")]
    pub fn bars_per_year(self) -> f64 {
        (365 * DAY) as f64 / self.millis() as f64
    }
}

/// Months since the year 0 of the calendar, in UTC.
///
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms" (2013), `civil_from_days`.
pub(super) const fn month_of(time: Millis) -> i64 {
    let days = time.div_euclid(DAY) + 719_468;
    let era_day = days.rem_euclid(146_097);
    let year_of_era = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
    let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Counted from March, which is what the algorithm's years begin with.
    let month = (5 * day_of_year + 2) / 153;
    (days.div_euclid(146_097) * 400 + year_of_era) * 12 + month + 2
}

/// When a month begins, by its number as [`month_of`] counts.
///
/// Source: the same, `days_from_civil`.
const fn start_of_month(month: i64) -> Millis {
    // Counted from March, too.
    let (year, month) = ((month - 2).div_euclid(12), (month - 2).rem_euclid(12));
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5;
    let era_day = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (year.div_euclid(400) * 146_097 + era_day - 719_468).saturating_mul(DAY)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_months() { write!(f, "{}mo", self.count) } else { write!(f, "{}{}", self.count, self.unit) }
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is not an interval; write a count and m, h, d, w or mo, as in 15m, 1h, 1d, 1mo");
        let (digits, unit) = if let Some(digits) = text.strip_suffix("mo") {
            (digits, 'M')
        } else {
            let unit = text.chars().last().filter(|c| matches!(c, 'm' | 'h' | 'd' | 'w')).ok_or_else(wrong)?;
            (&text[..text.len() - 1], unit)
        };
        if digits.starts_with(['0', '+']) {
            return Err(wrong());
        }
        let count = digits.parse::<u32>().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)?;
        Ok(match unit {
            'm' if count % 1_440 == 0 => Self { count: count / 1_440, unit: 'd' },
            'm' if count % 60 == 0 => Self { count: count / 60, unit: 'h' },
            'h' if count % 24 == 0 => Self { count: count / 24, unit: 'd' },
            unit => Self { count, unit },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_gaps_a_calendar_year_has_the_bits_of_a_year_in_which_bars_never_stop() {
        for text in ["1m", "7m", "90m", "1h", "36h", "1d", "3d", "1w"] {
            let interval: Interval = text.parse().unwrap();
            let never_stops = interval.bars_per_year();
            assert_eq!(Year::EveryDay.bars(interval, 5, 0, 0).to_bits(), never_stops.to_bits());
            for bars in [1, 2, 3, 1_000, 1_577_847, 99_999_999] {
                let last = 1_500_000_000_000 + (i64::try_from(bars).unwrap() - 1) * interval.millis();
                let year = Year::Calendar.bars(interval, bars, 1_500_000_000_000, last);
                assert_eq!(year.to_bits(), never_stops.to_bits(), "{bars} x {text}");
            }
        }
        // From January 2020 to February 2024, a leap year, and December 1969 to January 1970.
        for (bars, first, last) in [
            (50, 1_577_836_800_000, 1_706_745_600_000),
            (2, -2_678_400_000, 0),
            (1, 1_706_745_600_000, 1_706_745_600_000),
        ] {
            assert_eq!(Year::Calendar.bars(Interval::MONTH, bars, first, last).to_bits(), 12.0_f64.to_bits());
        }
    }

    #[test]
    fn months_begin_and_end_where_the_calendar_says() {
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        for (interval, moment, open, end) in [
            ("1mo", "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("1mo", "2023-12-01T00:00:00Z", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            ("1mo", "1969-12-31T12:00:00Z", "1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("3mo", "2024-05-17T08:00:00Z", "2024-04-01T00:00:00Z", "2024-07-01T00:00:00Z"),
            ("12mo", "2100-02-28T00:00:00Z", "2100-01-01T00:00:00Z", "2101-01-01T00:00:00Z"),
        ] {
            let interval: Interval = interval.parse().unwrap();
            assert_eq!(interval.open_of(time(moment)), time(open), "{moment}");
            assert_eq!(interval.end_of(time(open)), time(end), "{moment}");
        }
        // Every day of four centuries lies in the month that it begins in.
        for day in -200_000..200_000_i64 {
            let (open, end) = (Interval::MONTH.open_of(day * DAY), Interval::MONTH.end_of(day * DAY));
            assert!(open <= day * DAY && day * DAY < end && (28..=31).contains(&((end - open) / DAY)));
            assert_eq!((Interval::MONTH.open_of(open), Interval::MONTH.open_of(end)), (open, end));
        }
    }

    #[test]
    fn with_gaps_a_year_has_the_bars_that_were_there() {
        let day: Interval = "1d".parse().unwrap();
        // Five bars a week for two years, the weekends missing.
        let last = (104 * 7 - 3) * DAY;
        let year = Year::Calendar.bars(day, 520, 0, last);
        assert!((year - 520.0 * 365.0 / 726.0).abs() < 1e-9, "{year}");
        assert!((Year::TradingDays.bars(day, 520, 0, last) - 252.0).abs() < 1e-12);
        let hour: Interval = "1h".parse().unwrap();
        assert!((Year::TradingDays.bars(hour, 9, 0, DAY) - 252.0 * 24.0).abs() < 1e-9);
        let week: Interval = "1w".parse().unwrap();
        assert!((Year::TradingDays.bars(week, 9, 0, DAY) - 365.0 / 7.0).abs() < 1e-9);
        assert!((Year::Bars(1638.0).bars(hour, 9, 0, DAY) - 1638.0).abs() < 1e-12);
    }

    #[test]
    fn a_year_is_written_as_it_is_read() {
        for text in ["calendar", "365", "252", "1638", "260.5"] {
            assert_eq!(text.parse::<Year>().unwrap().to_string(), text);
        }
        for text in ["", "0", "-1", "nan", "inf", "1e10", "Calendar", "year"] {
            assert!(text.parse::<Year>().is_err(), "{text}");
        }
    }

    #[test]
    fn one_length_has_one_name() {
        for (text, name) in [
            ("60m", "1h"),
            ("90m", "90m"),
            ("240m", "4h"),
            ("1440m", "1d"),
            ("24h", "1d"),
            ("36h", "36h"),
            ("48h", "2d"),
        ] {
            let interval: Interval = text.parse().unwrap();
            assert_eq!((interval, interval.to_string()), (name.parse().unwrap(), name.to_owned()));
        }
        // Seven days from a Thursday are not a week from a Monday, and no months are just so long.
        for text in ["7d", "1w", "30d", "1mo", "12mo", "365d"] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
        }
    }
}
