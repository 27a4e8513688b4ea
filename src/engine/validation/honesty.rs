//! How much of a sweep's best may be luck: gathered while the points come, and what is needed of the best point itself
//! computed once more.

use std::collections::BTreeMap;

use crate::block::{Block, GridPoints};
use crate::cache::{CacheMode, Results};
use crate::inputs::open_asset;
use crate::plan::{KeyMaker, Plan};
use crate::pool::Pool;
use crate::segmentation::{BlockSegments, Cuts, Segmentation};
use crate::sim::account::SegmentReturns;
use crate::sim::fold::Market;
use crate::sim::metrics::validation::{BlockReturns, Cscv, Honesty, ReturnShape, SharpeSpread, SweepWinner, TrialSet};
use crate::sim::metrics::{self, Detail, Metrics, Outcome, SegmentDetail};
use crate::sim::random::shuffled;
use crate::sim::strategy::Grid;
use crate::sweep::{FinishedBlock, Slice, SweepPoint, is_spread};

/// Blocks of time into which cross-validation cuts, unless others are asked for.
pub const DEFAULT_BLOCKS: usize = 8;
/// Points up to which all are cross-validated; of more a sample, as memory must stay as it is.
const ALL_POINTS: u64 = 1_000_000;
/// Points of that sample.
const SAMPLE: u64 = 65_536;
/// Parameters up to which all points around the best are its neighbours: 242 of them.
const CORNERS: usize = 5;
/// Parts of the work for each thread, so that none waits long for the last.
const PARTS: usize = 8;

/// The segments of time that a sweep needs for cross-validation in so many blocks.
#[must_use]
pub fn honesty_segments(blocks: usize) -> Segmentation {
    Segmentation { cuts: Cuts::Blocks(blocks), detail: SegmentDetail::Returns }
}

/// What a block contributes to what is said of luck.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockHonesty {
    /// Number of its asset in the plan.
    pub asset: usize,
    /// Bars of its candles.
    pub bars: u64,
    /// Sharpe ratios of its points.
    pub trials: SharpeSpread,
    /// Points without one.
    pub undefined: u64,
    /// Sums of those of its points that are cross-validated: of each as many as there are blocks of time.
    pub sums: Vec<BlockReturns>,
}

/// Gathers what the points of a sweep say.
pub struct HonestyCollector<'a> {
    plan: &'a Plan,
    /// Where trials are counted; none where nothing is stored.
    counter: Option<TrialCounter<'a>>,
    /// Blocks of time.
    blocks: usize,
    /// Points of all strategies on all assets, those that are skipped included.
    all: u64,
    trials: SharpeSpread,
    undefined: u64,
    /// For each asset the sums of its points; none where its bars are too few.
    assets: BTreeMap<usize, Option<Cscv>>,
}

impl<'a> HonestyCollector<'a> {
    /// For the points of each strategy of a plan; trials are counted where results are stored.
    #[must_use]
    pub fn new(plan: &'a Plan, points: &[GridPoints], results: &'a Results) -> Self {
        let all = points.iter().map(GridPoints::count).fold(0, u64::saturating_add);
        let all = all.saturating_mul(plan.assets.len() as u64);
        let counter = (results.mode() != CacheMode::Off).then(|| TrialCounter::new(plan, results));
        let blocks = match &plan.segments {
            Some(Segmentation { cuts: Cuts::Blocks(blocks), .. }) => *blocks,
            _ => DEFAULT_BLOCKS,
        };
        Self { plan, counter, blocks, all, trials: SharpeSpread::default(), undefined: 0, assets: BTreeMap::new() }
    }

    /// Takes the points of one more block.
    pub fn accept(&mut self, finished: &FinishedBlock<'_>) {
        if let Some(block) = self.gather(finished) {
            self.absorb(&block);
        }
    }

    /// What one more block contributes, for [`Self::absorb`]; nothing where it has no point. Its trials are counted.
    pub fn gather(&mut self, finished: &FinishedBlock<'_>) -> Option<BlockHonesty> {
        let (first, sharpe) = (finished.outcomes.first()?, metrics::find("sharpe")?);
        if let Some(counter) = &mut self.counter {
            counter.accept(self.plan, finished);
        }
        let root = bars_per_year(self.plan, first).sqrt();
        let (mut trials, mut undefined) = (SharpeSpread::default(), 0);
        for outcome in finished.outcomes {
            match outcome.metrics[sharpe] {
                Some(sharpe) => trials.push(sharpe / root),
                None => undefined += 1,
            }
        }
        let mut sums = Vec::new();
        if let Some(BlockSegments::Returns(rows)) = finished.segments {
            for (place, rows) in finished.block.open_places().zip(rows.points()) {
                let is_taken = self.all <= ALL_POINTS || is_spread(finished.first_point + place, self.all, SAMPLE);
                if let ([_, blocks @ ..], true) = (rows, is_taken && rows.len() == self.blocks + 1) {
                    sums.extend(blocks.iter().map(block_returns));
                }
            }
        }
        Some(BlockHonesty { asset: finished.asset, bars: first.bars, trials, undefined, sums })
    }

    /// Takes in what a block contributes; blocks come in their order.
    pub fn absorb(&mut self, block: &BlockHonesty) {
        self.trials.merge(&block.trials);
        self.undefined += block.undefined;
        let blocks = self.blocks;
        let new = || Cscv::new(blocks, usize::try_from(block.bars).unwrap_or(usize::MAX) / blocks).ok();
        if let Some(cscv) = self.assets.entry(block.asset).or_insert_with(new) {
            block.sums.chunks_exact(blocks).for_each(|sums| cscv.push(sums));
        }
    }

    /// Ends before the best is known: what was counted is stored.
    pub fn store_trials(self) {
        if let Some(mut counter) = self.counter {
            counter.go_on_with(&[0; 32]);
        }
    }

    /// What is known of the best point; `points` are those of each strategy.
    #[must_use]
    pub fn finish(self, points: &[GridPoints], best: &SweepPoint) -> Honesty {
        let pool = Pool::new(self.plan.threads);
        let again = best_point(self.plan, &points[best.strategy], best, &pool);
        let mut honesty = Honesty { blocks: self.blocks, ..Honesty::new(&again, &self.trials, self.undefined) };
        honesty.trials_team = self.counter.and_then(|counter| counter.finish(&best.candles.digest));
        if let Some(Some(cscv)) = self.assets.get(&best.asset) {
            honesty.cscv = cross_validated(cscv, &pool);
            honesty.cscv_points = cscv.points() as u64;
            honesty.is_sampled = self.all > ALL_POINTS;
        }
        honesty
    }
}

/// Tells the store which points were computed on which candles.
struct TrialCounter<'a> {
    results: &'a Results,
    key_maker: KeyMaker,
    /// Digest of the candles whose points come, and those that came.
    candles: [u8; 32],
    trials: TrialSet,
}

impl<'a> TrialCounter<'a> {
    fn new(plan: &Plan, results: &'a Results) -> Self {
        Self { results, key_maker: KeyMaker::new(plan), candles: [0; 32], trials: TrialSet::default() }
    }

    fn accept(&mut self, plan: &Plan, finished: &FinishedBlock<'_>) {
        self.go_on_with(&finished.candles.digest);
        let base = self.key_maker.trial_base(plan, finished.strategy, &finished.candles);
        for values in finished.block.open() {
            self.trials.push(values.iter().fold(base, |number, value| shuffled(number ^ value.to_bits(), base)));
        }
    }

    fn go_on_with(&mut self, candles: &[u8; 32]) {
        if self.candles != *candles {
            let trials = std::mem::take(&mut self.trials);
            if !trials.is_empty() {
                self.results.add_trials(&self.candles, trials);
            }
            self.candles = *candles;
        }
    }

    /// How many distinct trials there are on these candles, as far as the store knows.
    fn finish(mut self, candles: &[u8; 32]) -> Option<u64> {
        self.go_on_with(candles);
        self.results.count_trials(candles, self.trials)
    }
}

pub(crate) fn cross_validated(cscv: &Cscv, pool: &Pool) -> Option<metrics::validation::CscvSummary> {
    let shares = PARTS * pool.threads_for(usize::MAX);
    let best =
        pool.map(cscv.share_out(shares), |chunk| cscv.best_in(&chunk)).into_iter().fold(Vec::new(), Cscv::better);
    let counts = pool.map(cscv.share_out(shares), |chunk| cscv.rank_in(&chunk, &best));
    cscv.summary(&Cscv::ranked(best, counts))
}

fn block_returns(segment: &SegmentReturns) -> BlockReturns {
    BlockReturns { sum: segment.returns.gains - segment.returns.losses, squares: segment.returns.squares }
}

fn sharpe(metrics: &Metrics) -> Option<f64> {
    metrics[metrics::find("sharpe")?]
}

fn bars_per_year(plan: &Plan, outcome: &Outcome) -> f64 {
    plan.settings.year.bars(plan.interval, outcome.bars, outcome.start, outcome.end)
}

/// The best point with the shape of its returns, and its neighbours in the grid, computed once more.
fn best_point(plan: &Plan, points: &GridPoints, best: &SweepPoint, pool: &Pool) -> SweepWinner {
    let metric = |name| best.outcome.metrics[metrics::find(name)?];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let trades = metric("trades").unwrap_or(0.0) as u64;
    let mut found = SweepWinner { shape: None, plateau: None, bars: best.outcome.bars, trades };
    let own = Plan { segments: None, sweep_detail: Detail::Sums, ..plan.of_strategy(best.strategy) };
    // It was computed a moment ago: where its candles are gone since, nothing more is known of it.
    let Ok(data) = open_asset(&own, &own.assets[best.asset], pool) else { return found };
    let market = data.market();
    let each_bar = Plan { sweep_detail: Detail::EachBar, ..own.clone() };
    let again = Slice::alone(vec![&best.values]).outcomes(&each_bar, market);
    found.shape = again.first().and_then(|outcome| ReturnShape::of_outcome(outcome, bars_per_year(plan, outcome)));
    found.plateau = plateau(&own, points.grid().0, best, market);
    found
}

/// Mean Sharpe ratio of the points next to the best over its own.
fn plateau(plan: &Plan, grid: &Grid, best: &SweepPoint, market: Market<'_>) -> Option<f64> {
    let own = sharpe(&best.outcome.metrics).filter(|sharpe| *sharpe > 0.0)?;
    let block = Block::new(plan, neighbours(grid.values(), &best.values));
    let open: Vec<&Vec<f64>> = block.open().collect();
    if open.is_empty() {
        return None;
    }
    let outcomes = Slice::alone(open).outcomes(plan, market);
    let sum: f64 = outcomes.iter().map(|outcome| sharpe(&outcome.metrics).unwrap_or(0.0)).sum();
    #[expect(clippy::cast_precision_loss, reason = "at most 242")]
    let count = outcomes.len() as f64;
    Some(sum / count / own)
}

/// The points of a grid next to one of them: one step along each axis, and of few axes along several of them at once too.
pub(crate) fn neighbours(mut axes: Vec<Vec<f64>>, point: &[f64]) -> Vec<Vec<f64>> {
    for axis in &mut axes {
        axis.sort_by(f64::total_cmp);
        axis.dedup();
    }
    let wide: Vec<usize> = (0..axes.len()).filter(|&axis| axes[axis].len() > 1).collect();
    let along = wide.len() > CORNERS;
    let mut near = vec![point.to_vec()];
    for axis in wide {
        let Ok(place) = axes[axis].binary_search_by(|value| value.total_cmp(&point[axis])) else { return Vec::new() };
        let steps = [place.checked_sub(1), Some(place + 1)].into_iter().flatten();
        let values: Vec<f64> = steps.filter_map(|place| axes[axis].get(place).copied()).collect();
        let from = if along { vec![point.to_vec()] } else { near.clone() };
        for value in values {
            near.extend(from.iter().map(|point| {
                let mut point = point.clone();
                point[axis] = value;
                point
            }));
        }
    }
    near.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_step_away_in_any_direction_and_inside_the_grid() {
        let axes = || vec![vec![3.0, 1.0, 2.0], vec![7.0], vec![10.0, 20.0]];
        let near = |point: [f64; 3]| {
            let mut near = neighbours(axes(), &point);
            near.sort_by(|a, b| a.partial_cmp(b).unwrap());
            near
        };
        assert_eq!(near([1.0, 7.0, 10.0]), [[1.0, 7.0, 20.0], [2.0, 7.0, 10.0], [2.0, 7.0, 20.0]]);
        assert_eq!(near([2.0, 7.0, 20.0]).len(), 5);
        assert!(neighbours(vec![vec![1.0]], &[1.0]).is_empty());
    }
}
