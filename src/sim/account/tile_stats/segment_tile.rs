//! Sums of a tile's returns from each border on and up to each border, which all accounts that hold through one share.

use super::ReturnSums;
use crate::sim::bitset::TILE;

/// Sums over the returns of one tile, by segments. A segment that goes on through a tile has the whole tile as its part.
pub(in crate::sim::account) struct SegmentTile {
    /// Bars of the whole range at which a segment begins, sorted.
    borders: Vec<usize>,
    /// For each bar, the sums from the beginning of its segment, or of the tile, up to it.
    up_to: Box<[ReturnSums; TILE]>,
    /// For each bar, the sums from it to the end of its segment, or of the tile.
    onward: Box<[ReturnSums; TILE]>,
}

impl SegmentTile {
    #[expect(clippy::large_stack_arrays, reason = "64 KB for a moment, once for each asset")]
    pub(in crate::sim::account) fn new(borders: &[usize]) -> Self {
        let empty = [ReturnSums::default(); TILE];
        Self { borders: borders.to_vec(), up_to: Box::new(empty), onward: Box::new(empty) }
    }

    /// Moves on to the tile that begins at `first` and whose bars have these returns.
    pub(in crate::sim::account) fn extend(&mut self, first: usize, bars: &[ReturnSums]) {
        let inside = self.borders.iter().filter(|&&border| border > first && border < first + bars.len());
        let mut from = 0;
        for end in inside.map(|border| border - first).chain([bars.len()]) {
            let mut sums = ReturnSums::default();
            for (bar, place) in bars[from..end].iter().zip(&mut self.up_to[from..end]) {
                sums.add(bar);
                *place = sums;
            }
            let mut sums = ReturnSums::default();
            for (bar, place) in bars[from..end].iter().zip(&mut self.onward[from..end]).rev() {
                sums.add(bar);
                *place = sums;
            }
            from = end;
        }
    }

    /// Sums from the beginning of the segment's part of the tile up to the bar before `to`.
    pub(in crate::sim::account) fn up_to(&self, to: usize) -> &ReturnSums {
        &self.up_to[to - 1]
    }

    /// Sums from this bar to the end of the segment's part of the tile.
    pub(in crate::sim::account) fn onward(&self, from: usize) -> &ReturnSums {
        &self.onward[from]
    }
}
