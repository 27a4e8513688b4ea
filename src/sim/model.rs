//! The nouns that every floor shares: candles, settings, trades, outcomes.
//!
//! Nothing here computes, reads or prints; it only says what things are and which unit they have.

mod interval;

pub use interval::Interval;

/// Bars in one tile of the fold. Sums associate by tile, so this number belongs to the engine version:
/// changing it changes the last bits of results, and so every cache key (see [`ENGINE_VERSION`]).
pub const TILE: usize = 1024;

/// Named in every cache key. Raise it with any change that can alter one bit of a result.
pub const ENGINE_VERSION: u32 = 1;

/// Milliseconds since 1970-01-01T00:00:00Z; always the OPEN time of a bar.
pub type Millis = i64;

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

/// Half-open range of open times, `[from, to)`; `None` is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// First open time that is in.
    pub from: Option<Millis>,
    /// First open time that is out.
    pub to: Option<Millis>,
}

/// When an order that a rule gives at bar i is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// At the open of bar i+1: what a trader could really have done.
    NextOpen,
    /// At the close of bar i itself.
    Close,
}

/// Which sides may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Only bought units.
    Long,
    /// Only sold units.
    Short,
    /// One side after the other.
    Both,
}

/// Account settings of a backtest; all of them are part of a result's identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Cash at the start, in quote currency.
    pub capital: f64,
    /// Fee as a fraction of each fill's value.
    pub fee: f64,
    /// Fraction by which each fill is worse than the price.
    pub slippage: f64,
    /// When orders fill.
    pub fill: Fill,
    /// Which sides may be held.
    pub direction: Direction,
}

impl Default for Settings {
    fn default() -> Self {
        Self { capital: 10_000.0, fee: 0.001, slippage: 0.0, fill: Fill::NextOpen, direction: Direction::Long }
    }
}

/// Side of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Bought first.
    Long,
    /// Sold first.
    Short,
}

/// One position from its entry to its exit, or to the last bar while still open.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// Long or short.
    pub side: Side,
    /// Open time of the bar of the entry fill.
    pub entry_time: Millis,
    /// Fill price, slippage included.
    pub entry_price: f64,
    /// Open time of the bar of the exit fill; of the last bar while open.
    pub exit_time: Millis,
    /// Fill price, slippage included; the last close while open.
    pub exit_price: f64,
    /// Units held, above zero on both sides.
    pub size: f64,
    /// Fees of both fills; of the entry alone while open.
    pub fees: f64,
    /// Profit net of fees, in quote currency.
    pub pnl: f64,
    /// `pnl / (entry_price * size)`.
    pub ret: f64,
    /// Bars from the entry fill to the exit fill.
    pub bars: u64,
    /// Still open at the end: marked to the last close and not counted in trade metrics.
    pub open: bool,
}
