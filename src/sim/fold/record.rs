//! Keeps the trades and the equity of one combination, for those who ask for them.

use crate::sim::model::{Millis, Trade};
use crate::sim::recorder::{BarTrade, Recorder};

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecord;

impl Recorder for NoRecord {}

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
