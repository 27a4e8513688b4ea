//! Many configurations of a portfolio: each computes only what depends on its own parameters.
//!
//! Scores of each asset are shared by all that score alike, the order of the candidates by all that also rebalance at the
//! same bars; what is left of one is its account.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::score_sets::ScoreSets;
use super::universe_data::{SCORE_BYTES, UniverseData};
use super::{PORTFOLIO, PortfolioOutcome};
use crate::block::{Block, GridPoints};
use crate::cache::{CacheMode, EntryId, EntryKind, Key, Results, StoredPortfolio, StoredResult, StoredValue};
use crate::data::Index;
use crate::plan::{KeyMaker, Plan};
use crate::pool::{Pool, Progress};
use crate::sim::CacheState;
use crate::sim::fold::portfolio::{Candidates, PortfolioFigures, PortfolioRun, WeightedPortfolio};
use crate::sim::metrics::validation::BlockReturns;
use crate::sim::metrics::{Detail, Outcome};
use crate::sim::strategy::Rebalance;

/// Seconds of configurations that are timed, to estimate how long all take.
const TIMED: f64 = 0.3;
/// Accounts that one thread goes through at once.
const SHARE: usize = 8;

/// One configuration of a sweep.
#[derive(Clone, Debug)]
pub struct PortfolioPoint {
    /// Values of its parameters.
    pub values: Vec<f64>,
    /// Its metrics.
    pub outcome: Outcome,
    /// Sums over the returns of equal blocks of time, for cross-validation; none of too few bars.
    pub blocks: Vec<BlockReturns>,
    /// Where they came from.
    pub cache: CacheState,
    /// Its identity.
    pub key: Key,
}

impl UniverseData {
    /// The data of a sweep, whose points come later.
    ///
    /// # Errors
    /// When there is no asset that can be used.
    pub fn for_sweep(plan: &Plan, index: &mut Index, progress: &dyn Progress) -> Result<Self, String> {
        Self::load(plan, &[], true, (index, &Pool::new(plan.threads), progress))
    }

    /// The points of a grid with these numbers, as far as there are such points, block after block, those in the cache from
    /// there; `accept` is told of each block, in order. Gives how many points were left out, and how many of them by
    /// `require`; none where the user wanted it to end.
    pub fn sweep(
        &mut self,
        plan: &Plan,
        (points, numbers): (&GridPoints, Range<u64>),
        results: &Results,
        progress: &dyn Progress,
        mut accept: impl FnMut(Vec<PortfolioPoint>),
    ) -> Option<(usize, usize)> {
        let pool = Pool::new(plan.threads);
        let (mut skipped, mut broken) = (0, 0);
        progress.begin(numbers.end - numbers.start);
        for block in points.blocks_of(numbers) {
            let block = Block::new(plan, block);
            skipped += block.points.len() - block.size();
            broken += block.broken;
            let open: Vec<Vec<f64>> = block.open().cloned().collect();
            accept(self.through_cache(plan, open, results, &pool));
            progress.advance(block.points.len() as u64);
            if progress.stopped() {
                progress.end();
                return None;
            }
        }
        progress.end();
        Some((skipped, broken))
    }

    fn through_cache(
        &mut self,
        plan: &Plan,
        open: Vec<Vec<f64>>,
        results: &Results,
        pool: &Pool,
    ) -> Vec<PortfolioPoint> {
        let key_maker = KeyMaker::new(plan);
        let strategy = plan.strategies[0].strategy.name.as_str();
        let keys: Vec<Key> = open.iter().map(|values| key_maker.portfolio(plan, &self.id, values)).collect();
        let entry = |key: &Key| EntryId { key: *key, kind: EntryKind::Portfolio, symbol: PORTFOLIO, strategy };
        let asked: Vec<EntryId<'_>> = keys.iter().map(entry).collect();
        let assets = self.universe.assets.len();
        let stored: Vec<Option<PortfolioOutcome>> =
            results.get(&asked).into_iter().map(|value| from_stored(value?, assets)).collect();
        let missing: Vec<Vec<f64>> =
            open.iter().zip(&stored).filter(|(_, stored)| stored.is_none()).map(|(values, _)| values.clone()).collect();
        let mut computed = self.compute(plan, &missing, pool).into_iter();
        let state = if results.mode() == CacheMode::Off { CacheState::Off } else { CacheState::Miss };
        let point = |values: Vec<f64>, found: PortfolioOutcome, cache: CacheState, key: Key| {
            let PortfolioOutcome { outcome, blocks, .. } = found;
            PortfolioPoint { values, outcome, blocks, cache, key }
        };
        let one = |((values, stored), key): ((Vec<f64>, Option<PortfolioOutcome>), Key)| {
            if let Some(found) = stored {
                return Some(point(values, found, CacheState::Hit, key));
            }
            let found = computed.next()?;
            results.put(&entry(&key), &to_stored(&found));
            Some(point(values, found, state, key))
        };
        open.into_iter().zip(stored).zip(keys).filter_map(one).collect()
    }

    /// The figures of points, in their order.
    #[must_use]
    pub fn compute(&mut self, plan: &Plan, points: &[Vec<f64>], pool: &Pool) -> Vec<PortfolioOutcome> {
        self.accounts(plan, points, pool, &|data, run| data.outcome(plan, &run))
    }

    /// What is made of the account of each point, in their order.
    pub(crate) fn accounts<T: Send + Clone>(
        &mut self,
        plan: &Plan,
        points: &[Vec<f64>],
        pool: &Pool,
        make: &(dyn Fn(&Self, PortfolioRun) -> T + Sync),
    ) -> Vec<T> {
        let Some(terms) = plan.strategies[0].strategy.portfolio.clone() else { return Vec::new() };
        if terms.has_slots() {
            return self.slot_accounts(plan, points, pool, make);
        }
        let mut found: Vec<Option<T>> = vec![None; points.len()];
        let sets = ScoreSets::of(&terms, points);
        let bars: usize = self.universe.assets.iter().map(|asset| asset.bars().len()).sum();
        let width = if terms.weight.is_some() { 2 } else { 1 };
        let at_once = (SCORE_BYTES / (bars * width * size_of::<f64>()).max(1)).max(1);
        let risk_free = self.risk_free(plan);
        for (keys, values) in sets.keys.chunks(at_once).zip(sets.values.chunks(at_once)) {
            self.score(plan, ScoreSets { keys: keys.to_vec(), values: values.to_vec() }, pool);
            let data = &*self;
            // Points by what their candidates depend on.
            let mut groups: BTreeMap<(Vec<u64>, Rebalance), Vec<usize>> = BTreeMap::new();
            for (at, values) in points.iter().enumerate() {
                let key = ScoreSets::key(&terms, values);
                if keys.contains(&key) {
                    groups.entry((key, terms.numbers(values).every)).or_default().push(at);
                }
            }
            let candidates = |(key, every): (Vec<u64>, Rebalance)| {
                Candidates::new(&data.universe, data.scores(&key).unwrap_or_default(), every, plan.interval)
            };
            let (groups, members): (Vec<_>, Vec<_>) = groups.into_iter().unzip();
            let ranked = pool.map(groups, candidates);
            let work: Vec<(&Candidates, &[usize])> = ranked
                .iter()
                .zip(&members)
                .flat_map(|(ranked, all)| all.chunks(SHARE).map(move |some| (ranked, some)))
                .collect();
            let accounts = |(candidates, some): (&Candidates, &[usize])| {
                let one = |&at: &usize| {
                    let numbers = terms.numbers(&points[at]);
                    let portfolio = WeightedPortfolio { universe: &data.universe, candidates, numbers };
                    (at, make(data, portfolio.run(&plan.settings, risk_free, false)))
                };
                some.iter().map(one).collect::<Vec<_>>()
            };
            for (at, outcome) in pool.map(work, accounts).into_iter().flatten() {
                found[at] = Some(outcome);
            }
        }
        found.into_iter().flatten().collect()
    }
}

/// Seconds that a configuration of this grid takes one core, by some that follow each other, as those share scores; 0 of a
/// grid that has none.
pub fn seconds_of_configuration(data: &mut UniverseData, plan: &Plan, points: &GridPoints) -> f64 {
    let pool = Pool::new(1);
    let blocks = points.blocks_of(0..points.count()).map(|block| Block::new(plan, block));
    let Some(block) = blocks.into_iter().find(|block| block.size() > 0) else { return 0.0 };
    let open: Vec<Vec<f64>> = block.open().cloned().collect();
    let mut count = 1;
    loop {
        let some = &open[..open.len().min(count)];
        let begun = Instant::now();
        let _ = data.compute(plan, some, &pool);
        let seconds = begun.elapsed().as_secs_f64();
        if seconds >= TIMED || count >= open.len() {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            return seconds / some.len() as f64;
        }
        count *= 4;
    }
}

/// The stored form.
pub(crate) fn to_stored(found: &PortfolioOutcome) -> StoredValue {
    let Outcome { bars, start, end, ruined, metrics, .. } = found.outcome;
    let PortfolioFigures { rebalances, average_held, average_invested, open, traded } = found.figures;
    StoredValue::Portfolio(StoredPortfolio {
        result: StoredResult { bars, start, end, ruined, metrics: metrics.to_vec(), last: None },
        rebalances,
        open,
        figures: [average_held, average_invested, traded],
        contributions: found.contributions.clone(),
        blocks: found.blocks.iter().map(|block| [block.sum, block.squares]).collect(),
    })
}

/// The figures of a configuration over so many assets; none where what was stored is something else.
pub(super) fn from_stored(stored: StoredValue, assets: usize) -> Option<PortfolioOutcome> {
    let StoredValue::Portfolio(StoredPortfolio { result, rebalances, open, figures, contributions, blocks }) = stored
    else {
        return None;
    };
    let StoredResult { bars, start, end, ruined, metrics, .. } = result;
    let [average_held, average_invested, traded] = figures;
    let metrics = metrics.try_into().ok()?;
    Some(PortfolioOutcome {
        outcome: Outcome { bars, start, end, ruined, detail: Detail::AllReturns, metrics },
        figures: PortfolioFigures { rebalances, average_held, average_invested, open, traded },
        contributions: Some(contributions).filter(|all| all.len() == assets)?,
        blocks: blocks.into_iter().map(|[sum, squares]| BlockReturns { sum, squares }).collect(),
    })
}
