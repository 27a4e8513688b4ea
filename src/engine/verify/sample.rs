//! Which of many values are looked at, when not all are.

use crate::cache::Key;

/// How many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
    /// A fraction, above 0 and up to 1.
    Part(f64),
    /// A number.
    Count(usize),
}

/// A sample that is the same for the same seed, whatever the order of the keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How many.
    pub share: Share,
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
        match self.share {
            Share::Part(fraction) => part(fraction).max(1),
            Share::Count(count) => count,
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
