//! From bar to bar: which order comes next, and what lies between.

use crate::sim::bits::{is_set, next_set};
use crate::sim::market::Market;
use crate::sim::model::{Fill, Settings, Side};
use crate::sim::orders::RuleBits;
use crate::sim::recorder::Recorder;
use crate::sim::tally::Tally;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Flat,
    Long,
    Short,
    Ruined,
}

/// Cash, position and tally of one combination.
#[derive(Clone, Debug)]
pub struct Account {
    pub(super) state: State,
    pub(super) cash: f64,
    /// Below zero when sold short.
    pub(super) units: f64,
    pub(super) entry_price: f64,
    pub(super) entry_fee: f64,
    pub(super) entry_bar: usize,
    /// Signals of the last bar of the tile before, for fills at the next open.
    pub(super) carried: [bool; 4],
    pub(super) tally: Tally,
}

impl Account {
    /// An account with its capital, before the first bar.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            state: State::Flat,
            cash: settings.capital,
            units: 0.0,
            entry_price: 0.0,
            entry_fee: 0.0,
            entry_bar: 0,
            carried: [false; 4],
            tally: Tally::default(),
        }
    }

    /// Takes the account through one tile; what the rules gave becomes the orders in place.
    pub fn extend<R: Recorder>(
        &mut self,
        market: &Market<'_>,
        rules: &mut RuleBits,
        settings: &Settings,
        recorder: &mut R,
    ) {
        rules.order(settings, market.bars(), &mut self.carried);
        let orders = &*rules;
        let mut bar = 0;
        while bar < market.bars() {
            let next = match self.state {
                State::Flat => next_set(&orders.long_entry, &orders.short_entry, bar),
                State::Long => next_set(&orders.long_exit, &orders.short_entry, bar),
                State::Short => next_set(&orders.short_exit, &orders.long_entry, bar),
                State::Ruined => None,
            };
            let end = next.map_or(market.bars(), |next| next.min(market.bars()));
            bar = self.stretch(market, bar, end, settings, recorder);
            // A ruined account has no more orders, not even the one of the bar after.
            if bar == end && end < market.bars() && self.state != State::Ruined {
                self.act(market, bar, orders, settings, recorder);
                bar += 1;
            }
        }
    }

    /// Marks an open position to the last close, and gives what the metrics need.
    pub fn close<R: Recorder>(self, market: &Market<'_>, recorder: &mut R) -> Closed {
        let Some(&close) = market.close.last() else {
            return Closed { equity: self.cash, open: false, ruined: false, tally: self.tally };
        };
        let open = self.units != 0.0;
        if open {
            let last = market.first + market.bars() - 1;
            recorder.trade(self.trade(last, close, self.entry_fee, true));
        }
        let equity = self.cash + self.units * close;
        Closed { equity, open, ruined: self.state == State::Ruined, tally: self.tally }
    }

    /// Goes through the bars `from..to`, in which no order fills; stops early after the bar that ruins the account.
    fn stretch<R: Recorder>(
        &mut self,
        market: &Market<'_>,
        from: usize,
        to: usize,
        settings: &Settings,
        recorder: &mut R,
    ) -> usize {
        if from == to {
            return to;
        }
        match self.state {
            State::Flat | State::Ruined => self.tally.flat(to - from, self.cash),
            State::Long => self.tally.held(market, from, to, self.units),
            State::Short => return self.stretch_short(market, from, to, settings, recorder),
        }
        if R::EQUITY {
            for &close in &market.close[from..to] {
                recorder.equity(self.cash + self.units * close);
            }
        }
        to
    }

    /// A short position's returns depend on how deep it is in profit, so each bar has its own.
    fn stretch_short<R: Recorder>(
        &mut self,
        market: &Market<'_>,
        from: usize,
        to: usize,
        settings: &Settings,
        recorder: &mut R,
    ) -> usize {
        let mut before = self.cash + self.units * market.previous_close(from);
        for bar in from..to {
            let mut equity = self.cash + self.units * market.close[bar];
            if equity <= 0.0 {
                equity = self.ruin(market, bar, settings, recorder);
            } else {
                self.tally.exposed += 1;
            }
            self.tally.bar(before, equity);
            if R::EQUITY {
                recorder.equity(equity);
            }
            if self.state == State::Ruined {
                return bar + 1;
            }
            before = equity;
        }
        to
    }

    /// Fills the order of this bar.
    fn act<R: Recorder>(
        &mut self,
        market: &Market<'_>,
        bar: usize,
        orders: &RuleBits,
        settings: &Settings,
        recorder: &mut R,
    ) {
        let before = self.cash + self.units * market.previous_close(bar);
        let price = match settings.fill {
            Fill::NextOpen => market.open[bar],
            Fill::Close => market.close[bar],
        };
        let index = market.first + bar;
        let long = is_set(&orders.long_entry, bar);
        let short = is_set(&orders.short_entry, bar);
        match self.state {
            State::Long => {
                self.exit(price, index, settings, recorder);
                if short {
                    self.enter(Side::Short, price, index, settings);
                }
            }
            State::Short => {
                self.exit(price, index, settings, recorder);
                if long {
                    self.enter(Side::Long, price, index, settings);
                }
            }
            State::Flat => self.enter(if long { Side::Long } else { Side::Short }, price, index, settings),
            State::Ruined => {}
        }
        let mut equity = self.cash + self.units * market.close[bar];
        if equity <= 0.0 {
            equity = self.ruin(market, bar, settings, recorder);
        } else if self.units != 0.0 {
            self.tally.exposed += 1;
        }
        self.tally.bar(before, equity);
        if R::EQUITY {
            recorder.equity(equity);
        }
    }
}

/// What is left of an account after the last bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// Equity at the last close.
    pub equity: f64,
    /// Whether a position is still held.
    pub open: bool,
    /// Whether the equity fell to 0 or below.
    pub ruined: bool,
    /// All sums.
    pub tally: Tally,
}
