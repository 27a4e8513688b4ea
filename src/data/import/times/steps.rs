//! The length of a bar, as the steps between bars tell it.

use std::collections::HashMap;

use crate::date::month;
use crate::read::time::days;
use crate::sim::DAY;
use crate::sim::{Interval, Millis};

/// What the steps tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepGuess {
    /// One length fits nearly all, and is one that exchanges have.
    Sure(Interval),
    /// One that would fit.
    Maybe(Interval),
    /// Steps below a minute.
    TooShort(Millis),
    Nothing,
}

const USUAL: [&str; 18] =
    ["1m", "2m", "3m", "5m", "10m", "15m", "30m", "45m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "3d", "1w"];
/// Of a hundred steps, those that must be multiples of the interval.
const FITTING: usize = 90;
/// Of a hundred steps, those that must be the interval itself: the minutes in which nothing was traded may be most.
const EXACT: usize = 10;
/// Of a hundred steps, those that make a shorter one than the most frequent the interval.
const FREQUENT: usize = 25;
/// Fewer steps are no proof: a bar may be missing.
const ENOUGH: usize = 2;

/// Guesses from times that ascend strictly.
pub(crate) fn guess(time: &[Millis]) -> StepGuess {
    let steps = time.len().saturating_sub(1);
    if steps == 0 {
        return StepGuess::Nothing;
    }
    let sure = |interval| if steps >= ENOUGH { StepGuess::Sure(interval) } else { StepGuess::Maybe(interval) };
    if is_monthly(time) {
        return sure(Interval::MONTH);
    }
    let mut counts = HashMap::<Millis, usize>::new();
    // Most steps are as the one before: a run of them is counted as one.
    let (mut run, mut length) = (0, 0);
    for pair in time.windows(2) {
        let step = pair[1] - pair[0];
        if step == run {
            length += 1;
            continue;
        }
        *counts.entry(run).or_default() += length;
        (run, length) = (step, 1);
    }
    *counts.entry(run).or_default() += length;
    counts.remove(&0);
    // Of steps that are as frequent, the shortest: the others may be gaps.
    let Some((step, count)) = counts.iter().map(|(step, count)| (*step, *count)).max_by_key(|(s, c)| (*c, -*s)) else {
        return StepGuess::Nothing;
    };
    // Or a shorter one that is frequent too: of every third minute nothing may be there.
    let is_shorter = |(s, c): &(Millis, usize)| {
        let is_near = *s < step && step % s == 0 && step / s <= 3;
        is_near && c * 100 >= steps * FREQUENT && fits(*s, &counts, steps)
    };
    let (step, count) =
        counts.iter().map(|(s, c)| (*s, *c)).filter(is_shorter).min_by_key(|(s, _)| *s).unwrap_or((step, count));
    let Some(interval) = Interval::of_millis(step) else { return StepGuess::TooShort(step) };
    let is_usual = USUAL.contains(&&*interval.to_string());
    if is_usual && fits(step, &counts, steps) && count * 100 >= steps * EXACT {
        sure(interval)
    } else {
        StepGuess::Maybe(interval)
    }
}

/// Whether nearly all steps are multiples of this one.
fn fits(step: Millis, counts: &HashMap<Millis, usize>, steps: usize) -> bool {
    let fitting: usize = counts.iter().filter(|(other, _)| *other % step == 0).map(|(_, count)| count).sum();
    fitting * 100 >= steps * FITTING
}

/// One bar in each month, all at its begin or all at its end; some may be missing.
fn is_monthly(time: &[Millis]) -> bool {
    let steps = || time.windows(2).map(|pair| month(pair[1]) - month(pair[0]));
    let at_begin = |time: &Millis| month(*time) != month(*time - DAY);
    let at_end = |time: &Millis| month(*time) != month(*time + DAY);
    // Seldom true, and the rest takes longer.
    let is_slow = time.windows(2).all(|pair| pair[1] - pair[0] >= 27 * DAY);
    is_slow
        && (time.iter().all(at_begin) || time.iter().all(at_end))
        && steps().all(|step| step > 0)
        && steps().filter(|step| *step == 1).count() * 2 >= time.len() - 1
}

/// When a bar ends. One that is stamped with the last day of a month is that month's.
pub(crate) fn end_of(time: Millis, interval: Interval) -> Millis {
    if !interval.is_months() {
        return time + interval.millis();
    }
    let months = interval.millis() / Interval::MONTH.millis();
    let next = if month(time) == month(time + DAY) { month(time) + months } else { month(time) + 1 };
    // Counted, for beyond the last year that a calendar has no month comes.
    let days = (1..=31 * months).map(|days| time + days * DAY);
    days.clone().find(|day| month(*day) >= next).unwrap_or(time + 31 * months * DAY)
}

/// The first moment of a month, counted from the year 0 as [`month`] does.
pub(crate) fn month_begin(month: i64) -> Option<Millis> {
    days((month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1, 1).map(|day| day * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60_000;

    fn minutes(list: &[Millis]) -> Vec<Millis> {
        list.iter().map(|minute| minute * MINUTE).collect()
    }

    #[test]
    fn the_interval_shows_through_gaps_and_weekends() {
        let one: Interval = "1m".parse().unwrap();
        assert_eq!(guess(&minutes(&[0, 1, 2, 3, 4])), StepGuess::Sure(one));
        assert_eq!(guess(&minutes(&[0, 1, 5, 6, 100, 107, 108])), StepGuess::Sure(one));
        assert_eq!(guess(&minutes(&[0, 2, 3, 5, 6, 8, 9, 11])), StepGuess::Sure(one));
        let weekdays: Vec<Millis> = (0..70).filter(|day| day % 7 < 5).map(|day| day * DAY).collect();
        assert_eq!(guess(&weekdays), StepGuess::Sure("1d".parse().unwrap()));
    }

    #[test]
    fn ends_and_begins_of_months_are_months() {
        let day = |text: &str| crate::read::time::iso(text.as_bytes()).unwrap();
        let ends = ["2012-01-31", "2012-02-29", "2012-03-31", "2012-04-30"].map(day);
        assert_eq!(guess(&ends), StepGuess::Sure(Interval::MONTH));
        let begins = ["2012-01-01", "2012-02-01", "2012-03-01"].map(day);
        assert_eq!(guess(&begins), StepGuess::Sure(Interval::MONTH));
    }

    #[test]
    fn two_bars_or_uneven_ones_are_not_enough() {
        assert_eq!(guess(&[0]), StepGuess::Nothing);
        assert!(matches!(guess(&minutes(&[0, 60])), StepGuess::Maybe(_)));
        assert!(matches!(guess(&minutes(&[0, 7, 9, 14, 25, 36])), StepGuess::Maybe(_)));
        assert_eq!(guess(&[0, 1_000, 2_000]), StepGuess::TooShort(1_000));
    }
}
