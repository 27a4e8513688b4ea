//! Whether the bars of what is followed come when they should.

use crate::args::DelistedArgs;
use crate::data::SETTLE;
use crate::engine::SignalHead;
use crate::sim::{DAY, Interval, Millis};

/// How a followed strategy's bars come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Punctuality {
    /// When they should.
    OnTime,
    /// A bar has come to its end since the last one, and was not folded within another bar.
    Late,
    /// None has come for so long that none is expected any more.
    Delisted,
}

impl Punctuality {
    /// At this moment.
    pub(super) fn of(head: &SignalHead, now: Millis, delisted: &DelistedArgs) -> Self {
        let interval = head.interval.parse::<Interval>();
        interval.map_or(Self::OnTime, |interval| Self::after((interval, head.last), now, delisted.delisted_after))
    }

    /// Where the last bar opened at this time.
    fn after((interval, last): (Interval, Millis), now: Millis, delisted_after: Option<u32>) -> Self {
        let next = interval.end_of(interval.end_of(last));
        let due = next.saturating_add(interval.millis().min(60_000)).saturating_add(SETTLE);
        let given_up = |days: u32| due.saturating_add(Millis::from(days) * DAY) < now;
        match delisted_after {
            Some(days) if given_up(days) => Self::Delisted,
            _ if due < now => Self::Late,
            _ => Self::OnTime,
        }
    }

    /// For people; empty where there is nothing to say.
    pub(super) const fn remark(self) -> &'static str {
        match self {
            Self::OnTime => "",
            Self::Late => "late",
            Self::Delisted => "delisted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_late_from_its_overdue_bar_on_and_delisted_so_many_days_later() {
        let hour: Interval = "1h".parse().unwrap();
        let due = 2 * 3_600_000 + 60_000 + SETTLE;
        let punctuality = |now, delisted_after| Punctuality::after((hour, 0), now, delisted_after);
        assert_eq!(punctuality(due, Some(1)), Punctuality::OnTime);
        assert_eq!(punctuality(due + 1, Some(1)), Punctuality::Late);
        assert_eq!(punctuality(due + DAY, Some(1)), Punctuality::Late);
        assert_eq!(punctuality(due + DAY + 1, Some(1)), Punctuality::Delisted);
        assert_eq!(punctuality(due + 10_000 * DAY, None), Punctuality::Late);
    }
}
