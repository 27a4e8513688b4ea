//! A chunk: the blocks that are looked up and computed together.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::block::Block;
use crate::cache::Key;
use crate::plan::Plan;
use crate::segmentation::BlockSegments;
use crate::sim::CacheState;
use crate::sim::metrics::Outcome;

/// Blocks of a chunk for each thread: enough that no thread waits long for the last.
const BLOCKS: usize = 8;
/// Candle files of a chunk: those of so many bytes are read together, and at least one.
const FILE_BYTES: u64 = 64 << 20;

/// The next blocks: not too many, and not of too many large files at once.
pub(super) fn next_chunk(
    plan: &Plan,
    items: &mut std::iter::Peekable<impl Iterator<Item = (usize, u64)>>,
) -> Vec<(usize, u64)> {
    let mut chunk: Vec<(usize, u64)> = Vec::new();
    let mut bytes = 0;
    while let Some(&(asset, block)) = items.peek() {
        if chunk.last().is_none_or(|(last, _)| *last != asset) {
            bytes += plan.assets[asset].stamp.size;
        }
        if chunk.len() >= BLOCKS * plan.threads
            || (bytes > FILE_BYTES && chunk.iter().any(|(other, _)| *other != asset))
        {
            break;
        }
        chunk.push((asset, block));
        items.next();
    }
    chunk
}

/// One block of a chunk.
pub(super) struct ChunkItem {
    pub asset: usize,
    /// Its number in the grid.
    pub grid_number: u64,
    /// Its number in the sweep, and that of its first point.
    pub number: u64,
    pub first_point: u64,
    pub block: Block,
    pub key: Option<Key>,
    pub outcomes: Option<Vec<Outcome>>,
    /// Where the plan wants them: they are there whenever the outcomes are.
    pub segments: Option<BlockSegments>,
    pub segments_key: Option<Key>,
    pub cache: CacheState,
}

/// Buffers of outcomes that the sink is done with, for the next blocks: memory that went back to the system in between
/// would be cleared by it for each block.
pub(super) struct SpareBuffers {
    most: usize,
    buffers: Mutex<Vec<Vec<Outcome>>>,
}

impl SpareBuffers {
    /// Of a sweep on so many threads: as many at most as are in use at a time.
    pub(super) fn new(threads: usize) -> Self {
        Self { most: 3 * BLOCKS * threads, buffers: Mutex::default() }
    }

    /// An empty buffer.
    pub(super) fn take(&self) -> Vec<Outcome> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes a buffer back and drops its outcomes.
    pub(super) fn put(&self, mut buffer: Vec<Outcome>) {
        buffer.clear();
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.len() < self.most {
            buffers.push(buffer);
        }
    }
}

/// The assets of a chunk, each once.
pub(super) fn distinct(chunk: &[(usize, u64)]) -> impl Iterator<Item = usize> {
    let assets: BTreeSet<usize> = chunk.iter().map(|(asset, _)| *asset).collect();
    assets.into_iter()
}
