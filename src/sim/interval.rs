//! Time: moments, ranges of them, and the length of a bar: how it is written, how long it is, and which others it can
//! be made of.

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

    /// A moment at which a bar opens: 1970-01-01T00:00:00Z, and for weeks the Monday after it. All bars of the interval
    /// open whole intervals before and after it.
    #[must_use]
    pub const fn origin(self) -> Millis {
        if self.unit == 'w' { 4 * DAY } else { 0 }
    }

    /// Open time of the bar that this moment lies in.
    #[must_use]
    pub const fn open_of(self, time: Millis) -> Millis {
        time - (time - self.origin()).rem_euclid(self.millis())
    }

    /// Whether each bar of this interval is made of whole bars of `other`, a shorter one.
    #[must_use]
    pub const fn is_made_of(self, other: Self) -> bool {
        let step = other.millis();
        let is_even = !self.is_months() && !other.is_months();
        is_even && step < self.millis() && self.millis() % step == 0 && (self.origin() - other.origin()) % step == 0
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

    /// Bars in a year of 365 days: crypto trades every day.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "both numbers of milliseconds are far below 2^53")]
    pub fn bars_per_year(self) -> f64 {
        (365 * DAY) as f64 / self.millis() as f64
    }
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
