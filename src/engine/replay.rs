//! One result again with all that a picture of it needs: its candles, its trades, its equity at every close.
//!
//! The cache keeps metrics and trades alone, so whoever wants to look is served from the candles. Recording changes
//! no bit: the figures are those of [`run_batch`](super::run_batch).

use super::block::Block;
use super::inputs::{open_asset, open_columns};
use super::plan::{KeyMaker, Plan};
use super::sweep::Slice;
use crate::data::Known;
use crate::pool::Pool;
use crate::sim::FieldSet;
use crate::sim::fold::{self, Combination, Market, OtherAsset, OwnSeries, WarmupBars};
use crate::sim::metrics::Outcome;
use crate::sim::{Candles, Trade};

/// A result with its history.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The candles in the plan's range, at least one.
    pub candles: Candles,
    /// The bars before them that warmed up the rules.
    pub warmup: Candles,
    /// Other assets that rules read.
    pub others: Vec<OtherAsset>,
    /// Columns of the file beside the usual ones that rules read.
    pub own: Vec<OwnSeries>,
    /// What identifies them.
    pub known: Known,
    /// Metrics and range.
    pub outcome: Outcome,
    /// The trades in the order of their entries.
    pub trades: Vec<Trade>,
    /// Equity at the close of each bar, in quote currency; as many as there are candles.
    pub equity: Vec<f64>,
    /// The result's identity, 64 hex digits.
    pub key: String,
}

impl Replay {
    /// What the result was computed on, without finer bars and funding rates.
    #[must_use]
    pub fn market(&self) -> Market<'_> {
        let warmup = (!self.warmup.is_empty()).then_some(WarmupBars { candles: &self.warmup, first: 0 });
        Market { warmup, others: &self.others, own: &self.own, ..Market::from(&self.candles) }
    }
}

/// One strategy of the plan on one of its assets, both by their number in it.
///
/// # Errors
/// When the asset's candles cannot be used; which file, what is wrong with it, and the remedy.
///
/// # Panics
/// When the plan has no such asset or strategy.
pub fn replay(plan: &Plan, asset: usize, strategy: usize) -> Result<Replay, String> {
    replay_in(&Pool::new(plan.threads), plan, asset, strategy)
}

fn replay_in(pool: &Pool, plan: &Plan, asset: usize, strategy: usize) -> Result<Replay, String> {
    let data = open_columns(plan, &plan.assets[asset], FieldSet::ALL, pool)?;
    let key = KeyMaker::new(plan).keys(plan, &data.known.id(), false)[strategy].result.to_string();
    let bound = &plan.strategies[strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let market = data.market();
    let benchmark = plan.benchmark_of(market.candles);
    let (outcome, record) = fold::record(market, combination, &plan.terms(), &benchmark);
    let trades = record.trades(&data.candles, market.detail, plan.settings.fill);
    let (warmup, others, own) = (data.warmup_bars(), data.others(), data.own());
    let (known, candles) = (data.known.into_known(), data.candles);
    Ok(Replay { known, outcome, trades, equity: record.equity, key, candles, warmup, others, own })
}

/// Several results again, in parallel and in the order asked for; `reduce` keeps what is wanted of each, so that not
/// all of them are in memory at once.
pub fn replays<T: Send>(
    plan: &Plan,
    wanted: &[(usize, usize)],
    reduce: impl Fn(Replay) -> T + Sync + Send,
) -> Vec<Result<T, String>> {
    let pool = Pool::new(plan.threads);
    let one = |(asset, strategy): (usize, usize)| replay_in(&pool, plan, asset, strategy).map(&reduce);
    pool.map(wanted.to_vec(), one)
}

/// Single points of a sweep once more, for a plot that needs them beside those it holds: outcomes of these points of the plan's first strategy on one asset, by its number in the plan; those that break
/// `require` are left out. The same bits as in the sweep.
///
/// # Errors
/// When the asset's candles cannot be used.
pub fn recompute_points(plan: &Plan, asset: usize, points: Vec<Vec<f64>>) -> Result<Vec<(Vec<f64>, Outcome)>, String> {
    let block = Block::new(plan, points);
    let open: Vec<&Vec<f64>> = block.open().collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let data = open_asset(plan, &plan.assets[asset], &Pool::new(plan.threads))?;
    let outcomes = Slice::alone(open.clone()).outcomes(plan, data.market());
    Ok(open.into_iter().cloned().zip(outcomes).collect())
}
