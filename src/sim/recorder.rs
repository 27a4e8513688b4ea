//! Who hears of an account's trades and equity as they come.

use crate::sim::model::Side;

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
