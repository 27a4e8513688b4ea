//! What comes out of a backtest.

use super::formulas::Closing;
use super::table::{COUNT, TABLE};
use crate::sim::model::Millis;

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

/// All metrics of an account after the last bar.
#[must_use]
pub fn compute(closing: &Closing<'_>) -> Metrics {
    std::array::from_fn(|i| Some((TABLE[i].formula)(closing)).filter(|value| value.is_finite()))
}
