//! Pieces of a tile: what of it is looked at, one bit for each.

use std::ops::Range;

use crate::tile::bitset::TILE;

/// Bars in a piece.
pub(super) const PIECE: usize = 16;

/// Pieces of a tile: as many as a word has bits.
pub(super) const PIECES: usize = TILE / PIECE;

/// The first so many pieces.
#[inline]
pub(super) fn all_before(pieces: usize) -> u64 {
    if pieces == 0 { 0 } else { u64::MAX >> (PIECES - pieces) }
}

/// The bars of pieces that follow each other, of a tile with so many bars.
#[inline]
pub(super) fn runs(mut pieces: u64, bars: usize) -> impl Iterator<Item = Range<usize>> {
    std::iter::from_fn(move || {
        (pieces != 0).then(|| {
            let from = pieces.trailing_zeros();
            // Added to the lowest bit of a run, the carry goes to the bit after it.
            let (rest, is_last) = pieces.overflowing_add(1 << from);
            let to = if is_last { 64 } else { rest.trailing_zeros() };
            pieces = if is_last { 0 } else { pieces & rest };
            from as usize * PIECE..(to as usize * PIECE).min(bars)
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TILE, runs};

    proptest! {
        #[test]
        fn runs_are_the_bars_of_the_pieces(pieces in any::<u64>(), is_dense in any::<bool>(), bars in 1..=TILE) {
            let pieces = if is_dense { pieces | pieces >> 1 | pieces << 1 } else { pieces };
            let pieces = pieces & (u64::MAX >> (64 - bars.div_ceil(16)));
            let found: Vec<_> = runs(pieces, bars).flatten().collect();
            let meant: Vec<_> = (0..bars).filter(|bar| pieces >> (bar / 16) & 1 == 1).collect();
            prop_assert_eq!(found, meant);
        }
    }
}
