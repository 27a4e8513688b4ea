//! Finished blocks go to the sink on a thread of its own: ranking and writing go on while the next chunk is computed.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Builder};

use super::chunk::{ChunkItem, SpareBuffers};
use crate::block::Block;
use crate::segmentation::BlockSegments;
use crate::sim::metrics::Outcome;
use crate::sim::{CacheState, CandleId};

/// Chunks that may wait for the sink: with the one that it has, memory holds three.
const WAITING: usize = 1;

/// A block on one asset, done.
pub struct FinishedBlock<'a> {
    /// Its number among all blocks of the sweep.
    pub number: u64,
    /// Number of its first point among all points of the sweep, those that are skipped included.
    pub first_point: u64,
    /// Number of the strategy in the plan.
    pub strategy: usize,
    /// Number of the asset in the plan.
    pub asset: usize,
    /// What identifies its candles.
    pub candles: CandleId,
    /// Values of the points, all of the block's.
    pub block: &'a Block,
    /// Outcomes of the points that [`Block::open`] gives.
    pub outcomes: &'a [Outcome],
    /// Statistics of the same points by segments, where the plan wants them and the block has a point.
    pub segments: Option<&'a BlockSegments>,
    /// Where they came from.
    pub cache: CacheState,
}

/// Takes the blocks as they are done, strategy by strategy, of each asset by asset, and of each in the order of the grid,
/// on a thread of its own.
pub trait BlockSink: Send {
    /// One more block.
    ///
    /// # Errors
    /// Why it cannot be taken: the sweep then ends.
    fn accept(&mut self, finished: &FinishedBlock<'_>) -> Result<(), String>;
}

/// A block of a chunk, with what identifies its candles.
pub(super) type IdentifiedBlock = (CandleId, ChunkItem);

/// Does work on a strategy that sends chunks, while the sink accepts their blocks in order; and gives the work's answer, and why the
/// sink could not accept one, if so: it accepts nothing more then, and whoever sends learns that it should end.
pub(super) fn send_to_sink<R>(
    strategy: usize,
    sink: &mut dyn BlockSink,
    spare: &SpareBuffers,
    work: impl FnOnce(&ChunkSender) -> R,
) -> (R, Result<(), String>) {
    let (send, receive) = sync_channel::<Vec<IdentifiedBlock>>(WAITING);
    thread::scope(|scope| {
        let accept = move || {
            receive.into_iter().flatten().try_for_each(|(candles, mut item)| {
                accept(strategy, sink, candles, &item)?;
                item.outcomes.take().into_iter().for_each(|buffer| spare.put(buffer));
                Ok(())
            })
        };
        // Where no thread can be started, the receiver is gone with it, and the first chunk finds out.
        let receiver = Builder::new().name("sink".to_owned()).spawn_scoped(scope, accept);
        let answer = work(&ChunkSender(send));
        let ended = match receiver {
            Ok(receiver) => receiver.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(format!("no thread can be started: {error}")),
        };
        (answer, ended)
    })
}

fn accept(strategy: usize, sink: &mut dyn BlockSink, candles: CandleId, item: &ChunkItem) -> Result<(), String> {
    let ChunkItem { asset, block, cache, number, first_point, .. } = item;
    let Some(outcomes) = &item.outcomes else { return Ok(()) };
    let segments = item.segments.as_ref();
    sink.accept(&FinishedBlock {
        number: *number,
        first_point: *first_point,
        strategy,
        asset: *asset,
        candles,
        block,
        outcomes,
        segments,
        cache: *cache,
    })
}

/// The way to the sink.
pub(super) struct ChunkSender(SyncSender<Vec<IdentifiedBlock>>);

impl ChunkSender {
    /// Sends a chunk; waits where the sink has not yet begun with the one before. False when it accepts no more.
    pub(super) fn send(&self, chunk: Vec<IdentifiedBlock>) -> bool {
        self.0.send(chunk).is_ok()
    }
}
