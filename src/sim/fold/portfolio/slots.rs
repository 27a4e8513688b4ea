//! An account of so many slots: entries of rules share it, each with an equal part of the equity.

use super::outcome::{PortfolioRun, RunSums};
use super::positions::AssetTrade;
use super::rebalancing::DUST;
use super::slot_entries::SlotEntries;
use super::slot_orders::exit_plan;
use super::universe::Universe;
use crate::sim::account::{
    BarTrade, ExitReason, Fill, LevelAccount, PositionTerms, Recorder, Settings, SlotBar, TradeCounts, funding_payments,
};
use crate::sim::fold::{Combination, Market};
use crate::sim::interval::Interval;

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
    portfolio: SlotPortfolio<'a>,
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

impl SlotPortfolio<'_> {
    /// The account from the first bar to the last, in whose bars cash earns `risk_free`. What it held after each bar with
    /// fills is kept where that is wanted.
    #[must_use]
    pub fn run(self, (settings, interval): (&Settings, Interval), risk_free: f64, wants_weights: bool) -> PortfolioRun {
        let Self { universe, .. } = self;
        let plan = exit_plan(self.combination);
        let mut account = SlotAccount {
            portfolio: self,
            terms: PositionTerms { plan: &plan, settings, bars_per_year: interval.bars_per_year() },
            interval,
            cash: settings.capital,
            positions: vec![LevelAccount::in_slot(); universe.assets.len()],
            held: Vec::with_capacity(self.slots.min(universe.assets.len())),
            bars: vec![(0, 0); universe.assets.len()],
            turned_away: 0,
            sums: RunSums::new(settings.capital, universe.time.len(), risk_free),
        };
        let mut ended = universe.ends().iter().peekable();
        for bar in 0..universe.time.len() {
            let mut filled = !account.sums.is_ruined() && account.trade(bar);
            while let Some(&(_, asset)) = ended.next_if(|(last, _)| *last == bar) {
                filled |= account.end(asset, (bar, ExitReason::Ended));
            }
            account.finish_bar(bar, filled, wants_weights);
        }
        // One asset alone is counted as outside of a portfolio.
        account.close(universe.assets.len() > 1 || !self.combination.strategy.terms.is_empty())
    }
}

impl<'a> SlotAccount<'a> {
    /// One bar: exits that were ordered, entries, levels; with fills at the close, levels come first. Whether anything was
    /// filled.
    fn trade(&mut self, bar: usize) -> bool {
        let assets = &self.portfolio.universe.assets;
        let carried: Vec<usize> = self.held.iter().copied().filter(|asset| assets[*asset].trades_at(bar)).collect();
        let at_close = self.terms.settings.fill == Fill::Close;
        let mut filled = false;
        for &asset in &carried {
            self.bars[asset].0 += 1;
            self.carry(asset);
            filled |= (at_close && self.watch(asset, bar)) || self.leave_on_order(asset, bar);
        }
        filled |= self.enter(bar);
        if !at_close {
            for asset in self.held.clone() {
                filled |= assets[asset].trades_at(bar) && self.watch(asset, bar);
            }
        }
        filled
    }

    /// The bar with this number among an asset's own.
    fn bar_of(&self, asset: usize, index: usize) -> SlotBar<'a> {
        let market = &self.portfolio.markets[asset];
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
            orders: self.portfolio.entries.orders[asset].at(index),
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
        if !self.positions[asset].is_held() {
            return false;
        }
        let (close, index) = (self.portfolio.universe.assets[asset].close(bar), self.bars[asset].0);
        let mut ended = EndedTrade::default();
        self.positions[asset].end((close, index), reason, self.terms.settings, &mut ended);
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
        let SlotPortfolio { universe, entries, slots, .. } = self.portfolio;
        let due = entries.at(bar);
        if due.is_empty() {
            return false;
        }
        let (assets, at_close) = (&universe.assets, self.terms.settings.fill == Fill::Close);
        let equity = self.equity(|asset| match assets[asset].open(bar) {
            open if !at_close && !open.is_nan() => open,
            _ => assets[asset].close(bar),
        });
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
        let assets = &self.portfolio.universe.assets;
        let close = |asset: usize| assets[asset].close(bar);
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
        let universe = self.portfolio.universe;
        let last = universe.time.len() - 1;
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
