//! Binance's archive: a zip file for each month, with its checksum beside it; for days of which there is no month yet,
//! one for each day. <https://github.com/binance/binance-public-data>

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::archive_file::{candles, verified};
use super::asker::Asker;
use super::failure::FetchError;
use super::missing::ranges;
use super::pages::Course;
use super::pairs::Pair;
use super::rows::{of, push};
use crate::data::pair::joined;
use crate::data::validate::first_fault;
use crate::sim::model::{Candles, Millis};

/// 2017-07-01: Binance opened on the 14th.
pub(super) const ORIGIN: Millis = 1_498_867_200_000;
/// Months appear on their first Monday after; until then there are days.
const LATE: Millis = 40 * 86_400_000;

/// Gives the bars of all missing ranges to `take`, in the order of time, a month at a time.
pub(super) fn go(
    asker: &mut Asker,
    course: &Course,
    there: &[Millis],
    wanted: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let now = asker.now();
    let bars = |range: &Range<Millis>| u64::try_from((range.end - range.start) / course.step).unwrap_or_default();
    for range in ranges(there, wanted, course.step, 0) {
        asker.progress().expect(bars(&range));
        for month in months(&range) {
            let part = millis(month).max(range.start)..millis(next_month(month)).min(range.end);
            let name = month.strftime("%Y-%m").to_string();
            let found = period(asker, course, "monthly", &name, &part, take)?;
            if !found && millis(next_month(month)) > now - LATE {
                for day in days(&part) {
                    period(asker, course, "daily", &day.to_string(), &part, take)?;
                }
            }
            asker.progress().advance(bars(&part));
        }
    }
    Ok(())
}

/// One file; `false` where there is none.
fn period(
    asker: &mut Asker,
    course: &Course,
    kind: &str,
    name: &str,
    part: &Range<Millis>,
    take: &mut dyn FnMut(&Candles) -> Result<(), FetchError>,
) -> Result<bool, FetchError> {
    let title = asker.venue.title();
    let (symbol, code) = (&course.pair.code, course.code);
    let file = format!("{symbol}-{code}-{name}.zip");
    let path = format!("/data/spot/{kind}/klines/{symbol}/{code}/{file}");
    let Some(bytes) = verified(asker, &path, &file)? else { return Ok(false) };
    let all = candles(&bytes).map_err(|what| FetchError::Unreadable { title, file, what })?;
    let end = part.end.min(asker.now() - course.step + 1);
    let from = all.time.partition_point(|time| *time < part.start);
    let to = all.time.partition_point(|time| *time < end).max(from);
    let mut kept = Candles::default();
    for at in from..to {
        push(&mut kept, all.time[at], of(&all, at));
    }
    if let Some(fault) = first_fault(&kept, 0) {
        return Err(FetchError::Impossible { title, time: fault.time.unwrap_or_default(), what: fault.what });
    }
    take(&kept)?;
    Ok(true)
}

/// Pairs of these names where no list of them is to be had: whole pairs where a separator or the quote says so.
pub(super) fn unlisted(names: &[String], quote: &str) -> Vec<Pair> {
    let quote = quote.trim().to_uppercase();
    let one = |name: &String| {
        let whole = joined(&name.trim().replace(['/', ':'], "-"));
        let has_separator = name.contains(['-', '_', '/', ':']);
        let base = whole.strip_suffix(&*quote).filter(|base| !base.is_empty()).unwrap_or(&whole);
        if has_separator { Pair::new(&whole, &whole, "") } else { Pair::new(&format!("{base}{quote}"), base, &quote) }
    };
    names.iter().map(one).collect()
}

fn date(time: Millis) -> Date {
    let time = Timestamp::from_millisecond(time).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).date()
}

fn millis(date: Date) -> Millis {
    date.to_zoned(TimeZone::UTC).map_or(Millis::MAX, |time| time.timestamp().as_millisecond())
}

fn next_month(month: Date) -> Date {
    month.saturating_add(1.month())
}

fn months(range: &Range<Millis>) -> Vec<Date> {
    let first = date(range.start).first_of_month();
    first.series(1.month()).take_while(|month| millis(*month) < range.end).collect()
}

fn days(range: &Range<Millis>) -> Vec<Date> {
    date(range.start).series(1.day()).take_while(|day| millis(*day) < range.end).collect()
}
