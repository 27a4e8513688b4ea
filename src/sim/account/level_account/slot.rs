//! A position that shares an account's cash with others, gone through bar by bar: its entry waits for a slot, and what its
//! exit frees is there for the next one.
//!
//! Sizes, levels, costs and reasons are those of an account that stands alone; only who decides on the entry, and the cash
//! for it, come from outside.

use super::{LevelAccount, State, with_slippage};
use crate::account::account::Account;
use crate::account::exits::{Bracket, ExitPlan, SignalBar};
use crate::account::levels::DetailBars;
use crate::account::leverage::BarFunding;
use crate::account::recorder::Recorder;
use crate::account::running_stats::TradeCounts;
use crate::account::settings::{Fill, Settings};
use crate::account::trade::{BarTrade, ExitReason};

/// What holds for a position whatever the bar.
#[derive(Clone, Copy, Debug)]
pub struct PositionTerms<'a> {
    /// Exits and size.
    pub plan: &'a ExitPlan,
    /// Costs, and when orders fill.
    pub settings: &'a Settings,
    /// Bars a year.
    pub bars_per_year: f64,
}

/// One bar of an asset, as a position in it sees it.
#[derive(Clone, Copy, Debug)]
pub struct SlotBar<'a> {
    /// Its number among the asset's own bars.
    pub index: usize,
    /// Its prices.
    pub open: f64,
    /// Highest price; NaN where there are no levels.
    pub high: f64,
    /// Lowest price; NaN where there are no levels.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Finer bars inside those of the asset, where there are any.
    pub detail: Option<&'a DetailBars>,
    /// How often funding is paid in it.
    pub payments: u8,
    /// Sum of the market's own funding rates in it.
    pub rate: f64,
    /// Orders that fill at it: long entry, long exit, short entry, short exit.
    pub orders: [bool; 4],
}

impl SlotBar<'_> {
    /// The price at which orders fill.
    #[must_use]
    pub fn fill(&self, fill: Fill) -> f64 {
        match fill {
            Fill::NextOpen => self.open,
            Fill::Close => self.close,
        }
    }
}

impl LevelAccount {
    /// Without a position and without cash of its own.
    #[must_use]
    pub fn in_slot() -> Self {
        Self::new(&Settings { capital: 0.0, ..Settings::default() })
    }

    /// Whether there is a position.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.account.state, State::Long | State::Short)
    }

    /// Units of the position; below zero when sold short.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.account.units
    }

    /// The position and the cash beside it at this price.
    #[must_use]
    pub fn worth(&self, price: f64) -> f64 {
        self.account.cash + self.account.units * price
    }

    /// Cash beside the position that nothing is owed of: a position sold short holds what it was sold for, and as much
    /// again, or its margin.
    #[must_use]
    pub fn spare_cash(&self, plan: &ExitPlan) -> f64 {
        let Account { cash, units, entry_price, .. } = &self.account;
        let sold = if *units < 0.0 { -units * entry_price } else { 0.0 };
        let spare = cash - (sold + sold / plan.leverage.limit.unwrap_or(1.0));
        if spare > 0.0 { spare } else { 0.0 }
    }

    /// What a position without leverage owes: costs that its own cash did not pay.
    #[must_use]
    pub fn debt(&self, plan: &ExitPlan) -> f64 {
        if plan.leverage.limit.is_none() && self.account.cash < 0.0 { -self.account.cash } else { 0.0 }
    }

    /// A position that is kept has from now on the levels that these exits give its entry, but for those read from a series.
    pub fn take_levels_of(&mut self, terms: &PositionTerms<'_>) {
        let (sold, entry) = (self.account.units < 0.0, self.account.entry_price);
        if self.is_held()
            && let Some(bracket) = Bracket::new(terms.plan, sold, entry, &SignalBar::default())
        {
            self.bracket = bracket.with_liquidation_of(&self.bracket);
        }
    }

    /// Takes cash from beside the position, or puts it there.
    pub fn move_cash(&mut self, cash: f64) {
        self.account.cash += cash;
    }

    /// Takes all the cash of what holds nothing.
    pub fn release_cash(&mut self) -> f64 {
        std::mem::take(&mut self.account.cash)
    }

    /// Whether an entry may fill at this bar.
    #[must_use]
    pub fn may_enter(&self, index: usize) -> bool {
        self.account.state == State::Flat && index >= self.ready
    }

    /// Buys or sells short with this cash at the bar where orders fill, to the size that the plan says; whether it did. Levels
    /// of the same bar are for [`Self::watch`].
    pub fn enter_slot(
        &mut self,
        terms: &PositionTerms<'_>,
        (bar, signal): (&SlotBar<'_>, &SignalBar),
        sold: bool,
        cash: f64,
    ) -> bool {
        self.account.cash = cash;
        let price = with_slippage(bar.fill(terms.settings.fill), !sold, terms.settings);
        self.open(terms, (sold, price, terms.settings.fee), signal, bar.index);
        self.is_held()
    }

    /// Pays what it costs to carry the position over the open of this bar.
    pub fn carry(&mut self, terms: &PositionTerms<'_>, bar: &SlotBar<'_>) {
        if terms.plan.leverage.has_charges() {
            self.pay(terms, bar.open, BarFunding { payments: bar.payments, rate: bar.rate });
        }
    }

    /// Closes the position where a rule, the other side's entry or its time ends it at this bar.
    pub fn leave_on_order<R: Recorder>(&mut self, terms: &PositionTerms<'_>, bar: &SlotBar<'_>, recorder: &mut R) {
        let price = bar.fill(terms.settings.fill);
        let [long_entry, long_exit, short_entry, short_exit] = bar.orders;
        let (reverses, leaves, may_leave) = match self.account.state {
            State::Long => (short_entry, long_exit, self.may_leave::<false>(terms, price)),
            State::Short => (long_entry, short_exit, self.may_leave::<true>(terms, price)),
            State::Flat | State::Ruined => return,
        };
        let reason = if reverses {
            ExitReason::Reverse
        } else if leaves && may_leave {
            ExitReason::Rule
        } else if terms.plan.max_bars.is_some_and(|most| bar.index == self.since + most) {
            ExitReason::Time
        } else {
            return;
        };
        self.account.exit(price, bar.index, (reason, false), terms.settings, recorder);
        // Whoever leaves at a bar does not enter the same side at it again.
        self.ready = if reverses { bar.index } else { bar.index + 1 };
    }

    /// Takes the levels of the position through this bar, where one may end it.
    pub fn watch<R: Recorder>(&mut self, terms: &PositionTerms<'_>, bar: &SlotBar<'_>, recorder: &mut R) {
        let sold = match self.account.state {
            State::Long => false,
            State::Short => true,
            State::Flat | State::Ruined => return,
        };
        self.bracket.advance(terms.plan, sold, bar.index - self.since);
        let finer = bar.detail.map_or(&[][..], |detail| detail.inside(bar.index));
        if let Some(fill) = self.pass((bar.open, bar.high, bar.low), finer, sold) {
            self.leave(terms, bar.index, sold, fill, recorder);
        }
    }

    /// Closes the position at this price, before slippage, for another reason than its orders and levels.
    pub fn end<R: Recorder>(
        &mut self,
        (price, index): (f64, usize),
        reason: ExitReason,
        settings: &Settings,
        recorder: &mut R,
    ) {
        self.account.exit(price, index, (reason, false), settings, recorder);
    }

    /// The open position as a trade, at this close.
    #[must_use]
    pub fn open_trade(&self, (close, index): (f64, usize)) -> BarTrade {
        self.account.open_trade(close, index)
    }

    /// Fees of all fills.
    #[must_use]
    pub fn fees(&self) -> f64 {
        self.account.fees()
    }

    /// What happened beside its trades.
    #[must_use]
    pub fn counts(&self) -> TradeCounts {
        self.counts
    }
}
