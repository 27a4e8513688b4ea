//! What is kept of a sweep's points as they come: the best, the worst, the median, and those of a plot.

use super::channel::{BlockSink, FinishedBlock};
use super::sequence::is_spread;
use crate::plan::Plan;
use crate::ranking::{Ranking, SymbolMatches, TopRanked};
use crate::sim::metrics::{Outcome, Rank, RankBy, never_traded};
use crate::sim::{CacheState, CandleId, SweepGrid};

/// Points among which the median is taken: all of them, or so many of a larger sweep, so that memory stays as it is. Where
/// half of them are skipped, 4,096 are left, whose median is off by under 2 % of the ranks, 99 times of 100.
const MEDIAN_OF: u64 = 8_192;

/// One point with its outcome.
#[derive(Clone, Debug)]
pub struct SweepPoint {
    /// Number of the strategy in the plan.
    pub strategy: usize,
    /// Number of the asset in the plan.
    pub asset: usize,
    /// What identifies its candles.
    pub candles: CandleId,
    /// Values of the parameters.
    pub values: Vec<f64>,
    /// Outcome.
    pub outcome: Outcome,
    /// Where it came from.
    pub cache: CacheState,
}

/// Gathers a sweep.
pub struct SweepSummary<'a> {
    plan: &'a Plan,
    ranking: &'a Ranking,
    /// What the filter knows of the asset whose blocks come.
    symbol: Option<(usize, SymbolMatches)>,
    passing: usize,
    best: TopRanked<SweepPoint>,
    worst: Option<(Rank, SweepPoint)>,
    /// In boxes, since sorting moves them about.
    middle: Vec<(Rank, Box<SweepPoint>)>,
    /// Points of the sweep, those that are skipped included.
    all: u64,
    never_traded: usize,
    few_trades: usize,
    grids: Vec<SweepGrid>,
}

/// What some of the blocks of a sweep contribute to its summary.
#[derive(Clone, Debug, Default)]
pub struct ShardTop {
    /// The best that pass the filter, best first.
    pub best: Vec<SweepPoint>,
    /// The worst.
    pub worst: Option<SweepPoint>,
    /// Those among which the median is taken, in their order.
    pub middle: Vec<SweepPoint>,
    /// Points that pass the filter.
    pub passing: usize,
    /// Points that never opened a position.
    pub never_traded: usize,
    /// Points that rank after the others because of their few trades.
    pub few_trades: usize,
}

/// The points of a sweep that are shown.
pub struct SweepTop {
    /// The best that pass the filter, best first.
    pub best: Vec<SweepPoint>,
    /// The median of all by the metric that ranks, undefined ones last.
    pub median: Option<SweepPoint>,
    /// The worst of all.
    pub worst: Option<SweepPoint>,
    /// Points that never opened a position.
    pub never_traded: usize,
    /// Points that rank after the others because of their few trades.
    pub few_trades: usize,
    /// Points that pass the filter; all where there is none.
    pub passing: usize,
    /// The points of each strategy for a plot, if one is wanted.
    pub grids: Vec<SweepGrid>,
}

impl<'a> SweepSummary<'a> {
    /// Keeps the best `top` by the ranking of a sweep of `all` points, skipped ones included, and the points for a plot if
    /// there is a grid for those of each strategy.
    #[must_use]
    pub fn new(plan: &'a Plan, ranking: &'a Ranking, top: usize, all: u64, grids: Vec<SweepGrid>) -> Self {
        Self {
            plan,
            ranking,
            symbol: None,
            passing: 0,
            best: TopRanked::new(top),
            worst: None,
            middle: Vec::new(),
            all,
            never_traded: 0,
            few_trades: 0,
            grids,
        }
    }

    /// What is shown, once no more points come.
    #[must_use]
    pub fn finish(mut self) -> SweepTop {
        self.middle.sort_by_key(|(rank, _)| *rank);
        let at = self.middle.len() / 2;
        let median = (!self.middle.is_empty()).then(|| *self.middle.swap_remove(at).1);
        let worst = self.worst.map(|(_, point)| point);
        self.grids.iter_mut().for_each(SweepGrid::finish);
        let Self { never_traded, few_trades, passing, grids, .. } = self;
        SweepTop { best: self.best.ranked(), median, worst, never_traded, few_trades, passing, grids }
    }

    /// What is known so far, for [`Self::absorb`].
    #[must_use]
    pub fn into_shard(self) -> ShardTop {
        ShardTop {
            best: self.best.ranked(),
            worst: self.worst.map(|(_, point)| point),
            middle: self.middle.into_iter().map(|(_, point)| *point).collect(),
            passing: self.passing,
            never_traded: self.never_traded,
            few_trades: self.few_trades,
        }
    }

    /// Takes in what the next blocks contribute, as if their points had come one by one.
    pub fn absorb(&mut self, shard: ShardTop) {
        let ShardTop { best, worst, middle, passing, never_traded, few_trades } = shard;
        for point in best {
            let rank = self.ranking.rank(&point.outcome.metrics);
            if self.best.may_take(rank) {
                self.best.push(rank, point);
            }
        }
        if let Some(point) = worst {
            self.take_worst(self.metric_rank(&point.outcome), || point);
        }
        for point in middle {
            self.middle.push((self.metric_rank(&point.outcome), Box::new(point)));
        }
        self.passing += passing;
        self.never_traded += never_traded;
        self.few_trades += few_trades;
    }

    /// Median and worst are by the metric alone. A point where it is undefined is one that could have been chosen, so it
    /// counts, and is the last.
    fn metric_rank(&self, outcome: &Outcome) -> Rank {
        RankBy::metric(self.ranking.by.metric).rank(&outcome.metrics)
    }

    fn take_worst(&mut self, rank: Rank, point: impl FnOnce() -> SweepPoint) {
        if self.worst.as_ref().is_none_or(|(worst, _)| rank > *worst) {
            self.worst = Some((rank, point()));
        }
    }

    /// Whether a point of an asset passes the filter, if there is one.
    fn passes(&mut self, asset: usize, outcome: &Outcome) -> bool {
        let Some(filter) = &self.ranking.filter else { return true };
        if self.symbol.as_ref().is_none_or(|(of, _)| *of != asset) {
            self.symbol = Some((asset, filter.of_symbol(&self.plan.assets[asset].symbol)));
        }
        self.symbol.as_ref().is_some_and(|(_, symbol)| filter.passes(symbol, outcome))
    }

    fn add(&mut self, finished: &FinishedBlock<'_>, number: u64, values: &[f64], outcome: &Outcome) {
        let FinishedBlock { strategy, asset, candles, cache, .. } = *finished;
        if let Some(grid) = self.grids.get_mut(strategy) {
            grid.add(asset, values, &outcome.metrics);
        }
        let rank = self.ranking.rank(&outcome.metrics);
        let point =
            || SweepPoint { strategy, asset, candles, values: values.to_vec(), outcome: outcome.clone(), cache };
        let passes = self.passes(asset, outcome);
        self.passing += usize::from(passes);
        if passes && self.best.may_take(rank) {
            self.best.push(rank, point());
        }
        self.never_traded += usize::from(never_traded(&outcome.metrics));
        self.few_trades += usize::from(self.ranking.by.has_few_trades(&outcome.metrics));
        let rank = self.metric_rank(outcome);
        self.take_worst(rank, point);
        if self.all <= MEDIAN_OF || is_spread(number, self.all, MEDIAN_OF) {
            self.middle.push((rank, Box::new(point())));
        }
    }
}

impl BlockSink for SweepSummary<'_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        let places = finished.block.open_places();
        for ((values, place), outcome) in finished.block.open().zip(places).zip(finished.outcomes) {
            self.add(finished, finished.first_point + place, values, outcome);
        }
        Ok(())
    }
}
