//! An account that holds what weights say.

use super::candidates::Candidates;
use super::outcome::{PortfolioRun, RunSums};
use super::portfolio_schedule::PortfolioSchedule;
use super::positions::Positions;
use super::rebalancing::{DUST, Order, affordable, choose};
use super::universe::Universe;
use crate::account::{BorderRule, ExitReason, Fill, Settings};
use crate::strategy::PortfolioNumbers;

/// What there is to hold, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct WeightedPortfolio<'a> {
    /// The assets.
    pub universe: &'a Universe,
    /// Which of them may be held, and when that is decided.
    pub candidates: &'a Candidates,
    /// How many, and their weights.
    pub numbers: PortfolioNumbers,
}

/// An account on its way.
struct WeightedAccount<'a> {
    universe: &'a Universe,
    schedule: &'a PortfolioSchedule<WeightedPortfolio<'a>>,
    /// Smallest change of a weight that is traded.
    band: f64,
    settings: &'a Settings,
    positions: Positions,
    /// Weights that are ordered and not filled, and the assets that have one, ascending.
    targets: Vec<f64>,
    ordered: Vec<usize>,
}

impl<'a> WeightedPortfolio<'a> {
    /// The account from the first bar to the last, in whose bars cash earns `risk_free`. What it held after each bar with
    /// fills is kept where that is wanted.
    #[must_use]
    pub fn run(self, settings: &Settings, risk_free: f64, wants_weights: bool) -> PortfolioRun {
        let schedule = PortfolioSchedule::of_one(self, self.universe.time.len());
        Self::run_schedule(self.universe, &schedule, (settings, risk_free), wants_weights)
    }

    /// An account that follows one portfolio after the other. Its equity begins with the first bar of the schedule; what is
    /// decided at the close before a border is decided by the portfolio behind it. With [`BorderRule::Adopt`] it goes there
    /// to what that one's last rebalance wants, with [`BorderRule::Flat`] to cash, and with [`BorderRule::Hold`] nowhere,
    /// until the next rebalance.
    #[must_use]
    pub fn run_schedule(
        universe: &'a Universe,
        schedule: &PortfolioSchedule<Self>,
        (settings, risk_free): (&Settings, f64),
        wants_weights: bool,
    ) -> PortfolioRun {
        let assets = universe.assets.len();
        let positions = Positions::new(assets, settings.capital);
        let (targets, ordered) = (vec![0.0; assets], Vec::new());
        let mut account = WeightedAccount { universe, schedule, band: 0.0, settings, positions, targets, ordered };
        let (start, end) = (schedule.start(), schedule.end);
        let mut sums = RunSums::new(settings.capital, end - start, risk_free);
        let at_close = settings.fill == Fill::Close;
        let mut ended = universe.ends().iter().skip_while(|(last, _)| *last < start).peekable();
        if let Some(before) = start.checked_sub(1) {
            account.decide(before);
            if at_close {
                account.fill(before, &mut sums);
            }
        }
        for bar in start..end {
            if at_close && !sums.is_ruined() {
                account.decide(bar);
            }
            let mut filled = account.fill(bar, &mut sums);
            while let Some(&(_, asset)) = ended.next_if(|(last, _)| *last == bar) {
                filled |= account.end(asset, bar, &mut sums);
            }
            let close = |asset: usize| universe.assets[asset].close(bar);
            let mut equity = account.positions.equity(close);
            if equity <= 0.0 && !sums.is_ruined() {
                equity = account.ruin(bar, &mut sums);
            }
            sums.bar(
                equity,
                account.positions.held().iter().map(|&asset| account.positions.units(asset) * close(asset)),
            );
            if filled {
                sums.rebalances += 1;
                if wants_weights {
                    let weight = |&asset: &usize| (asset, account.positions.units(asset) * close(asset) / equity);
                    sums.weights(bar, account.positions.held().iter().map(weight).collect());
                }
            }
            if !at_close && !sums.is_ruined() {
                account.decide(bar);
            }
        }
        let last = end - 1;
        let open = account.positions.open(last, |asset| universe.assets[asset].close(last));
        let held = account.positions.held().iter().map(|&asset| (asset, account.positions.units(asset))).collect();
        sums.close((open, held), (account.positions.fees, account.positions.traded))
    }
}

impl WeightedAccount<'_> {
    /// What is decided at the close of a bar, by the portfolio of the bar after it.
    fn decide(&mut self, bar: usize) {
        let (number, begins) = self.schedule.at(bar + 1);
        let Some(portfolio) = self.schedule.entries[number].portfolio else {
            if begins {
                self.order(&[]);
            }
            return;
        };
        self.band = portfolio.numbers.band;
        let bars = portfolio.candidates.bars();
        let due = bars.binary_search(&bar).ok();
        let at_border = begins.then(|| match self.schedule.border {
            BorderRule::Adopt => Some(bars.partition_point(|due| *due <= bar).checked_sub(1)),
            BorderRule::Flat => Some(None),
            BorderRule::Hold => None,
        });
        match due.map(Some).or(at_border.flatten()) {
            Some(Some(number)) => {
                let ranked = portfolio.candidates.ranked(number);
                let is_held = |asset: usize| self.positions.units(asset) != 0.0 || self.targets[asset] != 0.0;
                let chosen = choose(ranked, &portfolio.numbers, is_held);
                self.order(&chosen);
            }
            Some(None) => self.order(&[]),
            None => {}
        }
    }

    /// Orders these weights, in place of what was ordered before.
    fn order(&mut self, chosen: &[(usize, f64)]) {
        self.targets.fill(0.0);
        self.ordered = self.positions.held().to_vec();
        for &(asset, weight) in chosen {
            self.targets[asset] = weight;
            self.ordered.push(asset);
        }
        self.ordered.sort_unstable();
        self.ordered.dedup();
    }

    /// Fills the orders of the assets that trade at this bar; whether any was.
    fn fill(&mut self, bar: usize, sums: &mut RunSums) -> bool {
        if self.ordered.is_empty() {
            return false;
        }
        let assets = &self.universe.assets;
        let at_open = self.settings.fill == Fill::NextOpen;
        let trades = |asset: usize| assets[asset].trades_at(bar);
        let price = |asset: usize| {
            if at_open && trades(asset) { assets[asset].open(bar) } else { assets[asset].close(bar) }
        };
        let equity = self.positions.equity(price);
        if equity <= 0.0 {
            return false;
        }
        let band = self.band * equity;
        let mut orders: Vec<Order> = Vec::with_capacity(self.ordered.len());
        self.ordered.retain(|&asset| {
            if !trades(asset) {
                return true;
            }
            let (price, weight) = (price(asset), self.targets[asset]);
            let order = Order { asset, price, held: self.positions.units(asset) * price, wanted: weight * equity };
            // A position that is to end does so, however small it is.
            if weight == 0.0 || (order.wanted - order.held).abs() >= band {
                orders.push(order);
            }
            self.targets[asset] = 0.0;
            false
        });
        let part = affordable(&orders, self.positions.cash, equity, self.settings);
        let is_sale = |order: &&Order| part * order.wanted < order.held;
        let sales = orders.iter().filter(is_sale);
        let mut filled = false;
        for order in sales.chain(orders.iter().filter(|order| !is_sale(order))) {
            let wanted = part * order.wanted;
            let is_dust = (wanted - order.held).abs() <= DUST * equity;
            if (is_dust && order.wanted != 0.0) || (order.held == 0.0 && wanted == 0.0) {
                continue;
            }
            let units = if wanted == 0.0 { 0.0 } else { wanted / order.price };
            let ended = self.positions.go_to(order.asset, (units, order.price), (bar, ExitReason::Rule), self.settings);
            sums.trades(ended);
            filled = true;
        }
        // All of it is spent: rounding must not leave a crumb or a debt.
        if self.positions.cash.abs() <= DUST * equity {
            self.positions.cash = 0.0;
        }
        filled
    }

    /// Sells an asset at its last close; whether it was held.
    fn end(&mut self, asset: usize, bar: usize, sums: &mut RunSums) -> bool {
        self.ordered.retain(|other| *other != asset);
        self.targets[asset] = 0.0;
        self.close(asset, (bar, ExitReason::Ended), sums)
    }

    /// Ends an account whose equity is gone; gives what is left.
    fn ruin(&mut self, bar: usize, sums: &mut RunSums) -> f64 {
        for asset in self.positions.held().to_vec() {
            self.close(asset, (bar, ExitReason::Ruin), sums);
        }
        self.ordered.clear();
        sums.ruin();
        self.positions.cash
    }

    fn close(&mut self, asset: usize, (bar, reason): (usize, ExitReason), sums: &mut RunSums) -> bool {
        if self.positions.units(asset) == 0.0 {
            return false;
        }
        let price = self.universe.assets[asset].close(bar);
        sums.trades(self.positions.go_to(asset, (0.0, price), (bar, reason), self.settings));
        true
    }
}
