//! Parameters as rules write them (f64) turned into what the states need, and back.
//!
//! The casts between whole numbers and reals live here, so that each indicator reads without them; and what stands for
//! a value that a sum must not take.

use super::family::{FamilyParam, ParamKind};

/// The longest period that any indicator takes: TA-Lib's bound.
pub(super) const MAX_PERIOD: u32 = 100_000;

/// A parameter that counts bars, `min` at least.
pub(super) const fn bars(name: &'static str, min: u32) -> FamilyParam {
    FamilyParam { name, kind: ParamKind::Period { min, max: MAX_PERIOD } }
}

/// The parameter with this index as a number of bars; the parser has checked its bounds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 1..=MAX_PERIOD")]
pub(super) fn period(params: &[f64], index: usize) -> usize {
    params[index] as usize
}

/// A count as a real.
#[expect(clippy::cast_precision_loss, reason = "counts of bars in a window stay far below 2^53")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

/// The value, or 0 where it is not finite: in a running sum it would stay for ever.
#[inline]
pub(super) fn finite(x: f64) -> f64 {
    if x.is_finite() { x } else { 0.0 }
}
