//! A signal as every output has it: an order of a followed account, or a change of what was said before.

use crate::account::Side;
use crate::fold::{OrderFill, OrderKind};
use crate::interval::{Interval, Millis};

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SignalKind {
    /// An order.
    Order(OrderKind),
    /// An order of the past that is there only since candles were revised, or not any more.
    Correction {
        /// The order.
        order: OrderKind,
        /// Whether it is there now.
        is_there: bool,
    },
    /// Another version of the program holds another position after the same bar.
    Migrated {
        /// The position before.
        before: Option<Side>,
        /// The position now.
        now: Option<Side>,
    },
}

impl SignalKind {
    /// As in all outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order(order) => order.name(),
            Self::Correction { .. } => "correction",
            Self::Migrated { .. } => "migrated",
        }
    }

    /// The order that it is about, if it is about one.
    #[must_use]
    pub const fn order(self) -> Option<OrderKind> {
        match self {
            Self::Order(order) | Self::Correction { order, .. } => Some(order),
            Self::Migrated { .. } => None,
        }
    }
}

/// One signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its identity, 64 hex digits: the same from each process.
    pub id: String,
    /// What it says.
    pub kind: SignalKind,
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Open time of its bar.
    pub bar: Millis,
    /// Where the order fills.
    pub fill: Option<OrderFill>,
    /// The close of its bar; of an order that was filled inside it, the price of the fill.
    pub price_ref: f64,
    /// Of an entry, its stop.
    pub stop: Option<f64>,
    /// Of an entry, its target.
    pub target: Option<f64>,
    /// Name of the strategy.
    pub strategy: String,
    /// Its parameters, in its order.
    pub params: Vec<(String, f64)>,
    /// Identity of rules, parameters and settings, 64 hex digits.
    pub key: String,
    /// Equity at the close of its bar, in quote currency.
    pub equity: f64,
    /// Bars that had closed since when it was found.
    pub bars_late: u64,
    /// Whether it was found too late to be acted on.
    pub stale: bool,
    /// Whether it is of a time before the strategy was followed.
    pub replayed: bool,
    /// When it was found.
    pub emitted_at: Millis,
}

impl Signal {
    /// When its bar was over.
    #[must_use]
    pub fn close_time(&self) -> Millis {
        self.interval.end_of(self.bar)
    }
}
