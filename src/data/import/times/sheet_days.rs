//! From which day a spreadsheet counted: nearly all count from 1899-12-30, those of older Macs from 1904-01-01. The days of
//! the week on which nothing was traded tell it, or that a bar would lie in the future.

use crate::import::report::Decision;
use crate::sim::{DAY, Millis};

/// The day that has the number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstDay {
    Of1899,
    Of1904,
}

impl FirstDay {
    /// Days from it to 1970-01-01.
    pub(super) const fn days_before_1970(self) -> i64 {
        match self {
            Self::Of1899 => 25_569,
            Self::Of1904 => 24_107,
        }
    }

    pub(super) fn decision(self) -> Decision {
        let (date, who) = match self {
            Self::Of1899 => ("1899-12-30", "as spreadsheets count them"),
            Self::Of1904 => ("1904-01-01", "as spreadsheets of older Macs count them"),
        };
        Decision::by(format!("times are days since {date}, {who}"), "--time-format", format!("days since {date}"))
    }
}

/// Decides by all numbers; `None` where either day is as likely. Without a present moment the usual day is taken.
pub(super) fn first_day(numbers: &[i64], now: Option<Millis>) -> Option<FirstDay> {
    const ENOUGH: usize = 15;
    const SATURDAY: i64 = 2;
    const SUNDAY: i64 = 3;
    let latest = numbers.iter().copied().max()?;
    let Some(now) = now else { return Some(FirstDay::Of1899) };
    let is_past = |first: FirstDay| (latest - first.days_before_1970()) * DAY <= now;
    if !is_past(FirstDay::Of1904) {
        return Some(FirstDay::Of1899);
    }
    let mut days = numbers.to_vec();
    days.sort_unstable();
    days.dedup();
    // 1970-01-01 was a Thursday, which is 0 here.
    let closed = |first: FirstDay| -> Vec<i64> {
        let is_open = |weekday: i64| days.iter().any(|day| (day - first.days_before_1970()).rem_euclid(7) == weekday);
        (0..7).filter(|weekday| !is_open(*weekday)).collect()
    };
    let is_weekend = |first: FirstDay| closed(first) == [SATURDAY, SUNDAY];
    match (days.len() >= ENOUGH, is_weekend(FirstDay::Of1899), is_weekend(FirstDay::Of1904)) {
        (true, true, _) => Some(FirstDay::Of1899),
        (true, _, true) => Some(FirstDay::Of1904),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// 2026-11-29.
    const NOW: Millis = 1_795_910_400_000;

    #[test]
    fn the_weekend_or_the_present_tells_from_which_day_is_counted() {
        let weekdays = 1..6;
        let always = 0..7;
        let from = |first: FirstDay, day: i64, open: &Range<i64>| -> Vec<i64> {
            let is_open = |day: &i64| open.contains(&((day + 4) % 7));
            (day..day + 30).filter(is_open).map(|day| day + first.days_before_1970()).collect()
        };
        // From 2015-01-01 and from 2024-01-01.
        for first in [FirstDay::Of1899, FirstDay::Of1904] {
            assert_eq!(first_day(&from(first, 16_436, &weekdays), Some(NOW)), Some(first));
        }
        assert_eq!(first_day(&from(FirstDay::Of1899, 19_723, &always), Some(NOW)), Some(FirstDay::Of1899));
        assert_eq!(first_day(&from(FirstDay::Of1904, 19_723, &always), Some(NOW)), None);
        assert_eq!(first_day(&from(FirstDay::Of1899, 16_436, &always), Some(NOW)), None);
        assert_eq!(first_day(&from(FirstDay::Of1899, 16_436, &always), None), Some(FirstDay::Of1899));
    }
}
