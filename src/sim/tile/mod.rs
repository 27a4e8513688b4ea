//! Tiles, in which candles are fed: one bit for each of their bars, and states as they are between two of them.

pub mod bitset;
pub(crate) mod resumable;
