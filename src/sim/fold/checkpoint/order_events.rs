//! The orders of an account, each at the bar at whose close it is known: what a trader would do next.

use crate::account::{BarTrade, EntryFill, ExitReason, Fill, Record, Side};
use crate::fold::Market;

/// What an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrderKind {
    /// Sells what was bought.
    Exit,
    /// Buys back what was sold short.
    ShortExit,
    /// Buys.
    Entry,
    /// Sells short.
    ShortEntry,
}

impl OrderKind {
    /// All, in the order in which those of one bar are filled.
    pub const ALL: [Self; 4] = [Self::Exit, Self::ShortExit, Self::Entry, Self::ShortEntry];

    /// As in all outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::ShortExit => "short_exit",
            Self::Entry => "entry",
            Self::ShortEntry => "short_entry",
        }
    }

    /// `buy` or `sell`.
    #[must_use]
    pub const fn side(self) -> &'static str {
        match self {
            Self::Entry | Self::ShortExit => "buy",
            Self::Exit | Self::ShortEntry => "sell",
        }
    }

    /// The position before it, as `long`, `short` or `flat`.
    #[must_use]
    pub const fn position_before(self) -> &'static str {
        match self {
            Self::Exit => "long",
            Self::ShortExit => "short",
            Self::Entry | Self::ShortEntry => "flat",
        }
    }

    const fn entry(side: Side) -> Self {
        match side {
            Side::Long => Self::Entry,
            Side::Short => Self::ShortEntry,
        }
    }

    const fn exit(side: Side) -> Self {
        match side {
            Side::Long => Self::Exit,
            Side::Short => Self::ShortExit,
        }
    }
}

/// Where an order fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFill {
    /// At the open of the next bar: it can still be given.
    NextOpen,
    /// At the close of its bar.
    Close,
    /// It was filled inside its bar, as a waiting entry.
    Waiting(EntryFill),
    /// It was filled inside its bar, or at its close, for this reason.
    Level(ExitReason),
    /// It is none of an account: a rule has become true.
    Condition,
}

impl OrderFill {
    /// As in all outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NextOpen => "next-open",
            Self::Close => "close",
            Self::Waiting(EntryFill::Stop) => "entry_stop",
            Self::Waiting(EntryFill::Limit) => "entry_limit",
            Self::Waiting(EntryFill::AtOnce) => "open",
            Self::Level(reason) => reason.name(),
            Self::Condition => "condition",
        }
    }
}

/// One order of an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderEvent {
    /// What it does.
    pub kind: OrderKind,
    /// The bar at whose close it is known.
    pub bar: usize,
    /// Where it fills.
    pub fill: OrderFill,
    /// The close of its bar where it fills at the next open or at this close; else the price of its fill.
    pub price: f64,
    /// Of an entry, its stop where it has one: of one at the next open, where it would be if that is at the price.
    pub stop: Option<f64>,
    /// Of an entry, its target likewise.
    pub target: Option<f64>,
    /// Equity at the close of its bar, in quote currency.
    pub equity: f64,
}

/// The orders that made the trades of a record, whose first bar is `from`, by bars and kinds. The last candle stands for the
/// bar to come, of which only what was ordered before it counts. `waits` says whether entries wait for a price.
pub(super) fn order_events(
    record: &Record,
    market: &Market<'_>,
    from: usize,
    (fill, waits): (Fill, bool),
) -> Vec<OrderEvent> {
    let (close, skipped) = (&market.candles.close, market.skipped());
    let next = skipped + close.len() - 1;
    let mut events = Vec::new();
    let mut put = |kind, bar: usize, fill, price: Option<f64>, trade: Option<&BarTrade>| {
        if (from..next).contains(&bar) {
            let levels = trade.map(|trade| trade.entry_levels).unwrap_or_default();
            let (price, equity) = (price.unwrap_or(close[bar - skipped]), record.equity[bar - from]);
            events.push(OrderEvent { kind, bar, fill, price, stop: levels.stop, target: levels.target, equity });
        }
    };
    // The bar before one at whose open it was filled; none before the first.
    let ordered = |filled: usize| match fill {
        Fill::NextOpen => (filled.wrapping_sub(1), OrderFill::NextOpen),
        Fill::Close => (filled, OrderFill::Close),
    };
    for trade in record.bar_trades() {
        let kind = OrderKind::entry(trade.side);
        if waits {
            let (fill, price) = (OrderFill::Waiting(trade.entry_fill), Some(trade.entry_price));
            put(kind, trade.entry_bar, fill, price, Some(trade));
        } else {
            let (bar, fill) = ordered(trade.entry_bar);
            put(kind, bar, fill, None, Some(trade));
        }
        let kind = OrderKind::exit(trade.side);
        match trade.reason {
            ExitReason::Open => {}
            ExitReason::Rule | ExitReason::Reverse | ExitReason::Time => {
                let (bar, fill) = ordered(trade.exit_bar);
                put(kind, bar, fill, None, None);
            }
            reason => put(kind, trade.exit_bar, OrderFill::Level(reason), Some(trade.exit_price), None),
        }
    }
    events.sort_by_key(|event| (event.bar, event.kind));
    events
}
