//! The vectors of x86-64. The only file with unsafe code: loads of eight values from slices of eight, calls of
//! functions that need instructions, each behind the question whether the processor has them, and what all processors of
//! x86-64 have.
#![expect(unsafe_code, reason = "vector instructions chosen at run time")]

use std::arch::x86_64::{
    _CMP_EQ_OQ, _CMP_GE_OQ, _CMP_GT_OQ, _CMP_LE_OQ, _CMP_LT_OQ, _CMP_NEQ_OQ, _mm_unpackhi_epi8, _mm_unpacklo_epi8,
    _mm256_cmp_pd, _mm256_loadu_pd, _mm256_movemask_pd, _mm256_set1_pd, _mm512_cmp_pd_mask, _mm512_loadu_pd,
    _mm512_set1_pd,
};

use super::compare::{Compare, Right};
use crate::sim::tile::bitset::TILE;

/// Does the work on AVX-512 F where the processor has it, else as it can.
pub(super) fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    #[target_feature(enable = "avx512f")]
    fn wide<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    if std::arch::is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { wide(work) }
    } else {
        work()
    }
}

/// Does the work on AVX2 where the processor has it, else as it can.
pub(super) fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    #[target_feature(enable = "avx2")]
    fn wide<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { wide(work) }
    } else {
        work()
    }
}

/// Byte by byte of both in turn: of their first halves, and of their second ones.
#[inline]
pub(super) fn interleaved(a: [u8; 16], b: [u8; 16]) -> [[u8; 16]; 2] {
    let (a, b) = (bytemuck::cast(a), bytemuck::cast(b));
    // SAFETY: every processor of x86-64 has SSE2.
    unsafe { [bytemuck::cast(_mm_unpacklo_epi8(a, b)), bytemuck::cast(_mm_unpackhi_epi8(a, b))] }
}

/// Compares on AVX-512 F and says whether it did; the length of `left` is a multiple of eight.
pub(super) fn on_avx512<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    bytes: &mut [[u8; TILE / 8]; N],
) -> bool {
    let has = std::arch::is_x86_feature_detected!("avx512f");
    if has {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { avx512(ops, left, right, bytes) };
    }
    has
}

/// Compares on AVX2 and says whether it did; the length of `left` is a multiple of eight.
pub(super) fn on_avx2<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    bytes: &mut [[u8; TILE / 8]; N],
) -> bool {
    let has = std::arch::is_x86_feature_detected!("avx2");
    if has {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { avx2(ops, left, right, bytes) };
    }
    has
}

/// One loop for each set of comparisons that is used, with the ordered, quiet predicates: false where an operand
/// is not a number.
macro_rules! per_predicate {
    ($each:ident, $ops:expr, $left:expr, $right:expr, $bytes:expr) => {
        for (bytes, op) in $bytes.iter_mut().zip($ops) {
            match op {
                Compare::Less => $each::<_CMP_LT_OQ>($left, $right, bytes),
                Compare::LessEqual => $each::<_CMP_LE_OQ>($left, $right, bytes),
                Compare::Greater => $each::<_CMP_GT_OQ>($left, $right, bytes),
                Compare::GreaterEqual => $each::<_CMP_GE_OQ>($left, $right, bytes),
                Compare::Equal => $each::<_CMP_EQ_OQ>($left, $right, bytes),
                Compare::NotEqual => $each::<_CMP_NEQ_OQ>($left, $right, bytes),
            }
        }
    };
}

/// # Safety
/// The processor must have AVX-512 F.
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const N: usize>(ops: [Compare; N], left: &[f64], right: Right<'_>, bytes: &mut [[u8; TILE / 8]; N]) {
    if let (Right::Series(right), [Compare::LessEqual, Compare::GreaterEqual]) = (right, ops.as_slice()) {
        let [at_most, at_least] = bytes.as_mut_slice() else { return };
        let all = at_most.iter_mut().zip(at_least.iter_mut());
        for ((a, b), (at_most, at_least)) in left.chunks_exact(8).zip(right.chunks_exact(8)).zip(all) {
            // SAFETY: each chunk has eight values.
            let (a, b) = unsafe { (_mm512_loadu_pd(a.as_ptr()), _mm512_loadu_pd(b.as_ptr())) };
            *at_most = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b);
            *at_least = _mm512_cmp_pd_mask::<_CMP_GE_OQ>(a, b);
        }
        return;
    }
    per_predicate!(each512, ops, left, right, bytes);
}

#[target_feature(enable = "avx512f")]
fn each512<const OP: i32>(left: &[f64], right: Right<'_>, bytes: &mut [u8]) {
    match right {
        Right::Series(right) => {
            for ((a, b), byte) in left.chunks_exact(8).zip(right.chunks_exact(8)).zip(bytes) {
                // SAFETY: each chunk has eight values.
                let (a, b) = unsafe { (_mm512_loadu_pd(a.as_ptr()), _mm512_loadu_pd(b.as_ptr())) };
                *byte = _mm512_cmp_pd_mask::<OP>(a, b);
            }
        }
        Right::Number(number) => {
            let b = _mm512_set1_pd(number);
            for (a, byte) in left.chunks_exact(8).zip(bytes) {
                // SAFETY: each chunk has eight values.
                let a = unsafe { _mm512_loadu_pd(a.as_ptr()) };
                *byte = _mm512_cmp_pd_mask::<OP>(a, b);
            }
        }
    }
}

/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn avx2<const N: usize>(ops: [Compare; N], left: &[f64], right: Right<'_>, bytes: &mut [[u8; TILE / 8]; N]) {
    per_predicate!(each256, ops, left, right, bytes);
}

#[target_feature(enable = "avx2")]
fn each256<const OP: i32>(left: &[f64], right: Right<'_>, bytes: &mut [u8]) {
    // SAFETY: called with chunks of eight values only.
    let half = |values: &[f64], at: usize| unsafe { _mm256_loadu_pd(values.as_ptr().add(at)) };
    let bits = |low: i32, high: i32| u8::try_from(low | high << 4).unwrap_or_default();
    match right {
        Right::Series(right) => {
            for ((a, b), byte) in left.chunks_exact(8).zip(right.chunks_exact(8)).zip(bytes) {
                let low = _mm256_movemask_pd(_mm256_cmp_pd::<OP>(half(a, 0), half(b, 0)));
                let high = _mm256_movemask_pd(_mm256_cmp_pd::<OP>(half(a, 4), half(b, 4)));
                *byte = bits(low, high);
            }
        }
        Right::Number(number) => {
            let b = _mm256_set1_pd(number);
            for (a, byte) in left.chunks_exact(8).zip(bytes) {
                let low = _mm256_movemask_pd(_mm256_cmp_pd::<OP>(half(a, 0), b));
                let high = _mm256_movemask_pd(_mm256_cmp_pd::<OP>(half(a, 4), b));
                *byte = bits(low, high);
            }
        }
    }
}
