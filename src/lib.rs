//! Backtests of trading strategies: a fold over the candles.
//!
//! ```text
//! args -> Plan (assets x strategies x grid) -> keys -> cache -> hits ---------------------------\
//!                                                   `-> misses -> load candles -> fold tiles -> outcomes -> cache -> table, json, file
//! inside the fold, per tile:   candles -> columns (each distinct indicator once) -> signals (1 bit a bar)
//!                              -> account (steps only where a bit is set) -> tally -> metrics at the end
//! ```
//!
//! Everything that remembers (an indicator, an account, a tally) is a small state that is fed one tile of
//! [`model::TILE`] bars after another. Nothing ever holds a bar that it should not see yet, so look-ahead is
//! impossible; memory does not grow with history; and what several combinations share is computed once.
//!
//! Imports only point down (`tests/floors.rs` keeps that):
//!
//! | floor | what it knows |
//! |---|---|
//! | [`cli`] | what a person types and sees |
//! | [`engine`] | plans, parallel work, the fold |
//! | [`cache`], [`data`], [`report`] | the world outside: Redis, candle files, output formats; blind to each other |
//! | [`leftovers`] | what killed processes left beside their files |
//! | [`strategy`] | rules: parsed, checked, compiled to columns and signals |
//! | [`indicators`] | one file each |
//! | [`simd`] | vector instructions, chosen at run time |
//! | [`account`], [`orders`], [`recorder`], [`tally`], [`market`], [`metrics`], [`bits`] | positions, running sums, closing formulas |
//! | [`model`] | the nouns |
//!
//! Below the fourth line nothing does IO, prints or reads the clock.
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
mod account_plain_tests;
#[cfg(test)]
mod account_tests;
pub mod bits;
pub mod cache;
pub mod cli;
pub mod data;
pub mod engine;
#[cfg(test)]
mod golden_tests;
pub mod indicators;
pub mod leftovers;
pub mod market;
pub mod metrics;
pub mod model;
pub mod orders;
pub mod recorder;
pub mod report;
pub mod simd;
pub mod strategy;
pub mod tally;
