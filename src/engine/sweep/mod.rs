//! A grid of parameters over one or more assets, in chunks of blocks.
//!
//! A chunk is some blocks on some assets: looked up at once, computed in parallel, sent on in order. So memory holds a
//! few chunks however large the grid is, the order of rows does not depend on threads, and what was done when a sweep
//! is stopped is in the cache.

mod channel;
mod chunk;
mod estimate;
mod sequence;
mod slices;
mod summary;
#[cfg(test)]
pub(super) mod tests;

pub use channel::{BlockSink, FinishedBlock};
pub use estimate::{SweepEstimate, estimate_sweep};
pub(super) use sequence::is_spread;
pub use sequence::{BlockPlace, BlockSequence};
pub(super) use slices::Slice;
pub use summary::{ShardTop, SweepPoint, SweepSummary, SweepTop};

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

use self::channel::{ChunkSender, send_to_sink};
use self::chunk::{ChunkItem, SpareBuffers, distinct, next_chunk};
use self::slices::Slices;
use super::block::{Block, GridPoints, from_stored, to_stored};
use super::inputs::{AssetData, AssetKnown, open_asset};
use super::plan::{KeyMaker, Plan};
use super::segmentation::BlockSegments;
use crate::cache::{CacheMode, EntryId, EntryKind, Key, Results, StoredValue};
use crate::data::{Index, Known};
use crate::pool::{Pool, Progress};
use crate::sim::{CacheState, CandleId, Failed, Summary};

/// One asset while it is swept.
struct SweptAsset {
    known: AssetKnown,
    data: Option<AssetData>,
}

struct Sweeper<'a> {
    plan: &'a Plan,
    points: &'a GridPoints,
    /// Blocks and points of the sweep before those of this strategy.
    before: (u64, u64),
    key_maker: KeyMaker,
    results: &'a Results,
    pool: Pool,
    assets: BTreeMap<usize, SweptAsset>,
    slices: Slices,
    spare: &'a SpareBuffers,
    /// Assets that cannot be used; they are not tried again with every chunk.
    failed: BTreeSet<usize>,
    summary: Summary,
    load: Duration,
    compute: Duration,
}

/// What a sweep came to.
pub struct Swept {
    /// Totals.
    pub summary: Summary,
    /// What is known of each asset's candles.
    pub known: Vec<(String, Known)>,
    /// Why it ended before its end, if it did: the sink's word, or nothing where the user wanted it.
    pub ended: Option<Option<String>>,
}

/// Progress of one strategy among several, whose total is known from the start.
struct PartProgress<'a>(&'a dyn Progress);

impl Progress for PartProgress<'_> {
    fn advance(&self, count: u64) {
        self.0.advance(count);
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// Sweeps the strategies of the plan over its assets, one after the other, each over its own points: as many as there
/// are strategies.
pub fn sweep_strategies(
    plan: &Plan,
    points: &[GridPoints],
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
    sink: &mut dyn BlockSink,
) -> Swept {
    let all = 0..BlockSequence::new(points, plan.assets.len()).blocks();
    sweep_blocks(plan, points, all, results, index, progress, sink)
}

/// The same, but of these blocks alone, by their numbers in the [`BlockSequence`]. What comes of them are the same bits as
/// among all others.
pub fn sweep_blocks(
    plan: &Plan,
    points: &[GridPoints],
    blocks: Range<u64>,
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
    sink: &mut dyn BlockSink,
) -> Swept {
    let begun = Instant::now();
    let sequence = BlockSequence::new(points, plan.assets.len());
    let own: Vec<Range<u64>> = (0..points.len()).map(|strategy| sequence.own(strategy, &blocks)).collect();
    progress.begin(points.iter().zip(&own).map(|(points, own)| points_of(points, own)).sum());
    let mut all = Swept { summary: Summary::default(), known: Vec::new(), ended: None };
    for (strategy, (points, own)) in points.iter().zip(own).enumerate().filter(|(_, (_, own))| !own.is_empty()) {
        let part = StrategyPart { strategy, before: sequence.before(strategy), blocks: own };
        let plan = plan.of_strategy(strategy);
        all.add(sweep_one(part, &plan, points, results, index, &PartProgress(progress), sink));
        if all.ended.is_some() {
            break;
        }
    }
    progress.end();
    all.summary.assets = plan.assets.len();
    all.summary.bars = all.known.iter().map(|(_, known)| known.bars).sum();
    all.summary.elapsed_ms = begun.elapsed().as_secs_f64() * 1000.0;
    all
}

impl Swept {
    /// Adds what another strategy came to on the same assets.
    fn add(&mut self, other: Self) {
        let (all, summary) = (&mut self.summary, other.summary);
        all.strategies += summary.strategies;
        all.combinations = all.combinations.saturating_add(summary.combinations);
        all.skipped += summary.skipped;
        all.broken += summary.broken;
        all.hits += summary.hits;
        all.misses += summary.misses;
        all.load_ms += summary.load_ms;
        all.compute_ms += summary.compute_ms;
        // An asset that fails does so for every strategy.
        let is_new = |failed: &Failed| !all.failed.iter().any(|known| known.symbol == failed.symbol);
        let new: Vec<Failed> = summary.failed.into_iter().filter(is_new).collect();
        all.failed.extend(new);
        let is_new = |(symbol, _): &(String, Known)| !self.known.iter().any(|(known, _)| known == symbol);
        let new: Vec<_> = other.known.into_iter().filter(is_new).collect();
        self.known.extend(new);
        self.ended = other.ended;
    }
}

/// Sweeps the first strategy of the plan over its assets.
pub fn sweep(
    plan: &Plan,
    points: &GridPoints,
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
    sink: &mut dyn BlockSink,
) -> Swept {
    let blocks = 0..points.blocks() * plan.assets.len() as u64;
    sweep_one(StrategyPart { strategy: 0, before: (0, 0), blocks }, plan, points, results, index, progress, sink)
}

/// Which blocks of a strategy are swept.
struct StrategyPart {
    /// Its number in the plan of all strategies.
    strategy: usize,
    /// Blocks and points of the strategies before it.
    before: (u64, u64),
    /// The blocks, counted from its first one, asset by asset.
    blocks: Range<u64>,
}

/// Points of these blocks of a strategy, counted asset by asset.
fn points_of(points: &GridPoints, blocks: &Range<u64>) -> u64 {
    let before = |number: u64| {
        let (asset, block) = (number / points.blocks(), number % points.blocks());
        points.count().saturating_mul(asset).saturating_add(points.points_before(block))
    };
    before(blocks.end) - before(blocks.start)
}

/// Sweeps the first strategy of a plan.
fn sweep_one(
    part: StrategyPart,
    plan: &Plan,
    points: &GridPoints,
    results: &Results,
    index: &mut Index,
    progress: &dyn Progress,
    sink: &mut dyn BlockSink,
) -> Swept {
    let begun = Instant::now();
    let StrategyPart { strategy, before, blocks } = part;
    let total = points_of(points, &blocks);
    let summary = Summary {
        assets: plan.assets.len(),
        strategies: 1,
        combinations: usize::try_from(total).unwrap_or(usize::MAX),
        ..Summary::default()
    };
    let (load, compute) = (Duration::ZERO, Duration::ZERO);
    let key_maker = KeyMaker::new(plan);
    let pool = Pool::new(plan.threads);
    let assets = BTreeMap::new();
    let slices = Slices::new(plan);
    let failed = BTreeSet::new();
    let spare = &SpareBuffers::new(plan.threads);
    let mut sweep = Sweeper {
        plan,
        points,
        before,
        key_maker,
        results,
        pool,
        assets,
        slices,
        spare,
        failed,
        summary,
        load,
        compute,
    };
    let mut known = Vec::new();
    progress.begin(total);
    let place =
        |number: u64| (usize::try_from(number / points.blocks()).unwrap_or(usize::MAX), number % points.blocks());
    let mut items = blocks.map(place).peekable();
    let work = |sender: &ChunkSender| {
        while items.peek().is_some() {
            let chunk = next_chunk(plan, &mut items);
            let keep = chunk.last().map_or(0, |(asset, _)| *asset);
            if progress.stopped() || !sweep.chunk(chunk, index, progress, sender) {
                return false;
            }
            let rest = sweep.assets.split_off(&keep);
            let done = std::mem::replace(&mut sweep.assets, rest);
            known
                .extend(done.into_iter().map(|(at, asset)| (plan.assets[at].symbol.clone(), asset.known.into_known())));
        }
        true
    };
    let ended = match send_to_sink(strategy, sink, spare, work) {
        (_, Err(why)) => Some(Some(why)),
        (false, Ok(())) => Some(None),
        (true, Ok(())) => None,
    };
    progress.end();
    known
        .extend(sweep.assets.into_iter().map(|(at, asset)| (plan.assets[at].symbol.clone(), asset.known.into_known())));
    let millis = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let mut summary = sweep.summary;
    summary.bars = known.iter().map(|(_, known)| known.bars).sum();
    summary.load_ms = millis(sweep.load);
    summary.compute_ms = millis(sweep.compute);
    summary.elapsed_ms = millis(begun.elapsed());
    Swept { summary, known, ended }
}

impl Sweeper<'_> {
    /// Looks up and computes a chunk and sends it on; false when it was stopped, or the sink takes no more.
    fn chunk(
        &mut self,
        mut chunk: Vec<(usize, u64)>,
        index: &mut Index,
        progress: &dyn Progress,
        sender: &ChunkSender,
    ) -> bool {
        let all = chunk.clone();
        chunk.retain(|(asset, _)| !self.failed.contains(asset));
        let new: Vec<usize> = distinct(&chunk).filter(|at| !self.assets.contains_key(at)).collect();
        let (unknown, remembered): (Vec<usize>, Vec<usize>) =
            new.into_iter().partition(|&at| AssetKnown::look_up(self.plan, &self.plan.assets[at], index).is_none());
        for at in remembered {
            if let Some(known) = AssetKnown::look_up(self.plan, &self.plan.assets[at], index) {
                self.assets.insert(at, SweptAsset { known, data: None });
            }
        }
        self.read(unknown, index);
        let mut items = self.look_up(chunk);
        let lacking: Vec<usize> = items.iter().filter(|item| item.outcomes.is_none()).map(|item| item.asset).collect();
        let unread = lacking.into_iter().filter(|at| self.assets.get(at).is_some_and(|asset| asset.data.is_none()));
        let unread: BTreeSet<usize> = unread.collect();
        self.read(unread.into_iter().collect(), index);
        // What was remembered may have been wrong, or the file may be gone: those items go by what was read.
        items.retain(|item| self.assets.contains_key(&item.asset));
        if !self.compute(&mut items, progress) {
            return false;
        }
        // Nothing is left to do of an asset that failed either.
        let failed = all.into_iter().filter(|(asset, _)| self.failed.contains(asset));
        progress.advance(failed.map(|(_, block)| self.points.block(block).len() as u64).sum());
        let done = items.into_iter().map(|item| (self.count(&item, progress), item)).collect();
        sender.send(done)
    }

    /// Reads candle files in parallel; one that cannot be used fails its asset.
    fn read(&mut self, assets: Vec<usize>, index: &mut Index) {
        let begun = Instant::now();
        let plan = self.plan;
        let read = self.pool.map(assets, |at| (at, open_asset(plan, &plan.assets[at], &self.pool)));
        for (at, opened) in read {
            match opened {
                Ok(data) => {
                    let known = data.known.clone();
                    data.stamps().remember(plan, &plan.assets[at], &known, index);
                    self.assets.insert(at, SweptAsset { known, data: Some(data) });
                }
                Err(reason) => {
                    self.assets.remove(&at);
                    self.failed.insert(at);
                    self.summary.failed.push(Failed { symbol: plan.assets[at].symbol.clone(), reason });
                }
            }
        }
        self.load += begun.elapsed();
    }

    /// The blocks of a chunk, with the outcomes of those that the cache has.
    fn look_up(&self, chunk: Vec<(usize, u64)>) -> Vec<ChunkItem> {
        let known: Vec<_> = chunk.into_iter().filter(|(at, _)| self.assets.contains_key(at)).collect();
        let make = |(asset, number): (usize, u64)| {
            let block = Block::new(self.plan, self.points.block(number));
            let known = &self.assets[&asset].known;
            let worth = self.results.mode() != CacheMode::Off && block.is_worth_caching(known.candles.bars);
            let key = worth.then(|| self.key_maker.block(self.plan, &known.id(), &block.points));
            let outcomes = (block.size() == 0).then(Vec::new);
            let cache = if self.results.mode() == CacheMode::Off { CacheState::Off } else { CacheState::Miss };
            let segments_key = worth.then(|| self.key_maker.segments(self.plan, &known.id(), &block.points)).flatten();
            let (blocks, points) = self.before;
            ChunkItem {
                asset,
                grid_number: number,
                number: blocks + asset as u64 * self.points.blocks() + number,
                first_point: points + asset as u64 * self.points.count() + self.points.points_before(number),
                block,
                key,
                outcomes,
                segments: None,
                segments_key,
                cache,
            }
        };
        let mut items = self.pool.map(known, make);
        let asked: Vec<usize> = (0..items.len()).filter(|&at| items[at].key.is_some()).collect();
        let wanted: Vec<EntryId<'_>> = asked.iter().filter_map(|&at| self.wanted(&items[at])).collect();
        let segments: Vec<EntryId<'_>> = asked.iter().filter_map(|&at| self.wanted_segments(&items[at])).collect();
        let (count, detail) = (wanted.len(), self.plan.sweep_detail);
        let mut answers = self.results.get(&[wanted, segments].concat());
        let mut segments = answers.split_off(count).into_iter();
        for (at, stored) in asked.into_iter().zip(answers) {
            let size = items[at].block.size();
            let mut outcomes = stored.and_then(|stored| from_stored(stored, size, detail));
            if let Some(segmentation) = &self.plan.segments {
                let per_point = segmentation.borders(self.assets[&items[at].asset].known.candles.bars).len() + 1;
                items[at].segments = match segments.next().flatten() {
                    Some(StoredValue::Segments(rows)) => {
                        BlockSegments::from_stored(&rows, size, per_point, segmentation.detail)
                    }
                    _ => None,
                };
                // One without the other is computed again.
                outcomes = outcomes.filter(|_| items[at].segments.is_some());
            }
            if let Some(outcomes) = outcomes {
                items[at].outcomes = Some(outcomes);
                items[at].cache = CacheState::Hit;
            }
        }
        items
    }

    fn wanted(&self, item: &ChunkItem) -> Option<EntryId<'_>> {
        self.entry(item, item.key?, EntryKind::Block)
    }

    fn wanted_segments(&self, item: &ChunkItem) -> Option<EntryId<'_>> {
        self.entry(item, item.segments_key?, EntryKind::Segments)
    }

    fn entry(&self, item: &ChunkItem, key: Key, kind: EntryKind) -> Option<EntryId<'_>> {
        let strategy = &self.plan.strategies.first()?.strategy.name;
        Some(EntryId { key, kind, symbol: &self.plan.assets[item.asset].symbol, strategy })
    }

    /// Computes what the cache did not have, in slices that keep all threads busy, and stores it.
    /// False when it was stopped before its end.
    fn compute(&mut self, items: &mut [ChunkItem], progress: &dyn Progress) -> bool {
        let begun = Instant::now();
        let open: Vec<usize> = (0..items.len()).filter(|&at| items[at].outcomes.is_none()).collect();
        let (plan, assets, spare) = (self.plan, &self.assets, self.spare);
        let blocks = open.iter().map(|&at| (items[at].grid_number, &items[at].block)).collect();
        let slices = self.slices.cut(blocks);
        let one = |slice: Slice<'_>| {
            let data = assets[&items[open[slice.block]].asset].data.as_ref()?;
            if progress.stopped() { None } else { slice.compute(plan, data.market(), progress, spare) }
        };
        let parts = self.pool.map(slices, one);
        self.compute += begun.elapsed();
        let blocks = Slices::join(parts.into_iter().flatten(), open.iter().map(|&at| items[at].block.size()));
        for (at, outcomes) in open.into_iter().zip(blocks) {
            if let Some((outcomes, segments)) = outcomes {
                // The candles may be others than the index remembered: what was computed is stored as what it is.
                let (id, points) = (self.assets[&items[at].asset].known.id(), &items[at].block.points);
                let keys = items[at]
                    .key
                    .map(|_| (self.key_maker.block(plan, &id, points), self.key_maker.segments(plan, &id, points)));
                (items[at].key, items[at].segments_key) = (keys.map(|keys| keys.0), keys.and_then(|keys| keys.1));
                if let Some(wanted) = self.wanted(&items[at])
                    && let Some(value) = to_stored(&outcomes)
                {
                    self.results.put(&wanted, &value);
                }
                if let (Some(wanted), Some(segments)) = (self.wanted_segments(&items[at]), &segments)
                    && let Some(value) = segments.to_stored(&outcomes)
                {
                    self.results.put(&wanted, &value);
                }
                (items[at].outcomes, items[at].segments) = (Some(outcomes), segments);
            }
        }
        items.iter().all(|item| item.outcomes.is_some())
    }

    /// Counts a finished block, and gives what identifies its candles.
    fn count(&mut self, item: &ChunkItem, progress: &dyn Progress) -> CandleId {
        let size = item.block.size();
        self.summary.skipped += item.block.points.len() - size;
        self.summary.broken += item.block.broken;
        match item.cache {
            CacheState::Hit => self.summary.hits += size,
            CacheState::Miss | CacheState::Off => self.summary.misses += size,
        }
        // Slices told of their points themselves.
        let computed = if item.cache == CacheState::Hit { 0 } else { size };
        progress.advance((item.block.points.len() - computed) as u64);
        self.assets[&item.asset].known.id()
    }
}
