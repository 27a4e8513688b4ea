//! Names the content of candles, so that a cached result belongs to what was computed and not to a file's name.

use std::ops::Range;

use crate::model::{Candles, Field};

/// Values handed to blake3 at once: 64 KiB, so that it hashes many of its 1 KiB chunks side by side. The buffer runs
/// on over the ends of columns, for it can do so only while what it is given starts at a chunk.
const VALUES: usize = 8192;

/// blake3 over the columns time, open, high, low, close, volume, each value as 8 bytes, little-endian (floats by
/// their bits), and then the number of bars. Two files of different formats with the same candles have the same
/// digest.
///
/// # Panics
/// When `bars` reaches past the last bar.
#[must_use]
pub fn digest(candles: &Candles, bars: Range<usize>) -> [u8; 32] {
    let mut feeder = Feeder { hasher: blake3::Hasher::new(), buffer: vec![[0; 8]; VALUES], filled: 0 };
    feeder.feed(&candles.time[bars.clone()], i64::to_le_bytes);
    for field in Field::ALL {
        feeder.feed(&candles.column(field)[bars.clone()], f64::to_le_bytes);
    }
    feeder.feed(&[bars.len() as u64], u64::to_le_bytes);
    feeder.flush();
    *feeder.hasher.finalize().as_bytes()
}

struct Feeder {
    hasher: blake3::Hasher,
    buffer: Vec<[u8; 8]>,
    filled: usize,
}

impl Feeder {
    fn feed<T: Copy>(&mut self, mut column: &[T], bytes: impl Fn(T) -> [u8; 8]) {
        while !column.is_empty() {
            let room = &mut self.buffer[self.filled..];
            let (now, later) = column.split_at(room.len().min(column.len()));
            for (slot, value) in room.iter_mut().zip(now) {
                *slot = bytes(*value);
            }
            self.filled += now.len();
            column = later;
            if self.filled == VALUES {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        self.hasher.update(self.buffer[..self.filled].as_flattened());
        self.filled = 0;
    }
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
    fn the_digest_is_the_same_on_every_machine_and_in_every_version() {
        let hex = blake3::Hash::from(digest(&candles(2), 0..2)).to_hex();
        assert_eq!(hex.as_str(), "42ed9e07822ee13a8b9b42fc9eb2af04946193546924cbc82218c1a894088533");
    }
}
