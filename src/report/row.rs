//! One result as every output sees it.

use crate::sim::metrics::Outcome;
use crate::sim::model::{Interval, Settings, Trade};

/// Where a result came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// Read from the cache.
    Hit,
    /// Computed, because the cache did not have it or was not asked.
    Miss,
    /// Computed, the cache being switched off.
    Off,
}

impl CacheState {
    /// As in the outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Off => "off",
        }
    }
}

/// One result.
#[derive(Clone, Debug)]
pub struct Row {
    /// Symbol of the asset.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// Name of the strategy.
    pub strategy: String,
    /// Every parameter with its value, in the strategy's order.
    pub params: Vec<(String, f64)>,
    /// Account settings.
    pub settings: Settings,
    /// Metrics and range.
    pub outcome: Outcome,
    /// The trades, when they were asked for.
    pub trades: Option<Vec<Trade>>,
    /// Where it came from.
    pub cache: CacheState,
    /// Its identity, 64 hex digits.
    pub key: String,
    /// Time it took, in milliseconds.
    pub elapsed_ms: f64,
}

/// An asset or a result that could not be had.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// Symbol of the asset.
    pub symbol: String,
    /// What is wrong, where, and the remedy.
    pub reason: String,
}

/// The totals of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Assets asked for.
    pub assets: usize,
    /// Strategies asked for.
    pub strategies: usize,
    /// Results asked for.
    pub combinations: usize,
    /// Combinations that break their strategy's `require`.
    pub skipped: usize,
    /// Assets without a result.
    pub failed: Vec<Failed>,
    /// Results read from the cache.
    pub hits: usize,
    /// Results computed.
    pub misses: usize,
    /// Bars, summed over the assets.
    pub bars: u64,
    /// Time spent reading candles, summed over threads, in milliseconds.
    pub load_ms: f64,
    /// Wall time from candles in memory to the last metric, in milliseconds.
    pub compute_ms: f64,
    /// Time from the request to the last result, in milliseconds.
    pub elapsed_ms: f64,
}
