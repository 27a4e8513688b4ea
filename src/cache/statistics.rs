//! Statistics about our part of a store: counters of what we did, and the totals of what is there.
//!
//! The counters are our own, kept in the store across processes, because a server's `keyspace_hits` counts the lookups
//! of all its clients.

use std::collections::BTreeMap;

use super::key::EntryKind;
use crate::sim::Millis;

/// Name of the field that holds the time at which the counters began.
pub(super) const SINCE: &str = "since";
const ERRORS: &str = "errors";

/// What was done with entries of one kind, or of all kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounters {
    /// Lookups that found a valid entry.
    pub hits: u64,
    /// Lookups that found nothing, or an entry that was rejected.
    pub misses: u64,
    /// Entries stored.
    pub stored: u64,
    /// Misses because the entry found was rejected.
    pub corrupt: u64,
}

impl KindCounters {
    /// `hits / (hits + misses)`; `None` before the first lookup.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate of counts; its last bits do not matter")]
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.hits.saturating_add(self.misses);
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }

    const fn fields(&self) -> [(&'static str, u64); 4] {
        [("hits", self.hits), ("misses", self.misses), ("stored", self.stored), ("corrupt", self.corrupt)]
    }

    fn field_mut(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "hits" => Some(&mut self.hits),
            "misses" => Some(&mut self.misses),
            "stored" => Some(&mut self.stored),
            "corrupt" => Some(&mut self.corrupt),
            _ => None,
        }
    }
}

/// What one process, or all processes together, did with the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    kinds: [KindCounters; EntryKind::ALL.len()],
    /// Operations that failed in the store.
    pub errors: u64,
}

impl Counters {
    /// Counters of one kind of entry.
    #[must_use]
    pub const fn kind(&self, kind: EntryKind) -> &KindCounters {
        &self.kinds[kind.index()]
    }

    /// Counters of one kind of entry, to be changed.
    pub const fn kind_mut(&mut self, kind: EntryKind) -> &mut KindCounters {
        &mut self.kinds[kind.index()]
    }

    /// The sum over all kinds.
    #[must_use]
    pub fn total(&self) -> KindCounters {
        self.kinds.iter().fold(KindCounters::default(), |sum, kind| KindCounters {
            hits: sum.hits.saturating_add(kind.hits),
            misses: sum.misses.saturating_add(kind.misses),
            stored: sum.stored.saturating_add(kind.stored),
            corrupt: sum.corrupt.saturating_add(kind.corrupt),
        })
    }

    /// Each counter that is not zero with its name in the store, such as `result.hits`.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, u64)> {
        let of_kind = |kind: EntryKind| {
            let fields = self.kind(kind).fields().into_iter();
            fields.map(move |(name, number)| (format!("{}.{name}", kind.name()), number))
        };
        let all = EntryKind::ALL.into_iter().flat_map(of_kind).chain([(ERRORS.to_owned(), self.errors)]);
        all.filter(|(_, number)| *number > 0).collect()
    }

    /// From the fields in the store; unknown names and damaged numbers count as nothing.
    #[must_use]
    pub fn from_fields<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut counters = Self::default();
        for (name, number) in fields {
            let number = number.parse().unwrap_or(0);
            if name == ERRORS {
                counters.errors = number;
            } else if let Some((kind, counter)) = name.split_once('.')
                && let Some(kind) = EntryKind::ALL.into_iter().find(|known| known.name() == kind)
                && let Some(field) = counters.kind_mut(kind).field_mut(counter)
            {
                *field = number;
            }
        }
        counters
    }

    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// What a process adds to the counters that all processes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterDelta {
    /// Name of the counters of all time.
    pub total: String,
    /// Name of the counters of the current day, which expire.
    pub day: String,
    /// The current time: where the counters begin, if these are the first.
    pub now: Millis,
    /// What to add to both.
    pub counters: Counters,
}

/// A number of entries and the bytes they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryTotals {
    /// Number of entries.
    pub entries: u64,
    /// Their bytes; [`Stats::bytes_by`] tells which.
    pub bytes: u64,
}

/// Which bytes were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesBy {
    /// What entries take in the store, names and overhead included.
    #[default]
    Memory,
    /// Lengths of the values alone, where the server permits no more than that.
    Length,
}

/// Facts about the store itself; each is `None` where the store does not report it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    /// Name and version, such as `Redis 7.0.15`.
    pub version: Option<String>,
    /// Bytes in use, by everything in it.
    pub used_memory: Option<u64>,
    /// Most bytes it may use; 0 means no limit.
    pub maxmemory: Option<u64>,
    /// What it does at that limit, such as `noeviction`, `allkeys-lru`.
    pub policy: Option<String>,
    /// Lookups by all its clients that found something, since it was started.
    pub keyspace_hits: Option<u64>,
    /// Lookups by all its clients that found nothing, since it was started.
    pub keyspace_misses: Option<u64>,
    /// Values that it evicted for lack of memory, since it was started.
    pub evicted: Option<u64>,
}

/// Statistics about our part of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// All entries.
    pub total: EntryTotals,
    /// Which bytes were counted.
    pub bytes_by: BytesBy,
    /// Entries of each kind.
    pub kinds: BTreeMap<String, EntryTotals>,
    /// Entries of each symbol.
    pub symbols: BTreeMap<String, EntryTotals>,
    /// Entries of each strategy.
    pub strategies: BTreeMap<String, EntryTotals>,
    /// What all our processes did since the counters began.
    pub counts: Counters,
    /// When the counters began; `None` before the first run.
    pub since: Option<Millis>,
    /// The same for each of the last days with anything to count, such as `2026-01-31`, in UTC.
    pub days: BTreeMap<String, Counters>,
    /// The store.
    pub server: ServerInfo,
}

impl Stats {
    pub(super) fn add(&mut self, kind: &str, symbol: &str, strategy: &str, bytes: u64) {
        let kind = self.kinds.entry(kind.to_owned()).or_default();
        let symbol = self.symbols.entry(symbol.to_owned()).or_default();
        let strategy = self.strategies.entry(strategy.to_owned()).or_default();
        for totals in [&mut self.total, kind, symbol, strategy] {
            totals.entries += 1;
            totals.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_survive_the_way_through_the_store() {
        let mut counters = Counters { errors: 5, ..Counters::default() };
        *counters.kind_mut(EntryKind::Result) = KindCounters { hits: 1, misses: 2, stored: 3, corrupt: 4 };
        *counters.kind_mut(EntryKind::Block) = KindCounters { hits: 7, ..KindCounters::default() };
        let fields: Vec<_> = counters.fields().into_iter().map(|(name, number)| (name, number.to_string())).collect();
        assert_eq!(fields.len(), 6, "zeros need no field");
        let back = Counters::from_fields(fields.iter().map(|(name, number)| (name.as_str(), number.as_str())));
        assert_eq!(back, counters);
        assert_eq!(back.total(), KindCounters { hits: 8, misses: 2, stored: 3, corrupt: 4 });
    }

    #[test]
    fn there_is_no_hit_rate_before_the_first_lookup() {
        assert_eq!(KindCounters::default().hit_rate(), None);
        assert_eq!(KindCounters { hits: 3, misses: 1, ..KindCounters::default() }.hit_rate(), Some(0.75));
    }

    #[test]
    fn a_damaged_number_counts_as_nothing() {
        let fields =
            [("result.hits", "many"), ("result.misses", "-1"), ("others.hits", "7"), ("since", "9"), ("x", "1")];
        assert!(Counters::from_fields(fields).is_zero());
    }
}
