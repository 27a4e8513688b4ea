//! Candles from exchanges, by their public REST APIs.
//!
//! ```text
//! names -> pairs (one question) -> missing ranges -> pages -> store, a few pages at a time
//!                                    every question: pause, ask, wait and ask again where that may help
//! ```
//!
//! An exchange is one file: how it names things, what it is asked, how its answers read. All that has to be right for
//! every one of them (what is missing, which bars are closed, patience, storing) is decided on one path behind it.

mod archive;
mod archive_file;
mod asker;
mod binance;
mod bybit;
mod clock;
mod coinbase;
mod failure;
mod fetch;
mod kraken;
mod missing;
mod pages;
mod pairs;
mod progress;
mod rows;
mod saver;
mod venue;
mod web;

pub use clock::{Clock, WallClock};
pub use failure::{FetchError, WebFault};
pub use fetch::{Fetched, Fetcher, Request};
pub use pairs::{Pair, PairError};
pub use progress::{Progress, Silent};
pub use venue::{VENUES, Venue, venue};
pub use web::{Patience, Web};

#[cfg(test)]
mod tests;
