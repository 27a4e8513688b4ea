//! An account of so many slots: entries of rules share it, each with an equal part of the equity.

use super::outcome::{PortfolioRun, RunSums};
use super::portfolio_schedule::{PortfolioSchedule, ScheduledPortfolio};
use super::positions::AssetTrade;
use super::rebalancing::DUST;
use super::slot_entries::SlotEntries;
use super::slot_orders::exit_plan;
use super::universe::Universe;
use crate::account::{
    BarTrade, BorderRule, ExitPlan, ExitReason, Fill, LevelAccount, PositionTerms, Recorder, Settings, SlotBar,
    TradeCounts, funding_payments,
};
use crate::fold::{Combination, Market};
use crate::interval::Interval;

/// What there is to enter, and how many positions there are at once.
#[derive(Clone, Copy, Debug)]
pub struct SlotPortfolio<'a> {
    /// The assets.
    pub universe: &'a Universe,
    /// The market of each asset, in the order of the universe.
    pub markets: &'a [Market<'a>],
    /// What rules order.
    pub entries: &'a SlotEntries,
    /// The strategy with the values whose orders these are.
    pub combination: Combination<'a>,
    /// Most positions at once.
    pub slots: usize,
}

/// An account on its way.
struct SlotAccount<'a> {
    universe: &'a Universe,
    markets: &'a [Market<'a>],
    schedule: &'a PortfolioSchedule<SlotPortfolio<'a>>,
    /// Exits and sizes of each entry of the schedule.
    plans: &'a [ExitPlan],
    /// What rules order now, and in how many slots; none while all is to stay cash.
    current: Option<(&'a SlotEntries, usize)>,
    terms: PositionTerms<'a>,
    interval: Interval,
    /// Cash that no position holds.
    cash: f64,
    /// Of each asset, whether it is held or not.
    positions: Vec<LevelAccount>,
    /// The assets that are held, ascending.
    held: Vec<usize>,
    /// Of each asset that is held: its own bar, and the bar of the axis at which it was entered.
    bars: Vec<(usize, usize)>,
    /// Entries for which there was no slot or no cash.
    turned_away: u64,
    sums: RunSums,
}

/// Hears of the trade that ends.
#[derive(Default)]
struct EndedTrade(Option<BarTrade>);

impl Recorder for EndedTrade {
    fn trade(&mut self, trade: BarTrade) {
        self.0 = Some(trade);
    }
}

impl<'a> SlotPortfolio<'a> {
    /// The account from the first bar to the last, in whose bars cash earns `risk_free`. What it held after each bar with
    /// fills is kept where that is wanted.
    #[must_use]
    pub fn run(self, terms: (&Settings, Interval), risk_free: f64, wants_weights: bool) -> PortfolioRun {
        let schedule = PortfolioSchedule::of_one(self, self.universe.time.len());
        Self::run_schedule((self.universe, self.markets), &schedule, terms, (risk_free, wants_weights))
    }

    /// An account that follows one portfolio after the other. Its equity begins with the first bar of the schedule, and the
    /// first fills of a portfolio are those of its border's bar, or with fills at the close of the close before it. There
    /// [`BorderRule::Flat`] closes all positions; else they stay, with the levels that the new exits give their entries,
    /// until the new rules act on them. Levels whose distance is read from a series stay where they are.
    #[must_use]
    pub fn run_schedule(
        (universe, markets): (&'a Universe, &'a [Market<'a>]),
        schedule: &PortfolioSchedule<Self>,
        (settings, interval): (&Settings, Interval),
        (risk_free, wants_weights): (f64, bool),
    ) -> PortfolioRun {
        let plan = |entry: &ScheduledPortfolio<Self>| {
            entry.portfolio.map(|portfolio| exit_plan(portfolio.combination)).unwrap_or_default()
        };
        let plans: Vec<ExitPlan> = schedule.entries.iter().map(plan).collect();
        let (start, assets) = (schedule.start(), universe.assets.len());
        let mut account = SlotAccount {
            universe,
            markets,
            schedule,
            plans: &plans,
            current: None,
            terms: PositionTerms { plan: &plans[0], settings, bars_per_year: interval.bars_per_year() },
            interval,
            cash: settings.capital,
            positions: vec![LevelAccount::in_slot(); assets],
            held: Vec::new(),
            bars: vec![(0, 0); assets],
            turned_away: 0,
            sums: RunSums::new(settings.capital, schedule.end - start, risk_free),
        };
        if settings.fill == Fill::Close
            && let Some(before) = start.checked_sub(1)
        {
            account.change_over(start, before);
            account.enter(before);
        } else if settings.fill == Fill::Close {
            account.change_over(start, start);
        }
        let mut ended = universe.ends().iter().skip_while(|(last, _)| *last < start).peekable();
        for bar in start..schedule.end {
            let mut filled = !account.sums.is_ruined() && account.trade(bar);
            while let Some(&(_, asset)) = ended.next_if(|(last, _)| *last == bar) {
                filled |= account.end(asset, (bar, ExitReason::Ended));
            }
            account.finish_bar(bar, filled, wants_weights);
        }
        // One asset alone is counted as outside of a portfolio.
        let has_terms = schedule
            .entries
            .iter()
            .filter_map(|entry| entry.portfolio)
            .any(|one| !one.combination.strategy.terms.is_empty());
        account.close(assets > 1 || has_terms)
    }
}

impl<'a> SlotAccount<'a> {
    /// One bar: exits that were ordered, entries, levels; with fills at the close, levels come first. Whether anything was
    /// filled.
    fn trade(&mut self, bar: usize) -> bool {
        let assets = &self.universe.assets;
        let carried: Vec<usize> = self.held.iter().copied().filter(|asset| assets[*asset].trades_at(bar)).collect();
        let at_close = self.terms.settings.fill == Fill::Close;
        let mut filled = false;
        for &asset in &carried {
            self.bars[asset].0 += 1;
            self.carry(asset);
            filled |= at_close && self.watch(asset, bar);
        }
        filled |= self.change_over(bar + usize::from(at_close), bar);
        for &asset in &carried {
            filled |= self.leave_on_order(asset, bar);
        }
        filled |= self.enter(bar);
        if !at_close {
            for asset in self.held.clone() {
                filled |= assets[asset].trades_at(bar) && self.watch(asset, bar);
            }
        }
        filled
    }

    /// Changes over to the portfolio that begins at the bar `border`, if one does, with the fills of `bar`; whether anything
    /// was filled.
    fn change_over(&mut self, border: usize, bar: usize) -> bool {
        let (number, begins) = self.schedule.at(border);
        if !begins {
            return false;
        }
        let portfolio = self.schedule.entries[number].portfolio;
        let mut filled = false;
        if portfolio.is_none() || self.schedule.border == BorderRule::Flat {
            for asset in self.held.clone() {
                filled |= self.end_at(asset, self.fill_price(asset, bar), (bar, ExitReason::Rule));
            }
        }
        self.current = portfolio.map(|portfolio| (portfolio.entries, portfolio.slots));
        self.terms.plan = &self.plans[number];
        for &asset in &self.held {
            self.positions[asset].take_levels_of(&self.terms);
        }
        filled
    }

    /// The price at which orders of an asset fill at this bar; where it has none, its last close.
    fn fill_price(&self, asset: usize, bar: usize) -> f64 {
        let prices = &self.universe.assets[asset];
        match prices.open(bar) {
            open if self.terms.settings.fill == Fill::NextOpen && !open.is_nan() => open,
            _ => prices.close(bar),
        }
    }

    /// The bar with this number among an asset's own.
    fn bar_of(&self, asset: usize, index: usize) -> SlotBar<'a> {
        let market = &self.markets[asset];
        let candles = market.candles;
        let price = |prices: &[f64]| prices.get(index).copied().unwrap_or(f64::NAN);
        let has_charges = self.terms.plan.leverage.has_charges();
        let (open, end) = (candles.time[index], candles.time[index] + self.interval.millis());
        SlotBar {
            index,
            open: candles.open[index],
            high: price(&candles.high),
            low: price(&candles.low),
            close: candles.close[index],
            detail: market.detail,
            payments: if has_charges { funding_payments(open, end) } else { 0 },
            rate: market.funding.get(index).copied().unwrap_or_default(),
            orders: self.current.map_or([false; 4], |(entries, _)| entries.orders[asset].at(index)),
        }
    }

    /// The bar at which an asset that is held stands.
    fn current(&self, asset: usize) -> SlotBar<'a> {
        self.bar_of(asset, self.bars[asset].0)
    }

    /// Pays for carrying a position over its open; where its own cash is short of that, the account's pays.
    fn carry(&mut self, asset: usize) {
        if !self.terms.plan.leverage.has_charges() {
            return;
        }
        let bar = self.current(asset);
        let position = &mut self.positions[asset];
        position.carry(&self.terms, &bar);
        let debt = position.debt(self.terms.plan);
        let paid = if debt < self.cash { debt } else { self.cash };
        if paid > 0.0 {
            self.cash -= paid;
            position.move_cash(paid);
        }
    }

    fn leave_on_order(&mut self, asset: usize, bar: usize) -> bool {
        let (own, mut ended) = (self.current(asset), EndedTrade::default());
        self.positions[asset].leave_on_order(&self.terms, &own, &mut ended);
        self.free(asset, bar, &ended)
    }

    fn watch(&mut self, asset: usize, bar: usize) -> bool {
        let (own, mut ended) = (self.current(asset), EndedTrade::default());
        self.positions[asset].watch(&self.terms, &own, &mut ended);
        self.free(asset, bar, &ended)
    }

    /// Closes a position at its asset's last close; whether there was one.
    fn end(&mut self, asset: usize, (bar, reason): (usize, ExitReason)) -> bool {
        self.end_at(asset, self.universe.assets[asset].close(bar), (bar, reason))
    }

    /// The same at this price.
    fn end_at(&mut self, asset: usize, price: f64, (bar, reason): (usize, ExitReason)) -> bool {
        if !self.positions[asset].is_held() {
            return false;
        }
        let mut ended = EndedTrade::default();
        self.positions[asset].end((price, self.bars[asset].0), reason, self.terms.settings, &mut ended);
        self.free(asset, bar, &ended)
    }

    /// Takes the slot and the cash of a position that has ended; whether it has.
    fn free(&mut self, asset: usize, bar: usize, ended: &EndedTrade) -> bool {
        let Some(trade) = &ended.0 else { return false };
        self.cash += self.positions[asset].release_cash();
        self.held.retain(|other| *other != asset);
        // By bars of the axis, on which all assets stand.
        let trade = BarTrade { entry_bar: self.bars[asset].1, exit_bar: bar, ..*trade };
        self.sums.trades(Some(AssetTrade { asset, trade }));
        true
    }

    /// Cash and all positions at these prices.
    fn equity(&self, price: impl Fn(usize) -> f64) -> f64 {
        self.held.iter().fold(self.cash, |sum, &asset| sum + self.positions[asset].worth(price(asset)))
    }

    /// Fills the entries of this bar, the best first, as far as there are slots and cash; whether any was filled.
    fn enter(&mut self, bar: usize) -> bool {
        let Some((entries, slots)) = self.current else { return false };
        let (due, universe) = (entries.at(bar), self.universe);
        if due.is_empty() {
            return false;
        }
        let at_close = self.terms.settings.fill == Fill::Close;
        let equity = self.equity(|asset| self.fill_price(asset, bar));
        #[expect(clippy::cast_precision_loss, reason = "at most 100,000 slots")]
        let share = equity / slots as f64;
        let mut filled = false;
        for entry in due {
            let (asset, number) = (entry.asset as usize, entry.number as usize);
            let order = entries.orders[asset].entries[number];
            // Nothing is bought at the very close at which it would be sold, because there are no more bars.
            let is_over = at_close && universe.ends().contains(&(bar, asset));
            if !self.positions[asset].may_enter(order.bar) || is_over {
                continue;
            }
            let lent = if self.held.len() < slots { self.lend(share, equity) } else { None };
            let Some(lent) = lent else {
                self.turned_away += 1;
                continue;
            };
            let (own, signal) = (self.bar_of(asset, order.bar), entries.orders[asset].signal(number));
            if self.positions[asset].enter_slot(&self.terms, (&own, &signal), order.sold, lent) {
                self.bars[asset] = (order.bar, bar);
                let place = self.held.partition_point(|other| *other < asset);
                self.held.insert(place, asset);
                filled = true;
            } else {
                self.cash += self.positions[asset].release_cash();
            }
        }
        filled
    }

    /// The cash of one slot, or what there is of it; none where there is none. What positions do not need is taken too.
    fn lend(&mut self, share: f64, equity: f64) -> Option<f64> {
        if share > self.cash {
            for &asset in &self.held {
                let unneeded = self.positions[asset].spare_cash(self.terms.plan);
                self.positions[asset].move_cash(-unneeded);
                self.cash += unneeded;
            }
        }
        let lent = if share < self.cash { share } else { self.cash };
        if lent <= DUST * equity.abs() {
            return None;
        }
        self.cash -= lent;
        Some(lent)
    }

    /// Counts a bar by its closes; an account whose equity is gone ends with it.
    fn finish_bar(&mut self, bar: usize, filled: bool, wants_weights: bool) {
        let universe = self.universe;
        let close = |asset: usize| universe.assets[asset].close(bar);
        let mut equity = self.equity(close);
        if equity <= 0.0 && !self.sums.is_ruined() {
            for asset in self.held.clone() {
                self.end(asset, (bar, ExitReason::Ruin));
            }
            self.sums.ruin();
            equity = self.cash;
        }
        let value = |asset: usize| self.positions[asset].units() * close(asset);
        self.sums.bar(equity, self.held.iter().map(|&asset| value(asset)));
        if filled {
            self.sums.rebalances += 1;
            if wants_weights {
                let weights = self.held.iter().map(|&asset| (asset, value(asset) / equity)).collect();
                self.sums.weights(bar, weights);
            }
        }
    }

    /// The account after its last bar; what was rejected and paid beside trades is counted where that is wanted.
    fn close(mut self, is_counted: bool) -> PortfolioRun {
        let universe = self.universe;
        let last = self.schedule.end - 1;
        let open = |&asset: &usize| {
            let (own, entry_bar) = self.bars[asset];
            let trade = self.positions[asset].open_trade((universe.assets[asset].close(last), own));
            AssetTrade { asset, trade: BarTrade { entry_bar, exit_bar: last, ..trade } }
        };
        let open: Vec<AssetTrade> = self.held.iter().map(open).collect();
        let held = self.held.iter().map(|&asset| (asset, self.positions[asset].units())).collect();
        let fees = self.positions.iter().map(LevelAccount::fees).sum();
        if is_counted {
            let turned_away = TradeCounts { rejected: self.turned_away, ..TradeCounts::default() };
            let counts = self.positions.iter().map(LevelAccount::counts).fold(turned_away, TradeCounts::plus);
            self.sums.count(counts);
        }
        let traded = self.sums.traded_with(&open);
        self.sums.close((open, held), (fees, traded))
    }
}
