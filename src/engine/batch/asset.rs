//! One asset: identity, lookup, and where that misses, candles through the fold.

use std::time::{Duration, Instant};

use super::last_bar;
use crate::cache::{CacheMode, EntryId, EntryKind, Results, StoredResult, StoredValue};
use crate::data::CandleFile;
use crate::inputs::{AssetKnown, DataStamps, open_asset};
use crate::plan::{BoundStrategy, KeyMaker, Plan, ResultKeys};
use crate::pool::Pool;
use crate::sim::fold::{self, Combination, Market, fold_in_full};
use crate::sim::metrics::{Detail, Outcome};
use crate::sim::{CacheState, LastBar, Trade};

/// A result of one strategy on one asset.
#[derive(Clone, Debug)]
pub(super) struct FoundResult {
    pub keys: ResultKeys,
    pub outcome: Outcome,
    pub trades: Option<Vec<Trade>>,
    pub last: Option<LastBar>,
    pub cache: CacheState,
    pub elapsed: Duration,
}

/// What is known of one asset: nothing yet, some results, or all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct BatchAsset {
    /// From the index or from the candles.
    pub known: Option<AssetKnown>,
    /// One for each strategy of the plan.
    pub found: Vec<Option<FoundResult>>,
}

impl BatchAsset {
    /// Whether every result is known.
    pub(super) fn has_results(&self) -> bool {
        !self.found.is_empty() && self.found.iter().all(Option::is_some)
    }

    /// Whether that is all that the plan wants.
    pub(super) fn is_done(&self, plan: &Plan) -> bool {
        self.has_results() && !self.found.iter().flatten().any(|found| found.lacks_last_bar(plan))
    }
}

impl FoundResult {
    /// Whether what stands after the last bar is wanted and not known.
    fn lacks_last_bar(&self, plan: &Plan) -> bool {
        self.last.is_none() && plan.wants_last_bar(self.outcome.bars)
    }
}

/// An asset after the work on its candles.
pub(super) struct WorkedAsset {
    pub asset: BatchAsset,
    /// Of the files that were read, if any were.
    pub stamps: Option<DataStamps>,
    pub load: Duration,
    pub compute: Duration,
}

/// Loads the candles of one asset and finds every result that it lacks.
pub(super) fn work_on(
    plan: &Plan,
    keys_of: &KeyMaker,
    results: &Results,
    entry: &CandleFile,
    asset: BatchAsset,
    pool: &Pool,
) -> Result<WorkedAsset, String> {
    let begun = Instant::now();
    let data = match open_asset(plan, entry, pool) {
        Ok(data) => data,
        // What was stored stays true; only the order of the last bar is not known then.
        Err(_) if asset.has_results() => {
            return Ok(WorkedAsset { asset, stamps: None, load: begun.elapsed(), compute: Duration::ZERO });
        }
        Err(reason) => return Err(reason),
    };
    let id = data.known.id();
    let load = begun.elapsed();

    // The index may be stale: what the candles themselves say is what counts.
    let same = asset.known.as_ref().is_some_and(|before| before.id() == id);
    let mut found = if same { asset.found } else { Vec::new() };
    let keys = keys_of.keys(plan, &id, plan.trades);
    if found.is_empty() {
        let asked = Instant::now();
        let wanted = wanted(plan, &entry.symbol, &keys);
        found = answers(plan, &keys, results.get(&wanted), asked.elapsed());
    }

    let begun = Instant::now();
    let missing: Vec<usize> = (0..found.len()).filter(|&index| found[index].is_none()).collect();
    let computed = if missing.is_empty() { Vec::new() } else { compute(plan, data.market(), &missing) };
    let compute = begun.elapsed();
    let share = (load + compute) / u32::try_from(missing.len().max(1)).unwrap_or(u32::MAX);
    for (index, (outcome, trades)) in missing.into_iter().zip(computed) {
        let cache = if results.mode() == CacheMode::Off { CacheState::Off } else { CacheState::Miss };
        let last = plan.wants_last_bar(outcome.bars).then(|| last_bar::of(plan, &data, index));
        let result = FoundResult { keys: keys[index], outcome, trades, last, cache, elapsed: share };
        store(results, plan, &entry.symbol, index, &result);
        found[index] = Some(result);
    }
    // Stored by a command that did not ask for it: the figures are a hit all the same.
    for (index, result) in found.iter_mut().enumerate() {
        if let Some(result) = result.as_mut().filter(|result| result.lacks_last_bar(plan)) {
            result.last = Some(last_bar::of(plan, &data, index));
            put_result(results, plan, &entry.symbol, index, result);
        }
    }
    let stamps = Some(data.stamps());
    Ok(WorkedAsset { asset: BatchAsset { known: Some(data.known), found }, stamps, load, compute })
}

fn compute(plan: &Plan, market: Market<'_>, strategies: &[usize]) -> Vec<(Outcome, Option<Vec<Trade>>)> {
    let benchmark = plan.benchmark_of(market.candles);
    let combination = |index: usize| {
        let BoundStrategy { strategy, values } = &plan.strategies[index];
        Combination { strategy, values }
    };
    if plan.trades {
        let one = |&index: &usize| {
            let (outcome, record) = fold::record(market, combination(index), &plan.terms(), &benchmark);
            (outcome, Some(record.trades(market.candles, market.detail, plan.settings.fill)))
        };
        return strategies.iter().map(one).collect();
    }
    let combinations: Vec<_> = strategies.iter().map(|&index| combination(index)).collect();
    let outcomes = fold_in_full(market, &combinations, &plan.terms(), &benchmark, &());
    outcomes.into_iter().map(|(outcome, ())| (outcome, None)).collect()
}

/// What is asked of the cache for one asset: the metrics, and the trades where there are keys of them.
pub(super) fn wanted<'a>(plan: &'a Plan, symbol: &'a str, keys: &[ResultKeys]) -> Vec<EntryId<'a>> {
    let of = |(keys, bound): (&ResultKeys, &'a BoundStrategy)| {
        let kinds = [(EntryKind::Result, Some(keys.result)), (EntryKind::Trades, keys.trades)];
        let entry = move |(kind, key): (EntryKind, Option<_>)| {
            Some(EntryId { key: key?, kind, symbol, strategy: &bound.strategy.name })
        };
        kinds.into_iter().filter_map(entry)
    };
    keys.iter().zip(&plan.strategies).flat_map(of).collect()
}

/// The cache's answers to [`wanted`], one for each strategy; all parts must be there.
pub(super) fn answers(
    plan: &Plan,
    keys: &[ResultKeys],
    answers: Vec<Option<StoredValue>>,
    elapsed: Duration,
) -> Vec<Option<FoundResult>> {
    let mut answers = answers.into_iter();
    let share = elapsed / u32::try_from(keys.len().max(1)).unwrap_or(u32::MAX);
    let one = |keys: &ResultKeys| {
        let result = answers.next().flatten();
        let trades = if plan.trades { answers.next().flatten() } else { None };
        let Some(StoredValue::Result(result)) = result else { return None };
        let trades = match (plan.trades, trades) {
            (false, _) => None,
            (true, Some(StoredValue::Trades(trades))) => Some(trades),
            (true, _) => return None,
        };
        // As a run that computes would not show it, neither does one that finds it.
        let last = result.last.filter(|_| plan.wants_last_bar(result.bars));
        let outcome = outcome(result)?;
        Some(FoundResult { keys: *keys, outcome, trades, last, cache: CacheState::Hit, elapsed: share })
    };
    keys.iter().map(one).collect()
}

fn outcome(stored: StoredResult) -> Option<Outcome> {
    let StoredResult { bars, start, end, ruined, metrics, .. } = stored;
    let metrics = metrics.try_into().ok()?;
    Some(Outcome { bars, start, end, ruined, detail: Detail::AllReturns, metrics })
}

fn store(results: &Results, plan: &Plan, symbol: &str, strategy: usize, found: &FoundResult) {
    put_result(results, plan, symbol, strategy, found);
    if let (Some(trades), Some(key)) = (&found.trades, found.keys.trades) {
        let strategy = plan.strategies[strategy].strategy.name.as_str();
        let value = StoredValue::Trades(trades.clone());
        results.put(&EntryId { key, kind: EntryKind::Trades, symbol, strategy }, &value);
    }
}

fn put_result(results: &Results, plan: &Plan, symbol: &str, strategy: usize, found: &FoundResult) {
    let strategy = plan.strategies[strategy].strategy.name.as_str();
    let Outcome { bars, start, end, ruined, metrics, .. } = found.outcome;
    let last = found.last;
    let result = StoredValue::Result(StoredResult { bars, start, end, ruined, metrics: metrics.to_vec(), last });
    results.put(&EntryId { key: found.keys.result, kind: EntryKind::Result, symbol, strategy }, &result);
}
