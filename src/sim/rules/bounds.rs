//! What an indicator's parameter may be, checked the same way for literals, defaults and given values.

use crate::indicators::ParamKind;
use crate::text::plain;

/// What `k` of `prev(x, k)` may be.
pub const PREV_BARS: ParamKind = ParamKind::Period { min: 1, max: 100_000 };

/// Whether a parameter of this kind can have this value.
#[must_use]
pub fn fits(kind: ParamKind, value: f64) -> bool {
    let (min, max) = limits(kind);
    (min..=max).contains(&value) && (matches!(kind, ParamKind::Factor { .. }) || is_whole(value))
}

/// What is wrong with `value`, as the end of a sentence: "must be .. , not 0".
pub(crate) fn complaint(kind: ParamKind, value: f64) -> Option<String> {
    if fits(kind, value) {
        return None;
    }
    let (min, max) = limits(kind);
    let whole = matches!(kind, ParamKind::Period { .. });
    let value = if value.is_nan() { "undefined".to_owned() } else { plain(value) };
    Some(format!("must be {}, not {value}", domain(min, max, whole)))
}

/// The allowed values in words, as "a whole number from 2 to 500"; a bound may be infinite.
#[must_use]
pub fn domain(min: f64, max: f64, whole: bool) -> String {
    let number = if whole { "a whole number" } else { "a number" };
    match (min.is_finite(), max.is_finite()) {
        (true, true) => format!("{number} from {} to {}", plain(min), plain(max)),
        (true, false) => format!("{number} of {} or more", plain(min)),
        (false, true) => format!("{number} of {} or less", plain(max)),
        (false, false) => number.to_owned(),
    }
}

/// Smallest and largest allowed value.
#[must_use]
pub fn limits(kind: ParamKind) -> (f64, f64) {
    match kind {
        ParamKind::Period { min, max } => (f64::from(min), f64::from(max)),
        ParamKind::Factor { min, max } => (min, max),
    }
}

#[expect(clippy::float_cmp, reason = "a whole number is exactly its own floor")]
pub(crate) fn is_whole(value: f64) -> bool {
    value.floor() == value
}

#[cfg(test)]
mod tests {
    use super::{PREV_BARS, complaint};
    use crate::indicators::ParamKind;

    #[test]
    fn a_period_is_whole_and_within_its_bounds() {
        assert_eq!(complaint(PREV_BARS, 1.0), None);
        assert_eq!(complaint(PREV_BARS, 100_000.0), None);
        for wrong in [0.0, -1.0, 1.5, 100_001.0, f64::NAN, f64::INFINITY] {
            assert!(complaint(PREV_BARS, wrong).is_some(), "{wrong}");
        }
        assert_eq!(complaint(PREV_BARS, 2.5).unwrap(), "must be a whole number from 1 to 100000, not 2.5");
    }

    #[test]
    fn a_factor_may_have_decimals() {
        let kind = ParamKind::Factor { min: 0.0, max: 10.0 };
        assert_eq!(complaint(kind, 2.5), None);
        assert!(complaint(kind, -0.1).is_some() && complaint(kind, f64::NAN).is_some());
    }
}
