//! Names the content of candles, so that a cached result belongs to what was computed and not to a file's name.

use std::borrow::Cow;
use std::ops::Range;

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use bytemuck::NoUninit;

use super::parallel::side_by_side;
use crate::pool::Pool;
use crate::sim::{Candles, Field, TILE};

/// Values that are hashed at a time, 1 MiB of them: a whole subtree of blake3's, whose hash does not depend on what
/// stands before it but for its place.
pub(super) const BLOCK: usize = 1 << 17;
/// The time and five values of each bar.
pub(super) const COLUMNS: usize = 1 + Field::ALL.len();

/// blake3 over the digests of the columns time, open, high, low, close, volume, and the number of bars. The digest of
/// a column is blake3 over its values, each as 8 bytes, little-endian (floats by their bits). Two files of different
/// formats with the same candles have the same digest.
///
/// # Panics
/// When `bars` reaches past the last bar.
#[must_use]
pub fn digest(candles: &Candles, bars: Range<usize>) -> [u8; 32] {
    digest_in(&Pool::new(1), candles, bars)
}

/// The same on all threads of a pool.
pub(super) fn digest_in(pool: &Pool, candles: &Candles, bars: Range<usize>) -> [u8; 32] {
    let count = bars.len();
    if count <= BLOCK {
        let mut hasher = Hasher::new();
        hasher.update(blake3::hash(&bytes(&candles.time[bars.clone()])).as_bytes());
        for field in Field::ALL {
            hasher.update(blake3::hash(&bytes(&candles.column(field)[bars.clone()])).as_bytes());
        }
        return named(hasher, count);
    }
    let blocks = count.div_ceil(BLOCK);
    let one = |at: usize| {
        let (column, block) = (at / blocks, at % blocks);
        let rows = bars.start + block * BLOCK..bars.end.min(bars.start + (block + 1) * BLOCK);
        match column.checked_sub(1) {
            None => block_value(&candles.time[rows], block),
            Some(field) => block_value(&candles.column(Field::ALL[field])[rows], block),
        }
    };
    let values = side_by_side(pool, true, COLUMNS * blocks, one);
    digest_of_blocks(values.chunks_exact(blocks), count)
}

/// Digests of all candles before each of these bars, which begin tiles and ascend: none at all is 0, and each tile more gives
/// blake3 over the digest before it and its own.
pub(super) fn chained_digests(candles: &Candles, borders: &[usize]) -> Vec<[u8; 32]> {
    let tiles = borders.last().map_or(0, |last| last / TILE);
    let pool = Pool::of_machine();
    let one = |tile: usize| digest(candles, tile * TILE..(tile + 1) * TILE);
    let digests = side_by_side(&pool, tiles * TILE >= BLOCK, tiles, one);
    let (mut chain, mut done) = ([0; 32], 0);
    let mut before = |border: &usize| {
        for digest in &digests[done..border / TILE] {
            chain = *Hasher::new().update(&chain).update(digest).finalize().as_bytes();
        }
        done = border / TILE;
        chain
    };
    borders.iter().map(&mut before).collect()
}

/// In hexadecimal digits, as written into files.
pub(super) fn hex(digest: [u8; 32]) -> String {
    blake3::Hash::from(digest).to_hex().to_string()
}

/// The part of one block of a column in its digest. The column has more than one, of which all but the last have
/// [`BLOCK`] values.
pub(super) fn block_value<T: NoUninit>(values: &[T], block: usize) -> ChainingValue {
    let mut hasher = Hasher::new();
    hasher.set_input_offset((block * BLOCK * size_of::<T>()) as u64);
    hasher.update(&bytes(values)).finalize_non_root()
}

/// The digest of candles from the [`block_value`]s of each of their [`COLUMNS`].
pub(super) fn digest_of_blocks<'a>(columns: impl Iterator<Item = &'a [ChainingValue]>, bars: usize) -> [u8; 32] {
    let mut hasher = Hasher::new();
    for column in columns {
        let (left, right) = column.split_at(left_blocks(column));
        hasher.update(merge_subtrees_root(&subtree(left), &subtree(right), Mode::Hash).as_bytes());
    }
    named(hasher, bars)
}

fn named(mut columns: Hasher, bars: usize) -> [u8; 32] {
    *columns.update(&(bars as u64).to_le_bytes()).finalize().as_bytes()
}

fn subtree(blocks: &[ChainingValue]) -> ChainingValue {
    if let [block] = blocks {
        return *block;
    }
    let (left, right) = blocks.split_at(left_blocks(blocks));
    merge_subtrees_non_root(&subtree(left), &subtree(right), Mode::Hash)
}

/// The left part of a tree is the largest power of two that is smaller than the whole.
fn left_blocks(blocks: &[ChainingValue]) -> usize {
    blocks.len().next_power_of_two() / 2
}

/// Values of 8 bytes as they are hashed.
#[cfg(target_endian = "little")]
fn bytes<T: NoUninit>(values: &[T]) -> Cow<'_, [u8]> {
    Cow::Borrowed(bytemuck::cast_slice(values))
}

#[cfg(target_endian = "big")]
fn bytes<T: NoUninit>(values: &[T]) -> Cow<'_, [u8]> {
    let mut bytes = bytemuck::cast_slice(values).to_vec();
    bytes.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candles(bars: u32) -> Candles {
        let column = |add: f64| (0..bars).map(|i| f64::from(i) + add).collect::<Vec<_>>();
        Candles {
            time: (0..i64::from(bars)).collect(),
            open: column(1.0),
            high: column(2.0),
            low: column(0.5),
            close: column(1.5),
            volume: column(7.0),
        }
    }

    #[test]
    fn the_digest_of_a_range_is_that_of_the_same_bars_alone() {
        let all = candles(3000);
        assert_eq!(digest(&all, 100..2900), digest(&all.slice(100..2900), 0..2800));
        assert_ne!(digest(&all, 100..2900), digest(&all, 100..2899));
    }

    #[test]
    fn every_value_of_every_column_is_in_the_digest() {
        let before = digest(&candles(3), 0..3);
        let changes: [fn(&mut Candles); 6] = [
            |c| c.time[2] += 1,
            |c| c.open[0] = -0.0,
            |c| c.high[1] = 9.0,
            |c| c.low[2] = 9.0,
            |c| c.close[0] = 9.0,
            |c| c.volume[1] = 9.0,
        ];
        for change in changes {
            let mut other = candles(3);
            change(&mut other);
            assert_ne!(digest(&other, 0..3), before);
        }
    }

    #[test]
    fn long_columns_have_the_digest_that_one_hash_over_them_gives() {
        for bars in [BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 5, 3 * BLOCK, 4 * BLOCK + 131] {
            let all = candles(u32::try_from(bars).unwrap());
            let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
            let mut hasher = blake3::Hasher::new();
            let times: Vec<u8> = all.time.iter().flat_map(|time| time.to_le_bytes()).collect();
            hasher.update(blake3::hash(&times).as_bytes());
            for field in Field::ALL {
                hasher.update(blake3::hash(&bytes(all.column(field))).as_bytes());
            }
            hasher.update(&(all.len() as u64).to_le_bytes());
            let expected = *hasher.finalize().as_bytes();
            assert_eq!(digest(&all, 0..bars), expected, "{bars}");
            assert_eq!(digest_in(&Pool::new(2), &all, 0..bars), expected, "{bars}");
        }
    }

    #[test]
    fn a_long_range_has_the_digest_of_the_same_bars_alone() {
        let all = candles(u32::try_from(3 * BLOCK).unwrap());
        let bars = 77..2 * BLOCK + 99;
        assert_eq!(digest(&all, bars.clone()), digest(&all.slice(bars.clone()), 0..bars.len()));
    }

    #[test]
    fn the_digest_is_the_same_on_every_machine_and_in_every_version() {
        let hex = blake3::Hash::from(digest(&candles(2), 0..2)).to_hex();
        assert_eq!(hex.as_str(), "29f4b6cfd916ea12e6cbeb0c7a90570bef689128403e7d073823b1add31003d4");
    }

    #[test]
    fn a_chained_digest_stands_for_all_candles_before_its_border_and_for_none_behind_it() {
        let all = candles(5 * u32::try_from(TILE).unwrap() + 3);
        let borders = [0, TILE, 3 * TILE, 5 * TILE];
        let chained = chained_digests(&all, &borders);
        assert_eq!(chained[0], [0; 32]);
        // Whichever other borders are asked for, and however the file goes on.
        assert_eq!(chained_digests(&all.slice(0..3 * TILE), &[2 * TILE, 3 * TILE])[1], chained[2]);
        for (bar, differs) in
            [(0, [false, true, true, true]), (TILE, [false, false, true, true]), (5 * TILE, [false; 4])]
        {
            let mut other = all.clone();
            other.volume[bar] += 1.0;
            let found = chained_digests(&other, &borders);
            assert_eq!(std::array::from_fn(|at| found[at] != chained[at]), differs, "bar {bar}");
        }
    }
}
