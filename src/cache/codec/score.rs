//! The score of an asset as it is stored.

use bincode::{Decode, Encode};

use super::{CodecError, check_bars};
use crate::sim::Millis;

/// The score of one asset at its last bars, and what else is known of it at the last of them.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct StoredScore {
    /// Number of bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Close of the last bar.
    pub close: f64,
    /// What the asset would weigh beside others, before weights are scaled; none while it is undefined.
    pub weight: Option<f64>,
    /// The parts of the score at the last bar; none while they are undefined.
    pub parts: Vec<Option<f64>>,
    /// Open times of the last bars, at least one.
    pub times: Vec<Millis>,
    /// The score at each of these bars; none while it is undefined.
    pub scores: Vec<Option<f64>>,
    /// Whether the asset may be held, at each of these bars.
    pub candidates: Vec<bool>,
}

impl StoredScore {
    /// Rejects what no candles give.
    pub(super) fn check(&self) -> Result<(), CodecError> {
        check_bars(self.bars, self.start, self.end)?;
        let numbers = self.scores.iter().chain(&self.parts).chain([&self.weight]).flatten();
        if !self.close.is_finite() || numbers.into_iter().any(|number| !number.is_finite()) {
            return Err(CodecError::NotFinite);
        }
        let count = self.times.len();
        let is_ascending = self.times.windows(2).all(|pair| pair[0] < pair[1]);
        let is_within = self.times.first().is_some_and(|first| *first >= self.start);
        if !is_ascending || !is_within || self.times.last() != Some(&self.end) || count as u64 > self.bars {
            return Err(CodecError::Range);
        }
        let is_even = self.scores.len() == count && self.candidates.len() == count;
        if is_even && self.close > 0.0 { Ok(()) } else { Err(CodecError::Impossible) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{StoredValue, decode, encode};
    use crate::key::EntryKind;

    fn score() -> StoredScore {
        StoredScore {
            bars: 900,
            start: 0,
            end: 77_760_000_000,
            close: 0.5,
            weight: Some(1.0),
            parts: vec![Some(-3.5), None],
            times: vec![77_673_600_000, 77_760_000_000],
            scores: vec![None, Some(7.25)],
            candidates: vec![false, true],
        }
    }

    #[test]
    fn a_score_comes_back_bit_for_bit() {
        let stored = StoredValue::Score(score());
        assert_eq!(decode(&encode(&stored).unwrap(), EntryKind::Score), Ok(stored));
    }

    #[test]
    fn what_no_candles_give_is_rejected() {
        for (bad, error) in [
            (StoredScore { bars: 0, ..score() }, CodecError::Range),
            (StoredScore { bars: 1, ..score() }, CodecError::Range),
            (StoredScore { times: Vec::new(), ..score() }, CodecError::Range),
            (StoredScore { times: vec![5, 4], ..score() }, CodecError::Range),
            (StoredScore { times: vec![-1, 77_760_000_000], ..score() }, CodecError::Range),
            (StoredScore { scores: vec![None], ..score() }, CodecError::Impossible),
            (StoredScore { candidates: Vec::new(), ..score() }, CodecError::Impossible),
            (StoredScore { close: 0.0, ..score() }, CodecError::Impossible),
            (StoredScore { close: f64::NAN, ..score() }, CodecError::NotFinite),
            (StoredScore { parts: vec![Some(f64::INFINITY)], ..score() }, CodecError::NotFinite),
            (StoredScore { weight: Some(f64::NAN), ..score() }, CodecError::NotFinite),
        ] {
            assert_eq!(encode(&StoredValue::Score(bad.clone())), Err(error), "{bad:?}");
        }
    }
}
