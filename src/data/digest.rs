//! Names the content of candles, so that a cached result belongs to what was computed and not to a file's name.

use std::ops::Range;

use super::parallel::side_by_side;
use crate::sim::model::{Candles, Field};

/// From so many bars on, the columns are hashed side by side.
const LONG: usize = 1 << 17;

/// blake3 over the digests of the columns time, open, high, low, close, volume, and the number of bars. The digest of
/// a column is blake3 over its values, each as 8 bytes, little-endian (floats by their bits). Two files of different
/// formats with the same candles have the same digest.
///
/// Each column has its own, so that long ones can be hashed at the same time.
///
/// # Panics
/// When `bars` reaches past the last bar.
#[must_use]
pub fn digest(candles: &Candles, bars: Range<usize>) -> [u8; 32] {
    let columns = side_by_side(bars.len() >= LONG, 1 + Field::ALL.len(), |at| match at.checked_sub(1) {
        None => column(&candles.time[bars.clone()], i64::to_le_bytes),
        Some(at) => column(&candles.column(Field::ALL[at])[bars.clone()], f64::to_le_bytes),
    });
    let mut hasher = blake3::Hasher::new();
    for column in columns {
        hasher.update(column.as_bytes());
    }
    hasher.update(&(bars.len() as u64).to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// The values are handed on in pieces of 64 KiB, so that many of blake3's chunks of 1 KiB are hashed at once.
fn column<T: Copy>(values: &[T], bytes: impl Fn(T) -> [u8; 8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![[0; 8]; 8192.min(values.len())];
    for values in values.chunks(buffer.len().max(1)) {
        for (slot, value) in buffer.iter_mut().zip(values) {
            *slot = bytes(*value);
        }
        hasher.update(buffer[..values.len()].as_flattened());
    }
    hasher.finalize()
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
    fn columns_that_are_hashed_side_by_side_give_the_same_digest() {
        let all = candles(u32::try_from(LONG).unwrap() + 5);
        let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
        let mut hasher = blake3::Hasher::new();
        let times: Vec<u8> = all.time.iter().flat_map(|time| time.to_le_bytes()).collect();
        hasher.update(blake3::hash(&times).as_bytes());
        for field in Field::ALL {
            hasher.update(blake3::hash(&bytes(all.column(field))).as_bytes());
        }
        hasher.update(&(all.len() as u64).to_le_bytes());
        assert_eq!(digest(&all, 0..all.len()), *hasher.finalize().as_bytes());
    }

    #[test]
    fn the_digest_is_the_same_on_every_machine_and_in_every_version() {
        let hex = blake3::Hash::from(digest(&candles(2), 0..2)).to_hex();
        assert_eq!(hex.as_str(), "29f4b6cfd916ea12e6cbeb0c7a90570bef689128403e7d073823b1add31003d4");
    }
}
