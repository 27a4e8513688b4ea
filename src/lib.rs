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
//! Each floor is a crate in its folder, and imports only point down (what a floor may use is in its `Cargo.toml`):
//!
//! | floor | what it knows |
//! |---|---|
//! | [`cli`] | what a person types |
//! | [`output`] | what a person gets: tables, charts, progress, number formats, rows of a file |
//! | [`shards`] | a sweep in shards for many machines: plans, parts, and how parts become one result |
//! | [`engine`] | plans, parallel work, the fold |
//! | [`cache`], [`data`], [`report`] | the world outside: Redis, candle files, output formats; blind to each other |
//! | [`delivery`] | where signals are sent |
//! | [`files`], [`clock`], [`pool`] | files replaced whole or not at all; the present moment; threads (`src/system`) |
//! | `parquet` | pages of Parquet columns, for candles and reports |
//! | [`sim`] | the simulator: candles, indicators, rules, the fold, accounts, metrics |
//!
//! `sim` does no IO, prints nothing and reads no clock.

pub use backtest_cache as cache;
pub use backtest_cli as cli;
pub use backtest_data as data;
pub use backtest_delivery as delivery;
pub use backtest_engine as engine;
pub use backtest_output as output;
pub use backtest_report as report;
pub use backtest_shards as shards;
pub use backtest_sim as sim;
pub use backtest_system::{clock, files, pool};
