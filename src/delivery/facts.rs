//! What the store keeps of a sink, as a text that it compares and changes as a whole.

use serde::{Deserialize, Serialize};

use crate::sim::Millis;

/// An event that a sink will never take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its number.
    pub seq: u64,
    /// Why.
    pub why: String,
}

/// How far a sink has got, and how it fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SinkFacts {
    /// The number of the last event that it has taken, or never will.
    pub seq: u64,
    /// Events that it has taken.
    pub delivered: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Tries that failed since the last that did not.
    pub failures: u64,
    /// Until when it is left alone, in ms since 1970; 0 where it is not.
    pub open_until: Millis,
    /// Why the last try failed, if it did.
    pub last_error: Option<String>,
    /// Events that it will never take.
    pub dead_count: u64,
    /// The last of them.
    pub dead: Vec<DeadLetter>,
}

impl SinkFacts {
    /// From the text that was kept; none where it is another one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As a text.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
