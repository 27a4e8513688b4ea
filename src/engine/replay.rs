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
use crate::sim::Candle;
use crate::sim::FieldSet;
use crate::sim::account::Record;
use crate::sim::fold::{self, Combination, Compiled, Market, OtherAsset, OwnSeries, WarmupBars};
use crate::sim::metrics::Outcome;
use crate::sim::{Candles, Fill, LastBar, LastWaiting, Trade};

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

/// The last bar of one of the plan's results. Found by feeding one more bar that stays at the last close: what fills at
/// its open was ordered at the bar before, and nothing else is in the figures of that bar.
///
/// # Errors
/// When the asset's candles cannot be used.
///
/// # Panics
/// When the plan has no such asset or strategy.
pub fn last_bar(plan: &Plan, asset: usize, strategy: usize) -> Result<LastBar, String> {
    last_bar_in(&Pool::new(plan.threads), plan, asset, strategy)
}

/// The last bars of several results, in parallel and in the order asked for.
#[must_use]
pub fn last_bars(plan: &Plan, wanted: &[(usize, usize)]) -> Vec<Result<LastBar, String>> {
    let pool = Pool::new(plan.threads);
    pool.map(wanted.to_vec(), |(asset, strategy)| last_bar_in(&pool, plan, asset, strategy))
}

fn last_bar_in(pool: &Pool, plan: &Plan, asset: usize, strategy: usize) -> Result<LastBar, String> {
    let data = open_columns(plan, &plan.assets[asset], FieldSet::ALL, pool)?;
    let mut candles = data.candles.clone();
    let Some(last) = candles.last() else { return Ok(LastBar::default()) };
    let (next, close) = (plan.interval.end_of(last.time), last.close);
    candles.push(Candle { time: next, open: close, high: close, low: close, close, volume: 0.0 });
    let bound = &plan.strategies[strategy];
    let combination = Combination { strategy: &bound.strategy, values: &bound.values };
    let mut records = [Record::default()];
    let mut own = data.own();
    for series in &mut own {
        series.values.push(f64::NAN);
    }
    let market = data.market_with(&candles, &own);
    Compiled::new([combination], plan.settings.direction).fold(market, &plan.terms(), &mut records);
    let [record] = records;
    let trades = record.trades(&candles, market.detail, plan.settings.fill);
    // With fills at the close, an order of the last bar is filled already, and what the bar more orders is no order.
    let is_pending = plan.settings.fill == Fill::NextOpen;
    let ends_later = |trade: &&Trade| trade.entry_time < next && (trade.open || trade.exit_time == next);
    let held = trades.iter().find(ends_later);
    // An order of the last bar rests in the next bar at its open; with fills at the close it rests already.
    let last_index = data.candles.len() - 1;
    let placed_by = last_index + usize::from(is_pending);
    Ok(LastBar {
        time: last.time,
        position: held.map(|trade| trade.side),
        // A stop beyond which the last close lies is no order of the rules: the next open decides.
        waiting: record.waiting(placed_by, last_index + 1).map(|entry| LastWaiting {
            side: entry.side,
            is_limit: entry.is_limit,
            price: entry.price,
            bars: (entry.until - last_index - 1) as u64,
        }),
        closes: is_pending && held.is_some_and(|trade| !trade.open && !trade.exit_reason.is_level()),
        opens: trades.iter().find(|trade| is_pending && trade.entry_time == next).map(|trade| trade.side),
    })
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
