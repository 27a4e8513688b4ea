//! What is kept of a sweep's points as they come: the best, the worst, the median, and those of a plot.

use super::channel::{BlockSink, FinishedBlock};
use crate::engine::plan::Plan;
use crate::engine::ranking::{Ranking, SymbolMatches, TopRanked};
use crate::sim::metrics::{Outcome, Rank, RankBy, never_traded};
use crate::sim::{CacheState, CandleId, SweepGrid};

/// Points among which the median is taken: all of them, or every k-th of a larger sweep, so that memory stays as it
/// is. The median of 4,096 evenly spread points is off by under 2 % of the ranks, 99 times of 100.
const MEDIAN_OF: usize = 4_096;

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
    /// Every so many points one goes into `middle`.
    stride: usize,
    seen: usize,
    never_traded: usize,
    few_trades: usize,
    grids: Vec<SweepGrid>,
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
    /// Keeps the best `top` by the ranking, and the points for a plot if there is a grid for those of each strategy.
    #[must_use]
    pub fn new(plan: &'a Plan, ranking: &'a Ranking, top: usize, grids: Vec<SweepGrid>) -> Self {
        Self {
            plan,
            ranking,
            symbol: None,
            passing: 0,
            best: TopRanked::new(top),
            worst: None,
            middle: Vec::new(),
            stride: 1,
            seen: 0,
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

    /// Whether a point of an asset passes the filter, if there is one.
    fn passes(&mut self, asset: usize, outcome: &Outcome) -> bool {
        let Some(filter) = &self.ranking.filter else { return true };
        if self.symbol.as_ref().is_none_or(|(of, _)| *of != asset) {
            self.symbol = Some((asset, filter.of_symbol(&self.plan.assets[asset].symbol)));
        }
        self.symbol.as_ref().is_some_and(|(_, symbol)| filter.passes(symbol, outcome))
    }

    fn add(&mut self, finished: &FinishedBlock<'_>, values: &[f64], outcome: &Outcome) {
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
        // Median and worst are by the metric alone. A point where it is undefined is one that could have been chosen,
        // so it counts, and is the last.
        let rank = RankBy::metric(self.ranking.by.metric).rank(&outcome.metrics);
        if self.worst.as_ref().is_none_or(|(worst, _)| rank > *worst) {
            self.worst = Some((rank, point()));
        }
        if self.seen.is_multiple_of(self.stride) {
            self.middle.push((rank, Box::new(point())));
            if self.middle.len() == 2 * MEDIAN_OF {
                let mut even = false;
                self.middle.retain(|_| {
                    even = !even;
                    even
                });
                self.stride *= 2;
            }
        }
        self.seen += 1;
    }
}

impl BlockSink for SweepSummary<'_> {
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String> {
        for (values, outcome) in finished.block.open().zip(finished.outcomes) {
            self.add(finished, values, outcome);
        }
        Ok(())
    }
}
