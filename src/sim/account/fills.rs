//! What a fill does to cash, position and tally.

use super::steps::{Account, State};
use crate::sim::market::Market;
use crate::sim::model::{Settings, Side};
use crate::sim::recorder::{BarTrade, Recorder};

impl Account {
    pub(super) fn enter(&mut self, side: Side, price: f64, bar: usize, settings: &Settings) {
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

    pub(super) fn exit<R: Recorder>(&mut self, price: f64, bar: usize, settings: &Settings, recorder: &mut R) {
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
    pub(super) fn ruin<R: Recorder>(
        &mut self,
        market: &Market<'_>,
        bar: usize,
        settings: &Settings,
        recorder: &mut R,
    ) -> f64 {
        if self.units != 0.0 {
            self.exit(market.close[bar], market.first + bar, settings, recorder);
        }
        self.state = State::Ruined;
        self.cash
    }

    pub(super) fn trade(&self, exit_bar: usize, exit_price: f64, fees: f64, open: bool) -> BarTrade {
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

fn with_slippage(price: f64, buys: bool, settings: &Settings) -> f64 {
    if buys { price * (1.0 + settings.slippage) } else { price * (1.0 - settings.slippage) }
}
