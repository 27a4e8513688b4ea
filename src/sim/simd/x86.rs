//! The vectors of x86-64. The only file with unsafe code: loads of eight values from slices of eight, calls of
//! functions that need instructions, each behind the question whether the processor has them, and what all processors of
//! x86-64 have.
#![expect(unsafe_code, reason = "vector instructions chosen at run time")]

use std::arch::x86_64::{
    __m256d, __m512d, _CMP_EQ_OQ, _CMP_GE_OQ, _CMP_GT_OQ, _CMP_LE_OQ, _CMP_LT_OQ, _CMP_NEQ_OQ, _mm_unpackhi_epi8,
    _mm_unpacklo_epi8, _mm256_cmp_pd, _mm256_loadu_pd, _mm256_movemask_pd, _mm256_set1_pd, _mm512_cmp_pd_mask,
    _mm512_loadu_pd, _mm512_set1_pd,
};

use super::compare::{Compare, Right};
use super::pieces::runs;
use super::vectorized::Vectorized;

/// Does the work on AVX-512 F where the processor has it, else as it can.
pub(super) fn with_avx512<W: Vectorized>(work: W) -> W::Output {
    #[target_feature(enable = "avx512f")]
    fn wide<W: Vectorized>(work: W) -> W::Output {
        work.run()
    }
    if std::arch::is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { wide(work) }
    } else {
        work.run()
    }
}

/// Does the work on AVX2 where the processor has it, else as it can.
pub(super) fn with_avx2<W: Vectorized>(work: W) -> W::Output {
    #[target_feature(enable = "avx2")]
    fn wide<W: Vectorized>(work: W) -> W::Output {
        work.run()
    }
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { wide(work) }
    } else {
        work.run()
    }
}

/// Byte by byte of both in turn: of their first halves, and of their second ones.
#[inline]
pub(super) fn interleaved(a: [u8; 16], b: [u8; 16]) -> [[u8; 16]; 2] {
    let (a, b) = (bytemuck::cast(a), bytemuck::cast(b));
    // SAFETY: every processor of x86-64 has SSE2.
    unsafe { [bytemuck::cast(_mm_unpacklo_epi8(a, b)), bytemuck::cast(_mm_unpackhi_epi8(a, b))] }
}

/// Compares in these pieces on AVX-512 F and says whether it did; the length of `left` is a multiple of eight.
#[inline]
pub(super) fn on_avx512<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    pieces: u64,
    bytes: [&mut [u8]; N],
) -> bool {
    let has = std::arch::is_x86_feature_detected!("avx512f");
    if has {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { avx512(ops, left, right, pieces, bytes) };
    }
    has
}

/// Compares in these pieces on AVX2 and says whether it did; the length of `left` is a multiple of eight.
#[inline]
pub(super) fn on_avx2<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    pieces: u64,
    bytes: [&mut [u8]; N],
) -> bool {
    let has = std::arch::is_x86_feature_detected!("avx2");
    if has {
        // SAFETY: the processor has just said that it has these instructions.
        unsafe { avx2(ops, left, right, pieces, bytes) };
    }
    has
}

/// One loop for each set of comparisons that is used, with the ordered, quiet predicates: false where an operand
/// is not a number.
macro_rules! per_predicate {
    ($each:ident, $ops:expr, $left:expr, $right:expr, $pieces:expr, $bytes:expr) => {
        for (bytes, op) in $bytes.into_iter().zip($ops) {
            match op {
                Compare::Less => $each::<_CMP_LT_OQ>($left, $right, $pieces, bytes),
                Compare::LessEqual => $each::<_CMP_LE_OQ>($left, $right, $pieces, bytes),
                Compare::Greater => $each::<_CMP_GT_OQ>($left, $right, $pieces, bytes),
                Compare::GreaterEqual => $each::<_CMP_GE_OQ>($left, $right, $pieces, bytes),
                Compare::Equal => $each::<_CMP_EQ_OQ>($left, $right, $pieces, bytes),
                Compare::NotEqual => $each::<_CMP_NEQ_OQ>($left, $right, $pieces, bytes),
            }
        }
    };
}

/// Each byte of these pieces with the eight values of both sides that it tells of. A macro, as a function would not have the
/// instructions of its caller.
macro_rules! each_eight {
    ($pieces:expr, $left:expr, $right:expr, |$place:ident, $a:ident, $b:ident| $work:block) => {
        for bars in runs($pieces, $left.len()) {
            let first = bars.start / 8;
            let values = $left[bars.clone()].as_chunks::<8>().0.iter().zip($right[bars].as_chunks::<8>().0);
            for (i, ($a, $b)) in values.enumerate() {
                let $place = first + i;
                $work
            }
        }
    };
}

/// # Safety
/// The processor must have AVX-512 F.
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    pieces: u64,
    mut bytes: [&mut [u8]; N],
) {
    if let (Right::Series(right), [Compare::LessEqual, Compare::GreaterEqual]) = (right, ops.as_slice()) {
        let [at_most, at_least] = bytes.as_mut_slice() else { return };
        each_eight!(pieces, left, right, |place, a, b| {
            let (a, b) = (load512(a), load512(b));
            at_most[place] = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b);
            at_least[place] = _mm512_cmp_pd_mask::<_CMP_GE_OQ>(a, b);
        });
        return;
    }
    per_predicate!(each512, ops, left, right, pieces, bytes);
}

#[target_feature(enable = "avx512f")]
fn load512(values: &[f64; 8]) -> __m512d {
    // SAFETY: eight values.
    unsafe { _mm512_loadu_pd(values.as_ptr()) }
}

#[target_feature(enable = "avx512f")]
fn each512<const OP: i32>(left: &[f64], right: Right<'_>, pieces: u64, bytes: &mut [u8]) {
    match right {
        Right::Series(right) => each_eight!(pieces, left, right, |place, a, b| {
            bytes[place] = _mm512_cmp_pd_mask::<OP>(load512(a), load512(b));
        }),
        Right::Number(number) => {
            let b = _mm512_set1_pd(number);
            each_eight!(pieces, left, left, |place, a, _same| {
                bytes[place] = _mm512_cmp_pd_mask::<OP>(load512(a), b);
            });
        }
    }
}

/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn avx2<const N: usize>(
    ops: [Compare; N],
    left: &[f64],
    right: Right<'_>,
    pieces: u64,
    mut bytes: [&mut [u8]; N],
) {
    if let (Right::Series(right), [Compare::LessEqual, Compare::GreaterEqual]) = (right, ops.as_slice()) {
        let [at_most, at_least] = bytes.as_mut_slice() else { return };
        each_eight!(pieces, left, right, |place, a, b| {
            let (a, b) = (load256(a), load256(b));
            at_most[place] = compare256::<_CMP_LE_OQ>(a, b);
            at_least[place] = compare256::<_CMP_GE_OQ>(a, b);
        });
        return;
    }
    per_predicate!(each256, ops, left, right, pieces, bytes);
}

#[target_feature(enable = "avx2")]
fn load256(values: &[f64; 8]) -> [__m256d; 2] {
    // SAFETY: eight values, in two halves.
    unsafe { [_mm256_loadu_pd(values.as_ptr()), _mm256_loadu_pd(values.as_ptr().add(4))] }
}

#[target_feature(enable = "avx2")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "eight bits, of two masks of four")]
fn compare256<const OP: i32>(a: [__m256d; 2], b: [__m256d; 2]) -> u8 {
    let [low, high] = [0, 1].map(|half| _mm256_movemask_pd(_mm256_cmp_pd::<OP>(a[half], b[half])));
    (low | high << 4) as u8
}

#[target_feature(enable = "avx2")]
fn each256<const OP: i32>(left: &[f64], right: Right<'_>, pieces: u64, bytes: &mut [u8]) {
    match right {
        Right::Series(right) => each_eight!(pieces, left, right, |place, a, b| {
            bytes[place] = compare256::<OP>(load256(a), load256(b));
        }),
        Right::Number(number) => {
            let b = [_mm256_set1_pd(number); 2];
            each_eight!(pieces, left, left, |place, a, _same| {
                bytes[place] = compare256::<OP>(load256(a), b);
            });
        }
    }
}
