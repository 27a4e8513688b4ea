//! Positions and costs: from signals to fills, and from fills to the tally.
//!
//! The account steps only where something happens. Between fills it hands whole stretches to the tally; which bar
//! comes next is the next set bit of the signals that matter in the present state.

use crate::bits::{is_set, next_set};
use crate::market::Market;
use crate::model::{Fill, Settings, Side};
use crate::orders::RuleBits;
use crate::recorder::{BarTrade, Recorder};
use crate::tally::Tally;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Flat,
    Long,
    Short,
    Ruined,
}

/// Cash, position and tally of one combination.
#[derive(Clone, Debug)]
pub struct Account {
    state: State,
    cash: f64,
    /// Below zero when sold short.
    units: f64,
    entry_price: f64,
    entry_fee: f64,
    entry_bar: usize,
    /// Signals of the last bar of the tile before, for fills at the next open.
    carried: [bool; 4],
    tally: Tally,
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

    fn enter(&mut self, side: Side, price: f64, bar: usize, settings: &Settings) {
        if self.cash <= 0.0 {
            return; // a short that lost more than everything has nothing left to turn round with
        }
        let price = with_slippage(price, side == Side::Long, settings);
        let units = self.cash / (price * (1.0 + settings.fee));
        let fee = settings.fee * price * units;
        match side {
            Side::Long => {
                // Not cash - cost: all of it is spent, and rounding must not leave a crumb or a debt.
                self.cash = 0.0;
                self.units = units;
                self.state = State::Long;
            }
            Side::Short => {
                self.cash = self.cash + price * units - fee;
                self.units = -units;
                self.state = State::Short;
            }
        }
        self.tally.fees += fee;
        (self.entry_price, self.entry_fee, self.entry_bar) = (price, fee, bar);
    }

    fn exit<R: Recorder>(&mut self, price: f64, bar: usize, settings: &Settings, recorder: &mut R) {
        let price = with_slippage(price, self.units < 0.0, settings);
        let value = self.units * price;
        let fee = settings.fee * value.abs();
        let trade = self.trade(bar, price, self.entry_fee + fee, false);
        self.cash = self.cash + value - fee;
        self.units = 0.0;
        self.state = State::Flat;
        self.tally.fees += fee;
        self.tally.trades.push(trade.pnl, trade.ret, (trade.exit_bar - trade.entry_bar) as u64);
        recorder.trade(trade);
    }

    /// Ends an account whose equity is gone: what is open is closed at this bar's close, and nothing follows.
    fn ruin<R: Recorder>(&mut self, market: &Market<'_>, bar: usize, settings: &Settings, recorder: &mut R) -> f64 {
        if self.units != 0.0 {
            self.exit(market.close[bar], market.first + bar, settings, recorder);
        }
        self.state = State::Ruined;
        self.cash
    }

    fn trade(&self, exit_bar: usize, exit_price: f64, fees: f64, open: bool) -> BarTrade {
        let pnl = self.units * (exit_price - self.entry_price) - fees;
        let size = self.units.abs();
        BarTrade {
            side: if self.units > 0.0 { Side::Long } else { Side::Short },
            entry_bar: self.entry_bar,
            entry_price: self.entry_price,
            exit_bar,
            exit_price,
            size,
            fees,
            pnl,
            ret: pnl / (self.entry_price * size),
            open,
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

fn with_slippage(price: f64, buys: bool, settings: &Settings) -> f64 {
    if buys { price * (1.0 + settings.slippage) } else { price * (1.0 - settings.slippage) }
}
