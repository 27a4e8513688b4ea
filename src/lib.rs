//! Backtests of trading strategies: a fold over the candles.
//!
//! ```text
//! args -> Plan (assets x strategies) -> keys -> cache -> hits ----------------------------------\
//!                                          `-> misses -> load candles -> fold tiles -> outcomes -> cache -> table, json, file
//! inside the fold, per tile:   candles -> columns (each distinct indicator once) -> signals (1 bit a bar)
//!                              -> account (steps only where a bit is set) -> tally -> metrics at the end
//! ```
//!
//! Everything that remembers (an indicator, an account, a tally) is a small state that is fed one tile of
//! `TILE` bars after another. Nothing ever holds a bar that it should not see yet, so look-ahead is
//! impossible; memory does not grow with history; and what several combinations share is computed once.
#![cfg_attr(
    test,
    expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests count small things and mean equal when they say it"
    )
)]

pub mod account;
#[cfg(test)]
mod account_tests;
pub mod bits;
pub mod cache;
pub mod data;
#[cfg(test)]
mod golden_tests;
pub mod indicators;
pub mod market;
pub mod metrics;
pub mod model;
pub mod strategy;
pub mod tally;
