//! Returns of the calendar's months and years, in UTC.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::report::{Curve, json::number};
use crate::sim::model::Millis;

/// The return of one month, from the last close before it (or the capital) to its own last close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub number: i8,
    /// As a fraction; none where the equity before it was 0 or less.
    pub gain: Option<f64>,
}

/// Each month that has a bar; a bar belongs to the month in which it opens.
#[must_use]
pub fn months(time: &[Millis], equity: &[f64], capital: f64) -> Vec<Month> {
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
pub fn section(curve: &Curve, capital: f64) -> Value {
    let months = months(&curve.time, &curve.equity, capital);
    let year = |months: &[Month]| {
        let mut cells = vec![Value::Null; 12];
        for month in months {
            if let Some(cell) = usize::try_from(month.number - 1).ok().and_then(|at| cells.get_mut(at)) {
                *cell = month.gain.map_or(Value::Null, number);
            }
        }
        let whole = months.iter().try_fold(1.0, |growth, month| Some(growth * (1.0 + month.gain?)));
        json!({
            "year": months.first().map_or(0, |month| month.year),
            "months": cells,
            "total": whole.map_or(Value::Null, |growth| number(growth - 1.0)),
        })
    };
    months.chunk_by(|a, b| a.year == b.year).map(year).collect()
}

/// Year and month of a time, and when the next month begins; none for years that no calendar has.
fn month_of(millis: Millis) -> Option<(i16, i8, Millis)> {
    let time = Timestamp::from_millisecond(millis).ok()?.to_zoned(TimeZone::UTC);
    let next = time.first_of_month().ok()?.start_of_day().ok()?.checked_add(jiff::Span::new().months(1)).ok()?;
    Some((time.year(), time.month(), next.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_month_goes_from_the_close_before_it_to_its_own_last_close() {
        let time = ["2023-12-30T00:00:00Z", "2023-12-31T23:00:00Z", "2024-01-01T00:00:00Z", "2024-03-05T00:00:00Z"];
        let time: Vec<Millis> = time.iter().map(|text| day(text)).collect();
        let months = months(&time, &[100.0, 110.0, 55.0, 110.0], 100.0);
        let seen: Vec<(i16, i8, f64)> =
            months.iter().map(|m| (m.year, m.number, (m.gain.unwrap() * 1e9).round() / 1e9)).collect();
        assert_eq!(seen, [(2023, 12, 0.1), (2024, 1, -0.5), (2024, 3, 1.0)]);
    }

    #[test]
    fn after_a_ruin_no_month_has_a_return() {
        let time = [day("2024-01-01T00:00:00Z"), day("2024-02-01T00:00:00Z")];
        assert_eq!(months(&time, &[-5.0, -5.0], 100.0)[1].gain, None);
    }
}
