//! From bar to bar: which order comes next, what a fill does to cash and position, and what lies between.

use super::orders::SignalBits;
use super::recorder::Recorder;
use super::running_stats::{RunningStats, TradeCounts};
use super::settings::{Fill, Settings};
use super::tile_stats::{AllIn, Beside, Holding, TileStats};
use super::trade::{BarTrade, EntryFill, EntryLevels, ExitReason, Side};
use crate::tile::bitset::{is_set, next_set};
use crate::tile::resumable::{resumable, resumable_enum};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Flat,
    Long,
    Short,
    Ruined,
}

resumable_enum!(State: Flat, Long, Short, Ruined);

/// Cash, position and tally of one combination.
#[derive(Clone, Debug)]
pub struct Account {
    pub(super) state: State,
    pub(super) cash: f64,
    /// Below zero when sold short.
    pub(super) units: f64,
    pub(super) entry_price: f64,
    entry_fee: f64,
    /// Funding and interest that the open position has cost.
    pub(super) charged: f64,
    pub(super) entry_bar: usize,
    entry_fill: EntryFill,
    entry_levels: EntryLevels,
    /// Signals of the last bar of the tile before, for fills at the next open.
    pub(super) carried: [bool; 4],
    stats: RunningStats,
}

resumable!(
    Account: state,
    cash,
    units,
    entry_price,
    entry_fee,
    charged,
    entry_bar,
    entry_fill,
    entry_levels,
    carried,
    stats
);

impl Account {
    /// An account with its capital, before the first bar.
    #[must_use]
    #[inline]
    pub fn new(settings: &Settings) -> Self {
        Self {
            state: State::Flat,
            cash: settings.capital,
            units: 0.0,
            entry_price: 0.0,
            entry_fee: 0.0,
            charged: 0.0,
            entry_bar: 0,
            entry_fill: EntryFill::AtOnce,
            entry_levels: EntryLevels::default(),
            carried: [false; 4],
            stats: RunningStats::default(),
        }
    }

    /// Takes the account through one tile; what the rules gave becomes the orders in place.
    pub fn extend<R: Recorder>(
        &mut self,
        tile: &TileStats<'_>,
        rules: &mut SignalBits,
        settings: &Settings,
        recorder: &mut R,
    ) {
        rules.order(settings, tile.bars(), &mut self.carried, tile.cpu);
        let orders = &*rules;
        let mut bar = 0;
        while bar < tile.bars() {
            let next = match self.state {
                State::Flat => next_set(&orders.long_entry, &orders.short_entry, bar),
                State::Long => next_set(&orders.long_exit, &orders.short_entry, bar),
                State::Short => next_set(&orders.short_exit, &orders.long_entry, bar),
                State::Ruined => None,
            };
            let end = next.map_or(tile.bars(), |next| next.min(tile.bars()));
            bar = self.stretch(tile, bar, end, settings, recorder);
            // A ruined account has no more orders, not even the one of the bar after.
            if bar == end && end < tile.bars() && self.state != State::Ruined {
                self.act(tile, bar, orders, settings, recorder);
                bar += 1;
            }
        }
    }

    /// Marks an open position to the last close, and gives what the metrics need.
    pub fn close<R: Recorder>(self, tile: &TileStats<'_>, recorder: &mut R) -> Closed {
        let Some(&close) = tile.close.last() else {
            return Closed { equity: self.cash, open: false, ruined: false, stats: self.stats, counts: None };
        };
        let open = self.units != 0.0;
        if open && R::TRADES {
            recorder.trade(self.open_trade(close, tile.first + tile.bars() - 1));
        }
        let equity = self.cash + self.units * close;
        Closed { equity, open, ruined: self.state == State::Ruined, stats: self.stats, counts: None }
    }

    /// Goes through the bars `from..to`, in which no order fills; stops early after the bar that ruins the account.
    #[inline]
    pub(super) fn stretch<R: Recorder>(
        &mut self,
        tile: &TileStats<'_>,
        from: usize,
        to: usize,
        settings: &Settings,
        recorder: &mut R,
    ) -> usize {
        if from == to {
            return to;
        }
        match self.state {
            State::Flat | State::Ruined => self.stats.flat(to - from, self.cash, tile.risk_free),
            State::Long => self.stats.held(tile, from, to, AllIn { units: self.units }),
            State::Short => return self.stretch_beside(tile, from, to, settings, recorder),
        }
        if R::SPANS {
            match self.state {
                State::Long => recorder.held(tile, from, to, self.units),
                _ => recorder.flat(tile, from, to, self.cash),
            }
        }
        if R::EQUITY {
            for &close in &tile.close[from..to] {
                recorder.equity(self.cash + self.units * close);
            }
        }
        to
    }

    /// As [`Self::stretch`], of a position beside which there is cash or debt; a short one always is. Such an account can be
    /// ruined between two orders.
    #[inline]
    pub(super) fn stretch_beside<R: Recorder>(
        &mut self,
        tile: &TileStats<'_>,
        from: usize,
        to: usize,
        settings: &Settings,
        recorder: &mut R,
    ) -> usize {
        let holding = Beside { cash: self.cash, units: self.units };
        let ruin = holding.first_ruin(tile, (from, to));
        let end = ruin.unwrap_or(to);
        self.stats.held(tile, from, end, holding);
        if R::SPANS {
            for bar in from..end {
                let (before, equity) = (tile.previous_close(bar), tile.close[bar]);
                recorder.bar(tile, bar, holding.equity(before), holding.equity(equity), true);
            }
        }
        if R::EQUITY {
            for &close in &tile.close[from..end] {
                recorder.equity(holding.equity(close));
            }
        }
        if ruin.is_none() {
            return to;
        }
        let before = holding.equity(tile.previous_close(end));
        self.end_bar(tile, end, before, settings, recorder);
        end + 1
    }

    /// Fills the order of this bar.
    fn act<R: Recorder>(
        &mut self,
        tile: &TileStats<'_>,
        bar: usize,
        orders: &SignalBits,
        settings: &Settings,
        recorder: &mut R,
    ) {
        let before = self.cash + self.units * tile.previous_close(bar);
        let price = match settings.fill {
            Fill::NextOpen => tile.open[bar],
            Fill::Close => tile.close[bar],
        };
        let index = tile.first + bar;
        let long = is_set(&orders.long_entry, bar);
        let short = is_set(&orders.short_entry, bar);
        let reason = |reverses| if reverses { ExitReason::Reverse } else { ExitReason::Rule };
        match self.state {
            State::Long => {
                self.exit(price, index, (reason(short), false), settings, recorder);
                if short {
                    self.enter(Side::Short, price, index, settings);
                }
            }
            State::Short => {
                self.exit(price, index, (reason(long), false), settings, recorder);
                if long {
                    self.enter(Side::Long, price, index, settings);
                }
            }
            State::Flat => self.enter(if long { Side::Long } else { Side::Short }, price, index, settings),
            State::Ruined => {}
        }
        self.end_bar(tile, bar, before, settings, recorder);
    }

    /// Counts a bar with fills by its close; `before` is the equity at the close before.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call for each fill took a twentieth of a sweep whose rules trade often"
    )]
    pub(super) fn end_bar<R: Recorder>(
        &mut self,
        tile: &TileStats<'_>,
        bar: usize,
        before: f64,
        settings: &Settings,
        recorder: &mut R,
    ) {
        let mut equity = self.cash + self.units * tile.close[bar];
        if equity <= 0.0 {
            equity = self.ruin(tile, bar, settings, recorder);
        } else if self.units != 0.0 {
            self.stats.exposed += 1;
        }
        self.stats.bar(before, equity, tile.risk_free);
        if R::SPANS {
            recorder.bar(tile, bar, before, equity, self.units != 0.0);
        }
        if R::EQUITY {
            recorder.equity(equity);
        }
    }
}

impl Account {
    #[inline]
    fn enter(&mut self, side: Side, price: f64, bar: usize, settings: &Settings) {
        if self.cash <= 0.0 {
            return; // a short that lost more than everything has nothing left to turn round with
        }
        self.enter_all(side, with_slippage(price, side == Side::Long, settings), settings.fee, bar);
    }

    /// Buys or sells with all of the cash, which is above 0, at a price with slippage and for this fee.
    #[inline]
    pub(super) fn enter_all(&mut self, side: Side, price: f64, fee: f64, bar: usize) {
        let units = self.cash / (price * (1.0 + fee));
        let fee = fee * price * units;
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
        self.stats.fees += fee;
        (self.entry_price, self.entry_fee, self.entry_bar) = (price, fee, bar);
    }

    /// Buys or sells so many units at a price with slippage and for this fee; what they cost beyond the cash is borrowed.
    pub(super) fn enter_units(&mut self, side: Side, price: f64, units: f64, fee: f64, bar: usize) {
        let fee = fee * price * units;
        self.cash = match side {
            Side::Long => self.cash - price * units - fee,
            Side::Short => self.cash + price * units - fee,
        };
        (self.state, self.units) = match side {
            Side::Long => (State::Long, units),
            Side::Short => (State::Short, -units),
        };
        self.stats.fees += fee;
        (self.entry_price, self.entry_fee, self.entry_bar) = (price, fee, bar);
    }

    /// Notes where the stop and the target of the position are.
    pub(super) fn set_entry_levels(&mut self, levels: EntryLevels) {
        self.entry_levels = levels;
    }

    /// Notes how the entry's price came about.
    pub(super) fn set_entry_fill(&mut self, fill: EntryFill) {
        self.entry_fill = fill;
    }

    /// Ends a position whose margin, its value at the entry over `leverage`, is used up: it is lost, and no more.
    pub(super) fn liquidate<R: Recorder>(
        &mut self,
        price: f64,
        (bar, exit_within): (usize, usize),
        leverage: f64,
        recorder: &mut R,
    ) {
        let value = self.units * self.entry_price;
        let margin = value.abs() / leverage;
        let pnl = -margin - self.entry_fee - self.charged;
        let trade = self.trade(bar, price, self.entry_fee, ExitReason::Liquidation);
        let trade = BarTrade { pnl, ret: pnl / value.abs(), exit_within, ..trade };
        // Where the margin was all there was, nothing is left: no crumb of rounding goes on to trade.
        let rest = self.cash + value - margin;
        self.cash = if rest.abs() <= 1e-12 * value.abs() { 0.0 } else { rest };
        self.units = 0.0;
        self.state = State::Flat;
        self.stats.trades.push(trade.pnl, trade.ret, (trade.exit_bar - trade.entry_bar) as u64);
        recorder.trade(trade);
    }

    #[inline]
    pub(super) fn exit<R: Recorder>(
        &mut self,
        price: f64,
        bar: usize,
        (reason, ambiguous): (ExitReason, bool),
        settings: &Settings,
        recorder: &mut R,
    ) {
        self.exit_within(price, (bar, 0), (reason, ambiguous), settings, recorder);
    }

    /// The same within a finer bar, by its number in the bar.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call for each fill took a twentieth of a sweep whose rules trade often"
    )]
    pub(super) fn exit_within<R: Recorder>(
        &mut self,
        price: f64,
        (bar, exit_within): (usize, usize),
        (reason, ambiguous): (ExitReason, bool),
        settings: &Settings,
        recorder: &mut R,
    ) {
        let price = with_slippage(price, self.units < 0.0, settings);
        let value = self.units * price;
        let fee = settings.fee * value.abs();
        let fees = self.entry_fee + fee;
        let (pnl, ret) = self.gain(price, fees);
        if R::TRADES {
            recorder.trade(BarTrade { exit_within, ambiguous, ..self.trade(bar, price, fees, reason) });
        }
        self.cash = self.cash + value - fee;
        self.units = 0.0;
        self.state = State::Flat;
        self.stats.fees += fee;
        self.stats.trades.push(pnl, ret, (bar - self.entry_bar) as u64);
    }

    /// Ends an account whose equity is gone: what is open is closed at this bar's close, and nothing follows.
    fn ruin<R: Recorder>(&mut self, tile: &TileStats<'_>, bar: usize, settings: &Settings, recorder: &mut R) -> f64 {
        if self.units != 0.0 {
            let reason = (ExitReason::Ruin, false);
            self.exit(tile.close[bar], tile.first + bar, reason, settings, recorder);
        }
        self.state = State::Ruined;
        self.cash
    }

    /// The open position as a trade, as if it were left at this close.
    #[inline]
    pub(super) fn open_trade(&self, close: f64, bar: usize) -> BarTrade {
        self.trade(bar, close, self.entry_fee, ExitReason::Open)
    }

    /// Fees of all fills.
    #[inline]
    pub(super) fn fees(&self) -> f64 {
        self.stats.fees
    }

    /// Profit of the open position at this price and after these fees, and that as a part of its value at the entry.
    #[inline]
    fn gain(&self, exit_price: f64, fees: f64) -> (f64, f64) {
        let pnl = self.units * (exit_price - self.entry_price) - fees - self.charged;
        (pnl, pnl / (self.entry_price * self.units.abs()))
    }

    #[inline]
    fn trade(&self, exit_bar: usize, exit_price: f64, fees: f64, reason: ExitReason) -> BarTrade {
        let (pnl, ret) = self.gain(exit_price, fees);
        BarTrade {
            side: if self.units > 0.0 { Side::Long } else { Side::Short },
            entry_bar: self.entry_bar,
            entry_price: self.entry_price,
            entry_fill: self.entry_fill,
            exit_within: 0,
            entry_levels: self.entry_levels,
            exit_bar,
            exit_price,
            size: self.units.abs(),
            fees,
            entry_fee: self.entry_fee,
            pnl,
            ret,
            open: reason == ExitReason::Open,
            reason,
            ambiguous: false,
        }
    }
}

#[inline]
pub(super) fn with_slippage(price: f64, buys: bool, settings: &Settings) -> f64 {
    if buys { price * (1.0 + settings.slippage) } else { price * (1.0 - settings.slippage) }
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
    pub stats: RunningStats,
    /// Rejected entries, liquidations, costs of holding; of accounts that have exits, sizes or leverage.
    pub counts: Option<TradeCounts>,
}
