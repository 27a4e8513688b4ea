//! Every asset of a plan: one question to the cache for all that the index knows, then the rest in parallel.
//!
//! At most one asset for each thread is in memory, however many there are.

mod asset;
pub(super) mod last_bar;

pub use last_bar::last_bar;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::asset::{BatchAsset, FoundResult, WorkedAsset, answers, wanted, work_on};
use super::inputs::AssetKnown;
use super::plan::{BoundStrategy, KeyMaker, Plan};
use crate::cache::Results;
use crate::data::{Index, Known};
use crate::pool::{Pool, Progress};
use crate::sim::{CacheState, Failed, LastBar, Row, Summary};

/// All results of a plan.
pub struct BatchResults {
    /// One for each asset and strategy, in the plan's order; failed assets have none.
    pub rows: Vec<Row>,
    /// Totals, failed assets among them.
    pub summary: Summary,
    /// What is known of each asset's candles, in the plan's order, failed ones left out.
    pub known: Vec<(String, Known)>,
    /// What stands after the last bar of each result, by its key, where the plan wants it.
    pub last_bars: HashMap<String, LastBar>,
}

/// Finds every result of the plan, in the cache or by computing it. Never fails: assets do, and are named.
pub fn run_batch(plan: &Plan, results: &Results, index: &mut Index, progress: &dyn Progress) -> BatchResults {
    let begun = Instant::now();
    let key_maker = KeyMaker::new(plan);
    let mut assets: Vec<BatchAsset> = plan
        .assets
        .iter()
        .map(|entry| BatchAsset { known: AssetKnown::look_up(plan, entry, index), found: Vec::new() })
        .collect();
    look_up(plan, &key_maker, results, &mut assets);

    let open: Vec<(usize, BatchAsset)> = assets
        .iter_mut()
        .enumerate()
        .filter(|(_, asset)| !asset.is_done(plan))
        .map(|(at, asset)| (at, std::mem::take(asset)))
        .collect();
    progress.begin(plan.assets.len() as u64);
    progress.advance((plan.assets.len() - open.len()) as u64);
    let pool = Pool::new(plan.threads);
    let one = |(at, asset): (usize, BatchAsset)| {
        let worked = work_on(plan, &key_maker, results, &plan.assets[at], asset, &pool);
        progress.advance(1);
        (at, worked)
    };
    let threads = pool.threads_for(open.len());
    let worked = pool.map(open, one);
    progress.end();

    let (mut load, mut compute, mut failed) = (Duration::ZERO, Duration::ZERO, Vec::new());
    for (at, worked) in worked {
        match worked {
            Ok(WorkedAsset { asset, stamps, load: loading, compute: computing }) => {
                load += loading;
                compute += computing;
                if let (Some(known), Some(stamps)) = (&asset.known, stamps) {
                    stamps.remember(plan, &plan.assets[at], known, index);
                }
                assets[at] = asset;
            }
            Err(reason) => failed.push(Failed { symbol: plan.assets[at].symbol.clone(), reason }),
        }
    }
    let bars = assets.iter().filter_map(|asset| asset.known.as_ref()).map(|known| known.candles.bars).sum();
    let last_bar = |found: &FoundResult| Some((found.keys.result.to_string(), found.last?));
    let last_bars = assets.iter().flat_map(|asset| asset.found.iter().flatten()).filter_map(last_bar).collect();
    let (rows, known) = rows(plan, assets);
    let hits = rows.iter().filter(|row| row.cache == CacheState::Hit).count();
    let summary = Summary {
        assets: plan.assets.len(),
        strategies: plan.strategies.len(),
        combinations: plan.assets.len() * plan.strategies.len(),
        skipped: 0,
        broken: 0,
        failed,
        hits,
        misses: rows.len() - hits,
        bars,
        load_ms: millis(load),
        compute_ms: millis(compute / u32::try_from(threads).unwrap_or(1)),
        elapsed_ms: millis(begun.elapsed()),
    };
    BatchResults { rows, summary, known, last_bars }
}

/// Asks the cache for everything whose candles the index knows, all at once and before any file is opened.
fn look_up(plan: &Plan, key_maker: &KeyMaker, results: &Results, assets: &mut [BatchAsset]) {
    let begun = Instant::now();
    let mut all = Vec::new();
    let mut asked = Vec::new();
    for ((at, asset), entry) in assets.iter().enumerate().zip(&plan.assets) {
        if let Some(known) = &asset.known {
            let keys = key_maker.keys(plan, &known.id(), plan.trades);
            let wanted = wanted(plan, &entry.symbol, &keys);
            asked.push((at, keys, wanted.len()));
            all.extend(wanted);
        }
    }
    if all.is_empty() {
        return;
    }
    let mut found = results.get(&all).into_iter();
    let share = begun.elapsed() / u32::try_from(asked.len()).unwrap_or(u32::MAX);
    for (at, keys, count) in asked {
        assets[at].found = answers(plan, &keys, found.by_ref().take(count).collect(), share);
    }
}

fn rows(plan: &Plan, assets: Vec<BatchAsset>) -> (Vec<Row>, Vec<(String, Known)>) {
    let mut rows = Vec::with_capacity(assets.len() * plan.strategies.len());
    let mut known = Vec::with_capacity(assets.len());
    for (asset, entry) in assets.into_iter().zip(&plan.assets) {
        if !asset.has_results() {
            continue;
        }
        let warmup_bars = asset.known.as_ref().map_or(0, |known| known.id().warmup_bars());
        let found = asset.found.into_iter().flatten().zip(&plan.strategies);
        rows.extend(found.map(|(found, bound)| Row { warmup_bars, ..row(plan, &entry.symbol, bound, found) }));
        known.extend(asset.known.map(|known| (entry.symbol.clone(), known.into_known())));
    }
    (rows, known)
}

fn row(plan: &Plan, symbol: &str, bound: &BoundStrategy, found: FoundResult) -> Row {
    Row {
        symbol: symbol.to_owned(),
        interval: plan.interval,
        strategy: bound.strategy.name.clone(),
        params: bound.params(),
        settings: plan.settings,
        benchmark: plan.benchmark_symbol(),
        warmup_bars: 0,
        outcome: found.outcome,
        trades: found.trades,
        cache: found.cache,
        key: found.keys.result.to_string(),
        elapsed_ms: millis(found.elapsed),
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests;
