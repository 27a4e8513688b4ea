//! Sums over the returns of any bars of a tile, in two additions: for accounts whose statistics are cut at borders.
//!
//! A disjoint sparse table: for each power of two the tile is cut into blocks, and each block keeps the sums from its
//! middle outwards. The two ends of a stretch lie on both sides of the middle of one block, so that two of its sums make
//! that of the stretch. Nothing is ever subtracted.

use super::ReturnSums;
use crate::sim::tile::bitset::TILE;

/// A stretch of no more bars is soon added bar by bar; blocks have more.
pub(in crate::sim::account) const FEW: usize = 1 << FIRST;
/// The power of two of half of the smallest blocks.
const FIRST: usize = 3;
/// Powers of two below the size of a tile, from that on.
const LEVELS: usize = TILE.ilog2() as usize - FIRST;

/// Sums over the returns of one tile.
pub(in crate::sim::account) struct RangeSums {
    /// For each level a row of the tile's bars.
    levels: Vec<ReturnSums>,
}

impl RangeSums {
    pub(in crate::sim::account) fn new() -> Self {
        Self { levels: vec![ReturnSums::default(); LEVELS * TILE] }
    }

    /// Moves on to the tile whose bars have these returns.
    pub(in crate::sim::account) fn extend(&mut self, bars: &[ReturnSums]) {
        for (level, row) in self.levels.chunks_exact_mut(TILE).enumerate() {
            let half = 1 << (FIRST + level);
            for (block, sums) in bars.chunks(2 * half).zip(row.chunks_mut(2 * half)) {
                // A block without a right half holds no stretch of this level.
                if block.len() <= half {
                    continue;
                }
                let mut sum = ReturnSums::default();
                for (bar, place) in block[..half].iter().zip(&mut sums[..half]).rev() {
                    sum.add(bar);
                    *place = sum;
                }
                let mut sum = ReturnSums::default();
                for (bar, place) in block[half..].iter().zip(&mut sums[half..]) {
                    sum.add(bar);
                    *place = sum;
                }
            }
        }
    }

    /// Adds the sums of the bars `from..to`, more than [`FEW`].
    #[inline]
    pub(in crate::sim::account) fn add_to(&self, sums: &mut ReturnSums, from: usize, to: usize) {
        let last = to - 1;
        let row = &self.levels[((from ^ last).ilog2() as usize - FIRST) * TILE..][..TILE];
        sums.add(&row[from]);
        sums.add(&row[last]);
    }
}
