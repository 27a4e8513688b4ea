//! What the calendar and the clock say of a moment, in UTC or in another zone: hours, weekdays, months.
//!
//! The rules of the zones are those that the program was built with, so that they are the same on every machine.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DAY, Millis, month_of, start_of_month};

/// Milliseconds of a minute.
const MINUTE: Millis = 60_000;

/// A part of a date or of a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalendarPart {
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 1 (Monday) to 7.
    Weekday,
    /// Day of the month, from 1.
    Day,
    /// 1 to 12.
    Month,
    /// Minutes since midnight: 0 to 1,439.
    MinuteOfDay,
}

impl CalendarPart {
    /// Those that rules have as series.
    pub const NAMED: [Self; 5] = [Self::Hour, Self::Minute, Self::Weekday, Self::Day, Self::Month];

    /// The name as written in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Weekday => "weekday",
            Self::Day => "day",
            Self::Month => "month",
            Self::MinuteOfDay => "minute_of_day",
        }
    }

    /// Its value at a moment of a clock that shows UTC.
    #[must_use]
    pub const fn of(self, time: Millis) -> i64 {
        match self {
            Self::Hour => time.rem_euclid(DAY) / (60 * MINUTE),
            Self::Minute => time.rem_euclid(60 * MINUTE) / MINUTE,
            Self::MinuteOfDay => time.rem_euclid(DAY) / MINUTE,
            // 1970-01-01 was a Thursday.
            Self::Weekday => (time.div_euclid(DAY) + 3).rem_euclid(7) + 1,
            Self::Day => (time - start_of_month(month_of(time))) / DAY + 1,
            Self::Month => month_of(time).rem_euclid(12) + 1,
        }
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IanaZone(&'static str);

impl IanaZone {
    /// The zone of this name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = jiff::tz::db().get(name).ok()?.iana_name()?.to_owned();
        // Zones are named in strategies, of which a process reads a few.
        Some(Self(known_name(name)))
    }

    /// Its name, as in `America/New_York`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    fn rules(self) -> TimeZone {
        TimeZone::get(self.0).unwrap_or(TimeZone::UTC)
    }

    /// What its clocks are ahead of UTC at `from`, and from each moment up to `to` at which that changes on.
    #[must_use]
    pub fn offsets(self, from: Millis, to: Millis) -> Vec<(Millis, Millis)> {
        let rules = self.rules();
        let moment = |time: Millis| Timestamp::from_millisecond(time).unwrap_or(Timestamp::MAX);
        let ahead = |offset: jiff::tz::Offset| Millis::from(offset.seconds()) * 1_000;
        let mut offsets = vec![(from, ahead(rules.to_offset(moment(from))))];
        for change in rules.following(moment(from)).take_while(|change| change.timestamp() <= moment(to)) {
            offsets.push((change.timestamp().as_millisecond(), ahead(change.offset())));
        }
        offsets
    }
}

/// The same text for the rest of the process, once for each name.
fn known_name(name: String) -> &'static str {
    static NAMES: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.iter().find(|known| **known == name) {
        return known;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.push(name);
    name
}

/// What the clocks of a zone show, for moments that only go forward.
#[derive(Clone, Debug)]
pub(crate) struct LocalClock {
    offsets: Vec<(Millis, Millis)>,
    now: usize,
}

impl LocalClock {
    /// The clock of a zone, or of UTC where none is given, for moments from `from` to `to`.
    #[must_use]
    pub(crate) fn new(zone: Option<IanaZone>, from: Millis, to: Millis) -> Self {
        let offsets = zone.map_or_else(|| vec![(from, 0)], |zone| zone.offsets(from, to));
        Self { offsets, now: 0 }
    }

    /// What a clock that shows UTC shows when this one shows what it does at this moment, which is not before the last.
    #[must_use]
    pub(crate) fn show(&mut self, time: Millis) -> Millis {
        while self.offsets.get(self.now + 1).is_some_and(|(change, _)| *change <= time) {
            self.now += 1;
        }
        time + self.offsets[self.now].1
    }
}

/// Minutes since midnight, as `13:30` is written; `24:00` is the end of the day.
///
/// # Errors
/// Any other text.
pub(crate) fn minutes_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let is_plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= 1_440).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_parts_of_every_hour_are_those_that_a_calendar_has() {
        for hour in -30_000..200_000_i64 {
            let moment = hour * 3_600_000 * 5 + 1_234_567;
            let civil = Timestamp::from_millisecond(moment).unwrap().to_zoned(TimeZone::UTC).datetime();
            let parts =
                [civil.hour(), civil.minute(), civil.weekday().to_monday_one_offset(), civil.day(), civil.month()];
            assert_eq!(CalendarPart::NAMED.map(|part| part.of(moment)), parts.map(i64::from), "{civil}");
        }
    }

    #[test]
    fn clocks_of_a_zone_are_set_when_its_people_set_theirs() {
        let zone = IanaZone::named("america/new_york").unwrap();
        assert_eq!(zone.name(), "America/New_York");
        let (from, to) = (time("2024-01-01T00:00:00Z"), time("2025-01-01T00:00:00Z"));
        let mut clock = LocalClock::new(Some(zone), from, to);
        for (utc, local) in [
            ("2024-01-15T14:30:00Z", "2024-01-15T09:30:00Z"),
            ("2024-03-10T06:59:00Z", "2024-03-10T01:59:00Z"),
            ("2024-03-10T07:00:00Z", "2024-03-10T03:00:00Z"),
            ("2024-11-03T05:59:00Z", "2024-11-03T01:59:00Z"),
            ("2024-11-03T06:00:00Z", "2024-11-03T01:00:00Z"),
        ] {
            assert_eq!(clock.show(time(utc)), time(local), "{utc}");
        }
        assert_eq!(zone.offsets(from, to).len(), 3);
        assert!(IanaZone::named("America/New_Yorck").is_none());
        assert_eq!(IanaZone::named("UTC").map(|zone| zone.offsets(from, to)), Some(vec![(from, 0)]));
    }

    #[test]
    fn a_time_of_day_is_hours_and_minutes() {
        assert_eq!(["00:00", "9:30", "13:30", "24:00"].map(minutes_of), [Some(0), Some(570), Some(810), Some(1_440)]);
        for text in ["", "9", "9:3", "24:01", "12:60", "+1:00", "1:000", "09:30:00", "a:00"] {
            assert_eq!(minutes_of(text), None, "{text}");
        }
    }
}
