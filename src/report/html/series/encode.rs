//! Series as short texts: numbers as base64 of their bytes, times as stretches of equal steps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::Millis;

/// Numbers for plots: 32 bits each, little end first, seven digits; NaN stays NaN.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "seven digits are more than a screen shows")]
pub(in crate::html) fn floats32(values: &[f64]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// Numbers to be read: all 64 bits, little end first; what is undefined is NaN.
#[must_use]
pub(in crate::html) fn floats64(values: impl Iterator<Item = Option<f64>>) -> String {
    let bytes: Vec<u8> = values.flat_map(|value| value.unwrap_or(f64::NAN).to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// Any bytes.
#[must_use]
pub(in crate::html) fn bytes(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Ascending times as `[first, count, step]` for each stretch of equal steps: one for a history without gaps.
#[must_use]
pub(in crate::html) fn time_stretches(times: &[Millis]) -> Value {
    let mut stretches: Vec<(Millis, usize, Millis)> = Vec::new();
    for &time in times {
        match stretches.last_mut() {
            Some((first, count @ 1, step)) => (*count, *step) = (2, time - *first),
            Some((first, count, step)) if *first + Millis::try_from(*count).unwrap_or(0) * *step == time => *count += 1,
            _ => stretches.push((time, 1, 0)),
        }
    }
    stretches.into_iter().map(|(first, count, step)| json!([first, count, step])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_stretches_and_a_gap_begins_a_new_one() {
        assert_eq!(time_stretches(&[0, 10, 20, 30]), json!([[0, 4, 10]]));
        assert_eq!(time_stretches(&[0, 10, 20, 50, 60]), json!([[0, 3, 10], [50, 2, 10]]));
        assert_eq!(time_stretches(&[7]), json!([[7, 1, 0]]));
        assert_eq!(time_stretches(&[]), json!([]));
    }

    #[test]
    fn exact_numbers_keep_every_bit() {
        let text = floats64([Some(0.1 + 0.2), None].into_iter());
        let bytes = STANDARD.decode(text).unwrap();
        let numbers: Vec<f64> = bytes.chunks(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect();
        assert_eq!(numbers[0].to_bits(), (0.1_f64 + 0.2).to_bits());
        assert!(numbers[1].is_nan());
    }
}
