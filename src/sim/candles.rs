//! Candles: open, high, low, close and volume of each bar of one asset, as columns, and row by row.

mod longer_bars;

pub(super) use longer_bars::BarBuilder;

use crate::interval::{Millis, TimeRange};
use crate::tile::resumable::resumable;

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

/// One bar, a row of [`Candles`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Candle {
    /// Open time.
    pub time: Millis,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded volume, in units of the base asset.
    pub volume: f64,
}

resumable!(Candle: time, open, high, low, close, volume);

impl Candles {
    /// No bar yet, and room for so many.
    #[must_use]
    pub fn with_capacity(bars: usize) -> Self {
        let column = || Vec::with_capacity(bars);
        Self {
            time: Vec::with_capacity(bars),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
        }
    }

    /// The bar with this index.
    ///
    /// # Panics
    /// When there is no such bar.
    #[must_use]
    pub fn row(&self, index: usize) -> Candle {
        Candle {
            time: self.time[index],
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }

    /// All bars in order.
    #[must_use]
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Candle> + ExactSizeIterator + '_ {
        (0..self.len()).map(|index| self.row(index))
    }

    /// The last bar.
    #[must_use]
    pub fn last(&self) -> Option<Candle> {
        Some(self.row(self.len().checked_sub(1)?))
    }

    /// Appends a bar; it is for the caller to keep them in the order of time.
    pub fn push(&mut self, candle: Candle) {
        self.time.push(candle.time);
        self.open.push(candle.open);
        self.high.push(candle.high);
        self.low.push(candle.low);
        self.close.push(candle.close);
        self.volume.push(candle.volume);
    }

    /// Appends a bar of this open time that stays at the last close, in the columns that there are; nothing where there
    /// is no bar yet.
    pub fn push_flat(&mut self, time: Millis) {
        let Some(&close) = self.close.last() else { return };
        self.time.push(time);
        for column in [&mut self.open, &mut self.high, &mut self.low, &mut self.close] {
            if !column.is_empty() {
                column.push(close);
            }
        }
        if !self.volume.is_empty() {
            self.volume.push(0.0);
        }
    }

    /// Appends the bars with these indices of others.
    ///
    /// # Panics
    /// When the indices reach past the last bar.
    pub fn extend_from(&mut self, other: &Self, bars: std::ops::Range<usize>) {
        self.time.extend_from_slice(&other.time[bars.clone()]);
        self.open.extend_from_slice(&other.open[bars.clone()]);
        self.high.extend_from_slice(&other.high[bars.clone()]);
        self.low.extend_from_slice(&other.low[bars.clone()]);
        self.close.extend_from_slice(&other.close[bars.clone()]);
        self.volume.extend_from_slice(&other.volume[bars]);
    }

    /// Keeps the first `bars` bars, and gives those after them; columns that are empty stay so.
    #[must_use]
    pub fn split_off(&mut self, bars: usize) -> Self {
        fn cut<T>(column: &mut Vec<T>, bars: usize) -> Vec<T> {
            if column.is_empty() { Vec::new() } else { column.split_off(bars) }
        }
        Self {
            time: cut(&mut self.time, bars),
            open: cut(&mut self.open, bars),
            high: cut(&mut self.high, bars),
            low: cut(&mut self.low, bars),
            close: cut(&mut self.close, bars),
            volume: cut(&mut self.volume, bars),
        }
    }

    /// Keeps the first `bars` bars.
    pub fn truncate(&mut self, bars: usize) {
        self.time.truncate(bars);
        self.open.truncate(bars);
        self.high.truncate(bars);
        self.low.truncate(bars);
        self.close.truncate(bars);
        self.volume.truncate(bars);
    }
}

impl Extend<Candle> for Candles {
    fn extend<I: IntoIterator<Item = Candle>>(&mut self, rows: I) {
        rows.into_iter().for_each(|candle| self.push(candle));
    }
}

impl FromIterator<Candle> for Candles {
    fn from_iter<I: IntoIterator<Item = Candle>>(rows: I) -> Self {
        let rows = rows.into_iter();
        let mut candles = Self::with_capacity(rows.size_hint().0);
        candles.extend(rows);
        candles
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

/// Some of the five series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u8);

impl FieldSet {
    /// All five.
    pub const ALL: Self = Self(0b1_1111);

    /// These fields.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        Self(fields.into_iter().fold(0, |set, field| set | 1 << field as u8))
    }

    /// Whether a field is among them.
    #[must_use]
    pub const fn contains(self, field: Field) -> bool {
        self.0 & 1 << field as u8 != 0
    }

    /// The fields of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(time: Millis) -> Candle {
        let price = f64::from(u32::try_from(time).unwrap()) + 1.0;
        Candle { time, open: price, high: price + 3.0, low: price - 0.5, close: price + 1.0, volume: price * 10.0 }
    }

    #[test]
    fn candles_made_of_rows_give_the_same_rows_back() {
        let rows: Vec<Candle> = (0..5).map(candle).collect();
        let mut candles: Candles = rows.iter().copied().collect();
        assert!(candles.rows().eq(rows.iter().copied()));
        assert_eq!((candles.row(3), candles.last()), (rows[3], Some(rows[4])));
        assert!(candles.rows().rev().eq(rows.iter().rev().copied()));
        candles.extend_from(&candles.clone(), 1..3);
        candles.truncate(6);
        assert_eq!((candles.len(), candles.row(5)), (6, rows[1]));
        assert_eq!(candles.slice(1..3), rows[1..3].iter().copied().collect());
        assert_eq!(Candles::with_capacity(10).last(), None);
    }
}
