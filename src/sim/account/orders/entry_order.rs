//! Entries that wait for a price: limit orders below the market, stop orders above it.
//!
//! Prices and levels are mirrored for a short as in `exits.rs`: a limit is always below, a stop always above.

use crate::account::exits::{Distance, EntryOrder, ExitPlan, SignalBar};
use crate::account::levels::Prices;
use crate::account::trade::Side;
use crate::tile::resumable::resumable;

/// An entry that rests.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::account) struct Resting {
    pub(in crate::account) sold: bool,
    pub is_limit: bool,
    /// Mirrored for a short.
    level: f64,
    /// The first bar in which it rests no more.
    pub until: usize,
    /// What was read at the bar of the signal.
    pub signal: SignalBar,
}

resumable!(Resting: sold, is_limit, level, until, signal);

/// An entry that waits for its price, as a reader sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitingEntry {
    /// The position that it opens.
    pub side: Side,
    /// A limit order, which fills at its price or a better one; else a stop order, which fills at its price or a worse one.
    pub is_limit: bool,
    /// Its price.
    pub price: f64,
    /// The first bar in which it waits no more.
    pub until: usize,
}

/// A fill of a resting entry.
pub(in crate::account) struct EntryTouch {
    /// Mirrored, without slippage.
    pub price: f64,
    /// What the rest of the bar may do to a position that begins with this fill, mirrored: prices that may have come
    /// before it are left out, but for the worst one after a stop, which is assumed to come later.
    pub rest: Prices,
    /// Whether it was not at the bar's open.
    pub is_inside: bool,
}

impl Resting {
    /// The order of a signal at the bar with this close; none where a distance is undefined or not above 0.
    pub(in crate::account) fn new(
        order: &EntryOrder,
        plan: &ExitPlan,
        sold: bool,
        close: f64,
        signal: SignalBar,
        until: usize,
    ) -> Option<Self> {
        let side = if sold { -1.0 } else { 1.0 };
        let (close, toward) = (side * close, if order.is_limit { -1.0 } else { 1.0 });
        let level = match order.distance {
            Distance::Fraction(fraction) => close * (1.0 + toward * side * fraction),
            Distance::Price(distance) => close + toward * distance,
            Distance::Series if signal.entry > 0.0 => close + toward * signal.entry,
            Distance::None | Distance::Series => return None,
        };
        let is_defined = signal.defines(plan);
        (is_defined && level.is_finite()).then_some(Self { sold, is_limit: order.is_limit, level, until, signal })
    }

    /// The order as a reader sees it.
    pub(in crate::account) fn shown(&self) -> WaitingEntry {
        let Self { sold, is_limit, level, until, .. } = *self;
        let side = if sold { Side::Short } else { Side::Long };
        WaitingEntry { side, is_limit, price: if sold { -level } else { level }, until }
    }

    /// Floor and ceiling of the prices that do not fill it, as they are and not mirrored.
    pub(in crate::account) fn bounds(&self) -> (f64, f64) {
        match (self.is_limit, self.sold) {
            (true, false) => (self.level, f64::INFINITY),
            (false, true) => (-self.level, f64::INFINITY),
            (true, true) => (f64::NEG_INFINITY, -self.level),
            (false, false) => (f64::NEG_INFINITY, self.level),
        }
    }

    /// The fill in a bar of these prices, mirrored.
    pub(in crate::account) fn fill(&self, (open, high, low): Prices) -> Option<EntryTouch> {
        let level = self.level;
        let at_once = if self.is_limit { open <= level } else { open >= level };
        if at_once {
            return Some(EntryTouch { price: open, rest: (open, high, low), is_inside: false });
        }
        let inside = |rest| Some(EntryTouch { price: level, rest, is_inside: true });
        match self.is_limit {
            true if low <= level => inside((level, level, low)),
            false if high >= level => inside((level, high, low)),
            _ => None,
        }
    }
}
