//! Comparisons of whole tiles into bits, on the widest vectors that the processor has.
//!
//! The only file with unsafe code. Each path gives the same bits as [`Compare::holds`] value by value: comparing is
//! exact, so a vector cannot differ from a loop, and `cpu_paths_agree` tests that it does not. AVX-512 compares eight
//! values an instruction straight into a mask, AVX2 four with a mask to be moved; NEON has no such move, and what
//! LLVM makes of the portable loop there is as good.

use super::expr::Compare;
use crate::bits::Bits;

/// Which instructions compare: chosen once at the start, the same bits from all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// What every processor has.
    Portable,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512 F.
    Avx512,
}

impl Cpu {
    /// The widest that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        *Self::available().last().unwrap_or(&Self::Portable)
    }

    /// All that this processor has, narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = [
                (Self::Avx2, std::arch::is_x86_feature_detected!("avx2")),
                (Self::Avx512, std::arch::is_x86_feature_detected!("avx512f")),
            ];
            let has = wide.into_iter().filter_map(|(cpu, has)| has.then_some(cpu));
            std::iter::once(Self::Portable).chain(has).collect()
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![Self::Portable]
    }
}

/// One side of a comparison: a value for each bar, or one for all.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// One value for each bar.
    Series(&'a [f64]),
    /// The same at every bar.
    Number(f64),
}

/// Sets, for each bar, whether `left op right` holds; `bars` bars, the bits past them 0.
pub fn compare(cpu: Cpu, op: Compare, left: Side<'_>, right: Side<'_>, bars: usize, out: &mut Bits) {
    out.fill(0);
    let full = bars - bars % 64;
    let path = if available(cpu) { cpu } else { Cpu::Portable };
    for (word, start) in out.iter_mut().zip((0..full).step_by(64)) {
        let (left, right) = (left.slice(start, start + 64), right.slice(start, start + 64));
        *word = match path {
            Cpu::Portable => portable(op, left, right, 64),
            // SAFETY: `available` has just said that this processor has these instructions; both sides have 64 values.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "vector instructions chosen at run time")]
            Cpu::Avx2 => unsafe { x86::avx2(op, left, right) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "vector instructions chosen at run time")]
            Cpu::Avx512 => unsafe { x86::avx512(op, left, right) },
            #[cfg(not(target_arch = "x86_64"))]
            Cpu::Avx2 | Cpu::Avx512 => portable(op, left, right, 64),
        };
    }
    if full < bars {
        out[full / 64] = portable(op, left.slice(full, bars), right.slice(full, bars), bars - full);
    }
}

/// Whether the processor has what this path needs; std remembers the answer.
fn available(cpu: Cpu) -> bool {
    match cpu {
        Cpu::Portable => true,
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx512 => std::arch::is_x86_feature_detected!("avx512f"),
        #[cfg(not(target_arch = "x86_64"))]
        Cpu::Avx2 | Cpu::Avx512 => false,
    }
}

impl Side<'_> {
    fn slice(self, from: usize, to: usize) -> Self {
        match self {
            Self::Series(values) => Self::Series(&values[from..to]),
            number @ Self::Number(_) => number,
        }
    }

    fn at(self, bar: usize) -> f64 {
        match self {
            Self::Series(values) => values[bar],
            Self::Number(value) => value,
        }
    }
}

fn portable(op: Compare, left: Side<'_>, right: Side<'_>, bars: usize) -> u64 {
    (0..bars).rev().fold(0, |bits, bar| bits << 1 | u64::from(op.holds(left.at(bar), right.at(bar))))
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions chosen at run time")]
mod x86 {
    use std::arch::x86_64::{
        __m256d, __m512d, _CMP_EQ_OQ, _CMP_GE_OQ, _CMP_GT_OQ, _CMP_LE_OQ, _CMP_LT_OQ, _CMP_NEQ_OQ, _mm256_cmp_pd,
        _mm256_loadu_pd, _mm256_movemask_pd, _mm256_set1_pd, _mm512_cmp_pd_mask, _mm512_loadu_pd, _mm512_set1_pd,
    };

    use super::{Compare, Side};

    /// The ordered, quiet predicate of each comparison: false where an operand is not a number.
    macro_rules! with_predicate {
        ($op:expr, $word:ident, $left:expr, $right:expr) => {
            match $op {
                Compare::Less => $word::<_CMP_LT_OQ>($left, $right),
                Compare::LessEqual => $word::<_CMP_LE_OQ>($left, $right),
                Compare::Greater => $word::<_CMP_GT_OQ>($left, $right),
                Compare::GreaterEqual => $word::<_CMP_GE_OQ>($left, $right),
                Compare::Equal => $word::<_CMP_EQ_OQ>($left, $right),
                Compare::NotEqual => $word::<_CMP_NEQ_OQ>($left, $right),
            }
        };
    }

    /// # Safety
    /// The processor must have AVX-512 F; a series must have 64 values.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512(op: Compare, left: Side<'_>, right: Side<'_>) -> u64 {
        // SAFETY: the caller's promise is the same.
        unsafe { with_predicate!(op, word512, left, right) }
    }

    /// # Safety
    /// The processor must have AVX2; a series must have 64 values.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(op: Compare, left: Side<'_>, right: Side<'_>) -> u64 {
        // SAFETY: the caller's promise is the same.
        unsafe { with_predicate!(op, word256, left, right) }
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn word512<const OP: i32>(left: Side<'_>, right: Side<'_>) -> u64 {
        // SAFETY: `at` is at most 56, so eight values from there are within the 64.
        let load = |side: Side<'_>, at: usize| -> __m512d {
            match side {
                Side::Series(values) => unsafe { _mm512_loadu_pd(values.as_ptr().add(at)) },
                Side::Number(value) => _mm512_set1_pd(value),
            }
        };
        let mut word = 0;
        for at in (0..64).step_by(8) {
            word |= u64::from(_mm512_cmp_pd_mask::<OP>(load(left, at), load(right, at))) << at;
        }
        word
    }

    #[target_feature(enable = "avx2")]
    unsafe fn word256<const OP: i32>(left: Side<'_>, right: Side<'_>) -> u64 {
        // SAFETY: `at` is at most 60, so four values from there are within the 64.
        let load = |side: Side<'_>, at: usize| -> __m256d {
            match side {
                Side::Series(values) => unsafe { _mm256_loadu_pd(values.as_ptr().add(at)) },
                Side::Number(value) => _mm256_set1_pd(value),
            }
        };
        let mut word = 0;
        for at in (0..64).step_by(4) {
            let mask = _mm256_movemask_pd(_mm256_cmp_pd::<OP>(load(left, at), load(right, at)));
            word |= u64::from(mask.cast_unsigned()) << at;
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Compare, Cpu, Side, compare};
    use crate::bits::WORDS;

    const ALL: [Compare; 6] =
        [Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual, Compare::Equal, Compare::NotEqual];

    fn value() -> impl Strategy<Value = f64> {
        prop::sample::select(vec![0.0, -0.0, 1.0, 2.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324])
    }

    proptest! {
        #[test]
        fn cpu_paths_agree_with_comparing_value_by_value(
            pairs in prop::collection::vec((value(), value()), 1..300), number in value(),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let sides = [
                (Side::Series(&a), Side::Series(&b)), (Side::Series(&a), Side::Number(number)),
                (Side::Number(number), Side::Series(&b)),
            ];
            for (left, right) in sides {
                for op in ALL {
                    for cpu in [Cpu::Portable, Cpu::Avx2, Cpu::Avx512] {
                        let mut out = [u64::MAX; WORDS];
                        compare(cpu, op, left, right, a.len(), &mut out);
                        for bar in 0..WORDS * 64 {
                            let expected = bar < a.len() && op.holds(left.at(bar), right.at(bar));
                            prop_assert_eq!(out[bar / 64] >> (bar % 64) & 1 == 1, expected, "{:?} {:?} {}", cpu, op, bar);
                        }
                    }
                }
            }
        }
    }
}
