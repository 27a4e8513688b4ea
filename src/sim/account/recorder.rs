//! Who hears of an account's trades and equity as they come.

use super::trade::{BarTrade, Trade};
use crate::sim::interval::Millis;

/// Who wants to hear of trades and equity. `()` hears nothing and costs nothing; the arithmetic is the same.
pub trait Recorder {
    /// Whether [`Recorder::equity`] is to be called at all.
    const EQUITY: bool = false;
    /// A trade was closed, or is still open after the last bar.
    fn trade(&mut self, _trade: BarTrade) {}
    /// The equity at the close of the next bar.
    fn equity(&mut self, _equity: f64) {}
}

impl Recorder for () {}

/// Keeps every trade and the equity at every close.
#[derive(Clone, Debug, Default)]
pub struct Record {
    trades: Vec<BarTrade>,
    /// Equity at the close of each bar.
    pub equity: Vec<f64>,
}

impl Recorder for Record {
    const EQUITY: bool = true;

    fn trade(&mut self, trade: BarTrade) {
        self.trades.push(trade);
    }

    fn equity(&mut self, equity: f64) {
        self.equity.push(equity);
    }
}

impl Record {
    /// The trades, with the open times of their bars in place of the bars' indices.
    ///
    /// # Panics
    /// When `time` is not that of the candles that were folded.
    #[must_use]
    pub fn trades(&self, time: &[Millis]) -> Vec<Trade> {
        self.trades
            .iter()
            .map(|trade| Trade {
                side: trade.side,
                entry_time: time[trade.entry_bar],
                entry_price: trade.entry_price,
                exit_time: time[trade.exit_bar],
                exit_price: trade.exit_price,
                size: trade.size,
                fees: trade.fees,
                pnl: trade.pnl,
                ret: trade.ret,
                bars: (trade.exit_bar - trade.entry_bar) as u64,
                open: trade.open,
            })
            .collect()
    }
}
