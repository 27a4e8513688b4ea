//! Which of many values are looked at, when not all are.

use crate::cache::Key;

/// How many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleSize {
    /// A fraction, above 0 and up to 1.
    Part(f64),
    /// A number.
    Count(usize),
}

/// A sample that is the same for the same seed, whatever the order of the keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How many.
    pub size: SampleSize,
    /// Another seed draws others.
    pub seed: u64,
}

impl Sample {
    /// The drawn ones of these, in their order; at least one where there is one.
    #[must_use]
    pub fn draw<T>(&self, all: Vec<T>, key: impl Fn(&T) -> Key) -> Vec<T> {
        let count = self.count(all.len());
        if count >= all.len() {
            return all;
        }
        let mut places: Vec<u64> = all.iter().map(|one| self.place(&key(one))).collect();
        places.sort_unstable();
        let limit = places[count];
        all.into_iter().filter(|one| self.place(&key(one)) < limit).collect()
    }

    /// How many of so many.
    #[must_use]
    pub fn count(&self, all: usize) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is a count"
        )]
        let part = |part: f64| (all as f64 * part).ceil() as usize;
        match self.size {
            SampleSize::Part(fraction) => part(fraction).max(1),
            SampleSize::Count(count) => count,
        }
    }

    /// Keys are digests: mixed with the seed, their order is as good as drawn by lot (the finalizer of `SplitMix64`).
    fn place(&self, key: &Key) -> u64 {
        let bytes = key.0.first_chunk::<8>().copied().unwrap_or_default();
        let mut mixed = u64::from_le_bytes(bytes) ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        Key(key)
    }

    fn drawn(size: SampleSize, seed: u64, all: u64) -> Vec<u64> {
        Sample { size, seed }.draw((0..all).collect(), |n| key(*n))
    }

    #[test]
    fn a_sample_has_its_size_and_is_the_same_for_the_same_seed() {
        assert_eq!(drawn(SampleSize::Part(0.05), 1, 1_000).len(), 50);
        assert_eq!(drawn(SampleSize::Part(0.0001), 1, 1_000).len(), 1, "something is looked at");
        assert_eq!(drawn(SampleSize::Part(1.0), 1, 1_000).len(), 1_000);
        assert_eq!(drawn(SampleSize::Count(7), 1, 1_000).len(), 7);
        assert_eq!(drawn(SampleSize::Count(7), 1, 3), [0, 1, 2]);
        assert!(drawn(SampleSize::Part(0.5), 1, 0).is_empty());
        assert_eq!(drawn(SampleSize::Count(7), 1, 1_000), drawn(SampleSize::Count(7), 1, 1_000));
        assert_ne!(drawn(SampleSize::Count(7), 1, 1_000), drawn(SampleSize::Count(7), 2, 1_000));
    }

    #[test]
    fn samples_of_other_seeds_reach_everything_in_time() {
        let mut seen: Vec<u64> = (0..200).flat_map(|seed| drawn(SampleSize::Part(0.05), seed, 100)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}
