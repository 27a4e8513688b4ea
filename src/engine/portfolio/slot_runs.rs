//! Portfolios in slots: what rules order of each asset is computed once for all configurations that order alike.

use std::collections::BTreeMap;

use super::score_sets::ScoreSets;
use super::universe_data::{SCORE_BYTES, UniverseData, scores_of};
use crate::inputs::AssetData;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::sim::fold::portfolio::{AssetScores, PortfolioRun, SlotEntries, SlotOrders, SlotPortfolio, slot_orders};
use crate::sim::fold::{Combination, Market};
use crate::sim::strategy::PortfolioTerms;

/// Bytes that the orders of a bar take, roughly: most rules rarely order anything.
const ORDER_BYTES: usize = 16;
/// Accounts that one thread goes through at once.
const SHARE: usize = 8;

impl UniverseData {
    /// The entries of all assets, for each of these values of the parameters.
    pub(super) fn slot_entries(&self, plan: &Plan, sets: &[Vec<f64>], pool: &Pool) -> Vec<SlotEntries> {
        let strategy = &plan.strategies[0].strategy;
        let combinations: Vec<Combination<'_>> = sets.iter().map(|values| Combination { strategy, values }).collect();
        let reads = |terms: &&PortfolioTerms| terms.score.is_some() || terms.condition.is_some();
        let terms = strategy.portfolio.as_ref().filter(reads);
        let of = |kept: &AssetData| {
            let scores = terms.map(|terms| scores_of(plan, terms, sets, kept.market()));
            let scores: Option<Vec<Vec<f64>>> =
                scores.map(|scores| scores.into_iter().map(AssetScores::into_scores).collect());
            slot_orders(&combinations, scores.as_deref(), &plan.terms(), kept.market())
        };
        let mut by_sets: Vec<Vec<SlotOrders>> = sets.iter().map(|_| Vec::with_capacity(self.kept().len())).collect();
        for orders in pool.map(self.kept().iter().collect(), of) {
            for (all, one) in by_sets.iter_mut().zip(orders) {
                all.push(one);
            }
        }
        pool.map(by_sets, |orders| SlotEntries::new(&self.universe, orders))
    }

    /// One account with its history.
    pub(super) fn run_slots(&self, plan: &Plan, values: &[f64], pool: &Pool) -> PortfolioRun {
        let entries = self.slot_entries(plan, &[values.to_vec()], pool).remove(0);
        let markets: Vec<Market<'_>> = self.kept().iter().map(AssetData::market).collect();
        self.slot_run(plan, (&entries, &markets), values, true)
    }

    fn slot_run(
        &self,
        plan: &Plan,
        (entries, markets): (&SlotEntries, &[Market<'_>]),
        values: &[f64],
        wants_weights: bool,
    ) -> PortfolioRun {
        let strategy = &plan.strategies[0].strategy;
        let slots = strategy.portfolio.as_ref().map_or(1, |terms| terms.numbers(values).top);
        let combination = Combination { strategy, values };
        let portfolio = SlotPortfolio { universe: &self.universe, markets, entries, combination, slots };
        portfolio.run((&plan.settings, plan.interval), self.risk_free(plan), wants_weights)
    }

    /// What is made of the account of each point, in their order.
    pub(super) fn slot_accounts<T: Send + Clone>(
        &self,
        plan: &Plan,
        points: &[Vec<f64>],
        pool: &Pool,
        make: &(dyn Fn(&Self, PortfolioRun) -> T + Sync),
    ) -> Vec<T> {
        let params = plan.strategies[0].strategy.order_params();
        let sets = ScoreSets::by(&params, points);
        let bars: usize = self.universe.assets.iter().map(|asset| asset.bars().len()).sum();
        let at_once = (SCORE_BYTES / (bars * ORDER_BYTES).max(1)).max(1);
        let markets: Vec<Market<'_>> = self.kept().iter().map(AssetData::market).collect();
        let mut found: Vec<Option<T>> = vec![None; points.len()];
        let mut members: BTreeMap<Vec<u64>, Vec<usize>> = BTreeMap::new();
        for (at, values) in points.iter().enumerate() {
            members.entry(ScoreSets::key_by(&params, values)).or_default().push(at);
        }
        for (keys, values) in sets.keys.chunks(at_once).zip(sets.values.chunks(at_once)) {
            let entries = self.slot_entries(plan, values, pool);
            let work: Vec<(&SlotEntries, &[usize])> = entries
                .iter()
                .zip(keys)
                .flat_map(|(entries, key)| members[key].chunks(SHARE).map(move |some| (entries, some)))
                .collect();
            let accounts = |(entries, some): (&SlotEntries, &[usize])| {
                let one = |&at: &usize| (at, make(self, self.slot_run(plan, (entries, &markets), &points[at], false)));
                some.iter().map(one).collect::<Vec<_>>()
            };
            for (at, outcome) in pool.map(work, accounts).into_iter().flatten() {
                found[at] = Some(outcome);
            }
        }
        found.into_iter().flatten().collect()
    }
}
