//! Who hears of an account's trades and equity as they come.

use super::settings::Fill;
use super::tile_stats::TileStats;
use super::trade::{BarTrade, EntryFill, ExitReason, Side, Trade};
use crate::sim::candles::Candles;

/// Who wants to hear of trades and equity. `()` hears nothing and costs nothing; the arithmetic is the same.
pub trait Recorder {
    /// Whether [`Recorder::trade`] is to be called at all.
    const TRADES: bool = true;
    /// Whether [`Recorder::equity`] is to be called at all.
    const EQUITY: bool = false;
    /// Whether [`Recorder::flat`], [`Recorder::held`] and [`Recorder::bar`] are to be called at all. Together they hear
    /// of each bar once, in order.
    const SPANS: bool = false;
    /// A trade was closed, or is still open after the last bar.
    fn trade(&mut self, _trade: BarTrade) {}
    /// The equity at the close of the next bar.
    fn equity(&mut self, _equity: f64) {}
    /// The bars `from..to` of the tile passed without a position, at this equity.
    fn flat(&mut self, _tile: &TileStats<'_>, _from: usize, _to: usize, _equity: f64) {}
    /// Through the bars `from..to` of the tile so many bought units were held, and nothing beside them.
    fn held(&mut self, _tile: &TileStats<'_>, _from: usize, _to: usize, _units: f64) {}
    /// A bar of the tile took the equity from `before` to `equity`; whether a position stood at its close.
    fn bar(&mut self, _tile: &TileStats<'_>, _bar: usize, _before: f64, _equity: f64, _is_held: bool) {}
}

impl Recorder for () {
    const TRADES: bool = false;
}

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
    /// The trades, by the bars of their fills.
    #[must_use]
    pub fn bar_trades(&self) -> &[BarTrade] {
        &self.trades
    }

    /// The trades, with the open times of their bars in place of the bars' indices, and with the excursions of the
    /// price.
    ///
    /// # Panics
    /// When these are not the candles that were folded.
    #[must_use]
    pub fn trades(&self, candles: &Candles, fill: Fill) -> Vec<Trade> {
        let time = &candles.time;
        self.trades
            .iter()
            .map(|trade| {
                let (mae, mfe) = excursions(trade, candles, fill);
                Trade {
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
                    exit_reason: trade.reason,
                    mae,
                    mfe,
                    ambiguous: trade.ambiguous,
                }
            })
            .collect()
    }
}

/// How far the price went against a trade and for it while it was held, as fractions of the entry's price.
///
/// Only prices that are sure to lie between entry and exit count: of the entry's bar those after its fill, of the exit's
/// bar, where the fill is not at its close, the open and the fill.
fn excursions(trade: &BarTrade, candles: &Candles, fill: Fill) -> (f64, f64) {
    let at_close = match trade.reason {
        ExitReason::Rule | ExitReason::Reverse | ExitReason::Time => fill == Fill::Close,
        ExitReason::Ruin | ExitReason::Open | ExitReason::Ended => true,
        ExitReason::Stop
        | ExitReason::Trailing
        | ExitReason::BreakEven
        | ExitReason::Target
        | ExitReason::Liquidation => false,
    };
    let is_inside = trade.entry_fill != EntryFill::AtOnce;
    let from = trade.entry_bar + usize::from(is_inside || fill == Fill::Close);
    let to = if at_close { trade.exit_bar + 1 } else { trade.exit_bar };
    let (mut low, mut high) = (trade.entry_price, trade.entry_price);
    let mut see = |price: f64| (low, high) = (low.min(price), high.max(price));
    if is_inside && (trade.exit_bar > trade.entry_bar || at_close) {
        // Prices beyond the level came after the fill; so did the close.
        let falls = (trade.side == Side::Long) == (trade.entry_fill == EntryFill::Limit);
        see(if falls { candles.low[trade.entry_bar] } else { candles.high[trade.entry_bar] });
        see(candles.close[trade.entry_bar]);
    }
    (from..to).for_each(|bar| {
        see(candles.low[bar]);
        see(candles.high[bar]);
    });
    if !at_close && trade.exit_bar >= from {
        see(candles.open[trade.exit_bar]);
    }
    if !at_close {
        see(trade.exit_price);
    }
    let (down, up) = (low / trade.entry_price - 1.0, high / trade.entry_price - 1.0);
    match trade.side {
        Side::Long => (down, up),
        Side::Short => (-up, -down),
    }
}
