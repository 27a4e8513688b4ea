//! A wave: the blocks that are looked up and computed together.

use std::collections::BTreeSet;

use super::block::Block;
use super::plan::Plan;
use crate::cache::Key;
use crate::report::CacheState;
use crate::sim::metrics::Outcome;

/// Blocks of a wave for each thread: enough that no thread waits long for the last.
const BLOCKS: usize = 8;
/// Candle files of a wave: those of so many bytes are read together, and at least one.
const FILE_BYTES: u64 = 64 << 20;

/// The next blocks: not too many, and not of too many large files at once.
pub(super) fn next_wave(
    plan: &Plan,
    items: &mut std::iter::Peekable<impl Iterator<Item = (usize, u64)>>,
) -> Vec<(usize, u64)> {
    let mut wave: Vec<(usize, u64)> = Vec::new();
    let mut bytes = 0;
    while let Some(&(asset, block)) = items.peek() {
        if wave.last().is_none_or(|(last, _)| *last != asset) {
            bytes += plan.assets[asset].stamp.size;
        }
        if wave.len() >= BLOCKS * plan.threads || (bytes > FILE_BYTES && wave.iter().any(|(other, _)| *other != asset))
        {
            break;
        }
        wave.push((asset, block));
        items.next();
    }
    wave
}

/// One block of a wave.
pub(super) struct Item {
    pub asset: usize,
    /// Its number in the grid.
    pub number: u64,
    pub block: Block,
    pub key: Option<Key>,
    pub outcomes: Option<Vec<Outcome>>,
    pub cache: CacheState,
}

/// The assets of a wave, each once.
pub(super) fn distinct(wave: &[(usize, u64)]) -> impl Iterator<Item = usize> {
    let assets: BTreeSet<usize> = wave.iter().map(|(asset, _)| *asset).collect();
    assets.into_iter()
}
