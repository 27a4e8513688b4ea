//! Exits at price levels: what one combination orders, and where the levels of an open position stand.
//!
//! Levels are known between bars and stand inside them. Everything is written for a long position; a short one is its
//! mirror image: all its prices and levels are times -1 here, so that a stop is always below and a target above. That
//! changes no bit, as rounding is symmetric.

use super::levels::{Prices, Trail, larger};
use super::leverage::Leverage;
use super::sizing::Sizing;
use super::trade::{EntryLevels, ExitReason};
use crate::tile::resumable::resumable;

/// How far from the entry's price a level is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Distance {
    /// There is no such level.
    #[default]
    None,
    /// A fraction of the entry's price.
    Fraction(f64),
    /// A price difference, the same for all entries.
    Price(f64),
    /// A price difference, read from a series at the bar of the signal.
    Series,
}

/// How the entries of one combination are ordered, where not at the market.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryOrder {
    /// A limit order, else a stop order.
    pub is_limit: bool,
    /// How far from the close of the signal's bar: below it for a limit, above it for a stop.
    pub distance: Distance,
    /// Bars for which it rests, beginning with the one after the signal's.
    pub valid: usize,
}

/// The exits of one combination beside its rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExitPlan {
    /// How entries are ordered; at the market without it.
    pub entry: Option<EntryOrder>,
    /// Stop loss.
    pub stop: Distance,
    /// Take profit.
    pub target: Distance,
    /// Targets that replace the first one so many bars after the entry: `(bars, fraction)`, in ascending order.
    pub steps: Vec<(usize, f64)>,
    /// Trailing stop.
    pub trailing: Distance,
    /// The profit, as a fraction, that a bar must have reached before the stop trails.
    pub trailing_after: Option<f64>,
    /// The profit, as a fraction, that a bar must have reached before the stop rises to the entry's price.
    pub break_even_after: Option<f64>,
    /// Bars after the entry at which a position is closed.
    pub max_bars: Option<usize>,
    /// Bars after a level's exit whose signals enter nothing, the bar of the exit first.
    pub cooldown: usize,
    /// Profit, as a fraction, above which alone an exit rule acts.
    pub min_profit: Option<f64>,
    /// How many units an entry takes.
    pub sizing: Sizing,
    /// Borrowed money, its costs and its end.
    pub leverage: Leverage,
}

impl ExitPlan {
    /// Whether there is anything in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Distances in price for one tile, each where the plan wants one; aligned with the bars at which entries fill.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distances<'a> {
    /// Of the stop.
    pub stop: &'a [f64],
    /// Of the target.
    pub target: &'a [f64],
    /// Of the trailing stop.
    pub trailing: &'a [f64],
    /// Standard deviation of the returns of a bar.
    pub deviation: &'a [f64],
    /// Of the level at which an entry rests.
    pub entry: &'a [f64],
}

impl Distances<'_> {
    /// What they are at the bar of the signal whose order fills, or begins to rest, at this bar of the tile.
    #[must_use]
    pub fn at(&self, bar: usize) -> SignalBar {
        let read = |series: &[f64]| series.get(bar).copied().unwrap_or(f64::NAN);
        SignalBar {
            stop: read(self.stop),
            target: read(self.target),
            trailing: read(self.trailing),
            deviation: read(self.deviation),
            entry: read(self.entry),
        }
    }
}

/// The values of the series that a plan wants at the bar of one signal; NaN where it wants none.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalBar {
    /// Distance of the stop.
    pub stop: f64,
    /// Distance of the target.
    pub target: f64,
    /// Distance of the trailing stop.
    pub trailing: f64,
    /// Standard deviation of the returns of a bar.
    pub deviation: f64,
    /// Distance of the level at which an entry rests.
    pub entry: f64,
}

resumable!(SignalBar: stop, target, trailing, deviation, entry);

impl SignalBar {
    /// Whether every level that the plan reads from a series has its place.
    pub(super) fn defines(&self, plan: &ExitPlan) -> bool {
        let levels = [(plan.stop, self.stop), (plan.target, self.target), (plan.trailing, self.trailing)];
        levels.into_iter().all(|(distance, value)| distance != Distance::Series || value > 0.0)
    }
}

/// A fill at a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LevelFill {
    /// The level, or the open where that was beyond it; mirrored for a short.
    pub price: f64,
    pub reason: ExitReason,
    /// Whether the bar touched stop and target alike, so that the candle alone cannot say which was first.
    pub ambiguous: bool,
    /// Number of the finer bar in which it was touched; 0 where there is none.
    pub within: usize,
}

/// The levels of an open position, mirrored for a short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    entry: f64,
    stop: f64,
    stop_reason: ExitReason,
    pub target: f64,
    trail: Trail,
    /// Whether the stop trails already.
    pub trails: bool,
    peak: f64,
    /// A high here or above lets the stop trail from the next bar.
    arm: f64,
    /// A high here or above lifts the stop to the entry's price from the next bar.
    guard: f64,
    /// The next of the plan's steps.
    step: usize,
    /// Where the margin is used up.
    liquidation: f64,
}

resumable!(
    Bracket: entry,
    stop,
    stop_reason,
    target,
    trail,
    trails,
    peak,
    arm,
    guard,
    step,
    liquidation
);

impl Bracket {
    /// No levels at all.
    pub(super) const NONE: Self = Self {
        entry: 0.0,
        stop: f64::NEG_INFINITY,
        stop_reason: ExitReason::Stop,
        target: f64::INFINITY,
        trail: Trail { keep: 1.0, shift: 0.0 },
        trails: false,
        peak: f64::NEG_INFINITY,
        arm: f64::INFINITY,
        guard: f64::INFINITY,
        step: 0,
        liquidation: f64::NEG_INFINITY,
    };

    /// The levels of a position that is entered at `price`; none where a distance is undefined at the bar of the signal
    /// or not above 0, so that nobody is in a position without the stop that was ordered.
    pub(super) fn new(plan: &ExitPlan, sold: bool, price: f64, signal: &SignalBar) -> Option<Self> {
        if !signal.defines(plan) {
            return None;
        }
        let side = if sold { -1.0 } else { 1.0 };
        let entry = side * price;
        let read = |distance: Distance, value: f64| match distance {
            Distance::Series => Distance::Price(value),
            other => other,
        };
        let mut bracket = Self { entry, peak: entry, ..Self::NONE };
        bracket.stop = match read(plan.stop, signal.stop) {
            Distance::Fraction(stop) => entry * (1.0 - side * stop),
            Distance::Price(distance) => entry - distance,
            _ => f64::NEG_INFINITY,
        };
        bracket.target = match read(plan.target, signal.target) {
            Distance::Fraction(target) => entry * (1.0 + side * target),
            Distance::Price(distance) => entry + distance,
            _ => f64::INFINITY,
        };
        let trail = match read(plan.trailing, signal.trailing) {
            Distance::Fraction(trail) => Some(Trail { keep: 1.0 - side * trail, shift: 0.0 }),
            Distance::Price(distance) => Some(Trail { keep: 1.0, shift: -distance }),
            _ => None,
        };
        if let Some(trail) = trail {
            bracket.trail = trail;
            match plan.trailing_after {
                Some(after) => bracket.arm = entry * (1.0 + side * after),
                None => bracket.trails = true,
            }
        }
        bracket.liquidation = plan.leverage.liquidation(entry, side);
        if let Some(after) = plan.break_even_after {
            bracket.guard = entry * (1.0 + side * after);
        }
        Some(bracket)
    }

    /// The same with the margin of another position.
    pub(super) fn with_liquidation_of(self, other: &Self) -> Self {
        Self { liquidation: other.liquidation, ..self }
    }

    /// Where stop and target are, not mirrored.
    pub(super) fn entry_levels(&self, sold: bool) -> EntryLevels {
        let side = if sold { -1.0 } else { 1.0 };
        let trailed = if self.trails { self.trail.level(self.peak) } else { f64::NEG_INFINITY };
        let price = |level: f64| level.is_finite().then_some(side * level);
        EntryLevels { stop: price(larger(self.stop, trailed)), target: price(self.target) }
    }

    /// Distance from the entry to the stop; infinite without one.
    pub(super) fn risk(&self) -> f64 {
        self.entry - self.stop
    }

    /// The price that a held position must reach for an exit rule to act, mirrored.
    pub(super) fn profit(&self, sold: bool, min_profit: f64) -> f64 {
        self.entry * (1.0 + if sold { -min_profit } else { min_profit })
    }

    /// Moves the target to that of the bar so many bars after the entry, and gives the number of bars after the entry
    /// at which it moves next.
    pub(super) fn advance(&mut self, plan: &ExitPlan, sold: bool, held: usize) -> usize {
        while let Some(&(bars, target)) = plan.steps.get(self.step) {
            if held < bars {
                return bars;
            }
            self.target = self.entry * (1.0 + if sold { -target } else { target });
            self.step += 1;
        }
        usize::MAX
    }

    /// What a bar whose prices do not touch `floor` or `ceiling` cannot change.
    pub(super) fn quiet(&self) -> (f64, f64) {
        let smaller = |a: f64, b: f64| if b < a { b } else { a };
        (larger(self.stop, self.liquidation), smaller(self.target, smaller(self.arm, self.guard)))
    }

    /// The trailing stop with the peak that it follows.
    pub(super) fn trail(&mut self) -> (Trail, &mut f64) {
        (self.trail, &mut self.peak)
    }

    /// Whether no level can be touched, and none can move, within these prices, in whatever order they came; then the peak
    /// rises by them, as if [`Self::pass`] had been called.
    #[inline]
    pub(super) fn clears(&mut self, (_, high, low): Prices) -> bool {
        let (floor, ceiling) = self.quiet();
        let highest = larger(self.peak, high);
        let is_touched = low <= floor || high >= ceiling || self.trails && low <= self.trail.level(highest);
        if !is_touched {
            self.peak = highest;
        }
        !is_touched
    }

    /// Goes through one bar: the fill at a level, if there is one, else what the bar changes for the next.
    pub(super) fn pass(&mut self, (open, high, low): Prices) -> Option<LevelFill> {
        let (mut stop, mut reason) = (self.stop, self.stop_reason);
        if self.liquidation > stop {
            (stop, reason) = (self.liquidation, ExitReason::Liquidation);
        }
        if self.trails {
            self.peak = larger(self.peak, open);
            let trailed = self.trail.level(self.peak);
            if trailed > stop {
                (stop, reason) = (trailed, ExitReason::Trailing);
            }
        }
        let fill = |price, reason, ambiguous| Some(LevelFill { price, reason, ambiguous, within: 0 });
        if open <= stop {
            return fill(open, reason, false);
        }
        if open >= self.target {
            return fill(open, ExitReason::Target, false);
        }
        if low <= stop {
            return fill(stop, reason, high >= self.target);
        }
        if high >= self.target {
            return fill(self.target, ExitReason::Target, false);
        }
        self.peak = larger(self.peak, high);
        if high >= self.arm {
            self.trails = true;
            self.arm = f64::INFINITY;
        }
        if high >= self.guard {
            self.guard = f64::INFINITY;
            if self.entry > self.stop {
                (self.stop, self.stop_reason) = (self.entry, ExitReason::BreakEven);
            }
        }
        None
    }
}
