//! What is stored against what the candles of today give, bit for bit.

mod blocks;
mod compare;
mod results;
mod sample;
#[cfg(test)]
mod tests;

pub use blocks::verify_blocks;
pub use results::verify;
pub use sample::{Sample, Share};

use crate::cache::{Key, Kind};
use crate::data::Known;
use crate::report::Failed;

/// What a verification came to.
#[derive(Debug, Default)]
pub struct Verified {
    /// Values of the plan that the cache has.
    pub stored: usize,
    /// Values of the plan that it has not.
    pub missing: usize,
    /// Values computed again.
    pub checked: usize,
    /// Those that differ.
    pub mismatches: Vec<Mismatch>,
    /// Assets whose candles cannot be used.
    pub failed: Vec<Failed>,
    /// What is known of each asset's candles.
    pub known: Vec<(String, Known)>,
    /// The user wanted it to end before its end.
    pub stopped: bool,
}

/// A stored value that is not what the candles give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Symbol of the asset.
    pub symbol: String,
    /// Name of the strategy.
    pub strategy: String,
    /// What it is.
    pub kind: Kind,
    /// Its identity.
    pub key: Key,
    /// The first of the differences, in words.
    pub difference: String,
}
