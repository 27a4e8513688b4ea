//! Candles from exchanges, by their public REST APIs.
//!
//! ```text
//! names -> pairs (one question) -> missing ranges -> pages -> store, a few pages at a time
//!                                    every question: pause, ask, wait and ask again where that may help
//! ```
//!
//! An exchange is one file: how it names things, what it is asked, how its answers read. All that has to be right for
//! every one of them (what is missing, which bars are closed, patience, storing) is decided on one path behind it.

mod api;
mod archive;
mod binance;
mod bybit;
mod client;
mod coinbase;
mod error;
mod fetch;
mod funding;
mod kraken;
mod pages;
mod pairs;
mod rows;
mod transport;

pub use self::api::{Exchange, FundingApi};
use self::binance::Binance;
use self::bybit::Bybit;
pub use self::client::{FetchProgress, NoFetchProgress};
use self::coinbase::Coinbase;
pub use self::error::{FetchError, HttpError};
pub use self::fetch::{Fetched, Fetcher, Request};
pub use self::funding::{FetchedFunding, FundingFetcher};
use self::kraken::Kraken;
pub use self::pairs::{Pair, PairError};
pub use self::transport::{HttpTimeouts, HttpTransport, PostAnswer};
pub use crate::clock::{Clock, SystemClock};

/// All exchanges.
pub static EXCHANGES: [&dyn Exchange; 4] = [&Binance, &Bybit, &Coinbase, &Kraken];

/// The exchange of this name.
#[must_use]
pub fn find_exchange(name: &str) -> Option<&'static dyn Exchange> {
    EXCHANGES.into_iter().find(|exchange| exchange.name().eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests;
