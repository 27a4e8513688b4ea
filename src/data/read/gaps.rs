//! How far bars stand apart, compared with their interval.

use std::ops::Range;

use crate::data::date::month;
use crate::data::parallel::{blocks, pieces};
use crate::pool::Pool;
use crate::sim::{Interval, Millis};

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

/// Bars that should stand between two bars; `None` where the step is no multiple of the interval.
pub(crate) fn missing(from: Millis, to: Millis, interval: Interval) -> Option<Millis> {
    let (step, unit) = if interval.is_months() {
        let count = interval.millis() / Interval::MONTH.millis();
        (month(to) - month(from), count)
    } else {
        (to - from, interval.millis())
    };
    (step > 0 && step % unit == 0).then(|| step / unit - 1)
}
