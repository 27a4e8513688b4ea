//! How a sliding window is summed up in constant time without ever taking a value out again.
//!
//! Bars are cut into blocks as long as the window. A window that ends in a block always holds the block's first bar,
//! the anchor: it is a tail of the bars before the anchor, prepared once a block by walking backwards, plus a head
//! that grows bar by bar. Nothing is subtracted, so nothing of earlier prices is left behind, and the anchor is a
//! reference level that lies inside every window of the block.
//!
//! Source: M. van Herk, "A fast algorithm for local minimum and maximum filters" (1992), used for sums as well.
//! Blocks are counted from the first bar, never from the start of a chunk: chunking cannot change a bit.

use crate::tile::resumable::resumable;

/// Where a series stands in its blocks.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    bars: usize,
    at: usize,
}

resumable!(Blocks: at);

impl Blocks {
    /// For windows of `bars` bars.
    pub(super) fn new(bars: usize) -> Self {
        Self { bars, at: 0 }
    }

    /// The next run of bars in one block, of `left` bars to come: its offset in the block, and its length.
    /// Offset 0 starts a block.
    pub(super) fn next(&mut self, left: usize) -> (usize, usize) {
        let offset = self.at;
        let count = left.min(self.bars - offset);
        self.at = (offset + count) % self.bars;
        (offset, count)
    }
}
