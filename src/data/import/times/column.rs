//! A whole column of times: its unit, the order of its dates, and the zone of its clocks are decided once for all rows.

use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::date::show_time;
use crate::error::ContentError;
use crate::escape::quote;
use crate::import::options::{DateOrder, ImportZone};
use crate::import::report::Decision;
use crate::read::time::EpochUnit;
use crate::sim::DAY;
use crate::sim::Millis;

use super::dates::{DateParts, OrderFound, day_of, order_of};
use super::digits;
use super::sheet_days;
use super::text::{NO_OFFSET, RawTime, date_and_clock, date_and_hour, date8, with_offset};

/// What the user says of times.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeRules {
    pub order: Option<DateOrder>,
    /// The order that the file's source always writes, where the rows do not contradict it.
    pub usual: Option<DateOrder>,
    pub zone: Option<ImportZone>,
    /// The present moment, after which no bar is.
    pub now: Option<Millis>,
}

/// A column of times that is decided.
#[derive(Debug)]
pub(crate) struct ReadTimes {
    pub time: Vec<Millis>,
    /// Rows whose time could not be read.
    pub bad: Vec<usize>,
    /// The first of these that hold numbers, and the numbers.
    pub bad_numbers: Vec<(usize, i64)>,
    /// Whether the moments are known: an offset, a zone or a number stood there.
    pub is_absolute: bool,
    /// Whether all rows are of midnight, as dates alone are.
    pub is_dates: bool,
    /// What the numbers count, or how the text is written.
    pub unit: &'static str,
    pub decisions: Vec<Decision>,
}

const HELP: &str =
    "Pass --time-format, as in --time-format '%d.%m.%Y %H:%M', or write ISO times such as 2020-01-02T03:04:05Z";
const SINCE: &str = "Pass --time-format 'days since 1899-12-30', or --time-format 'days since 1904-01-01'";
const ORDER: &str = "Pass --date-order dmy, mdy or ymd";

/// Decides. `line` gives the line of a row, `shown` the text of its cell, as far as it is known.
pub(crate) fn resolve(
    raw: Vec<RawTime>,
    rules: &TimeRules,
    line: impl Fn(usize) -> u64,
) -> Result<ReadTimes, ContentError> {
    let mut decisions = Vec::new();
    let mut raw = raw;
    let mut unit = "text";
    let bad_numbers = numbers(&mut raw, rules, &mut unit, &mut decisions)?;
    dates(&mut raw, rules, &mut decisions, &line)?;
    let bad: Vec<usize> = raw
        .iter()
        .enumerate()
        .filter(|(_, time)| matches!(time, RawTime::Bad | RawTime::Null))
        .map(|(at, _)| at)
        .collect();
    let has_civil = raw.iter().any(|time| matches!(time, RawTime::Civil(_)));
    let is_dates = raw.iter().all(|time| match time {
        RawTime::Civil(time) => time % DAY == 0,
        RawTime::Null | RawTime::Bad => true,
        _ => false,
    });
    if let Some(days) = local_days(&raw) {
        decisions.push(Decision::guess(
            "days begin at a local midnight that moves with daylight saving; each is stored by its date",
        ));
        return Ok(ReadTimes { time: days, bad, bad_numbers, is_absolute: true, is_dates: true, unit, decisions });
    }
    let zone = rules.zone.as_ref().filter(|_| has_civil && !is_dates);
    let time = match zone {
        Some(zone) => {
            decisions.push(Decision::stated(format!("times are of {}", zone.name)));
            in_zone(&raw, &zone.zone, &line)?
        }
        None => raw.iter().map(|time| plain(*time)).collect(),
    };
    if zone.is_none() && has_civil && !is_dates {
        decisions.push(Decision::by("times have no offset; taken as UTC", "--timezone", "UTC"));
    }
    Ok(ReadTimes { time, bad, bad_numbers, is_absolute: !has_civil || zone.is_some(), is_dates, unit, decisions })
}

fn plain(time: RawTime) -> Millis {
    match time {
        RawTime::Instant(time, _) | RawTime::Civil(time) => time,
        _ => 0,
    }
}

/// Numbers become moments: one unit for all where one explains all. Gives those that are none.
fn numbers(
    raw: &mut [RawTime],
    rules: &TimeRules,
    name: &mut &'static str,
    decisions: &mut Vec<Decision>,
) -> Result<Vec<(usize, i64)>, ContentError> {
    let all = || raw.iter().filter_map(|time| if let RawTime::Number(number, _) = time { Some(*number) } else { None });
    let Some(first) = all().next() else { return Ok(Vec::new()) };
    // Dates in digits, as 20240131 or 202401310930.
    if (10_000_000..100_000_000).contains(&first) && all().all(|number| date8(number).is_some()) {
        *name = "dates in digits";
        return Ok(replace(raw, |number, _| date8(number).map(|day| RawTime::Civil(day * DAY))));
    }
    if (100_000_000_000..100_000_000_000_000).contains(&first) && all().all(|number| date_and_clock(number).is_some()) {
        *name = "dates and clocks in digits";
        return Ok(replace(raw, |number, _| date_and_clock(number).map(RawTime::Civil)));
    }
    // 2024013109 as seconds would be of 2034.
    if (1_900_010_100..2_100_010_100).contains(&first) && all().all(|number| date_and_hour(number).is_some()) {
        *name = "dates and hours in digits";
        return Ok(replace(raw, |number, _| date_and_hour(number).map(RawTime::Civil)));
    }
    let largest = all().map(i64::unsigned_abs).max().unwrap_or_default();
    if (100_000_000_000_000_000..700_000_000_000_000_000).contains(&largest)
        && let Some(ticks) = digits::ticks(&all().collect::<Vec<_>>())
    {
        *name = ticks.name();
        decisions.push(Decision::guess(format!("times are {}", ticks.name())));
        return Ok(replace(raw, |number, _| Some(RawTime::Instant(ticks.moment(number), 0))));
    }
    if largest < 100_000 {
        // Days since 1970, or spreadsheets' days since 1899-12-30: from 2000 on the two do not meet.
        if all().all(|number| (10_957..25_568).contains(&number)) {
            *name = "days since 1970";
            decisions.push(Decision::guess("times are days since 1970"));
            return Ok(replace(raw, |number, part| Some(RawTime::Civil(number * DAY + minutes_of_day(part)))));
        }
        if all().all(|number| (32_874..73_000).contains(&number)) {
            *name = "days of a spreadsheet";
            let days: Vec<i64> = all().collect();
            let first = sheet_days::first_day(&days, rules.now).ok_or_else(|| {
                let what = format!(
                    "has numbers such as {} for days, and no row tells whether they are counted from 1899-12-30 or, as \
                     by spreadsheets of older Macs, from 1904-01-01",
                    days[0]
                );
                ContentError::file(what, SINCE)
            })?;
            decisions.push(first.decision());
            let first = first.days_before_1970();
            return Ok(replace(raw, |number, part| {
                Some(RawTime::Civil((number - first) * DAY + minutes_of_day(part)))
            }));
        }
        return Ok(replace(raw, |_, _| None));
    }
    if largest < 100_000_000 {
        let numbers: Vec<i64> = all().collect();
        if let Some(split) = digits::date_digits(&numbers) {
            *name = "dates in digits";
            return Ok(replace(raw, |number, _| Some(split(number))));
        }
        if digits::are_minutes(&numbers) {
            *name = "minutes since 1970";
            decisions.push(Decision::guess("times are minutes since 1970"));
            return Ok(replace(raw, |number, _| Some(RawTime::Instant(number * 60_000, 0))));
        }
        let is_second = looks_like_seconds(&numbers);
        // Days since noon of the first day of 4713 before Christ, from 1900 to 2100.
        if !is_second && numbers.iter().all(|number| (2_415_021..2_488_070).contains(number)) {
            *name = "Julian days";
            decisions.push(Decision::guess("times are Julian days"));
            let is_whole = raw.iter().all(|time| !matches!(time, RawTime::Number(_, 1..)));
            let noon = if is_whole { 0 } else { DAY / 2 };
            let time = |number: i64, part: u32| (number - 2_440_588) * DAY + noon + minutes_of_day(part);
            return Ok(replace(raw, |number, part| Some(RawTime::Civil(time(number, part)))));
        }
        if !is_second {
            return Ok(replace(raw, |_, _| None));
        }
    }
    // Rows of another unit differ from their neighbours a thousandfold; those of early years come near step by step.
    let mut before = first;
    let is_mixed = all().any(|number| {
        let (small, large) =
            (before.unsigned_abs().min(number.unsigned_abs()), before.unsigned_abs().max(number.unsigned_abs()));
        before = number;
        EpochUnit::of(small.cast_signed()) != EpochUnit::of(large.cast_signed()) && large / small.max(1) > 100
    });
    if is_mixed {
        *name = "several units since 1970";
        decisions.push(Decision::guess("times are of several units, each told by its size"));
        return Ok(replace(raw, |number, part| Some(RawTime::Instant(moment(EpochUnit::of(number), number, part), 0))));
    }
    let mut unit = EpochUnit::of(largest.cast_signed());
    // Of early years, milliseconds are as small as seconds of a far future.
    if unit == EpochUnit::Seconds && largest > 7_300_000_000 {
        unit = EpochUnit::Millis;
    }
    *name = match unit {
        EpochUnit::Seconds => "s since 1970",
        EpochUnit::Millis => "ms since 1970",
        EpochUnit::Micros => "us since 1970",
        EpochUnit::Nanos => "ns since 1970",
    };
    Ok(replace(raw, |number, part| Some(RawTime::Instant(moment(unit, number, part), 0))))
}

fn moment(unit: EpochUnit, number: i64, part: u32) -> Millis {
    let time = unit.to_millis(number);
    if unit == EpochUnit::Seconds { time + Millis::from(part / 1_000_000) } else { time }
}

/// Billionths of a day, which are exact for few times, as whole minutes.
fn minutes_of_day(part: u32) -> Millis {
    (Millis::from(part) * 1_440 + 500_000_000) / 1_000_000_000 * 60_000
}

/// Of years before 1973 numbers are small: steps of whole minutes tell them from numbers of rows.
fn looks_like_seconds(numbers: &[i64]) -> bool {
    let mut steps = numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0);
    let is_minutes = |step: i64| step % 60 == 0;
    steps.next().is_some_and(|first| is_minutes(first) && steps.all(is_minutes))
}

/// Replaces each number, and gives the first that are nothing.
fn replace(raw: &mut [RawTime], with: impl Fn(i64, u32) -> Option<RawTime>) -> Vec<(usize, i64)> {
    const NAMED: usize = 20;
    let mut bad = Vec::new();
    for (row, time) in raw.iter_mut().enumerate() {
        if let RawTime::Number(number, part) = *time {
            *time = with(number, part).unwrap_or(RawTime::Bad);
            if *time == RawTime::Bad && bad.len() < NAMED {
                bad.push((row, number));
            }
        }
    }
    bad
}

/// Dates in numbers become days.
fn dates(
    raw: &mut [RawTime],
    rules: &TimeRules,
    decisions: &mut Vec<Decision>,
    line: &impl Fn(usize) -> u64,
) -> Result<(), ContentError> {
    let parts = |time: &RawTime| -> Option<DateParts> {
        if let RawTime::Date(parts, is_wide, ..) = time { Some((*parts, *is_wide)) } else { None }
    };
    let all: Vec<(usize, DateParts)> =
        raw.iter().enumerate().filter_map(|(at, time)| Some((at, parts(time)?))).collect();
    let Some((_, ([a, b, c], _))) = all.first() else { return Ok(()) };
    let example = format!("{a:02}/{b:02}/{c:02}");
    let order = if let Some(order) = rules.order {
        order
    } else {
        let clocks = |time: &RawTime| if let RawTime::Date(_, _, clock, _) = time { Some(*clock) } else { None };
        let first = raw.iter().find_map(clocks);
        let has_clocks = raw.iter().filter_map(clocks).any(|clock| Some(clock) != first);
        match order_of(&all, has_clocks) {
            OrderFound::Only(order, why) => {
                decisions.push(Decision::by(
                    format!("dates are {}: {why}", order.name()),
                    "--date-order",
                    order.name(),
                ));
                order
            }
            OrderFound::Several(orders) if rules.usual.is_some_and(|usual| orders.contains(&usual)) => {
                let order = rules.usual.unwrap_or(DateOrder::Dmy);
                let what = format!("dates are {}, as their source always writes them", order.name());
                decisions.push(Decision::by(what, "--date-order", order.name()));
                order
            }
            OrderFound::Several(orders) => {
                let orders: Vec<&str> = orders.into_iter().map(DateOrder::name).collect();
                let what = format!(
                    "has dates such as {example}, and no row tells whether the order is {}",
                    orders.join(" or ")
                );
                return Err(ContentError::file(what, ORDER));
            }
            OrderFound::Neither(row) => {
                let [a, b, c] = all.iter().find(|(at, _)| *at == row).map_or([0; 3], |(_, (parts, _))| *parts);
                let what = format!(
                    "has dates in more than one order: {} fits no order that {example} and all rows before it have",
                    quote(&format!("{a:02}/{b:02}/{c:02}"))
                );
                return Err(ContentError::row(line(row), what, ORDER));
            }
        }
    };
    for time in raw {
        if let RawTime::Date(parts, is_wide, clock, offset) = *time {
            *time = match day_of((parts, is_wide), order) {
                Some(day) => with_offset(day * DAY + Millis::from(clock), offset),
                None => RawTime::Bad,
            };
        }
    }
    const { assert!(NO_OFFSET < -1_440, "no offset is as large") };
    Ok(())
}

/// Days by their dates, where each begins at the midnight of a clock whose offset changes.
fn local_days(raw: &[RawTime]) -> Option<Vec<Millis>> {
    let local = |time: &RawTime| match time {
        RawTime::Instant(time, offset) => Some((time + Millis::from(*offset) * 60_000, *offset)),
        _ => None,
    };
    let mut all = raw.iter().map(local);
    let (_, first) = raw.iter().find_map(local)?;
    let mut changes = false;
    let is_midnight = all.all(|time| {
        time.is_some_and(|(time, offset)| {
            changes |= offset != first;
            time % DAY == 0
        })
    });
    (is_midnight && changes).then(|| raw.iter().filter_map(local).map(|(time, _)| time).collect())
}

/// The moments at which a clock in this zone showed these times. An hour that comes twice is told by the order of the
/// rows: whichever follows the row before it.
fn in_zone(raw: &[RawTime], zone: &TimeZone, line: &impl Fn(usize) -> u64) -> Result<Vec<Millis>, ContentError> {
    let civil = |time: &RawTime| if let RawTime::Civil(time) = time { Some(*time) } else { None };
    let rising = raw.windows(2).filter(|pair| civil(&pair[0]) < civil(&pair[1])).count();
    let falling = raw.windows(2).filter(|pair| civil(&pair[0]) > civil(&pair[1])).count();
    let is_descending = falling > rising;
    let mut times = Vec::with_capacity(raw.len());
    let mut before: Option<Millis> = None;
    for (at, time) in raw.iter().enumerate() {
        let Some(shown) = civil(time) else {
            times.push(plain(*time));
            continue;
        };
        let Some(datetime) = super::civil(shown) else {
            return Err(ContentError::row(
                line(at),
                format!("time {shown} ms lies outside of the years 0 to 9999"),
                HELP,
            ));
        };
        let ambiguous = zone.to_ambiguous_timestamp(datetime);
        let moment = |offset: jiff::tz::Offset| shown - Millis::from(offset.seconds()) * 1_000;
        let time = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => moment(offset),
            AmbiguousOffset::Gap { .. } => {
                let what = format!("{} was never shown by a clock of the zone: it was set forward", show_time(shown));
                return Err(ContentError::row(line(at), what, "Pass the --timezone that the times are of"));
            }
            AmbiguousOffset::Fold { before: summer, after: winter } => {
                let (early, late) = (moment(summer), moment(winter));
                match before {
                    Some(before) if !is_descending && before >= early => late,
                    Some(before) if is_descending && before <= late => early,
                    _ if is_descending => late,
                    _ => early,
                }
            }
        };
        before = Some(time);
        times.push(time);
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::super::text::raw_time;
    use super::*;
    use crate::import::cells::RawCell;

    fn read(cells: &[&str], rules: &TimeRules) -> Result<ReadTimes, ContentError> {
        resolve(cells.iter().map(|cell| raw_time(RawCell::Text(cell))).collect(), rules, |row| row as u64 + 2)
    }

    fn times(cells: &[&str]) -> Vec<String> {
        read(cells, &TimeRules::default()).unwrap().time.into_iter().map(show_time).collect()
    }

    #[test]
    fn early_seconds_and_negative_ones_are_seconds() {
        assert_eq!(times(&["44582400", "44668800", "44755200"]), ["1971-06-01", "1971-06-02", "1971-06-03"]);
        assert_eq!(times(&["-86400", "0", "86400", "1726704000"])[..2], ["1969-12-31", "1970-01-01"]);
        assert!(!read(&["1", "2", "3"], &TimeRules::default()).unwrap().bad.is_empty());
    }

    #[test]
    fn one_unit_holds_for_all_and_rows_of_another_are_told_by_their_size() {
        assert_eq!(times(&["94694400000", "94780800000", "1726704000000"])[..2], ["1973-01-01", "1973-01-02"]);
        assert_eq!(times(&["-31536000000", "-31449600000"]), ["1969-01-01", "1969-01-02"]);
        assert_eq!(times(&["1709337600000", "1709251200"]), ["2024-03-02", "2024-03-01"]);
        assert_eq!(times(&["20240131", "20240201"]), ["2024-01-31", "2024-02-01"]);
        assert_eq!(times(&["2024013109", "2024013110"])[0], "2024-01-31T09:00:00Z");
        assert_eq!(times(&["638396640000000000", "638396676000000000"])[1], "2024-01-01T01:00:00Z");
        assert_eq!(times(&["202401310930", "202401310931"])[0], "2024-01-31T09:30:00Z");
        assert_eq!(times(&["2460310.5", "2460311.5", "2460311.75"])[1..], ["2024-01-02", "2024-01-02T06:00:00Z"]);
        assert_eq!(times(&["2460311", "2460312"])[0], "2024-01-01");
        assert_eq!(times(&["45555", "45556.5"]), ["2024-09-20", "2024-09-21T12:00:00Z"]);
        let hours = ["45555.041666667", "45555.0833333333", "45555.125000000", "45555.708333333"];
        assert_eq!(times(&hours)[..2], ["2024-09-20T01:00:00Z", "2024-09-20T02:00:00Z"]);
        assert_eq!(times(&hours)[3], "2024-09-20T17:00:00Z");
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_hours_in_its_zone() {
        let cells = ["2024-11-03 00:00:00", "2024-11-03 01:00:00", "2024-11-03 01:00:00", "2024-11-03 02:00:00"];
        let zone = ImportZone::parse("America/New_York").ok();
        let found = read(&cells, &TimeRules { zone, ..TimeRules::default() }).unwrap().time;
        assert!(found.windows(2).all(|pair| pair[1] - pair[0] == 3_600_000), "{found:?}");
        let mut turned = cells;
        turned.reverse();
        let zone = ImportZone::parse("America/New_York").ok();
        let found = read(&turned, &TimeRules { zone, ..TimeRules::default() }).unwrap().time;
        assert!(found.windows(2).all(|pair| pair[0] - pair[1] == 3_600_000), "{found:?}");
    }

    #[test]
    fn days_of_a_local_midnight_are_days_by_their_date() {
        let cells = ["2024-03-30 00:00:00+01:00", "2024-03-31 00:00:00+01:00", "2024-04-01 00:00:00+02:00"];
        assert_eq!(times(&cells), ["2024-03-30", "2024-03-31", "2024-04-01"]);
        assert_eq!(times(&cells[..2])[0], "2024-03-29T23:00:00Z");
    }
}
