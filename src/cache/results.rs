//! The cache as the engine sees it: it finds or it misses, and it never fails.
//!
//! Trouble of any kind (no Redis, a slow one, a full one, foreign bytes) is a kind of miss. What the user needs to
//! know of it is one line in the [`Report`] at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::backend::{Backend, Entry};
use super::codec::{self, Stored};
use super::counts::{Booking, Ledger};
use super::envelope;
use super::key::{Key, Kind};
use super::name::Names;
use super::patience::STALL_BUDGET;
use super::place::Place;
use super::secret::Secret;
use super::ttl::Ttls;
use super::worker::Worker;
use crate::sim::model::Millis;

/// First part of the names of all our keys.
pub const DEFAULT_PREFIX: &str = "backtest";

/// What the cache is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Off,
    /// Everything is computed, and stored.
    Refresh,
    /// What is stored is used; the rest is computed, and stored.
    #[default]
    On,
}

/// How the cache is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// What for.
    pub mode: Mode,
    /// First part of all names of keys.
    pub prefix: String,
    /// How long values live.
    pub ttl: Ttls,
    /// Seals values, so that only those who know it can make them.
    pub secret: Option<Secret>,
    /// How long the process may wait for the store in all without getting anything.
    pub budget: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let (prefix, ttl) = (DEFAULT_PREFIX.to_owned(), Ttls::default());
        Self { mode: Mode::On, prefix, ttl, secret: None, budget: STALL_BUDGET }
    }
}

/// A value that is looked for or stored. Only `key` and `kind` decide which; the names are for `cache stats|clear`.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its identity.
    pub key: Key,
    /// What it is.
    pub kind: Kind,
    /// Symbol of the asset.
    pub symbol: &'a str,
    /// Name of the strategy.
    pub strategy: &'a str,
}

/// What the cache did for this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One line for stderr, if anything went wrong: class, `host:port`, what is done without. Never a secret.
    pub warning: Option<String>,
    /// Values found and good.
    pub hits: u64,
    /// Values looked for in vain.
    pub misses: u64,
    /// Values that are stored for sure.
    pub stored: u64,
    /// Misses because a value was found but refused.
    pub corrupt: u64,
    /// Operations that failed.
    pub errors: u64,
}

/// The cache. Can be shared by threads; ends with [`Results::finish`].
pub struct Results {
    worker: Option<Worker>,
    options: Options,
    names: Names,
    metrics: usize,
    tallies: [Tally; Kind::ALL.len()],
}

/// What was looked for, of one kind.
#[derive(Default)]
struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
    corrupt: AtomicU64,
}

impl Results {
    /// A cache in this place; `metrics` is how many metrics a result has. Returns at once: connecting goes on in the
    /// background.
    #[must_use]
    pub fn new(place: &Place, options: Options, metrics: usize) -> Self {
        let backend = place.backend(options.budget > STALL_BUDGET);
        Self::with_backend(backend, &place.label(), options, metrics)
    }

    /// A cache in any store; `label` is its name in warnings.
    #[must_use]
    pub fn with_backend(backend: Box<dyn Backend>, label: &str, options: Options, metrics: usize) -> Self {
        let names = Names::new(&options.prefix);
        let is_on = options.mode != Mode::Off;
        let worker = is_on.then(|| Worker::start(backend, label.to_owned(), options.budget));
        Self { worker, options, names, metrics, tallies: Default::default() }
    }

    /// No cache at all.
    #[must_use]
    pub fn off() -> Self {
        let options = Options { mode: Mode::Off, ..Options::default() };
        Self::with_backend(Box::new(super::memory::Memory::new()), "", options, 0)
    }

    /// What it is used for.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.options.mode
    }

    /// Looks for these values; one answer each, in their order. Ask for all at once: that is one way to the server
    /// for each 256 of them. Not counted as misses in [`Mode::Off`] and [`Mode::Refresh`], where nobody looks.
    #[must_use]
    pub fn get(&self, wanted: &[Wanted<'_>]) -> Vec<Option<Stored>> {
        let mut found = Vec::with_capacity(wanted.len());
        if let (Some(worker), Mode::On) = (&self.worker, self.options.mode) {
            let names = wanted.iter().map(|wanted| self.name(wanted)).collect();
            worker.get(names, |value| {
                if let Some(wanted) = wanted.get(found.len()) {
                    found.push(value.and_then(|bytes| self.open(wanted, &bytes)));
                }
            });
            found.resize_with(wanted.len(), || None);
            self.tell(wanted, &found);
        }
        found.resize_with(wanted.len(), || None);
        found
    }

    /// Stores a value some time before the end, if the store takes it. Never waits.
    pub fn put(&self, wanted: &Wanted<'_>, value: &Stored) {
        let Some(worker) = self.worker.as_ref().filter(|worker| !worker.writes_are_off()) else { return };
        if value.kind() != wanted.kind {
            tracing::error!(?wanted, "not stored: the value is of another kind");
            return;
        }
        let payload = match codec::encode(value, self.metrics) {
            Ok(payload) => payload,
            Err(reason) => return tracing::warn!(?wanted, %reason, "not stored"),
        };
        let secret = self.options.secret.as_ref();
        let Some(value) = envelope::seal(&wanted.key, wanted.kind, &payload, secret) else {
            return tracing::debug!(?wanted, bytes = payload.len(), "not stored: it is too large");
        };
        let ttl = self.options.ttl.of(wanted.kind);
        worker.put(Entry { name: self.name(wanted), kind: wanted.kind, value, ttl });
    }

    /// Waits for the last writes, within what is left of the stall budget, and tells what the cache did.
    #[must_use]
    pub fn finish(self) -> Report {
        let Some(worker) = &self.worker else { return Report::default() };
        let mut ledger = self.looked_up();
        if !ledger.is_zero() || worker.has_written() {
            let (total, (day, _)) = (self.names.stats(), self.names.day(now()));
            worker.finish(Booking { total, day, now: now(), ledger });
        }
        worker.book_stored(&mut ledger);
        let trouble = worker.trouble();
        let total = ledger.total();
        Report {
            warning: trouble.warning(),
            hits: total.hits,
            misses: total.misses,
            stored: total.stored,
            corrupt: total.corrupt,
            errors: trouble.errors(),
        }
    }

    fn looked_up(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for kind in Kind::ALL {
            let (tally, counts) = (&self.tallies[kind.index()], ledger.of_mut(kind));
            counts.hits = tally.hits.load(Ordering::Relaxed);
            counts.misses = tally.misses.load(Ordering::Relaxed);
            counts.corrupt = tally.corrupt.load(Ordering::Relaxed);
        }
        ledger
    }

    fn name(&self, wanted: &Wanted<'_>) -> String {
        self.names.entry(wanted.kind, wanted.symbol, wanted.strategy, &wanted.key)
    }

    /// The value in these bytes, or `None` and one more corrupt entry.
    fn open(&self, wanted: &Wanted<'_>, bytes: &[u8]) -> Option<Stored> {
        let secret = self.options.secret.as_ref();
        let value = match envelope::open(bytes, &wanted.key, wanted.kind, secret) {
            Ok(payload) => codec::decode(payload, wanted.kind, self.metrics).map_err(|reason| reason.to_string()),
            Err(reason) => Err(reason.to_string()),
        };
        value
            .map_err(|reason| {
                tracing::debug!(key = %wanted.key, symbol = wanted.symbol, strategy = wanted.strategy, reason, "refused");
                self.tallies[wanted.kind.index()].corrupt.fetch_add(1, Ordering::Relaxed);
            })
            .ok()
    }

    fn tell(&self, wanted: &[Wanted<'_>], found: &[Option<Stored>]) {
        for (wanted, found) in wanted.iter().zip(found) {
            let outcome = if found.is_some() { "hit" } else { "miss" };
            let Wanted { key, kind, symbol, strategy } = wanted;
            tracing::debug!(symbol, strategy, kind = kind.name(), %key, "cache {outcome}");
            let tally = &self.tallies[kind.index()];
            let counter = if found.is_some() { &tally.hits } else { &tally.misses };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The present moment.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
