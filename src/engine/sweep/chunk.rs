//! A chunk: the blocks that are looked up and computed together.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::cache::Key;
use crate::engine::block::Block;
use crate::engine::plan::Plan;
use crate::engine::segmentation::BlockSegments;
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

/// Room for the outcomes of blocks that the sink is done with, on its way back to the next blocks: memory that goes back to
/// the system in between is to be touched for the first time again and again.
pub(super) struct SpareRooms {
    most: usize,
    rooms: Mutex<Vec<Vec<Outcome>>>,
}

impl SpareRooms {
    /// Of a sweep on so many threads: as many at most as are in use at a time.
    pub(super) fn new(threads: usize) -> Self {
        Self { most: 3 * BLOCKS * threads, rooms: Mutex::default() }
    }

    /// A room without outcomes.
    pub(super) fn take(&self) -> Vec<Outcome> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes a room back, its outcomes are dropped.
    pub(super) fn put(&self, mut room: Vec<Outcome>) {
        room.clear();
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() < self.most {
            rooms.push(room);
        }
    }
}

/// The assets of a chunk, each once.
pub(super) fn distinct(chunk: &[(usize, u64)]) -> impl Iterator<Item = usize> {
    let assets: BTreeSet<usize> = chunk.iter().map(|(asset, _)| *asset).collect();
    assets.into_iter()
}
