//! An account whose positions also end at price levels, after a time, or not at all while they lose.
//!
//! A monomorph of its own: an account without exits pays nothing for them. Between two orders it asks only for the first
//! bar that can touch a level; what lies before is one stretch, as for every account.

use super::account::{Account, Closed, State, with_slippage};
use super::exits::{Bracket, Distances, ExitPlan, LevelFill};
use super::levels::PriceRanges;
use super::orders::SignalBits;
use super::recorder::Recorder;
use super::running_stats::TradeCounts;
use super::settings::{Fill, Settings};
use super::sizing::{EntryTerms, Sizing};
use super::tile_stats::TileStats;
use super::trade::{ExitReason, Side};
use crate::sim::bitset::{WORDS, is_set, next_set};

/// What a tile of candles is to accounts with levels.
#[derive(Clone, Copy)]
pub struct LevelTile<'a> {
    /// Opens and closes, and sums over them.
    pub stats: &'a TileStats<'a>,
    /// Highs and lows.
    pub ranges: &'a PriceRanges<'a>,
    /// How often funding is paid in each bar; read only where there is a funding rate.
    pub payments: &'a [u8],
    /// Bars a year.
    pub bars_per_year: f64,
}

/// Cash, position, levels and tally of one combination.
#[derive(Clone, Debug)]
pub struct LevelAccount {
    account: Account,
    bracket: Bracket,
    /// First bar at which an entry may fill again.
    ready: usize,
    counts: TradeCounts,
}

/// All that stays the same while an account goes through a tile.
struct Walk<'a> {
    tile: LevelTile<'a>,
    orders: &'a SignalBits,
    plan: &'a ExitPlan,
    distances: Distances<'a>,
    settings: &'a Settings,
}

impl LevelAccount {
    /// An account with its capital, before the first bar.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { account: Account::new(settings), bracket: Bracket::NONE, ready: 0, counts: TradeCounts::default() }
    }

    /// Takes the account through one tile; what the rules gave becomes the orders in place.
    // Out of line, so that the fold is as small as without it and an account without levels is inlined there as ever.
    #[inline(never)]
    pub fn extend<R: Recorder>(
        &mut self,
        tile: LevelTile<'_>,
        rules: &mut SignalBits,
        (plan, distances): (&ExitPlan, Distances<'_>),
        settings: &Settings,
        recorder: &mut R,
    ) {
        let bars = tile.stats.bars();
        rules.order(settings, bars, &mut self.account.carried);
        let walk = Walk { tile, orders: rules, plan, distances, settings };
        let mut bar = 0;
        while bar < bars {
            bar = match self.account.state {
                State::Flat => self.wait(&walk, bar, recorder),
                State::Long => self.hold::<false, R>(&walk, bar, recorder),
                State::Short => self.hold::<true, R>(&walk, bar, recorder),
                State::Ruined => self.account.stretch(tile.stats, bar, bars, settings, recorder),
            };
        }
    }

    /// Marks an open position to the last close, and gives what the metrics need.
    pub fn close<R: Recorder>(self, stats: &TileStats<'_>, recorder: &mut R) -> Closed {
        Closed { counts: Some(self.counts), ..self.account.close(stats, recorder) }
    }

    /// Flat from this bar to the next entry, or to the tile's end; gives the bar after.
    fn wait<R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, recorder: &mut R) -> usize {
        let stats = walk.tile.stats;
        let bars = stats.bars();
        let ask = from.max(self.ready.saturating_sub(stats.first));
        let entry = (ask < bars)
            .then(|| next_set(&walk.orders.long_entry, &walk.orders.short_entry, ask))
            .flatten()
            .filter(|&bar| bar < bars);
        let Some(bar) = entry else {
            return self.account.stretch(stats, from, bars, walk.settings, recorder);
        };
        self.account.stretch(stats, from, bar, walk.settings, recorder);
        let before = self.account.cash;
        self.enter(walk, bar, recorder);
        self.account.end_bar(stats, bar, before, walk.settings, recorder);
        bar + 1
    }

    /// Fills the entry of this bar; at the open, the rest of the bar may already end the position again.
    fn enter<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        let (stats, settings) = (walk.tile.stats, walk.settings);
        let sold = !is_set(&walk.orders.long_entry, bar);
        let side = if sold { Side::Short } else { Side::Long };
        let at_open = settings.fill == Fill::NextOpen;
        let price = if at_open { stats.open[bar] } else { stats.close[bar] };
        let filled = with_slippage(price, !sold, settings);
        let Some(bracket) = Bracket::new(walk.plan, sold, filled, bar, &walk.distances) else {
            self.counts.rejected += 1;
            return;
        };
        let plan = walk.plan;
        if plan.sizing == Sizing::default() && plan.leverage.limit.is_none() {
            self.account.enter(side, price, stats.first + bar, settings);
        } else if self.account.cash > 0.0 {
            let terms = EntryTerms {
                equity: self.account.cash,
                price: filled,
                fee: settings.fee,
                stop: bracket.risk(),
                volatility: walk
                    .distances
                    .deviation
                    .get(bar)
                    .map_or(f64::NAN, |deviation| deviation * walk.tile.bars_per_year.sqrt()),
                leverage: plan.leverage.limit.unwrap_or(1.0),
            };
            match plan.sizing.units(&terms) {
                Some(units) => self.account.enter_units(side, filled, units, stats.first + bar, settings),
                None => self.counts.rejected += 1,
            }
        }
        self.account.charged = 0.0;
        self.bracket = bracket;
        if at_open && matches!(self.account.state, State::Long | State::Short) {
            self.bracket.advance(walk.plan, sold, 0);
            if let Some(fill) = self.pass(walk, bar, sold) {
                self.leave(walk, bar, sold, fill, recorder);
            }
        }
    }

    /// In a position from this bar on: to the bar after the one that ends it, or to the tile's end.
    fn hold<const SOLD: bool, R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, recorder: &mut R) -> usize {
        let (stats, settings, orders) = (walk.tile.stats, walk.settings, walk.orders);
        let bars = stats.bars();
        let at_close = settings.fill == Fill::Close;
        let (exits, reversals) =
            if SOLD { (&orders.short_exit, &orders.long_entry) } else { (&orders.long_exit, &orders.short_entry) };
        let time = match walk.plan.max_bars {
            Some(most) => (self.account.entry_bar + most).saturating_sub(stats.first),
            None => usize::MAX,
        };
        // Levels were looked at before `seen`, orders before `asked`.
        let (mut seen, mut asked) = (from, from);
        loop {
            let order = if asked < 64 * WORDS { next_set(exits, reversals, asked) } else { None };
            let timed = if time >= asked { time } else { usize::MAX };
            let due = order.unwrap_or(bars).min(timed).min(bars);
            // Orders at the open come before the bar's levels, those at the close after them.
            let end = if at_close { bars.min(due + 1) } else { due };
            if let Some((bar, fill)) = self.search::<SOLD>(walk, seen, end) {
                return self.leave_inside(walk, (from, bar), SOLD, fill, recorder);
            }
            seen = seen.max(end);
            if due == bars {
                return self.stretch(walk, from, bars, recorder);
            }
            let reverses = is_set(reversals, due);
            let price = if at_close { stats.close[due] } else { stats.open[due] };
            let reason = if reverses {
                ExitReason::Reverse
            } else if is_set(exits, due) && self.may_leave::<SOLD>(walk, price) {
                ExitReason::Rule
            } else if due == timed {
                ExitReason::Time
            } else {
                asked = due + 1;
                continue;
            };
            let reached = self.stretch(walk, from, due, recorder);
            if self.account.state == State::Ruined {
                return reached;
            }
            let before = self.account.cash + self.account.units * stats.previous_close(due);
            self.charge(walk, due);
            self.account.exit(price, stats.first + due, (reason, false), settings, recorder);
            if reverses {
                self.enter(walk, due, recorder);
            }
            self.account.end_bar(stats, due, before, settings, recorder);
            return due + 1;
        }
    }

    /// In a position through the bars `from..to`; stops early after the bar that ruins the account.
    fn stretch<R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, to: usize, recorder: &mut R) -> usize {
        let (stats, settings) = (walk.tile.stats, walk.settings);
        if walk.plan.leverage.has_charges() {
            for bar in from..to {
                let before = self.account.cash + self.account.units * stats.previous_close(bar);
                self.charge(walk, bar);
                self.account.end_bar(stats, bar, before, settings, recorder);
                if self.account.state == State::Ruined {
                    return bar + 1;
                }
            }
            return to;
        }
        // Nothing beside a bought position: its returns are the market's.
        if self.account.state == State::Long && self.account.cash == 0.0 {
            return self.account.stretch(stats, from, to, settings, recorder);
        }
        if from == to { to } else { self.account.stretch_marked(stats, from, to, settings, recorder) }
    }

    /// Takes what it costs to carry the position over the open of this bar.
    fn charge(&mut self, walk: &Walk<'_>, bar: usize) {
        let leverage = &walk.plan.leverage;
        if !leverage.has_charges() {
            return;
        }
        let (units, cash) = (self.account.units, self.account.cash);
        let (payments, year) = (walk.tile.payments[bar], walk.tile.bars_per_year);
        let (funding, interest) = leverage.charges(units, cash, walk.tile.stats.open[bar], payments, year);
        self.counts.funding += funding;
        self.counts.borrow += interest;
        self.account.charged += funding + interest;
        self.account.cash -= funding + interest;
    }

    /// The first of the bars `from..to` in which the position ends at a level, with the fill.
    fn search<const SOLD: bool>(&mut self, walk: &Walk<'_>, from: usize, to: usize) -> Option<(usize, LevelFill)> {
        let (first, ranges) = (walk.tile.stats.first, walk.tile.ranges);
        let mut bar = from;
        while bar < to {
            let next = self.bracket.advance(walk.plan, SOLD, first + bar - self.account.entry_bar);
            let until = self.account.entry_bar.saturating_add(next).saturating_sub(first).min(to);
            let (floor, ceiling) = self.bracket.quiet();
            let found = if self.bracket.trails {
                let (trail, peak) = self.bracket.trail();
                ranges.first_trailed::<SOLD>((bar, until), (floor, ceiling), trail, peak, false)
            } else if SOLD {
                ranges.first_touch(bar, until, -ceiling, -floor)
            } else {
                ranges.first_touch(bar, until, floor, ceiling)
            };
            bar = found;
            if found < until {
                if let Some(fill) = self.pass(walk, found, SOLD) {
                    return Some((found, fill));
                }
                bar += 1;
            }
        }
        None
    }

    /// Takes the levels through one bar.
    fn pass(&mut self, walk: &Walk<'_>, bar: usize, sold: bool) -> Option<LevelFill> {
        let ranges = walk.tile.ranges;
        self.bracket.pass(if sold { ranges.bar::<true>(bar) } else { ranges.bar::<false>(bar) })
    }

    /// Whether an exit rule acts at this price, slippage aside.
    fn may_leave<const SOLD: bool>(&self, walk: &Walk<'_>, price: f64) -> bool {
        let Some(min_profit) = walk.plan.min_profit else { return true };
        let filled = with_slippage(price, SOLD, walk.settings);
        (if SOLD { -filled } else { filled }) > self.bracket.profit(SOLD, min_profit)
    }

    /// Held from `from` on, and closed at a level inside `bar`; at its close, an entry may follow.
    fn leave_inside<R: Recorder>(
        &mut self,
        walk: &Walk<'_>,
        (from, bar): (usize, usize),
        sold: bool,
        fill: LevelFill,
        recorder: &mut R,
    ) -> usize {
        let (stats, settings, orders) = (walk.tile.stats, walk.settings, walk.orders);
        let reached = self.stretch(walk, from, bar, recorder);
        if self.account.state == State::Ruined {
            return reached;
        }
        let before = self.account.cash + self.account.units * stats.previous_close(bar);
        self.charge(walk, bar);
        self.leave(walk, bar, sold, fill, recorder);
        let entry = is_set(&orders.long_entry, bar) || is_set(&orders.short_entry, bar);
        if settings.fill == Fill::Close && entry && stats.first + bar >= self.ready {
            self.enter(walk, bar, recorder);
        }
        self.account.end_bar(stats, bar, before, settings, recorder);
        bar + 1
    }

    /// Closes the position at a level of this bar.
    fn leave<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, sold: bool, fill: LevelFill, recorder: &mut R) {
        let index = walk.tile.stats.first + bar;
        let price = if sold { -fill.price } else { fill.price };
        match (fill.reason, walk.plan.leverage.limit) {
            (ExitReason::Liquidation, Some(limit)) => {
                self.counts.liquidations += 1;
                self.account.liquidate(price, index, limit, recorder);
            }
            reason => self.account.exit(price, index, (reason.0, fill.ambiguous), walk.settings, recorder),
        }
        // A signal counts from the bar of the exit plus the cooldown on; at the next open it fills a bar later.
        self.ready = index + walk.plan.cooldown + usize::from(walk.settings.fill == Fill::NextOpen);
    }
}
