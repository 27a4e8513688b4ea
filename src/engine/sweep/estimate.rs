//! A small part of a sweep, to say beforehand what the whole would cost.

use std::time::Instant;

use super::Slice;
use crate::block::{Block, GridPoints};
use crate::cache::{EntryId, EntryKind, Results};
use crate::inputs::open_asset;
use crate::plan::{KeyMaker, Plan};
use crate::pool::Pool;
use crate::sim::account::Account;

/// What a sweep would cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct SweepEstimate {
    /// Seconds that it took to read the first asset.
    pub load_seconds: f64,
    /// Its bars.
    pub bars: u64,
    /// Seconds that one point takes one thread.
    pub seconds_per_point: f64,
    /// Blocks for which the cache was asked, and which it had.
    pub asked: usize,
    /// Blocks that the cache had.
    pub cached: usize,
    /// Bytes of memory that the sweep takes, roughly.
    pub bytes: u64,
}

/// Computes up to `points_timed` points on the first asset, and asks the cache for up to `blocks_asked` blocks.
///
/// # Errors
/// When the first asset's candles cannot be used.
pub fn estimate_sweep(
    plan: &Plan,
    points: &GridPoints,
    results: &Results,
    points_timed: usize,
    blocks_asked: u64,
) -> Result<SweepEstimate, String> {
    let entry = &plan.assets[0];
    let begun = Instant::now();
    let data = open_asset(plan, entry, &Pool::new(plan.threads))?;
    let load_seconds = begun.elapsed().as_secs_f64();
    let block = Block::new(plan, points.block(points.blocks() / 2));
    let some = Slice::alone(block.open().take(points_timed).collect());
    let begun = Instant::now();
    let outcomes = some.outcomes(plan, data.market());
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds_per_point = begun.elapsed().as_secs_f64() / outcomes.len().max(1) as f64;

    let key_maker = KeyMaker::new(plan);
    let blocks = points.blocks();
    let spread = (0..blocks_asked.min(blocks)).map(|at| at * blocks / blocks_asked.min(blocks));
    let worth: Vec<Block> = spread
        .map(|number| Block::new(plan, points.block(number)))
        .filter(|b| b.is_worth_caching(data.known.candles.bars))
        .collect();
    let keys: Vec<_> = worth.iter().map(|block| key_maker.block(plan, &data.known.id(), &block.points)).collect();
    let (symbol, strategy) = (entry.symbol.as_str(), plan.strategies[0].strategy.name.as_str());
    let wanted: Vec<_> = keys.iter().map(|&key| EntryId { key, kind: EntryKind::Block, symbol, strategy }).collect();
    // Where time is cut, a block without the statistics of its segments is computed again.
    let segments = worth.iter().filter_map(|block| key_maker.segments(plan, &data.known.id(), &block.points));
    let segments: Vec<_> = segments.map(|key| EntryId { key, kind: EntryKind::Segments, symbol, strategy }).collect();
    let has_segments =
        results.get(&segments).into_iter().map(|found| found.is_some()).chain(std::iter::repeat(segments.is_empty()));
    let cached =
        results.get(&wanted).into_iter().zip(has_segments).filter(|(block, has)| block.is_some() && *has).count();
    let chunk = 8 * plan.threads * block.points.len() * (size_of::<crate::sim::metrics::Outcome>() + 64);
    let folding = plan.threads * block.points.len() * (size_of::<Account>() + 512);
    let bytes = (chunk + folding + data.candles.len() * 48) as u64;
    let bars = data.known.candles.bars;
    Ok(SweepEstimate { load_seconds, bars, seconds_per_point, asked: wanted.len(), cached, bytes })
}
