//! Candles: open, high, low, close and volume of each bar of one asset.

use crate::sim::interval::{Millis, TimeRange};

/// OHLCV bars of one asset as plain columns of equal length, strictly ascending in time.
///
/// Prices are finite and above zero, `low <= open, close <= high`, volumes finite and not negative:
/// `data` refuses files that break this, so nothing below needs to check again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candles {
    /// Open time of each bar.
    pub time: Vec<Millis>,
    /// First price of each bar.
    pub open: Vec<f64>,
    /// Highest price of each bar.
    pub high: Vec<f64>,
    /// Lowest price of each bar.
    pub low: Vec<f64>,
    /// Last price of each bar.
    pub close: Vec<f64>,
    /// Traded volume of each bar, in units of the base asset.
    pub volume: Vec<f64>,
}

impl Candles {
    /// Number of bars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is no bar at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// One column, by its field.
    #[must_use]
    pub fn column(&self, field: Field) -> &[f64] {
        match field {
            Field::Open => &self.open,
            Field::High => &self.high,
            Field::Low => &self.low,
            Field::Close => &self.close,
            Field::Volume => &self.volume,
        }
    }

    /// Index range of the bars whose open time lies in `[range.from, range.to)`.
    #[must_use]
    pub fn within(&self, range: TimeRange) -> std::ops::Range<usize> {
        let first = range.from.map_or(0, |from| self.time.partition_point(|&t| t < from));
        let last = range.to.map_or(self.len(), |to| self.time.partition_point(|&t| t < to));
        first..last.max(first)
    }

    /// A copy of the bars with these indices.
    ///
    /// # Panics
    /// When the indices reach past the last bar.
    #[must_use]
    pub fn slice(&self, bars: std::ops::Range<usize>) -> Self {
        Self {
            time: self.time[bars.clone()].to_vec(),
            open: self.open[bars.clone()].to_vec(),
            high: self.high[bars.clone()].to_vec(),
            low: self.low[bars.clone()].to_vec(),
            close: self.close[bars.clone()].to_vec(),
            volume: self.volume[bars].to_vec(),
        }
    }
}

/// One of the five series that a candle file brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Traded volume.
    Volume,
}

impl Field {
    /// All fields in the order of a candle file.
    pub const ALL: [Self; 5] = [Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];

    /// The name as written in rules and file headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }
}
