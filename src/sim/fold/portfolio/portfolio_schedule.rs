//! Which portfolio an account follows from which bar on: what is left of choosing parameters anew in each window.

use crate::account::BorderRule;

/// From which bar on a portfolio applies.
#[derive(Clone, Copy, Debug)]
pub struct ScheduledPortfolio<P> {
    /// The first bar at whose open, or at the close before it, its orders fill.
    pub from: usize,
    /// The portfolio; none for cash alone.
    pub portfolio: Option<P>,
}

/// The portfolios of one account, one after the other.
#[derive(Clone, Debug)]
pub struct PortfolioSchedule<P> {
    /// At least one, ascending.
    pub entries: Vec<ScheduledPortfolio<P>>,
    /// What becomes of positions where another one begins.
    pub border: BorderRule,
    /// The bar at which the account ends.
    pub end: usize,
}

impl<P> PortfolioSchedule<P> {
    /// One portfolio through so many bars.
    pub(super) fn of_one(portfolio: P, bars: usize) -> Self {
        let entries = vec![ScheduledPortfolio { from: 0, portfolio: Some(portfolio) }];
        Self { entries, border: BorderRule::Hold, end: bars }
    }

    /// The first bar of the account.
    pub(super) fn start(&self) -> usize {
        self.entries[0].from
    }

    /// The number of the entry that applies at a bar from the first on, and whether it begins there.
    pub(super) fn at(&self, bar: usize) -> (usize, bool) {
        let number = self.entries.partition_point(|entry| entry.from <= bar).saturating_sub(1);
        (number, self.entries[number].from == bar)
    }
}
