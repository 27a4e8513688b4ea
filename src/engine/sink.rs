//! Where a sweep's blocks go as they are done, and what the whole came to.

use super::block::Block;
use super::plan::Identity;
use crate::data::Known;
use crate::report::{CacheState, Summary};
use crate::sim::metrics::Outcome;

/// A block on one asset, done.
pub struct Finished<'a> {
    /// Number of the asset in the plan.
    pub asset: usize,
    /// What identifies its candles.
    pub identity: Identity,
    /// Values of the points, all of the block's.
    pub block: &'a Block,
    /// Outcomes of the points that [`Block::open`] gives.
    pub outcomes: &'a [Outcome],
    /// Where they came from.
    pub cache: CacheState,
}

/// Takes the blocks as they are done, asset by asset and each in the order of the grid, on a thread of its own.
pub trait Sink: Send {
    /// One more block.
    ///
    /// # Errors
    /// Why it cannot be taken: the sweep then ends.
    fn take(&mut self, finished: &Finished<'_>) -> Result<(), String>;
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
