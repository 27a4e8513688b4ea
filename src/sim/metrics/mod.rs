//! The closing formulas: one table from which every output, sort and help of metrics derives.
//!
//! Definitions are those of the project's contract, which are vectorbt's where it has the metric; an undefined one
//! is `None`, never NaN or infinity.

mod formulas;
mod rank;
mod table;

pub use formulas::Closing;
pub use rank::{Rank, RankBy, never_traded};
pub use table::{Better, COUNT, Group, Metric, OF_TRADE_TERMS, TABLE, Unit, better, compute, find};

use crate::sim::interval::Millis;

/// All metrics of one result, in the order of [`TABLE`].
pub type Metrics = [Option<f64>; COUNT];

/// What a backtest found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Bars used.
    pub bars: u64,
    /// Open time of the first bar used.
    pub start: Millis,
    /// Open time of the last bar used.
    pub end: Millis,
    /// Whether the account lost everything and was ended.
    pub ruined: bool,
    /// All metrics.
    pub metrics: Metrics,
}
