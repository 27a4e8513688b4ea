//! What assets are ranked by: the score of a strategy's `[portfolio]` at the last bars of each, from the cache or from its
//! candles.

mod concentration;
mod correlation;
mod holdings;
mod ranking;

pub use concentration::Concentration;
pub use correlation::CorrelationMatrix;
pub use holdings::{HoldingAmount, HoldingEntry, HoldingsAnalysis};
pub use ranking::{RankedAsset, ScoreRanking};

use std::time::{Duration, Instant};

use super::inputs::{AssetKnown, DataStamps, open_asset};
use super::plan::{BoundStrategy, KeyMaker, Plan};
use crate::cache::{CacheMode, EntryId, EntryKind, Key, Results, StoredScore, StoredValue};
use crate::data::{CandleFile, Index, Known};
use crate::pool::{Pool, Progress};
use crate::sim::fold::{BoundSeries, Market, recent_values};
use crate::sim::rules::{Expr, ValueKind, canonical};
use crate::sim::strategy::Strategy;
use crate::sim::{CacheState, Failed, Millis, Summary};

/// What a score was at one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScorePoint {
    /// Open time of the bar.
    pub time: Millis,
    /// None while it is undefined.
    pub score: Option<f64>,
    /// Whether the asset may be held: `where` of the portfolio holds.
    pub is_candidate: bool,
}

/// The score of one asset.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetScore {
    /// Symbol of the asset.
    pub symbol: String,
    /// Bars in the range.
    pub bars: u64,
    /// Open time of the last of them.
    pub end: Millis,
    /// Its close, in quote currency.
    pub close: f64,
    /// The last bars, the last one included.
    pub recent: Vec<ScorePoint>,
    /// The parts of the score at the last bar, in the order of [`part_names`].
    pub parts: Vec<Option<f64>>,
    /// What the asset would weigh beside others at the last bar, before weights are scaled.
    pub weight: Option<f64>,
    /// Where it came from.
    pub cache: CacheState,
    /// Its identity, 64 hex digits.
    pub key: String,
}

impl AssetScore {
    /// The last bar.
    #[must_use]
    pub fn last(&self) -> Option<&ScorePoint> {
        self.recent.last()
    }

    fn new(symbol: &str, stored: StoredScore, cache: CacheState, key: Key) -> Self {
        let StoredScore { bars, end, close, parts, weight, times, scores, candidates, .. } = stored;
        let point = |((time, score), is_candidate)| ScorePoint { time, score, is_candidate };
        let recent = times.into_iter().zip(scores).zip(candidates).map(point).collect();
        Self { symbol: symbol.to_owned(), bars, end, close, recent, parts, weight, cache, key: key.to_string() }
    }
}

/// The scores of a plan's assets.
pub struct Scores {
    /// In the plan's order, failed ones left out.
    pub assets: Vec<AssetScore>,
    /// Totals, failed assets among them.
    pub summary: Summary,
    /// What is known of each asset's candles, in the plan's order, failed ones left out.
    pub known: Vec<(String, Known)>,
}

/// The names of the parts of a strategy's score: the numbers and series of its `[let]`.
#[must_use]
pub fn part_names(strategy: &Strategy) -> Vec<&str> {
    parts(strategy).map(|(name, _)| name).collect()
}

fn parts(strategy: &Strategy) -> impl Iterator<Item = (&str, &Expr)> {
    let is_number = |expr: &Expr| matches!(expr.kind(), ValueKind::Number | ValueKind::Series);
    strategy.named.iter().filter(move |(_, expr)| is_number(expr)).map(|(name, expr)| (name.as_str(), expr))
}

/// The scores of the plan's first strategy, which has one, at the bars of each asset that are needed to rank it now and
/// `ago` before. Never fails: assets do, and are named.
pub fn score_assets(plan: &Plan, ago: Millis, results: &Results, index: &mut Index, progress: &dyn Progress) -> Scores {
    let begun = Instant::now();
    let key_maker = KeyMaker::new(plan);
    let known: Vec<Option<AssetKnown>> =
        plan.assets.iter().map(|entry| AssetKnown::look_up(plan, entry, index)).collect();
    let mut found = look_up(plan, &key_maker, ago, results, &known);
    let open: Vec<usize> = (0..found.len()).filter(|&at| found[at].is_none()).collect();
    progress.begin(plan.assets.len() as u64);
    progress.advance((plan.assets.len() - open.len()) as u64);
    let pool = Pool::new(plan.threads);
    let one = |at: usize| {
        let asked = known[at].as_ref().map(|known| key_maker.score(plan, &known.id(), ago, &score_texts(plan)));
        let worked = work_on(plan, (&key_maker, ago), results, (&plan.assets[at], asked), &pool);
        progress.advance(1);
        (at, worked)
    };
    let threads = pool.threads_for(open.len());
    let worked = pool.map(open, one);
    progress.end();

    let (mut known, mut summary) = (known, Summary { assets: plan.assets.len(), strategies: 1, ..Summary::default() });
    let (mut load, mut compute) = (Duration::ZERO, Duration::ZERO);
    for (at, worked) in worked {
        match worked {
            Ok(worked) => {
                (load, compute) = (load + worked.load, compute + worked.compute);
                worked.stamps.remember(plan, &plan.assets[at], &worked.known, index);
                (found[at], known[at]) = (Some(worked.score), Some(worked.known));
            }
            Err(reason) => summary.failed.push(Failed { symbol: plan.assets[at].symbol.clone(), reason }),
        }
    }
    let (mut assets, mut all_known) = (Vec::new(), Vec::new());
    for (asset, known) in found.into_iter().zip(known) {
        if let (Some(asset), Some(known)) = (asset, known) {
            all_known.push((asset.symbol.clone(), known.into_known()));
            assets.push(asset);
        }
    }
    summary.combinations = plan.assets.len();
    summary.hits = assets.iter().filter(|asset| asset.cache == CacheState::Hit).count();
    summary.misses = assets.len() - summary.hits;
    summary.bars = assets.iter().map(|asset| asset.bars).sum();
    let millis = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    summary.load_ms = millis(load);
    summary.compute_ms = millis(compute / u32::try_from(threads).unwrap_or(1));
    summary.elapsed_ms = millis(begun.elapsed());
    Scores { assets, summary, known: all_known }
}

/// Asks the cache for everything whose candles the index knows, all at once and before any file is opened.
fn look_up(
    plan: &Plan,
    key_maker: &KeyMaker,
    ago: Millis,
    results: &Results,
    known: &[Option<AssetKnown>],
) -> Vec<Option<AssetScore>> {
    let mut found: Vec<Option<AssetScore>> = plan.assets.iter().map(|_| None).collect();
    let texts = score_texts(plan);
    let asked: Vec<(usize, Key)> = known
        .iter()
        .enumerate()
        .filter_map(|(at, known)| Some((at, key_maker.score(plan, &known.as_ref()?.id(), ago, &texts))))
        .collect();
    let wanted: Vec<EntryId<'_>> =
        asked.iter().map(|(at, key)| score_entry(plan, &plan.assets[*at].symbol, *key)).collect();
    if wanted.is_empty() {
        return found;
    }
    for ((at, key), answer) in asked.iter().zip(results.get(&wanted)) {
        found[*at] = answer
            .and_then(|value| stored(plan, value))
            .map(|stored| AssetScore::new(&plan.assets[*at].symbol, stored, CacheState::Hit, *key));
    }
    found
}

/// The texts that stand for the score and all that is stored beside it in a cache key.
pub(super) fn score_texts(plan: &Plan) -> Vec<String> {
    let strategy = &plan.strategies[0].strategy;
    let terms = strategy.portfolio.as_ref();
    let of_terms = terms.map_or([None; 3], |terms| [&terms.score, &terms.condition, &terms.weight].map(Option::as_ref));
    let of_terms = of_terms.into_iter().map(|expr| expr.map_or_else(String::new, canonical));
    of_terms.chain(parts(strategy).map(|(_, expr)| canonical(expr))).collect()
}

/// Under which a score is stored.
pub(super) fn score_entry<'a>(plan: &'a Plan, symbol: &'a str, key: Key) -> EntryId<'a> {
    EntryId { key, kind: EntryKind::Score, symbol, strategy: &plan.strategies[0].strategy.name }
}

/// An asset after the work on its candles.
struct ScoredAsset {
    score: AssetScore,
    known: AssetKnown,
    stamps: DataStamps,
    load: Duration,
    compute: Duration,
}

/// Reads the candles of one asset, and works its score out unless the cache has it under another key than the one that was
/// asked for.
fn work_on(
    plan: &Plan,
    (key_maker, ago): (&KeyMaker, Millis),
    results: &Results,
    (entry, asked): (&CandleFile, Option<Key>),
    pool: &Pool,
) -> Result<ScoredAsset, String> {
    let begun = Instant::now();
    let data = open_asset(plan, entry, pool)?;
    let (load, begun) = (begun.elapsed(), Instant::now());
    let key = key_maker.score(plan, &data.known.id(), ago, &score_texts(plan));
    let id = score_entry(plan, &entry.symbol, key);
    let is_new = asked != Some(key);
    let found = is_new.then(|| results.get(&[id]).pop().flatten()).flatten().and_then(|value| stored(plan, value));
    let (stored, cache) = if let Some(stored) = found {
        (stored, CacheState::Hit)
    } else {
        let stored = compute_score(plan, data.market(), ago);
        results.put(&id, &StoredValue::Score(stored.clone()));
        (stored, if results.mode() == CacheMode::Off { CacheState::Off } else { CacheState::Miss })
    };
    let score = AssetScore::new(&entry.symbol, stored, cache, key);
    let stamps = data.stamps();
    Ok(ScoredAsset { score, known: data.known, stamps, load, compute: begun.elapsed() })
}

/// The score that a value of the cache is, if it has as many parts as the strategy.
fn stored(plan: &Plan, value: StoredValue) -> Option<StoredScore> {
    let StoredValue::Score(stored) = value else { return None };
    (stored.parts.len() == part_names(&plan.strategies[0].strategy).len()).then_some(stored)
}

/// The score at the bars of the last `2 * ago`: by the newest bar of all assets, which is less than `ago` later where this
/// one is ranked, both the bar that counts now and the one that counted `ago` before are among them.
pub(super) fn compute_score(plan: &Plan, market: Market<'_>, ago: Millis) -> StoredScore {
    let BoundStrategy { strategy, values } = &plan.strategies[0];
    let terms = strategy.portfolio.as_ref();
    let series = |expr| BoundSeries { expr, condition: None, values };
    let candidate = BoundSeries { expr: None, condition: terms.and_then(|terms| terms.condition.as_ref()), values };
    let of_terms = [
        series(terms.and_then(|terms| terms.score.as_ref())),
        candidate,
        series(terms.and_then(|terms| terms.weight.as_ref())),
    ];
    let wanted: Vec<BoundSeries<'_>> =
        of_terms.into_iter().chain(parts(strategy).map(|(_, expr)| series(Some(expr)))).collect();
    let time = &market.candles.time;
    let last = time.len() - 1;
    let from = time.partition_point(|open| *open <= time[last].saturating_sub(ago.saturating_mul(2)));
    let all = recent_values(&wanted, &plan.terms(), market, from);
    let defined = |value: &f64| Some(*value).filter(|value| value.is_finite());
    let at_last = |values: &Vec<f64>| values.last().and_then(defined);
    StoredScore {
        bars: time.len() as u64,
        start: time[0],
        end: time[last],
        close: market.candles.close[last],
        times: time[from..].to_vec(),
        scores: all[0].iter().map(defined).collect(),
        candidates: all[1].iter().map(|value| defined(value).is_some()).collect(),
        weight: at_last(&all[2]),
        parts: all[3..].iter().map(at_last).collect(),
    }
}

#[cfg(test)]
impl AssetScore {
    /// One with these scores, of which nothing else is known.
    fn of_points(symbol: &str, recent: Vec<ScorePoint>) -> Self {
        Self {
            symbol: symbol.to_owned(),
            bars: recent.len() as u64,
            end: recent.last().map_or(0, |point| point.time),
            close: 1.0,
            recent,
            parts: Vec::new(),
            weight: Some(1.0),
            cache: CacheState::Off,
            key: String::new(),
        }
    }
}
