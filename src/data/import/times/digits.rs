//! Small numbers that are times though they are no seconds: dates in six or eight digits of any order, months in six,
//! minutes since 1970. All rows decide.

use crate::import::options::DateOrder;
use crate::read::time::days;
use crate::sim::{DAY, Millis};

use super::dates::day_of;
use super::text::{NO_OFFSET, RawTime, wide};

/// How the digits of all rows become dates, if they are such: `240131`, `31012024`, `202401`.
pub(super) fn date_digits(numbers: &[i64]) -> Option<fn(i64) -> RawTime> {
    let largest = numbers.iter().copied().max()?;
    let all = |is: fn(i64) -> bool| numbers.iter().all(|number| is(*number));
    let in_one_order = |parts: fn(i64) -> ([u16; 3], bool)| {
        let is_day = |order: DateOrder| numbers.iter().all(|number| day_of(parts(*number), order).is_some());
        [DateOrder::Ymd, DateOrder::Dmy, DateOrder::Mdy].into_iter().any(is_day)
    };
    if (1_000_000..100_000_000).contains(&largest) {
        let is_wide = all(|number| wide(number).is_some());
        let split = |number| (wide(number).unwrap_or_default(), true);
        return (is_wide && in_one_order(split))
            .then_some(|number| wide(number).map_or(RawTime::Bad, |day| parts((day, true))));
    }
    if !(100_000..1_000_000).contains(&largest) {
        return None;
    }
    let is_month = |number: i64| month(number).is_some();
    let is_short = all(|number| number >= 10_101) && in_one_order(short);
    if all(is_month) {
        // 200101 to 200112 are the first days of 2020 too: beyond a year of months only months follow each other.
        let steps = || numbers.windows(2).map(|pair| count(pair[1]) - count(pair[0]));
        let follow = numbers.len() > 12 && (steps().all(|step| step == 1) || steps().all(|step| step == -1));
        return (!is_short || follow)
            .then_some(|number| month(number).map_or(RawTime::Bad, |day| RawTime::Civil(day * DAY)));
    }
    is_short.then_some(|number| parts(short(number)))
}

/// Months since the year 0 of `202401`.
fn count(number: i64) -> i64 {
    number / 100 * 12 + number % 100
}

/// The first day of `202401`.
fn month(number: i64) -> Option<i64> {
    let (year, month) = (number / 100, number % 100);
    if (1900..=2100).contains(&year) { days(year, month, 1) } else { None }
}

/// `240131` as its three numbers.
fn short(number: i64) -> ([u16; 3], bool) {
    ([number / 10_000, number / 100 % 100, number % 100].map(|part| u16::try_from(part).unwrap_or_default()), false)
}

fn parts((parts, is_wide): ([u16; 3], bool)) -> RawTime {
    RawTime::Date(parts, is_wide, 0, NO_OFFSET)
}

/// Minutes from 1990 to 2099 would be seconds of the years 1970 to 1972, from which there are days and nothing shorter.
pub(super) fn are_minutes(numbers: &[i64]) -> bool {
    let is_near = |number: &i64| (10_519_200..68_374_080).contains(number);
    let shortest = numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0).min();
    numbers.iter().all(is_near) && shortest.is_some_and(|step| step < 86_400)
}

/// Tenths of microseconds since the first day of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TickCount {
    /// Since the year 1, as .NET counts them.
    DotNet,
    /// Since 1601, as Windows counts the times of files.
    FileTime,
}

impl TickCount {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DotNet => "ticks of .NET since the year 1",
            Self::FileTime => "ticks of Windows since 1601",
        }
    }

    /// Milliseconds since 1970.
    pub(super) const fn moment(self, number: i64) -> Millis {
        match self {
            Self::DotNet => (number - 621_355_968_000_000_000).div_euclid(10_000),
            Self::FileTime => (number - 116_444_736_000_000_000).div_euclid(10_000),
        }
    }
}

/// What numbers count that would be nanoseconds of 1974 or 1990, but are whole minutes only otherwise.
pub(super) fn ticks(numbers: &[i64]) -> Option<TickCount> {
    const MINUTE: Millis = 60_000;
    let all = |is: &dyn Fn(i64) -> bool| numbers.iter().all(|number| is(*number));
    let is_nanos = all(&|number| number % (MINUTE * 1_000_000) == 0);
    let is_recent = |moment: Millis| (631_152_000_000..4_102_444_800_000).contains(&moment) && moment % MINUTE == 0;
    let fits = |ticks: &TickCount| all(&|number| is_recent(ticks.moment(number)));
    if is_nanos { None } else { [TickCount::DotNet, TickCount::FileTime].into_iter().find(fits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(numbers: &[i64]) -> Option<Vec<RawTime>> {
        date_digits(numbers).map(|read| numbers.iter().map(|number| read(*number)).collect())
    }

    #[test]
    fn digits_of_six_and_eight_are_dates_of_which_the_whole_file_decides_the_order() {
        assert_eq!(dates(&[240_130, 240_131]).unwrap()[1], RawTime::Date([24, 1, 31], false, 0, NO_OFFSET));
        assert_eq!(dates(&[30_012_024, 1_022_024]).unwrap()[1], RawTime::Date([1, 2, 2024], true, 0, NO_OFFSET));
        assert_eq!(dates(&[201_311, 201_312, 201_401]).unwrap()[0], RawTime::Civil(days(2013, 11, 1).unwrap() * DAY));
        for none in [&[100_001, 100_002][..], &[28_411_200, 28_411_260], &[200_101, 200_102, 200_103], &[999_999]] {
            let is_months = dates(none).is_some_and(|dates| matches!(dates[0], RawTime::Civil(_)));
            assert!(!is_months, "{none:?}");
        }
        assert!(dates(&[100_001, 100_002]).is_none() && dates(&[28_411_200, 28_411_260]).is_none());
    }

    #[test]
    fn ticks_are_told_from_nanoseconds_by_their_whole_minutes() {
        let hours = |first: i64, step: i64| -> Vec<i64> { (0..5).map(|at| first + at * step).collect() };
        let dotnet = hours(638_396_640_000_000_000, 36_000_000_000);
        assert_eq!(ticks(&dotnet), Some(TickCount::DotNet));
        assert_eq!(TickCount::DotNet.moment(dotnet[0]), 1_704_067_200_000);
        let windows = hours(133_485_408_000_000_000, 864_000_000_000);
        assert_eq!(ticks(&windows), Some(TickCount::FileTime));
        assert_eq!(TickCount::FileTime.moment(windows[0]), 1_704_067_200_000);
        assert_eq!(ticks(&hours(1_704_067_200_000_000_000, 3_600_000_000_000)), None);
        assert_eq!(ticks(&hours(638_409_600_000_000_000, 86_400_000_000_000)), None, "days of 1990");
    }

    #[test]
    fn minutes_are_told_from_seconds_of_the_first_years_by_their_steps() {
        assert!(are_minutes(&[28_411_200, 28_411_260, 28_411_320]));
        assert!(are_minutes(&[28_411_200, 28_411_201]));
        assert!(!are_minutes(&[44_582_400, 44_668_800]), "days of 1971 in seconds");
        assert!(!are_minutes(&[1, 2, 3]));
    }
}
