//! Trades: with the times of their bars, as the outputs have them, and with the bars' numbers, as the account makes them.

use crate::sim::interval::Millis;

/// Side of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Bought first.
    Long,
    /// Sold first.
    Short,
}

/// One position from its entry to its exit, or to the last bar while still open.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// Long or short.
    pub side: Side,
    /// Open time of the bar of the entry fill.
    pub entry_time: Millis,
    /// Fill price, slippage included.
    pub entry_price: f64,
    /// Open time of the bar of the exit fill; of the last bar while open.
    pub exit_time: Millis,
    /// Fill price, slippage included; the last close while open.
    pub exit_price: f64,
    /// Units held, above zero on both sides.
    pub size: f64,
    /// Fees of both fills; of the entry alone while open.
    pub fees: f64,
    /// Profit net of fees, in quote currency.
    pub pnl: f64,
    /// `pnl / (entry_price * size)`.
    pub ret: f64,
    /// Bars from the entry fill to the exit fill.
    pub bars: u64,
    /// Still open at the end: marked to the last close and not counted in trade metrics.
    pub open: bool,
}

/// A trade in bars; who records it knows their times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarTrade {
    /// Long or short.
    pub side: Side,
    /// Bar of the entry fill.
    pub entry_bar: usize,
    /// Entry price with slippage.
    pub entry_price: f64,
    /// Bar of the exit fill.
    pub exit_bar: usize,
    /// Exit price with slippage; the last close while open.
    pub exit_price: f64,
    /// Units, above zero.
    pub size: f64,
    /// Fees of both fills; of the entry while open.
    pub fees: f64,
    /// Net profit.
    pub pnl: f64,
    /// `pnl / (entry_price * size)`
    pub ret: f64,
    /// Not closed by the last bar.
    pub open: bool,
}
