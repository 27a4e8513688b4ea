//! Comparisons of whole tiles into bits, on the widest vectors that the processor has.
//!
//! Each path gives the same bits as [`Compare::holds`] value by value: comparing is
//! exact, so a vector cannot differ from a loop, and `cpu_paths_agree` tests that it does not. AVX-512 compares eight
//! values an instruction straight into a mask, AVX2 four with a mask to be moved; NEON has no such move: there LLVM
//! makes vectors of the portable loop.

use super::compare::{Compare, Right};
use super::cpu::Cpu;
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::sim::tile::bitset::{Bits, TILE};

/// Sets, for each bar of `left`, whether `left op right` holds; the bits past its last bar are 0.
///
/// # Panics
/// When the sides differ in length, or are longer than a tile.
pub fn compare(cpu: Cpu, op: Compare, left: &[f64], right: Right<'_>, out: &mut Bits) {
    [*out] = compare_all(cpu, [op], left, right);
}

/// How two series stand to each other at each bar: what all six comparisons follow from.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    at_most: Bits,
    at_least: Bits,
}

impl Relation {
    /// The bits of one comparison.
    #[must_use]
    pub fn bits(&self, op: Compare) -> Bits {
        // Neither holds where a value is undefined, so nothing that follows from them does.
        let of = |f: fn(u64, u64) -> u64| std::array::from_fn(|w| f(self.at_most[w], self.at_least[w]));
        match op {
            Compare::LessEqual => self.at_most,
            Compare::GreaterEqual => self.at_least,
            Compare::Less => of(|most, least| most & !least),
            Compare::Greater => of(|most, least| least & !most),
            Compare::Equal => of(|most, least| most & least),
            Compare::NotEqual => of(|most, least| most ^ least),
        }
    }
}

/// As [`compare`] for all six at once: two comparisons tell, and each value is read once.
///
/// # Panics
/// As [`compare`].
#[must_use]
pub fn relation(cpu: Cpu, left: &[f64], right: Right<'_>) -> Relation {
    let [at_most, at_least] = compare_all(cpu, [Compare::LessEqual, Compare::GreaterEqual], left, right);
    Relation { at_most, at_least }
}

/// The bits of several comparisons of the same values.
fn compare_all<const N: usize>(cpu: Cpu, ops: [Compare; N], left: &[f64], right: Right<'_>) -> [Bits; N] {
    if let Right::Series(right) = right {
        assert_eq!(left.len(), right.len());
    }
    let mut bytes = [[0_u8; TILE / 8]; N];
    let done = vectors(cpu, ops, left, right, &mut bytes);
    let mut bits = bytes.map(|bytes| {
        let word = |w: usize| std::array::from_fn(|byte| bytes[w * 8 + byte]);
        std::array::from_fn(|w| u64::from_le_bytes(word(w)))
    });
    for (bits, op) in bits.iter_mut().zip(ops) {
        for (bar, &value) in left.iter().enumerate().skip(done) {
            bits[bar / 64] |= u64::from(op.holds(value, right.at(bar))) << (bar % 64);
        }
    }
    bits
}

/// Compares whole bytes of bits, on the vectors that were asked for where the processor has them; gives the number of
/// bars done.
fn vectors<const N: usize>(
    cpu: Cpu,
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    bytes: &mut [[u8; TILE / 8]; N],
) -> usize {
    let left = &left[..left.len() - left.len() % 8];
    #[cfg(target_arch = "x86_64")]
    let done = match cpu {
        Cpu::Portable => false,
        Cpu::Avx2 => x86::on_avx2(ops, left, right, bytes),
        Cpu::Avx512 => x86::on_avx512(ops, left, right, bytes),
    };
    #[cfg(not(target_arch = "x86_64"))]
    let (done, _) = (false, cpu);
    if !done {
        portable(ops, left, right, bytes);
    }
    left.len()
}

/// Eight comparisons a byte, in a form that LLVM turns into whatever vectors the target always has.
fn portable<const N: usize>(ops: [Compare; N], left: &[f64], right: Right<'_>, bytes: &mut [[u8; TILE / 8]; N]) {
    for (bytes, op) in bytes.iter_mut().zip(ops) {
        // One plain loop for each comparison.
        match op {
            Compare::Less => fill(left, right, bytes, |a, b| a < b),
            Compare::LessEqual => fill(left, right, bytes, |a, b| a <= b),
            Compare::Greater => fill(left, right, bytes, |a, b| a > b),
            Compare::GreaterEqual => fill(left, right, bytes, |a, b| a >= b),
            Compare::Equal => fill(left, right, bytes, |a, b| Compare::Equal.holds(a, b)),
            Compare::NotEqual => fill(left, right, bytes, |a, b| Compare::NotEqual.holds(a, b)),
        }
    }
}

fn fill(left: &[f64], right: Right<'_>, bytes: &mut [u8], holds: impl Fn(f64, f64) -> bool) {
    match right {
        Right::Series(right) => {
            for ((out, a), b) in bytes.iter_mut().zip(left.chunks_exact(8)).zip(right.chunks_exact(8)) {
                *out = (0..8).fold(0, |byte, bit| byte | u8::from(holds(a[bit], b[bit])) << bit);
            }
        }
        Right::Number(b) => {
            for (out, a) in bytes.iter_mut().zip(left.chunks_exact(8)) {
                *out = (0..8).fold(0, |byte, bit| byte | u8::from(holds(a[bit], b)) << bit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Compare, Cpu, Right, compare, relation};
    use crate::sim::tile::bitset::{Bits, WORDS, is_set};

    const ALL: [Compare; 6] =
        [Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual, Compare::Equal, Compare::NotEqual];

    fn value() -> impl Strategy<Value = f64> {
        prop::sample::select(vec![0.0, -0.0, 1.0, 2.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324])
    }

    fn agrees(bits: &Bits, op: Compare, left: &[f64], right: Right<'_>) -> bool {
        (0..WORDS * 64).all(|bar| is_set(bits, bar) == (bar < left.len() && op.holds(left[bar], right.at(bar))))
    }

    proptest! {
        #[test]
        fn cpu_paths_agree_with_comparing_value_by_value(
            pairs in prop::collection::vec((value(), value()), 1..300), number in value(),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            for right in [Right::Series(&b), Right::Number(number)] {
                for cpu in [Cpu::Portable, Cpu::Avx2, Cpu::Avx512] {
                    for op in ALL {
                        let mut out = [u64::MAX; WORDS];
                        compare(cpu, op, &a, right, &mut out);
                        prop_assert!(agrees(&out, op, &a, right), "{:?} {:?}", cpu, op);
                    }
                    let relation = relation(cpu, &a, right);
                    for op in ALL {
                        prop_assert!(agrees(&relation.bits(op), op, &a, right), "{:?} {:?} of a relation", cpu, op);
                    }
                }
            }
        }
    }
}
