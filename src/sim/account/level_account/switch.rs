//! An account that changes over to other parameters while it goes on: what walk-forward does at each border.

use super::{LevelAccount, LevelTile, Walk};
use crate::account::account::{State, with_slippage};
use crate::account::exits::{Bracket, Distances, ExitPlan};
use crate::account::orders::SignalBits;
use crate::account::recorder::Recorder;
use crate::account::settings::{Fill, Settings};
use crate::account::trade::{BarTrade, ExitReason, Side};
use crate::simd::Cpu;
use crate::tile::bitset::is_set;

/// What becomes of an account's position when it changes over to other parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BorderRule {
    /// It goes to the side that an account of the new parameters, which has run since the first bar, holds after its first
    /// fill.
    #[default]
    Adopt,
    /// It keeps what it holds; later signals act on it.
    Hold,
    /// It closes what it holds, and waits for the next entry.
    Flat,
}

/// One combination in one tile: its orders, moved to the bars at which they fill, and its exits.
#[derive(Clone, Copy)]
pub struct TileOrders<'a> {
    /// The tile.
    pub tile: LevelTile<'a>,
    /// Orders of the tile.
    pub orders: &'a SignalBits,
    /// Whether each kind of order was given at the bar before the tile, for fills at its close.
    pub before: [bool; 4],
    /// Exits and sizes.
    pub plan: &'a ExitPlan,
    /// Distances of the levels, of the signal's bar at the bar of the fill.
    pub distances: Distances<'a>,
    /// Distances at the bar before each.
    pub distances_before: Distances<'a>,
}

/// Where the account of the new parameters stands after its first fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Flat,
    /// It enters with this very fill.
    Fresh(Side),
    /// It has held this side before.
    Held(Side),
}

/// Orders of one bar: long entry, long exit, short entry, short exit.
type BarOrders = [bool; 4];

/// Hears what one bar does to an account.
#[derive(Default)]
struct BarRecord(Vec<BarTrade>);

impl Recorder for BarRecord {
    fn trade(&mut self, trade: BarTrade) {
        self.0.push(trade);
    }
}

impl<'a> TileOrders<'a> {
    /// Orders of rules alone, with these exits and no distances.
    #[must_use]
    pub fn new(tile: LevelTile<'a>, orders: &'a SignalBits, plan: &'a ExitPlan) -> Self {
        let none = Distances::default();
        Self { tile, orders, before: [false; 4], plan, distances: none, distances_before: none }
    }

    fn walk<'b>(&'b self, settings: &'b Settings, end: usize) -> Walk<'b> {
        Walk { tile: self.tile, orders: self.orders, plan: self.plan, distances: self.distances, settings, end }
    }

    /// The orders of the bar before this one, for fills at its close.
    fn at_close_before(&self, bar: usize) -> BarOrders {
        let Some(before) = bar.checked_sub(1) else { return self.before };
        let SignalBits { long_entry, long_exit, short_entry, short_exit } = self.orders;
        [long_entry, long_exit, short_entry, short_exit].map(|bits| is_set(bits, before))
    }
}

impl LevelAccount {
    /// Goes through the bars `from..to` of a tile.
    pub fn advance<R: Recorder>(
        &mut self,
        orders: &TileOrders<'_>,
        settings: &Settings,
        (from, to): (usize, usize),
        recorder: &mut R,
    ) {
        self.go(&orders.walk(settings, to), from, recorder);
    }

    /// The same without orders.
    pub fn advance_without_orders<R: Recorder>(
        &mut self,
        orders: &TileOrders<'_>,
        settings: &Settings,
        (from, to): (usize, usize),
        recorder: &mut R,
    ) {
        let none = SignalBits::default();
        let walk = Walk { orders: &none, ..orders.walk(settings, to) };
        self.go(&walk, from, recorder);
    }

    /// Orders of the last bar of the tile, for fills at its close.
    #[must_use]
    pub fn last_orders(orders: &SignalBits, bars: usize) -> [bool; 4] {
        let SignalBits { long_entry, long_exit, short_entry, short_exit } = orders;
        [long_entry, long_exit, short_entry, short_exit].map(|bits| bars > 0 && is_set(bits, bars - 1))
    }

    /// Where the account's own rules move their orders to the bars of the fills.
    pub fn order(&mut self, rules: &mut SignalBits, settings: &Settings, bars: usize, cpu: Cpu) {
        rules.order(settings, bars, &mut self.account.carried, cpu);
    }

    /// The side that is held.
    fn side(&self) -> Option<Side> {
        match self.account.state {
            State::Long => Some(Side::Long),
            State::Short => Some(Side::Short),
            State::Flat | State::Ruined => None,
        }
    }

    /// Changes over to the parameters of `orders` before this bar of the tile, at the first fill: its open, or the close
    /// before it. `own` is an account of these parameters that has run since the first bar, up to here. Gives the bar from
    /// which the account goes on: this one, or where all of it is done the next.
    pub fn change_over<R: Recorder>(
        &mut self,
        rule: BorderRule,
        own: &Self,
        orders: &TileOrders<'_>,
        settings: &Settings,
        bar: usize,
        recorder: &mut R,
    ) -> usize {
        if self.account.state == State::Ruined {
            return bar;
        }
        let walk = orders.walk(settings, bar + 1);
        match (rule, settings.fill) {
            (BorderRule::Adopt, _) => self.adopt(own, orders, &walk, bar, recorder),
            (BorderRule::Hold, _) => {
                self.resting = None;
                self.take_levels(&walk, bar);
                if settings.fill == Fill::Close {
                    self.fill_before(orders.at_close_before(bar), orders, &walk, bar, recorder);
                }
                bar
            }
            (BorderRule::Flat, Fill::Close) => {
                self.resting = None;
                self.leave_before(&walk, bar, recorder);
                self.fill_before(orders.at_close_before(bar), orders, &walk, bar, recorder);
                bar
            }
            (BorderRule::Flat, Fill::NextOpen) => {
                self.resting = None;
                if self.side().is_none() {
                    return bar;
                }
                let before = self.leave_at_open(&walk, bar, recorder);
                if is_set(&orders.orders.long_entry, bar) || is_set(&orders.orders.short_entry, bar) {
                    self.enter(&walk, bar, recorder);
                }
                self.account.end_bar(walk.tile.stats, bar, before, settings, recorder);
                bar + 1
            }
        }
    }

    /// Closes what is held and holds nothing from this bar on: no parameters were chosen.
    pub fn stand_aside<R: Recorder>(
        &mut self,
        orders: &TileOrders<'_>,
        settings: &Settings,
        bar: usize,
        recorder: &mut R,
    ) -> usize {
        let walk = orders.walk(settings, bar + 1);
        self.resting = None;
        match (self.side(), settings.fill) {
            (None, _) => bar,
            (Some(_), Fill::Close) => {
                self.leave_before(&walk, bar, recorder);
                bar
            }
            (Some(_), Fill::NextOpen) => {
                let before = self.leave_at_open(&walk, bar, recorder);
                self.account.end_bar(walk.tile.stats, bar, before, settings, recorder);
                bar + 1
            }
        }
    }

    /// A position that is kept has from now on the levels that these parameters give its entry.
    fn take_levels(&mut self, walk: &Walk<'_>, bar: usize) {
        let Some(side) = self.side() else { return };
        let signal = walk.distances.at(bar);
        if let Some(bracket) = Bracket::new(walk.plan, side == Side::Short, self.account.entry_price, &signal) {
            self.bracket = bracket;
        }
    }

    /// Closes the position at the open of this bar; gives the equity at the close before.
    fn leave_at_open<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) -> f64 {
        let stats = walk.tile.stats;
        let before = self.account.cash + self.account.units * stats.previous_close(bar);
        if self.side().is_some() {
            self.charge(walk, bar);
            let reason = (ExitReason::Rule, false);
            self.account.exit(stats.open[bar], stats.first + bar, reason, walk.settings, recorder);
        }
        before
    }

    /// Closes the position at the close before this bar.
    fn leave_before<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        if self.side().is_some() {
            let (stats, reason) = (walk.tile.stats, (ExitReason::Rule, false));
            let index = (stats.first + bar).saturating_sub(1);
            self.account.exit(stats.previous_close(bar), index, reason, walk.settings, recorder);
        }
    }

    /// Enters at the close before this bar.
    fn enter_before(&mut self, side: Side, orders: &TileOrders<'_>, walk: &Walk<'_>, bar: usize) {
        let stats = walk.tile.stats;
        let price = with_slippage(stats.previous_close(bar), side == Side::Long, walk.settings);
        let entry = (side == Side::Short, price, walk.settings.fee);
        self.open(&walk.terms(), entry, &orders.distances_before.at(bar), (stats.first + bar).saturating_sub(1));
    }

    /// Fills orders at the close before this bar. An order that would rest for a price is left out.
    fn fill_before<R: Recorder>(
        &mut self,
        [long_entry, long_exit, short_entry, short_exit]: BarOrders,
        orders: &TileOrders<'_>,
        walk: &Walk<'_>,
        bar: usize,
        recorder: &mut R,
    ) {
        let price = walk.tile.stats.previous_close(bar);
        let (exits, may_leave) = match self.side() {
            None => (false, false),
            Some(Side::Long) => {
                (long_exit || short_entry, short_entry || self.may_leave::<false>(&walk.terms(), price))
            }
            Some(Side::Short) => (short_exit || long_entry, long_entry || self.may_leave::<true>(&walk.terms(), price)),
        };
        if exits && may_leave {
            self.leave_before(walk, bar, recorder);
        }
        if self.side().is_none() && walk.plan.entry.is_none() && (long_entry || short_entry) {
            self.enter_before(if long_entry { Side::Long } else { Side::Short }, orders, walk, bar);
        }
    }

    /// Goes to where an account of the new parameters stands after its first fill.
    fn adopt<R: Recorder>(
        &mut self,
        own: &Self,
        orders: &TileOrders<'_>,
        walk: &Walk<'_>,
        bar: usize,
        recorder: &mut R,
    ) -> usize {
        let (stats, settings) = (walk.tile.stats, walk.settings);
        let at_open = settings.fill == Fill::NextOpen;
        let target = own.target(walk, bar);
        let side = match target {
            Target::Flat => None,
            Target::Fresh(side) | Target::Held(side) => Some(side),
        };
        (self.resting, self.ready) = (own.resting, own.ready);
        if side == self.side() {
            match target {
                Target::Held(_) => (self.bracket, self.since) = (own.bracket, own.since),
                Target::Fresh(_) => {
                    self.take_levels(walk, bar);
                    self.since = stats.first + bar;
                }
                Target::Flat => {}
            }
            // With an entry that waits for a price, the orders of this bar place it.
            if at_open && (walk.plan.entry.is_none() || side.is_some()) {
                self.advance_without_orders(orders, settings, (bar, bar + 1), recorder);
                return bar + 1;
            }
            return bar;
        }
        if !at_open {
            self.leave_before(walk, bar, recorder);
            if let Some(side) = side {
                self.enter_before(side, orders, walk, bar);
                self.follow(own, target);
            }
            return bar;
        }
        let before = self.leave_at_open(walk, bar, recorder);
        if let Some(side) = side {
            let price = with_slippage(stats.open[bar], side == Side::Long, settings);
            let (sold, index) = (side == Side::Short, stats.first + bar);
            self.open(&walk.terms(), (sold, price, settings.fee), &walk.distances.at(bar), index);
            if self.side().is_some() {
                self.follow(own, target);
                self.bracket.advance(walk.plan, sold, index - self.since);
                if let Some(fill) = self.pass(walk.tile.ranges.prices(bar), walk.inside(bar), sold) {
                    self.leave(&walk.terms(), index, sold, fill, recorder);
                }
            }
        }
        self.account.end_bar(stats, bar, before, settings, recorder);
        bar + 1
    }

    /// A position that was taken over has the levels and the age of the one that it follows; but its margin is its own.
    fn follow(&mut self, own: &Self, target: Target) {
        if let (Target::Held(_), Some(_)) = (target, self.side()) {
            self.bracket = own.bracket.with_liquidation_of(&self.bracket);
            self.since = own.since;
        }
    }

    /// Where this account, up to the bar before, stands after the first fill of this bar.
    fn target(&self, walk: &Walk<'_>, bar: usize) -> Target {
        let held = self.side().map_or(Target::Flat, Target::Held);
        if walk.settings.fill == Fill::Close {
            return held;
        }
        let index = walk.tile.stats.first + bar;
        let mut after = self.clone();
        let mut record = BarRecord::default();
        after.go(walk, bar, &mut record);
        // Entries that wait for a price are filled inside the bar, not at its open.
        if walk.plan.entry.is_none() {
            let entered = record.0.iter().find(|trade| trade.entry_bar == index).map(|trade| trade.side);
            let entered = entered.or_else(|| after.side().filter(|_| after.account.entry_bar == index));
            if let Some(side) = entered {
                return Target::Fresh(side);
            }
        }
        let at_open =
            |trade: &BarTrade| matches!(trade.reason, ExitReason::Rule | ExitReason::Reverse | ExitReason::Time);
        if record.0.iter().any(at_open) { Target::Flat } else { held }
    }
}
