//! From rows to candles: each checked, sorted, each time once, the unfinished ones gone.

use super::found::Wishes;
use super::report::{Order, Report};
use super::table::{Closed, Table, picked};
use crate::data::fault::Fault;
use crate::data::steps::missing;
use crate::data::store::OnConflict;
use crate::data::time::{DAY, month, show};
use crate::data::validate::{BITCOIN, first_impossible};
use crate::sim::model::{Candles, Field, Interval, Millis};

/// Rows that conflict and are told one by one.
const EXAMPLES: usize = 5;

/// Fails at the first row that no candle can be.
pub(super) fn check(table: &Table) -> Result<(), Fault> {
    let Some(fault) = first_impossible(&table.candles, 1) else { return Ok(()) };
    let row = fault.row.and_then(|row| table.line.get(usize::try_from(row).ok()?.checked_sub(1)?).copied());
    Err(Fault { row: row.map(u64::from), ..fault })
}

/// The rows as candles, each time once, in the order of time.
pub(super) fn sorted(table: Table, conflict: OnConflict) -> Result<(Candles, Report), Fault> {
    let Table { format, candles, line, nulls, no_volume, notes, .. } = table;
    let mut report =
        Report { format, notes, nulls, no_volume, rows: candles.len() as u64 + nulls, ..Report::default() };
    order(&candles.time, &mut report);
    let candles = if report.order == Order::Ascending && candles.time.windows(2).all(|pair| pair[0] < pair[1]) {
        candles
    } else {
        each_once(&candles, &line, conflict, &mut report)?
    };
    report.distinct = candles.len() as u64;
    report.first = candles.time.first().copied().unwrap_or_default();
    report.last = candles.time.last().copied().unwrap_or_default();
    Ok((candles, report))
}

fn order(time: &[Millis], report: &mut Report) {
    let rising = time.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let falling = time.windows(2).filter(|pair| pair[0] > pair[1]).count();
    report.order = if falling > rising { Order::Descending } else { Order::Ascending };
    report.breaks = falling.min(rising) as u64;
}

fn each_once(candles: &Candles, line: &[u32], conflict: OnConflict, report: &mut Report) -> Result<Candles, Fault> {
    let mut order: Vec<usize> = (0..candles.len()).collect();
    order.sort_by_key(|&at| candles.time[at]);
    let bits = |at: usize| Field::ALL.map(|field| candles.column(field)[at].to_bits());
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    let mut examples = Vec::new();
    for at in order {
        match kept.last_mut() {
            Some(last) if candles.time[*last] == candles.time[at] => {
                if bits(*last) == bits(at) {
                    report.duplicates += 1;
                    continue;
                }
                report.conflicts += 1;
                if examples.len() < EXAMPLES {
                    examples.push(format!("{} in rows {} and {}", show(candles.time[at]), line[*last], line[at]));
                }
                if conflict == OnConflict::Last {
                    *last = at;
                }
            }
            _ => kept.push(at),
        }
    }
    if report.conflicts > 0 && conflict == OnConflict::Refuse {
        let more = if report.conflicts > examples.len() as u64 { "; and more" } else { "" };
        let rows = if report.conflicts == 1 {
            "row repeats the time of another with other values"
        } else {
            "rows repeat the time of another with other values"
        };
        return Err(Fault::file(
            format!("{} {rows}: {}{more}", report.conflicts, examples.join("; ")),
            "Remove the wrong ones, or say --on-conflict first or last to take of each the one that stands first or last in the file",
        ));
    }
    Ok(picked(candles, &kept))
}

/// Drops the bars at the end that were not finished, unless they are wanted, and looks at what is left.
pub(super) fn finish(
    candles: Candles,
    interval: Interval,
    closed: Closed,
    wishes: &Wishes,
    report: &mut Report,
) -> Candles {
    let time = &candles.time;
    let end = match closed {
        Closed::Through(last) => time.partition_point(|time| *time <= last),
        Closed::Before(moment) => time.partition_point(|time| end_of(*time, interval) <= moment),
        Closed::Unsaid => time.len(),
    };
    // A bar that has begun and not ended; one that opens in the future is a mistake of another kind.
    let is_open = |time: &Millis| *time <= wishes.now && end_of(*time, interval) > wishes.now;
    let end = if end == time.len() && time.last().is_some_and(is_open) { end - 1 } else { end };
    report.unfinished = (time.len() - end) as u64;
    report.kept_unfinished = wishes.keep_last && report.unfinished > 0;
    let candles = if report.unfinished == 0 || wishes.keep_last { candles } else { candles.slice(0..end) };
    gaps(&candles.time, interval, report);
    report.zero_volume = candles.volume.iter().filter(|volume| **volume == 0.0).count() as u64;
    report.before_bitcoin = candles.time.partition_point(|time| *time < BITCOIN) as u64;
    report.future = (candles.len() - candles.time.partition_point(|time| *time <= wishes.now)) as u64;
    candles
}

/// When a bar ends. One that is stamped with the last day of a month is that month's.
fn end_of(time: Millis, interval: Interval) -> Millis {
    if !interval.is_months() {
        return time + interval.millis();
    }
    let months = interval.millis() / Interval::MONTH.millis();
    let next = if month(time) == month(time + DAY) { month(time) + months } else { month(time) + 1 };
    // Counted, for beyond the last year that a calendar has no month comes.
    let days = (1..=31 * months).map(|days| time + days * DAY);
    days.clone().find(|day| month(*day) >= next).unwrap_or(time + 31 * months * DAY)
}

fn gaps(time: &[Millis], interval: Interval, report: &mut Report) {
    for pair in time.windows(2) {
        match missing(pair[0], pair[1], interval) {
            Some(0) => {}
            Some(bars) => {
                let bars = bars.unsigned_abs();
                report.missing += bars;
                if report.longest_gap.is_none_or(|(_, _, longest)| bars > longest) {
                    report.longest_gap = Some((pair[0], pair[1], bars));
                }
            }
            None => report.irregular += 1,
        }
    }
}
