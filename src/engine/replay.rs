//! One result again with all that a picture of it needs: its candles, its trades, its equity at every close.
//!
//! The cache keeps metrics and trades alone, so whoever wants to look is served from the candles. Recording changes
//! no bit: the figures are those of [`run_batch`](super::run_batch).

use super::asset::{candle_id, open_asset, open_columns};
use super::block::Block;
use super::plan::{KeyMaker, Plan};
use super::sweep::Slice;
use crate::data::Known;
use crate::pool::Pool;
use crate::sim::FieldSet;
use crate::sim::fold::{Combination, Compiled, Record};
use crate::sim::metrics::Outcome;
use crate::sim::model::{Candles, Trade};

/// A result with its history.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The candles in the plan's range, at least one.
    pub candles: Candles,
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
    let (known, candles, _) = open_columns(plan, &plan.assets[asset], FieldSet::ALL, pool)?;
    let key = KeyMaker::new(plan).keys(plan, &candle_id(&known))[strategy].result.to_string();
    let bound = &plan.strategies[strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let mut records = [Record::default()];
    let mut outcomes =
        Compiled::new([combination], plan.settings.direction).fold(&candles, &plan.terms(), &mut records);
    let [record] = records;
    let trades = record.trades(&candles, plan.settings.fill);
    Ok(Replay { known, outcome: outcomes.remove(0), trades, equity: record.equity, key, candles })
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
    let (_, candles, _) = open_asset(plan, &plan.assets[asset], &Pool::new(plan.threads))?;
    let outcomes = Slice::alone(open.clone()).outcomes(plan, &candles);
    Ok(open.into_iter().cloned().zip(outcomes).collect())
}
