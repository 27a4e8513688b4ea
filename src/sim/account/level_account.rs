//! An account whose positions also end at price levels, after a time, or not at all while they lose.
//!
//! A monomorph of its own: an account without exits pays nothing for them. Between two orders it asks only for the first
//! bar that can touch a level; what lies before is one stretch, as for every account.

mod slot;
mod switch;

pub use slot::{PositionTerms, SlotBar};
pub use switch::{BorderRule, TileOrders};

use super::account::{Account, Closed, State, with_slippage};
use super::exits::{Bracket, Distances, EntryOrder, ExitPlan, LevelFill, SignalBar};
use super::levels::{DetailBars, PriceRanges, Prices};
use super::leverage::BarFunding;
use super::orders::{Resting, SignalBits};
use super::recorder::Recorder;
use super::running_stats::TradeCounts;
use super::settings::{Fill, Settings};
use super::sizing::{EntryTerms, Sizing};
use super::tile_stats::TileStats;
use super::trade::{EntryFill, ExitReason, Side};
use crate::tile::bitset::{WORDS, is_set, next_set};
use crate::tile::resumable::resumable;

/// What a tile of candles is to accounts with levels.
#[derive(Clone, Copy)]
pub struct LevelTile<'a> {
    /// Opens and closes, and sums over them.
    pub stats: &'a TileStats<'a>,
    /// Highs and lows.
    pub ranges: &'a PriceRanges<'a>,
    /// Finer bars inside those of the whole range, where there are any.
    pub detail: Option<&'a DetailBars>,
    /// How often funding is paid in each bar; read only where there is a funding rate.
    pub payments: &'a [u8],
    /// The market's own funding of each bar, as the sum of its rates; read only where a plan wants it.
    pub rates: &'a [f64],
    /// Bars a year.
    pub bars_per_year: f64,
}

/// Cash, position, levels and tally of one combination.
#[derive(Clone, Debug)]
pub struct LevelAccount {
    account: Account,
    bracket: Bracket,
    /// An entry that waits for its price; only while there is no position.
    resting: Option<Resting>,
    /// First bar at which an entry may fill again.
    ready: usize,
    /// The bar from which on the levels of the position count their bars.
    since: usize,
    counts: TradeCounts,
}

resumable!(LevelAccount: account, bracket, resting, ready, since, counts);

/// All that stays the same while an account goes through a tile.
struct Walk<'a> {
    tile: LevelTile<'a>,
    orders: &'a SignalBits,
    plan: &'a ExitPlan,
    distances: Distances<'a>,
    settings: &'a Settings,
    /// The bar of the tile at which to stop.
    end: usize,
}

impl<'a> Walk<'a> {
    /// The finer bars of a bar of the tile; none where it stands for itself.
    fn inside(&self, bar: usize) -> &'a [Prices] {
        self.tile.detail.map_or(&[], |detail| detail.inside(self.tile.stats.first + bar))
    }

    /// What holds for a position whatever the bar.
    fn terms(&self) -> PositionTerms<'a> {
        PositionTerms { plan: self.plan, settings: self.settings, bars_per_year: self.tile.bars_per_year }
    }
}

/// Prices times -1 for a short, so that a stop is always below.
fn mirrored((open, high, low): Prices, sold: bool) -> Prices {
    if sold { (-open, -low, -high) } else { (open, high, low) }
}

impl LevelAccount {
    /// An account with its capital, before the first bar.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            account: Account::new(settings),
            bracket: Bracket::NONE,
            resting: None,
            ready: 0,
            since: 0,
            counts: TradeCounts::default(),
        }
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
        rules.order(settings, bars, &mut self.account.carried, tile.stats.cpu);
        self.go(&Walk { tile, orders: rules, plan, distances, settings, end: bars }, 0, recorder);
    }

    /// Goes on from this bar of the tile to the end of the walk.
    fn go<R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, recorder: &mut R) {
        let mut bar = from;
        while bar < walk.end {
            bar = match self.account.state {
                State::Flat => match &walk.plan.entry {
                    None => self.wait(walk, bar, recorder),
                    Some(order) => self.wait_for_price(walk, order, bar, recorder),
                },
                State::Long => self.hold::<false, R>(walk, bar, recorder),
                State::Short => self.hold::<true, R>(walk, bar, recorder),
                State::Ruined => self.account.stretch(walk.tile.stats, bar, walk.end, walk.settings, recorder),
            };
        }
    }

    /// Marks an open position to the last close, and gives what the metrics need.
    pub fn close<R: Recorder>(self, stats: &TileStats<'_>, recorder: &mut R) -> Closed {
        Closed { counts: Some(self.counts), ..self.account.close(stats, recorder) }
    }

    /// Flat from this bar to the next entry, or to the tile's end; gives the bar after.
    fn wait<R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, recorder: &mut R) -> usize {
        let (stats, bars) = (walk.tile.stats, walk.end);
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

    /// Flat from this bar on, with an order that rests or is still to come, to the bar after the one that fills it, or to
    /// the tile's end.
    fn wait_for_price<R: Recorder>(
        &mut self,
        walk: &Walk<'_>,
        order: &EntryOrder,
        from: usize,
        recorder: &mut R,
    ) -> usize {
        let (stats, settings, orders) = (walk.tile.stats, walk.settings, walk.orders);
        let (bars, first) = (walk.end, stats.first);
        let at_open = settings.fill == Fill::NextOpen;
        // Prices were looked at before `seen`, signals before `asked`.
        let (mut seen, mut asked) = (from, from);
        loop {
            let entry = |from: usize| (from < bars).then(|| next_set(&orders.long_entry, &orders.short_entry, from));
            let Some(resting) = self.resting else {
                let ask = asked.max(self.ready.saturating_sub(first));
                let Some(bar) = entry(ask).flatten().filter(|&bar| bar < bars) else {
                    return self.account.stretch(stats, from, bars, settings, recorder);
                };
                self.place(walk, order, bar, recorder);
                // At the open, the order rests in this very bar; at the close, from the next one on.
                (asked, seen) = (bar + 1, bar + usize::from(!at_open));
                continue;
            };
            let exits = if resting.sold { &orders.short_exit } else { &orders.long_exit };
            let exit = (asked < bars).then(|| next_set(exits, exits, asked)).flatten();
            let signal = entry(asked).flatten().unwrap_or(bars).min(exit.unwrap_or(bars)).min(bars);
            let end = resting.until.saturating_sub(first);
            let looked = end.min(if at_open { signal } else { bars.min(signal + 1) });
            let (floor, ceiling) = resting.bounds();
            let touched =
                if seen < looked { walk.tile.ranges.first_touch(seen, looked, floor, ceiling) } else { looked };
            if touched < looked {
                self.account.stretch(stats, from, touched, settings, recorder);
                let before = self.account.cash;
                self.fill_resting(walk, touched, recorder);
                if !at_open {
                    self.act_at_close(walk, touched, recorder);
                }
                self.account.end_bar(stats, touched, before, settings, recorder);
                return touched + 1;
            }
            seen = seen.max(looked);
            if end <= bars && end <= signal {
                self.void();
            } else if signal < bars {
                self.void();
                recorder.waits(first + signal, None);
                if is_set(&orders.long_entry, signal) || is_set(&orders.short_entry, signal) {
                    self.place(walk, order, signal, recorder);
                }
                (asked, seen) = (signal + 1, signal + usize::from(!at_open));
            } else {
                return self.account.stretch(stats, from, bars, settings, recorder);
            }
        }
    }

    /// The resting entry is not filled any more.
    fn void(&mut self) {
        self.counts.unfilled += u64::from(self.resting.take().is_some());
    }

    /// Lets the entry of this bar rest.
    fn place<R: Recorder>(&mut self, walk: &Walk<'_>, order: &EntryOrder, bar: usize, recorder: &mut R) {
        let (stats, at_open) = (walk.tile.stats, walk.settings.fill == Fill::NextOpen);
        let sold = !is_set(&walk.orders.long_entry, bar);
        let close = if at_open { stats.previous_close(bar) } else { stats.close[bar] };
        let until = stats.first + bar + usize::from(!at_open) + order.valid;
        self.resting = Resting::new(order, walk.plan, sold, close, walk.distances.at(bar), until);
        self.counts.rejected += u64::from(self.resting.is_none());
        recorder.waits(stats.first + bar, self.resting.as_ref().map(Resting::shown));
    }

    /// Fills the resting entry inside this bar, if it is touched there; the rest of the bar may already end the position.
    fn fill_resting<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        let Some(resting) = self.resting else { return };
        let Resting { sold, is_limit, .. } = resting;
        let (settings, index) = (walk.settings, walk.tile.stats.first + bar);
        let whole = [walk.tile.ranges.prices(bar)];
        let finer = walk.inside(bar);
        let prices = if finer.is_empty() { &whole[..] } else { finer };
        let touch = |(at, prices): (usize, &Prices)| Some((at, resting.fill(mirrored(*prices, sold))?));
        let Some((at, touch)) = prices.iter().enumerate().find_map(touch) else { return };
        self.resting = None;
        recorder.waits(index, None);
        if !finer.is_empty() {
            recorder.fills(index, at);
        }
        let price = if sold { -touch.price } else { touch.price };
        // A limit order is filled at its price or a better one, by the fee of whoever was there first.
        let (price, fee) = if is_limit {
            (price, settings.maker_fee.unwrap_or(settings.fee))
        } else {
            (with_slippage(price, !sold, settings), settings.fee)
        };
        self.open(&walk.terms(), (sold, price, fee), &resting.signal, index);
        if !matches!(self.account.state, State::Long | State::Short) {
            return;
        }
        let how = match (touch.is_inside || at > 0, is_limit) {
            (false, _) => EntryFill::AtOnce,
            (true, true) => EntryFill::Limit,
            (true, false) => EntryFill::Stop,
        };
        self.account.set_entry_fill(how);
        self.bracket.advance(walk.plan, sold, 0);
        let fill = self.bracket.pass(touch.rest);
        let mut later = prices.iter().enumerate().skip(at + 1);
        let fill = fill.map(|fill| LevelFill { within: at, ..fill }).or_else(|| {
            later.find_map(|(within, one)| Some(LevelFill { within, ..self.bracket.pass(mirrored(*one, sold))? }))
        });
        if let Some(fill) = fill {
            self.leave(&walk.terms(), index, sold, fill, recorder);
        }
    }

    /// With fills at the close, what the rules order at the end of a bar in which a resting entry was filled.
    fn act_at_close<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        let (stats, settings, orders) = (walk.tile.stats, walk.settings, walk.orders);
        let (price, index) = (stats.close[bar], stats.first + bar);
        let (exits, reversals, may_leave) = match self.account.state {
            State::Long => (&orders.long_exit, &orders.short_entry, self.may_leave::<false>(&walk.terms(), price)),
            State::Short => (&orders.short_exit, &orders.long_entry, self.may_leave::<true>(&walk.terms(), price)),
            State::Flat => return self.enter_again(walk, bar, recorder),
            State::Ruined => return,
        };
        if is_set(reversals, bar) {
            self.account.exit(price, index, (ExitReason::Reverse, false), settings, recorder);
            self.enter(walk, bar, recorder);
        } else if is_set(exits, bar) && may_leave {
            self.account.exit(price, index, (ExitReason::Rule, false), settings, recorder);
        }
    }

    /// With fills at the close, the entry at the end of a bar inside which a position ended.
    fn enter_again<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        let orders = walk.orders;
        let entry = is_set(&orders.long_entry, bar) || is_set(&orders.short_entry, bar);
        if walk.settings.fill == Fill::Close && entry && walk.tile.stats.first + bar >= self.ready {
            self.enter(walk, bar, recorder);
        }
    }

    /// Fills the entry of this bar, or lets it rest; at the open, the rest of the bar may already end the position again.
    fn enter<R: Recorder>(&mut self, walk: &Walk<'_>, bar: usize, recorder: &mut R) {
        let (stats, settings) = (walk.tile.stats, walk.settings);
        let at_open = settings.fill == Fill::NextOpen;
        if let Some(order) = &walk.plan.entry {
            self.place(walk, order, bar, recorder);
            if at_open {
                self.fill_resting(walk, bar, recorder);
            }
            return;
        }
        let sold = !is_set(&walk.orders.long_entry, bar);
        let price = with_slippage(if at_open { stats.open[bar] } else { stats.close[bar] }, !sold, settings);
        self.open(&walk.terms(), (sold, price, settings.fee), &walk.distances.at(bar), stats.first + bar);
        if at_open && matches!(self.account.state, State::Long | State::Short) {
            self.bracket.advance(walk.plan, sold, 0);
            if let Some(fill) = self.pass(walk.tile.ranges.prices(bar), walk.inside(bar), sold) {
                self.leave(&walk.terms(), stats.first + bar, sold, fill, recorder);
            }
        }
    }

    /// Opens a position at a price with slippage and for a fee, with its levels; or counts it as rejected.
    fn open(&mut self, terms: &PositionTerms<'_>, entry: (bool, f64, f64), signal: &SignalBar, index: usize) {
        let (plan, (sold, price, fee)) = (terms.plan, entry);
        let side = if sold { Side::Short } else { Side::Long };
        let Some(bracket) = Bracket::new(plan, sold, price, signal) else {
            self.counts.rejected += 1;
            return;
        };
        // A short that lost more than everything has nothing left to turn round with.
        if self.account.cash <= 0.0 {
            return;
        }
        if plan.sizing == Sizing::default() && plan.leverage.limit.is_none() {
            self.account.enter_all(side, price, fee, index);
        } else {
            let entry = EntryTerms {
                equity: self.account.cash,
                price,
                fee,
                stop: bracket.risk(),
                volatility: signal.deviation * terms.bars_per_year.sqrt(),
                leverage: plan.leverage.limit.unwrap_or(1.0),
            };
            match plan.sizing.units(&entry) {
                Some(units) => self.account.enter_units(side, price, units, fee, index),
                None => self.counts.rejected += 1,
            }
        }
        self.account.charged = 0.0;
        self.account.set_entry_fill(EntryFill::AtOnce);
        self.account.set_entry_levels(bracket.entry_levels(sold));
        (self.bracket, self.since) = (bracket, index);
    }

    /// In a position from this bar on: to the bar after the one that ends it, or to the tile's end.
    fn hold<const SOLD: bool, R: Recorder>(&mut self, walk: &Walk<'_>, from: usize, recorder: &mut R) -> usize {
        let (stats, settings, orders) = (walk.tile.stats, walk.settings, walk.orders);
        let bars = walk.end;
        let at_close = settings.fill == Fill::Close;
        let (exits, reversals) =
            if SOLD { (&orders.short_exit, &orders.long_entry) } else { (&orders.long_exit, &orders.short_entry) };
        let time = match walk.plan.max_bars {
            Some(most) => (self.since + most).saturating_sub(stats.first),
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
            } else if is_set(exits, due) && self.may_leave::<SOLD>(&walk.terms(), price) {
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
        if from == to { to } else { self.account.stretch_beside(stats, from, to, settings, recorder) }
    }

    /// Takes what it costs to carry the position over the open of this bar.
    fn charge(&mut self, walk: &Walk<'_>, bar: usize) {
        if !walk.plan.leverage.has_charges() {
            return;
        }
        let funding = BarFunding {
            payments: walk.tile.payments[bar],
            rate: walk.tile.rates.get(bar).copied().unwrap_or_default(),
        };
        self.pay(&walk.terms(), walk.tile.stats.open[bar], funding);
    }

    /// Pays funding and interest of a position that is carried over this open.
    fn pay(&mut self, terms: &PositionTerms<'_>, open: f64, funding: BarFunding) {
        let (units, cash) = (self.account.units, self.account.cash);
        let (funding, interest) = terms.plan.leverage.charges(units, cash, open, funding, terms.bars_per_year);
        self.counts.funding += funding;
        self.counts.borrow += interest;
        self.account.charged += funding + interest;
        self.account.cash -= funding + interest;
    }

    /// The first of the bars `from..to` in which the position ends at a level, with the fill.
    fn search<const SOLD: bool>(&mut self, walk: &Walk<'_>, from: usize, to: usize) -> Option<(usize, LevelFill)> {
        let (first, ranges) = (walk.tile.stats.first, walk.tile.ranges);
        let has_detail = walk.tile.detail.is_some();
        let mut bar = from;
        while bar < to {
            let next = self.bracket.advance(walk.plan, SOLD, first + bar - self.since);
            let until = self.since.saturating_add(next).saturating_sub(first).min(to);
            let (floor, ceiling) = self.bracket.quiet();
            if !self.bracket.trails && floor == f64::NEG_INFINITY && ceiling == f64::INFINITY {
                bar = until;
                continue;
            }
            let found = if self.bracket.trails {
                let (trail, peak) = self.bracket.trail();
                ranges.first_trailed::<SOLD>((bar, until), (floor, ceiling), trail, peak, has_detail)
            } else if SOLD {
                ranges.first_touch(bar, until, -ceiling, -floor)
            } else {
                ranges.first_touch(bar, until, floor, ceiling)
            };
            bar = found;
            if found < until {
                if let Some(fill) = self.pass(ranges.prices(found), walk.inside(found), SOLD) {
                    return Some((found, fill));
                }
                bar += 1;
            }
        }
        None
    }

    /// Takes the levels through one bar, by its finer bars where it has some.
    fn pass(&mut self, whole: Prices, finer: &[Prices], sold: bool) -> Option<LevelFill> {
        let whole = mirrored(whole, sold);
        match finer {
            [] => self.bracket.pass(whole),
            // What a bar cannot touch none of its finer ones can.
            _ if self.bracket.clears(whole) => None,
            finer => finer.iter().map(|prices| mirrored(*prices, sold)).enumerate().find_map(|(within, prices)| {
                let fill = if self.bracket.clears(prices) { None } else { self.bracket.pass(prices) };
                Some(LevelFill { within, ..fill? })
            }),
        }
    }

    /// Whether an exit rule acts at this price, slippage aside.
    fn may_leave<const SOLD: bool>(&self, terms: &PositionTerms<'_>, price: f64) -> bool {
        let Some(min_profit) = terms.plan.min_profit else { return true };
        let filled = with_slippage(price, SOLD, terms.settings);
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
        let (stats, settings) = (walk.tile.stats, walk.settings);
        let reached = self.stretch(walk, from, bar, recorder);
        if self.account.state == State::Ruined {
            return reached;
        }
        let before = self.account.cash + self.account.units * stats.previous_close(bar);
        self.charge(walk, bar);
        self.leave(&walk.terms(), stats.first + bar, sold, fill, recorder);
        self.enter_again(walk, bar, recorder);
        self.account.end_bar(stats, bar, before, settings, recorder);
        bar + 1
    }

    /// Closes the position at a level of this bar.
    fn leave<R: Recorder>(
        &mut self,
        terms: &PositionTerms<'_>,
        index: usize,
        sold: bool,
        fill: LevelFill,
        recorder: &mut R,
    ) {
        let price = if sold { -fill.price } else { fill.price };
        match (fill.reason, terms.plan.leverage.limit) {
            (ExitReason::Liquidation, Some(limit)) => {
                self.counts.liquidations += 1;
                self.account.liquidate(price, (index, fill.within), limit, recorder);
            }
            (reason, _) => {
                let at = (index, fill.within);
                self.account.exit_within(price, at, (reason, fill.ambiguous), terms.settings, recorder);
            }
        }
        // A signal counts from the bar of the exit plus the cooldown on; at the next open it fills a bar later.
        self.ready = index + terms.plan.cooldown + usize::from(terms.settings.fill == Fill::NextOpen);
    }
}
