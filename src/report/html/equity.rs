//! What an equity curve tells: its drawdowns, the returns of its days, months and years, and figures of rolling windows.

mod daily;
mod performance;
mod rolling;

pub(super) use daily::daily_returns;
pub(super) use performance::Performance;
pub(super) use rolling::RollingWindow;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::number;
use crate::sim::{EquityCurve, Millis};

/// One fall: from the peak to the bar at which the peak is reached again.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fall {
    /// Bar of the peak, of the lowest value, and of the recovery; no recovery where there was none.
    peak: usize,
    /// Bar of the lowest value.
    trough: usize,
    /// First bar at or above the peak again.
    recovery: Option<usize>,
    /// Lowest value of the drawdown, below 0.
    depth: f64,
}

impl Fall {
    /// Bars below the peak, as `max_drawdown_bars` counts them: the one that reaches it again is not.
    fn bars(&self, all: usize) -> usize {
        self.recovery.unwrap_or(all) - self.peak - 1
    }
}

/// All falls, deepest first; of equal ones the earlier.
fn falls(drawdown: &[f64]) -> Vec<Fall> {
    let mut falls: Vec<Fall> = Vec::new();
    let mut open: Option<Fall> = None;
    for (bar, &depth) in drawdown.iter().enumerate() {
        if depth < 0.0 {
            let fall = open.get_or_insert(Fall { peak: bar - 1, trough: bar, recovery: None, depth });
            if depth < fall.depth {
                (fall.trough, fall.depth) = (bar, depth);
            }
        } else if let Some(fall) = open.take() {
            falls.push(Fall { recovery: Some(bar), ..fall });
        }
    }
    falls.extend(open);
    falls.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    falls
}

/// The worst five for the page: times in milliseconds, lengths in bars.
#[must_use]
pub(super) fn drawdowns(curve: &EquityCurve) -> Value {
    let last = curve.time.len() - 1;
    let one = |fall: &Fall| {
        let end = fall.recovery.unwrap_or(last);
        json!({
            "depth": number(fall.depth),
            "peak": curve.time[fall.peak],
            "trough": curve.time[fall.trough],
            "end": curve.time[end],
            "recovered": fall.recovery.is_some(),
            "down": fall.trough - fall.peak,
            "bars": fall.bars(curve.time.len()),
        })
    };
    falls(&curve.drawdown).iter().take(5).map(one).collect()
}

/// The return of one month, from the last close before it (or the capital) to its own last close.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Month {
    /// The year.
    year: i16,
    /// 1 to 12.
    number: i8,
    /// As a fraction; none where the equity before it was 0 or less.
    gain: Option<f64>,
}

/// Each month that has a bar; a bar belongs to the month in which it opens.
fn months(time: &[Millis], equity: &[f64], capital: f64) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    let mut before = capital;
    let mut at = 0;
    while at < time.len() {
        let Some((year, month, next)) = month_of(time[at]) else { break };
        let end = at + time[at..].partition_point(|&time| time < next);
        let value = equity[end - 1];
        months.push(Month { year, number: month, gain: (before > 0.0).then(|| value / before - 1.0) });
        (before, at) = (value, end);
    }
    months
}

/// The years of the page, each with twelve months (null where there is no bar) and the return of the whole year.
#[must_use]
pub(super) fn monthly_returns(curve: &EquityCurve, capital: f64) -> Value {
    let months = months(&curve.time, &curve.equity, capital);
    let year = |months: &[Month]| {
        let mut cells = vec![Value::Null; 12];
        for month in months {
            if let Some(cell) = usize::try_from(month.number - 1).ok().and_then(|at| cells.get_mut(at)) {
                *cell = month.gain.map_or(Value::Null, number);
            }
        }
        json!({
            "year": months.first().map_or(0, |month| month.year),
            "months": cells,
            "total": growth(months).map(number),
        })
    };
    months.chunk_by(|a, b| a.year == b.year).map(year).collect()
}

/// The returns of each year that has a bar, of lines with their capital and a value for each time. A line may begin later,
/// with NaN before: then its capital is what its first value is measured by, and the years before have null.
#[must_use]
pub(super) fn yearly_returns(time: &[Millis], lines: &[(&[f64], f64)]) -> Value {
    let of = |(values, capital): &(&[f64], f64)| -> BTreeMap<i16, Option<f64>> {
        let first = values.iter().position(|value| !value.is_nan()).unwrap_or(values.len());
        let months = months(&time[first..], &values[first..], *capital);
        months.chunk_by(|a, b| a.year == b.year).map(|year| (year[0].year, growth(year))).collect()
    };
    let returns: Vec<BTreeMap<i16, Option<f64>>> = lines.iter().map(of).collect();
    let years: BTreeSet<i16> = returns.iter().flat_map(BTreeMap::keys).copied().collect();
    let row = |year: i16| {
        let of = |line: &BTreeMap<i16, Option<f64>>| line.get(&year).copied().flatten().map_or(Value::Null, number);
        std::iter::once(json!(year)).chain(returns.iter().map(of)).collect::<Value>()
    };
    years.into_iter().map(row).collect()
}

/// The return of months that follow each other; none where one of them has none.
fn growth(months: &[Month]) -> Option<f64> {
    let whole = months.iter().try_fold(1.0, |growth, month| Some(growth * (1.0 + month.gain?)))?;
    Some(whole - 1.0).filter(|growth| growth.is_finite())
}

/// Year and month of a time, and when the next month begins; none for years that no calendar has.
fn month_of(millis: Millis) -> Option<(i16, i8, Millis)> {
    let time = Timestamp::from_millisecond(millis).ok()?.to_zoned(TimeZone::UTC);
    let next = time.first_of_month().ok()?.start_of_day().ok()?.checked_add(jiff::Span::new().months(1)).ok()?;
    Some((time.year(), time.month(), next.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests;
