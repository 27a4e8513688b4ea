//! What a file was found to hold, and what the user wants of it.

use super::report::Report;
use crate::data::store::{OnConflict, Origin};
use crate::sim::model::{Candles, Interval, Millis};

/// What the user says, over what files tell.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// The symbol of all files.
    pub symbol: Option<String>,
    /// The length of a bar in all files.
    pub interval: Option<Interval>,
    /// What becomes of bars that stand twice with other values.
    pub conflict: OnConflict,
    /// Whether a bar that is not finished is kept.
    pub keep_last: bool,
    /// The present moment: what ends after it is not finished.
    pub now: Millis,
}

/// The bars of one symbol in a file.
#[derive(Clone, Debug)]
pub struct Found {
    /// In capitals, without separators.
    pub symbol: String,
    /// Length of a bar.
    pub interval: Interval,
    /// At least one bar.
    pub candles: Candles,
    /// Where they come from, for the store.
    pub origin: Origin,
    /// What was found and changed.
    pub report: Report,
}
