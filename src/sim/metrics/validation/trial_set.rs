//! Distinct trials, in a memory that does not grow with their number: all of them while they are few, and of more those
//! by which a `HyperLogLog` counts as if it had seen them all.
//!
//! The hash, the registers and the estimate are those of Redis, so that a store of ours counts as `PFADD` and `PFCOUNT` do, and
//! Redis need not be sent every trial.
//!
//! Sources: P. Flajolet et al., "`HyperLogLog`" (2007); O. Ertl, "New cardinality estimation algorithms for `HyperLogLog`
//! sketches" (2017), the estimate; A. Appleby's `MurmurHash64A`; Redis, `hyperloglog.c`.

use std::collections::HashSet;

use crate::metrics::formulas::float;

/// Trials up to which all are kept.
const EXACT: usize = 65_536;
/// Registers.
const REGISTERS: usize = 16_384;
/// Bits of a hash that say which register it belongs to, and those that are left.
const INDEX_BITS: u32 = 14;
const REST_BITS: u32 = 64 - INDEX_BITS;
/// Seed of the hash.
const SEED: u64 = 0xadc8_3b19;
/// The limit of Ertl's constant for many registers: 1 / (2 ln 2).
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// Trials, each once.
#[derive(Clone, Debug, Default)]
pub struct TrialSet {
    all: HashSet<u64>,
    /// For each register the longest run of zeros and the trial that has it, where there are too many to keep all.
    registers: Option<Vec<(u8, u64)>>,
}

impl TrialSet {
    /// Adds a trial by its number, which stands for all that tells it apart.
    pub fn push(&mut self, trial: u64) {
        if let Some(registers) = &mut self.registers {
            return register(registers, trial);
        }
        self.all.insert(trial);
        if self.all.len() > EXACT {
            self.give_up_most();
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.registers.is_none()
    }

    /// Adds the trials of another set.
    pub fn merge(&mut self, other: &Self) {
        if other.registers.is_some() && self.registers.is_none() {
            self.give_up_most();
        }
        for trial in other.kept() {
            self.push(trial);
        }
    }

    /// Number of trials: exact while all are kept, else within 1 %, two times of three.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.registers.as_ref().map_or(self.all.len() as u64, |registers| estimate(registers))
    }

    /// Trials by which a `HyperLogLog` counts as by all of them: of each register one that raises it highest.
    #[must_use]
    pub fn decisive(&self) -> Vec<u64> {
        let mut registers = vec![(0, 0); REGISTERS];
        for trial in self.kept() {
            register(&mut registers, trial);
        }
        registers.into_iter().filter(|(zeros, _)| *zeros > 0).map(|(_, trial)| trial).collect()
    }

    /// Its bytes: whether all are kept, and the trials that are, ascending.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut kept: Vec<u64> = self.kept().collect();
        kept.sort_unstable();
        let mut bytes = vec![u8::from(self.registers.is_none())];
        bytes.extend(kept.into_iter().flat_map(u64::to_le_bytes));
        bytes
    }

    /// From its bytes; none where they are another thing's.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (is_whole, kept) = bytes.split_first()?;
        let (words, rest) = kept.as_chunks::<8>();
        if *is_whole > 1 || !rest.is_empty() || words.len() > EXACT {
            return None;
        }
        let mut set = Self::default();
        for word in words {
            set.push(u64::from_le_bytes(*word));
        }
        if *is_whole == 0 {
            set.give_up_most();
        }
        Some(set)
    }

    fn kept(&self) -> impl Iterator<Item = u64> {
        let decisive = self.registers.iter().flatten().filter(|(zeros, _)| *zeros > 0).map(|(_, trial)| *trial);
        self.all.iter().copied().chain(decisive)
    }

    /// Keeps only those that a `HyperLogLog` needs.
    fn give_up_most(&mut self) {
        let mut registers = vec![(0, 0); REGISTERS];
        for trial in self.all.drain() {
            register(&mut registers, trial);
        }
        self.registers = Some(registers);
    }
}

/// About how many distinct trials these registers have seen.
fn estimate(registers: &[(u8, u64)]) -> u64 {
    let mut counts = [0_u64; REST_BITS as usize + 2];
    for (zeros, _) in registers {
        counts[usize::from(*zeros)] += 1;
    }
    let size = float(REGISTERS as u64);
    let last = REST_BITS as usize + 1;
    let mut sum = size * tau((size - float(counts[last])) / size);
    for count in counts[1..last].iter().rev() {
        sum = (sum + float(*count)) * 0.5;
    }
    sum += size * sigma(float(counts[0]) / size);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let estimate = (ALPHA * size * size / sum).round() as u64;
    estimate
}

fn register(registers: &mut [(u8, u64)], trial: u64) {
    let hash = hash(trial);
    #[expect(clippy::cast_possible_truncation, reason = "14 bits")]
    let place = (hash % REGISTERS as u64) as usize;
    let rest = (hash >> INDEX_BITS) | (1 << REST_BITS);
    #[expect(clippy::cast_possible_truncation, reason = "at most 51")]
    let zeros = (rest.trailing_zeros() + 1) as u8;
    if zeros > registers[place].0 {
        registers[place] = (zeros, trial);
    }
}

/// `MurmurHash64A` of the eight bytes of a number, the lowest first.
const fn hash(trial: u64) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    let mut hash = SEED ^ 8_u64.wrapping_mul(FACTOR);
    let mut word = trial.wrapping_mul(FACTOR);
    word ^= word >> 47;
    hash = (hash ^ word.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    hash ^= hash >> 47;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 47)
}

fn sigma(x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut sum) = (x, 1.0, x);
    loop {
        x *= x;
        let next = sum + x * y;
        y += y;
        if next <= sum {
            return sum;
        }
        sum = next;
    }
}

fn tau(x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut sum) = (x, 1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        y *= 0.5;
        let next = sum - (1.0 - x) * (1.0 - x) * y;
        if next >= sum {
            return sum / 3.0;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::bits_at;

    fn set(from: u64, to: u64) -> TrialSet {
        let mut set = TrialSet::default();
        (from..to).for_each(|at| set.push(bits_at(5, at)));
        set
    }

    fn is_near(count: u64, wanted: u64) -> bool {
        (float(count) / float(wanted) - 1.0).abs() < 0.025
    }

    #[test]
    fn few_trials_are_all_kept_and_each_counts_once() {
        let mut few = set(0, 1_000);
        few.merge(&set(500, 1_500));
        assert_eq!(few.count(), 1_500);
    }

    #[test]
    fn many_trials_are_counted_within_two_percent_in_a_memory_that_does_not_grow() {
        let many = set(0, 300_000);
        assert!(is_near(many.count(), 300_000), "{}", many.count());
        assert!(many.to_bytes().len() <= 1 + 8 * REGISTERS);
    }

    #[test]
    fn what_two_sets_have_in_common_counts_once() {
        for (from, to) in [(30_000, 90_000), (30_000, 200_000)] {
            let mut both = set(0, 60_000);
            both.merge(&set(from, to));
            assert!(is_near(both.count(), to), "{} of {to}", both.count());
            let mut other = set(from, to);
            other.merge(&set(0, 60_000));
            assert_eq!(other.count(), both.count());
        }
    }

    #[test]
    fn the_decisive_trials_count_like_all_of_them() {
        let mut all = set(0, 50_000);
        let mut decisive = TrialSet::default();
        for trial in all.decisive() {
            decisive.push(trial);
        }
        assert!(decisive.all.len() <= REGISTERS);
        all.give_up_most();
        decisive.give_up_most();
        assert_eq!(decisive.count(), all.count());
    }

    #[test]
    fn a_set_comes_back_from_its_bytes_and_other_bytes_are_none() {
        for set in [set(0, 0), set(0, 100), set(0, 100_000)] {
            let back = TrialSet::from_bytes(&set.to_bytes()).unwrap();
            assert_eq!((back.count(), back.to_bytes()), (set.count(), set.to_bytes()));
        }
        for bytes in [&[][..], &[2], &[1, 0, 0], &[7; 9]] {
            assert!(TrialSet::from_bytes(bytes).is_none());
        }
    }
}
