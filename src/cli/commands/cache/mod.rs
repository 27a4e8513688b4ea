//! `backtest cache`: looking at what is stored, filling, proving and emptying it. Without a cache these fail: here the
//! user asked for it.

mod clear;
mod filter;
mod grid;
mod info;
mod keys;
mod outcome;
mod ping;
mod run;
mod stats;
mod stats_text;
mod verify;
mod verify_text;
mod warm;

pub use run::run;
