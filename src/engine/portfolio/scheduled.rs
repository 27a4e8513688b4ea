//! One account over many assets that follows a schedule of parameters.

use super::score_sets::ScoreSets;
use super::universe_data::UniverseData;
use crate::inputs::AssetData;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::sim::account::BorderRule;
use crate::sim::fold::portfolio::{
    Candidates, PortfolioBenchmark, PortfolioRun, PortfolioSchedule, ScheduledPortfolio, SlotEntries, SlotPortfolio,
    WeightedPortfolio,
};
use crate::sim::fold::{Combination, Market, ScheduleEntry, StitchedAccount};
use crate::sim::metrics::Detail;

/// Some points of a portfolio, ready for accounts that change from one to another.
pub(crate) struct PreparedPoints<'a> {
    plan: &'a Plan,
    data: &'a UniverseData,
    points: &'a [Vec<f64>],
    orders: PreparedOrders,
}

/// What is decided by each point.
enum PreparedOrders {
    Weights(Vec<Candidates>),
    Slots(Vec<SlotEntries>),
}

impl<'a> PreparedPoints<'a> {
    /// Those points. Scores of others are forgotten.
    pub(crate) fn new(plan: &'a Plan, data: &'a mut UniverseData, points: &'a [Vec<f64>], pool: &Pool) -> Self {
        let Some(terms) = plan.strategies[0].strategy.portfolio.as_ref() else {
            unreachable!("a portfolio is loaded of a strategy that has one")
        };
        if terms.has_slots() {
            let orders = PreparedOrders::Slots(data.slot_entries(plan, points, pool));
            return Self { plan, data, points, orders };
        }
        data.score(plan, ScoreSets::of(terms, points), pool);
        let candidates = |values: &Vec<f64>| {
            let scores = data.scores(&ScoreSets::key(terms, values)).unwrap_or_default();
            Candidates::new(&data.universe, scores, terms.numbers(values).every, plan.interval)
        };
        let orders = PreparedOrders::Weights(points.iter().map(candidates).collect());
        Self { plan, data, points, orders }
    }

    /// The account of a schedule of these points up to the bar `end`.
    pub(crate) fn stitch(&self, schedule: &[ScheduleEntry], border: BorderRule, end: usize) -> StitchedAccount {
        let Self { plan, data, .. } = *self;
        let start = schedule[0].from;
        let run = self.run(schedule, border, end).since(start);
        let part = data.universe.part(start..end);
        let benchmark = PortfolioBenchmark::new(&part, plan.settings.capital, plan.benchmark.as_deref());
        let outcome = run.outcome(&part, (&plan.settings, plan.interval), &benchmark, Detail::AllReturns);
        let trades = run.trades.iter().map(|one| one.trade).collect();
        StitchedAccount { outcome, equity: run.equity, trades }
    }

    fn run(&self, schedule: &[ScheduleEntry], border: BorderRule, end: usize) -> PortfolioRun {
        let Self { plan, data, points, .. } = *self;
        let strategy = &plan.strategies[0].strategy;
        let numbers = |at: usize| strategy.portfolio.as_ref().map(|terms| terms.numbers(&points[at]));
        let (universe, risk_free) = (&data.universe, data.risk_free(plan));
        match &self.orders {
            PreparedOrders::Weights(candidates) => {
                let portfolio = |at: usize| {
                    numbers(at).map(|numbers| WeightedPortfolio { universe, candidates: &candidates[at], numbers })
                };
                let schedule = PortfolioSchedule { entries: entries(schedule, portfolio), border, end };
                WeightedPortfolio::run_schedule(universe, &schedule, (&plan.settings, risk_free), false)
            }
            PreparedOrders::Slots(all) => {
                let markets: Vec<Market<'_>> = data.kept().iter().map(AssetData::market).collect();
                let portfolio = |at: usize| {
                    numbers(at).map(|numbers| SlotPortfolio {
                        universe,
                        markets: &markets,
                        entries: &all[at],
                        combination: Combination { strategy, values: &points[at] },
                        slots: numbers.top,
                    })
                };
                let schedule = PortfolioSchedule { entries: entries(schedule, portfolio), border, end };
                let terms = (&plan.settings, plan.interval);
                SlotPortfolio::run_schedule((universe, &markets), &schedule, terms, (risk_free, false))
            }
        }
    }
}

fn entries<P>(schedule: &[ScheduleEntry], portfolio: impl Fn(usize) -> Option<P>) -> Vec<ScheduledPortfolio<P>> {
    let of = |entry: &ScheduleEntry| ScheduledPortfolio {
        from: entry.from,
        portfolio: entry.combination.and_then(&portfolio),
    };
    schedule.iter().map(of).collect()
}
