//! What a page is made from, so that it proves what it shows.

use serde_json::{Value, json};

use crate::report::json::number;
use crate::sim::model::{Direction, ENGINE_VERSION, Fill, Settings};

/// Where a result comes from.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Digest of the candles, 64 hex digits; empty where they were not at hand.
    pub digest: String,
    /// The result's identity, 64 hex digits.
    pub key: String,
    /// The command that gives it.
    pub command: String,
    /// Whether the candles are a generator's.
    pub synthetic: bool,
}

impl Proof {
    /// For the page.
    #[must_use]
    pub fn section(&self) -> Value {
        json!({
            "digest": self.digest,
            "key": self.key,
            "command": self.command,
            "synthetic": self.synthetic,
        })
    }
}

/// The program that made the page.
#[must_use]
pub fn program() -> Value {
    json!({ "version": env!("CARGO_PKG_VERSION"), "engine": ENGINE_VERSION })
}

/// Account settings.
#[must_use]
pub fn settings(settings: &Settings) -> Value {
    json!({
        "capital": number(settings.capital),
        "fee": number(settings.fee),
        "slippage": number(settings.slippage),
        "fill": match settings.fill {
            Fill::NextOpen => "at the next open",
            Fill::Close => "at the close",
        },
        "direction": match settings.direction {
            Direction::Long => "long",
            Direction::Short => "short",
            Direction::Both => "long and short",
        },
    })
}
