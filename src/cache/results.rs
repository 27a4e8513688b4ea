//! The cache as the engine sees it: a lookup hits or misses, and never fails.
//!
//! Failures of any kind (no Redis, a slow one, a full one, foreign bytes) are misses. What the user needs to know about
//! them is one line in the [`CacheReport`] at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::backend::{Backend, NewEntry};
use super::circuit_breaker::{CacheWarning, DEFAULT_TIMEOUT};
use super::codec::{self, StoredValue};
use super::envelope::{self, Secret};
use super::key::{EntryKind, Key};
use super::key_names::{KeyNames, label};
use super::location::CacheLocation;
use super::statistics::{CounterDelta, Counters};
use super::worker::Worker;
use crate::clock::now;
use crate::sim::metrics::validation::TrialSet;

/// First part of the names of all our entries.
pub const DEFAULT_PREFIX: &str = "backtest";
const DAY: Duration = Duration::from_hours(24);

/// What the cache is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// It is not used.
    Off,
    /// Everything is computed and stored; nothing is looked up.
    Refresh,
    /// What is stored is used; the rest is computed and stored.
    #[default]
    On,
}

/// How long entries of each kind are kept; zero means that they do not expire. This is about the store's memory:
/// entries never become wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttls {
    kinds: [Duration; EntryKind::ALL.len()],
}

impl Default for Ttls {
    /// A day; a week for blocks of sweeps, which take longest to compute.
    fn default() -> Self {
        Self::all(DAY).with(EntryKind::Block, 7 * DAY).with(EntryKind::Segments, 7 * DAY)
    }
}

impl Ttls {
    /// The same for all kinds.
    #[must_use]
    pub const fn all(ttl: Duration) -> Self {
        Self { kinds: [ttl; EntryKind::ALL.len()] }
    }

    /// With another time for one kind.
    #[must_use]
    pub const fn with(mut self, kind: EntryKind, ttl: Duration) -> Self {
        self.kinds[kind.index()] = ttl;
        self
    }

    /// How long entries of this kind are kept; `None` means that they do not expire.
    #[must_use]
    pub fn for_kind(&self, kind: EntryKind) -> Option<Duration> {
        Some(self.kinds[kind.index()]).filter(|ttl| !ttl.is_zero())
    }
}

/// How the cache is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is used for.
    pub mode: CacheMode,
    /// First part of the names of all entries.
    pub prefix: String,
    /// How long entries are kept.
    pub ttl: Ttls,
    /// Seals values, so that only those who know it can make them.
    pub secret: Option<Secret>,
    /// How long a store that does not answer may hold up the process in all.
    pub timeout: Duration,
    /// Nobody has named this store: that nothing listens there is no failure, but as if there were no cache.
    pub may_be_absent: bool,
}

impl Default for Options {
    fn default() -> Self {
        let (prefix, ttl) = (DEFAULT_PREFIX.to_owned(), Ttls::default());
        Self { mode: CacheMode::On, prefix, ttl, secret: None, timeout: DEFAULT_TIMEOUT, may_be_absent: false }
    }
}

/// An entry that is looked up or stored. Only `key` and `kind` identify it; symbol and strategy label what is stored.
#[derive(Clone, Copy, Debug)]
pub struct EntryId<'a> {
    /// Its key.
    pub key: Key,
    /// Its kind.
    pub kind: EntryKind,
    /// Symbol of the asset.
    pub symbol: &'a str,
    /// Name of the strategy.
    pub strategy: &'a str,
}

/// What the cache did for this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheReport {
    /// What went wrong first, if anything did.
    pub warning: Option<CacheWarning>,
    /// The store that is not there, such as `Redis at 127.0.0.1:6379`, where none was named: the cache is off.
    pub absent: Option<String>,
    /// Lookups that found a valid entry.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Entries whose storage was confirmed.
    pub stored: u64,
    /// Misses because the entry found was rejected.
    pub corrupt: u64,
    /// Operations that failed.
    pub errors: u64,
}

/// The cache. Threads can share it; it ends with [`Results::finish`].
pub struct Results {
    worker: Option<Worker>,
    options: Options,
    names: KeyNames,
    label: String,
    lookups: [LookupCounters; EntryKind::ALL.len()],
}

/// Lookups of one kind of entry.
#[derive(Default)]
struct LookupCounters {
    hits: AtomicU64,
    misses: AtomicU64,
    corrupt: AtomicU64,
}

impl Results {
    /// A cache in this location. Returns at once: connecting goes on in the background.
    #[must_use]
    pub fn new(location: &CacheLocation, options: Options) -> Self {
        let backend = location.backend(options.timeout);
        Self::with_backend(backend, &location.label(), options)
    }

    /// A cache in any store; `label` is what warnings call it.
    #[must_use]
    pub fn with_backend(backend: Box<dyn Backend>, label: &str, options: Options) -> Self {
        let names = KeyNames::new(&options.prefix);
        let is_on = options.mode != CacheMode::Off;
        let start = || Worker::start(backend, label.to_owned(), options.timeout, options.may_be_absent);
        let worker = is_on.then(start);
        Self { worker, options, names, label: label.to_owned(), lookups: Default::default() }
    }

    /// No cache at all.
    #[must_use]
    pub fn off() -> Self {
        let options = Options { mode: CacheMode::Off, ..Options::default() };
        let names = KeyNames::new(&options.prefix);
        Self { worker: None, options, names, label: String::new(), lookups: Default::default() }
    }

    /// What it is used for; [`CacheMode::Off`] also where there is no store and none was named. Waits until that is
    /// known, within the timeout.
    #[must_use]
    pub fn mode(&self) -> CacheMode {
        let is_off = self.worker.as_ref().is_none_or(Worker::is_absent);
        if is_off { CacheMode::Off } else { self.options.mode }
    }

    /// Whether what is computed is being stored, as far as is known.
    #[must_use]
    pub fn is_storing(&self) -> bool {
        self.mode() != CacheMode::Off && self.worker.as_ref().is_some_and(|worker| !worker.breaker().writes_are_off())
    }

    /// Looks up these entries; one value each, in their order. Pass them all at once: that is one round trip for each
    /// 256 of them. Not counted as misses in [`CacheMode::Off`] and [`CacheMode::Refresh`], as nothing is looked up.
    #[must_use]
    pub fn get(&self, entries: &[EntryId<'_>]) -> Vec<Option<StoredValue>> {
        let mut found = Vec::with_capacity(entries.len());
        if let (Some(worker), CacheMode::On) = (&self.worker, self.options.mode) {
            let names = entries.iter().map(|entry| self.name(entry)).collect();
            worker.get(names, |value| {
                if let Some(entry) = entries.get(found.len()) {
                    found.push(value.and_then(|bytes| self.open(entry, &bytes)));
                }
            });
            found.resize_with(entries.len(), || None);
            if !worker.breaker().is_absent() {
                self.count_lookups(entries, &found);
            }
        }
        found.resize_with(entries.len(), || None);
        found
    }

    /// Stores a value some time before the end, if the store takes it. Never waits.
    pub fn put(&self, entry: &EntryId<'_>, value: &StoredValue) {
        let Some(worker) = self.worker.as_ref().filter(|worker| !worker.breaker().writes_are_off()) else { return };
        if value.kind() != entry.kind {
            tracing::error!(?entry, "not stored: the value is of another kind");
            return;
        }
        let payload = match codec::encode(value) {
            Ok(payload) => payload,
            Err(reason) => return tracing::warn!(?entry, %reason, "not stored"),
        };
        let secret = self.options.secret.as_ref();
        let label = label(entry.symbol, entry.strategy);
        let Some(value) = envelope::seal(&entry.key, entry.kind.tag(), &label, &payload, secret) else {
            return tracing::debug!(?entry, bytes = payload.len(), "not stored: it is too large");
        };
        let ttl = self.options.ttl.for_kind(entry.kind);
        worker.put(NewEntry { name: self.name(entry), kind: entry.kind, value, ttl });
    }

    /// Counts trials on candles with this digest some time before the end. Never waits.
    pub fn add_trials(&self, candles: &[u8; 32], trials: TrialSet) {
        if let Some(worker) = &self.worker {
            worker.add_trials(self.names.trials(candles), trials);
        }
    }

    /// Counts trials on candles with this digest, and gives the number of all distinct ones that anyone ever counted there;
    /// none where no store knows it.
    #[must_use]
    pub fn count_trials(&self, candles: &[u8; 32], trials: TrialSet) -> Option<u64> {
        self.worker.as_ref()?.count_trials(self.names.trials(candles), trials)
    }

    /// Waits for the last writes, within what is left of the stall budget, and reports what the cache did.
    #[must_use]
    pub fn finish(self) -> CacheReport {
        let Some(worker) = &self.worker else { return CacheReport::default() };
        let mut counters = self.lookup_counters();
        if !counters.is_zero() || worker.has_written() {
            let (total, (day, _)) = (self.names.stats(), self.names.day(now()));
            worker.finish(CounterDelta { total, day, now: now(), counters });
        }
        worker.add_stored(&mut counters);
        let breaker = worker.breaker();
        let total = counters.total();
        CacheReport {
            warning: breaker.warning(),
            absent: breaker.is_absent().then(|| self.label.clone()),
            hits: total.hits,
            misses: total.misses,
            stored: total.stored,
            corrupt: total.corrupt,
            errors: breaker.errors(),
        }
    }

    fn lookup_counters(&self) -> Counters {
        let mut counters = Counters::default();
        for kind in EntryKind::ALL {
            let (lookups, counters) = (&self.lookups[kind.index()], counters.kind_mut(kind));
            counters.hits = lookups.hits.load(Ordering::Relaxed);
            counters.misses = lookups.misses.load(Ordering::Relaxed);
            counters.corrupt = lookups.corrupt.load(Ordering::Relaxed);
        }
        counters
    }

    fn name(&self, entry: &EntryId<'_>) -> String {
        self.names.entry(entry.kind, &entry.key)
    }

    /// The value in these bytes, or `None` and one more corrupt entry.
    fn open(&self, entry: &EntryId<'_>, bytes: &[u8]) -> Option<StoredValue> {
        let secret = self.options.secret.as_ref();
        let value = match envelope::open(bytes, &entry.key, entry.kind.tag(), secret) {
            Ok(payload) => codec::decode(payload, entry.kind).map_err(|reason| reason.to_string()),
            Err(reason) => Err(reason.to_string()),
        };
        value
            .map_err(|reason| {
                tracing::debug!(key = %entry.key, symbol = entry.symbol, strategy = entry.strategy, reason, "refused");
                self.lookups[entry.kind.index()].corrupt.fetch_add(1, Ordering::Relaxed);
            })
            .ok()
    }

    fn count_lookups(&self, entries: &[EntryId<'_>], found: &[Option<StoredValue>]) {
        for (entry, found) in entries.iter().zip(found) {
            let outcome = if found.is_some() { "hit" } else { "miss" };
            let EntryId { key, kind, symbol, strategy } = entry;
            tracing::debug!(symbol, strategy, kind = kind.name(), %key, "cache {outcome}");
            let lookups = &self.lookups[kind.index()];
            let counter = if found.is_some() { &lookups.hits } else { &lookups.misses };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
