//! The simulator: candles through indicators, rules and accounts to metrics. No IO, no clock, no threads.

pub mod account;
#[cfg(test)]
mod account_plain_tests;
#[cfg(test)]
mod account_tests;
pub mod bits;
pub mod fold;
#[cfg(test)]
mod golden_tests;
pub mod indicators;
pub mod market;
pub mod metrics;
pub mod model;
pub mod orders;
pub mod recorder;
pub mod simd;
pub mod strategy;
pub mod tally;
