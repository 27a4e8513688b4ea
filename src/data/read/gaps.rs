//! How far bars stand apart, compared with their interval.

use std::ops::Range;

use crate::date::month;
use crate::parallel::{blocks, pieces};
use crate::pool::Pool;
use crate::sim::{DAY, Interval, Millis};

const HOUR: Millis = 3_600_000;

/// How the steps between bars differ from the interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GapCounts {
    /// Bars that should stand between others.
    pub missing: usize,
    /// Steps that are no multiple of the interval.
    pub irregular: usize,
    /// Steps that are not the interval.
    pub other: usize,
}

impl GapCounts {
    pub(crate) fn of(time: &[Millis], interval: Interval) -> Self {
        let later = time.get(1..).unwrap_or_default();
        Self::of_pairs(time, later, 0..later.len(), interval)
    }

    /// The same on all threads of a pool.
    pub(crate) fn count(pool: &Pool, time: &[Millis], interval: Interval) -> Self {
        let later = time.get(1..).unwrap_or_default();
        let of = |rows| Self::of_pairs(time, later, rows, interval);
        pieces(pool, later.len(), of).into_iter().fold(Self::default(), Self::plus)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            missing: self.missing.saturating_add(other.missing),
            irregular: self.irregular + other.irregular,
            other: self.other + other.other,
        }
    }

    fn of_pairs(time: &[Millis], later: &[Millis], rows: Range<usize>, interval: Interval) -> Self {
        let mut found = Self::default();
        for rows in blocks(rows) {
            let pairs = || time[rows.clone()].iter().zip(&later[rows.clone()]);
            let is_even = |even, (from, to): (&Millis, &Millis)| even & (to.wrapping_sub(*from) == interval.millis());
            if !interval.is_months() && pairs().fold(true, is_even) {
                continue;
            }
            for (&from, &to) in pairs() {
                found.step(missing(from, to, interval));
            }
        }
        found
    }

    /// Adds one step, with so many bars missing in it.
    pub(crate) fn step(&mut self, missing: Option<Millis>) {
        match missing {
            Some(0) => return,
            Some(bars) => self.missing = self.missing.saturating_add(usize::try_from(bars).unwrap_or(usize::MAX)),
            None => self.irregular += 1,
        }
        self.other += 1;
    }
}

/// The first bar from which on all open at another place of their period than all before it, where that happens once:
/// bars of two sources. An hour more or less is daylight saving, and fewer than three bars are no series.
pub(crate) fn phase_change(time: &[Millis], interval: Interval) -> Option<usize> {
    if interval.is_months() {
        return None;
    }
    let unit = interval.millis();
    let is_change = |pair: &[Millis]| {
        let step = pair[1] - pair[0];
        // Nearly all steps are, and a division costs more than a look.
        if step == unit {
            return false;
        }
        let shift = step.rem_euclid(unit);
        shift.min(unit - shift) > if unit > HOUR { HOUR } else { 0 }
    };
    let mut changes = time.windows(2).enumerate().filter(|(_, pair)| is_change(pair)).map(|(at, _)| at + 1);
    let at = changes.next()?;
    (changes.next().is_none() && at >= 3 && time.len() - at >= 3).then_some(at)
}

/// Whether the last row shows the market as it was when the file was made: its time lies on no grid of the others, within
/// the bar that the row before it opened, or the next.
pub(crate) fn is_live_row(time: &[Millis], interval: Interval) -> bool {
    let [rest @ .., last] = time else { return false };
    let &[.., before] = rest else { return false };
    if rest.len() < 3 {
        return false;
    }
    if interval.is_months() {
        let at_begin = |time: &Millis| month(*time) != month(*time - DAY);
        return !at_begin(last) && month(*last) - month(before) <= 1 && rest.iter().all(at_begin);
    }
    let phase = |time: Millis| time.rem_euclid(interval.millis());
    let usual = phase(before);
    // An hour more or less is daylight saving.
    let is_shifted = interval.millis() > HOUR && (last - before - interval.millis()).abs() == HOUR;
    phase(*last) != usual
        && !is_shifted
        && last - before < 2 * interval.millis()
        && rest.iter().filter(|time| phase(**time) == usual).count() * 20 >= rest.len() * 19
}

/// Bars that should stand between two bars; `None` where the step is no multiple of the interval.
pub(crate) fn missing(from: Millis, to: Millis, interval: Interval) -> Option<Millis> {
    // Nearly all steps are, and a division costs more than a look.
    if to - from == interval.millis() && !interval.is_months() {
        return Some(0);
    }
    let (step, unit) = if interval.is_months() {
        let count = interval.millis() / Interval::MONTH.millis();
        (month(to) - month(from), count)
    } else {
        (to - from, interval.millis())
    };
    (step > 0 && step % unit == 0).then(|| step / unit - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(hours: impl IntoIterator<Item = Millis>) -> Vec<Millis> {
        (0..).zip(hours).map(|(day, hour)| day * DAY + hour * HOUR).collect()
    }

    #[test]
    fn bars_that_open_elsewhere_from_some_day_on_are_of_two_sources() {
        let interval = Interval::of_millis(DAY).unwrap();
        assert_eq!(phase_change(&days([0, 0, 0, 0, 8, 8, 8]), interval), Some(4));
        for sound in [vec![0; 7], vec![14, 14, 14, 13, 13, 13], vec![0, 0, 0, 8, 0, 0, 0], vec![0, 0, 0, 0, 8, 8]] {
            assert_eq!(phase_change(&days(sound), interval), None);
        }
    }

    #[test]
    fn a_last_row_off_the_grid_of_all_others_is_of_an_open_bar() {
        let interval = Interval::of_millis(DAY).unwrap();
        assert!(is_live_row(&days([0, 0, 0, 0, 13]), interval));
        assert!(!is_live_row(&days([0, 0, 0, 0, 0]), interval));
        assert!(!is_live_row(&days([4, 4, 4, 4, 5]), interval));
        let day = |text: &str| crate::read::time::iso(text.as_bytes()).unwrap();
        let months = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-04-18"].map(day);
        assert!(is_live_row(&months, Interval::MONTH) && !is_live_row(&months[..4], Interval::MONTH));
    }
}
