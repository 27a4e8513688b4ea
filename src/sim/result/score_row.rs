//! An asset among others by its score, and what is held of it, as every output has them.

use crate::interval::{Interval, Millis};

/// An asset among others by its score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Name of the strategy whose score it is.
    pub strategy: String,
    /// 1 for the highest score; none where there is no score, or no bar that is recent enough.
    pub rank: Option<u64>,
    /// The score at its last bar; none while it is undefined.
    pub score: Option<f64>,
    /// How it stands among the others, from 0 to 10; none of an asset without rank, and of the only one.
    pub rating: Option<f64>,
    /// Whether the asset may be held by the strategy.
    pub is_candidate: bool,
    /// The rank some time ago.
    pub rank_before: Option<u64>,
    /// The score some time ago.
    pub score_before: Option<f64>,
    /// Close of the last bar, in quote currency.
    pub close: f64,
    /// Open time of the last bar.
    pub time: Millis,
    /// Bars in the range.
    pub bars: u64,
    /// The parts of the score at the last bar, by name.
    pub parts: Vec<(String, Option<f64>)>,
    /// Where the score came from, as in every output.
    pub cache: &'static str,
    /// Its identity, 64 hex digits.
    pub key: String,
}

impl ScoreRow {
    /// The rating in a word, by fifths.
    #[must_use]
    pub fn rating_word(&self) -> Option<&'static str> {
        self.rating.map(rating_word)
    }

    /// Places that it has climbed since; negative where it has fallen.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ranks are far below 2^53")]
    pub fn rank_change(&self) -> Option<f64> {
        Some(self.rank_before? as f64 - self.rank? as f64)
    }
}

/// A rating in a word, by fifths.
fn rating_word(rating: f64) -> &'static str {
    match rating {
        rating if rating >= 8.0 => "very strong",
        rating if rating >= 6.0 => "strong",
        rating if rating >= 4.0 => "neutral",
        rating if rating >= 2.0 => "weak",
        _ => "very weak",
    }
}

/// An asset that is held, or should be.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldingRow {
    /// Symbol of the asset.
    pub symbol: String,
    /// Units that are held.
    pub units: f64,
    /// Close of its last bar, in quote currency.
    pub price: f64,
    /// Units times price.
    pub value: f64,
    /// Fraction of the whole value, cash included.
    pub weight: f64,
    /// Its place among the ranked assets.
    pub rank: Option<u64>,
    /// Its score at the last bar.
    pub score: Option<f64>,
    /// As in [`ScoreRow`].
    pub rating: Option<f64>,
    /// Fraction of the whole value that the strategy would hold now.
    pub target_weight: f64,
    /// What is to be bought, in units; negative where it is to be sold, 0 where the change is below the strategy's `band`.
    pub trade_units: f64,
    /// The same in quote currency, without costs.
    pub trade_value: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_words_by_fifths() {
        assert_eq!(
            [10.0, 8.0, 7.9, 5.0, 2.0, 1.9, 0.0].map(rating_word),
            ["very strong", "very strong", "strong", "neutral", "weak", "very weak", "very weak"]
        );
    }
}
