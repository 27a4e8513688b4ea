//! Random numbers that are the same everywhere: no clock, no operating system, a seed and nothing else.
//!
//! Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators" (2014): `SplitMix64`, 64 bits of
//! state and full period; public-domain C by S. Vigna.

/// What the state grows by.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator of 64 bits.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// The next number in (0, 1].
    pub const fn uniform(&mut self) -> f64 {
        uniform(self.bits())
    }
}

/// A number in (0, 1] made of 64 random bits.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit into an f64")]
pub const fn uniform(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / 9_007_199_254_740_992.0
}

/// A number from 0 to `count - 1` made of 64 random bits.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the product shifted down is below count")]
pub const fn below(bits: u64, count: usize) -> usize {
    ((bits as u128 * count as u128) >> 64) as usize
}

/// The bits number `index` of a seed, counted from 0, without those before: `index` steps on, then one more.
#[must_use]
pub const fn bits_at(seed: u64, index: u64) -> u64 {
    mixed(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(STEP)))
}

/// `bits` so well mixed that their order is as good as drawn by lot; another seed gives another order.
#[must_use]
pub const fn shuffled(bits: u64, seed: u64) -> u64 {
    mixed(bits ^ seed.wrapping_mul(STEP))
}

const fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_seed_are_those_of_the_reference() {
        // The first three of Vigna's splitmix64.c with the seed 1234567.
        let reference = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        let mut random = Random::new(1_234_567);
        assert_eq!([(); 3].map(|()| random.bits()), reference);
        assert_eq!([0, 1, 2].map(|index| bits_at(1_234_567, index)), reference);
    }

    #[test]
    fn a_uniform_number_is_above_0_and_at_most_1() {
        let mut random = Random::new(7);
        assert!((0..10_000).map(|_| random.uniform()).all(|x| x > 0.0 && x <= 1.0));
    }
}
