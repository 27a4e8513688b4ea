//! Numbers about our part of a store.

use std::collections::BTreeMap;

use super::counts::Ledger;
use super::keeper::{BytesBy, ServerInfo};
use super::name::Parts;
use crate::sim::model::Millis;

/// Entries and the bytes they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of entries.
    pub entries: u64,
    /// Their bytes; of which sort, [`Stats::bytes_by`] says.
    pub bytes: u64,
}

/// Numbers about our part of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// All entries.
    pub total: Tally,
    /// What `bytes` counts.
    pub bytes_by: BytesBy,
    /// Entries of each kind.
    pub kinds: BTreeMap<String, Tally>,
    /// Entries of each symbol.
    pub symbols: BTreeMap<String, Tally>,
    /// Entries of each strategy.
    pub strategies: BTreeMap<String, Tally>,
    /// What all our processes together did, since the counters began.
    pub counts: Ledger,
    /// When the counters began; `None` before the first run.
    pub since: Option<Millis>,
    /// The same of each of the last days on which there was something to count, such as `2026-01-31`, in UTC.
    pub days: BTreeMap<String, Ledger>,
    /// The server.
    pub server: ServerInfo,
}

impl Stats {
    pub(super) fn add(&mut self, parts: Parts<'_>, bytes: u64) {
        let kind = self.kinds.entry(parts.kind.to_owned()).or_default();
        let symbol = self.symbols.entry(parts.symbol.to_owned()).or_default();
        let strategy = self.strategies.entry(parts.strategy.to_owned()).or_default();
        for tally in [&mut self.total, kind, symbol, strategy] {
            tally.entries += 1;
            tally.bytes += bytes;
        }
    }
}
