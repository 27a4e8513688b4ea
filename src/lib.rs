//! Backtests of trading strategies: a fold over the candles.
//!
//! ```text
//! args -> Plan (assets x strategies x grid) -> keys -> cache -> hits ---------------------------\
//!                                                   `-> misses -> load candles -> fold tiles -> outcomes -> cache -> table, json, file
//! inside the fold, per tile:   candles -> columns (each distinct indicator once) -> signals (1 bit a bar)
//!                              -> account (steps only where a bit is set) -> statistics -> metrics at the end
//! ```
//!
//! Everything that remembers (an indicator, an account, statistics) is a small state that is fed one tile of
//! [`sim::TILE`] bars after another. Nothing ever holds a bar that it should not see yet, so look-ahead is
//! impossible; memory does not grow with history; and what several combinations share is computed once.
//!
//! Imports only point down (`tests/floors` keeps that):
//!
//! | floor | what it knows |
//! |---|---|
//! | [`cli`] | what a person types and sees |
//! | [`shards`] | a sweep in shards for many machines: plans, parts, and how parts become one result |
//! | [`engine`] | plans, parallel work, the fold |
//! | [`cache`], [`data`], [`report`] | the world outside: Redis, candle files, output formats; blind to each other |
//! | [`delivery`] | where signals are sent |
//! | [`files`], [`clock`] | files replaced whole or not at all; the present moment |
//! | `parquet` | pages of Parquet columns, for candles and reports |
//! | [`sim`] | the simulator: candles, indicators, rules, the fold, accounts, metrics |
//!
//! `sim` does no IO, prints nothing and reads no clock.
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

pub mod cache;
pub mod cli;
pub mod clock;
pub mod data;
pub mod delivery;
pub mod engine;
pub mod files;
mod parquet;
pub mod pool;
pub mod report;
pub mod shards;
pub mod sim;
