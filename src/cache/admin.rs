//! Looking after a cache: statistics, lists of entries, and clearing. Here the user asked for the cache itself, so a
//! failure is an error, not a miss.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use super::backend::{AdminBackend, Failure, Permission, PermissionProbe, RemainingTtl, now};
use super::key_names::{EntryFilter, KeyNames};
use super::location::CacheLocation;
use super::statistics::{Counters, SINCE, ServerInfo, Stats};
use crate::sim::model::Millis;

/// Days for which counters are shown.
const DAYS: i64 = 30;
/// Days for which counters may be there.
const KEPT_DAYS: i64 = 41;
const DAY: Millis = 86_400_000;
/// Pings of which the median is reported.
const PINGS: usize = 5;

/// One of our entries, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEntry {
    /// Its full name.
    pub name: String,
    /// Its kind, such as `result`.
    pub kind: String,
    /// Symbol of the asset.
    pub symbol: String,
    /// Name of the strategy.
    pub strategy: String,
    /// The key that identifies it.
    pub key: String,
    /// Bytes that it takes.
    pub bytes: u64,
    /// How long it is still kept.
    pub life: RemainingTtl,
}

/// The state of a store, and what is permitted in it.
#[derive(Clone, Debug)]
pub struct StoreInfo {
    /// The store.
    pub server: ServerInfo,
    /// Median time of a round trip.
    pub latency: Duration,
    /// Each operation, with the reason where it is denied.
    pub rights: Vec<(Permission, Option<Failure>)>,
}

impl StoreInfo {
    /// Why runs cannot use it, if so.
    #[must_use]
    pub fn unusable(&self) -> Option<&Failure> {
        self.rights.iter().find(|(right, _)| *right == Permission::Read).and_then(|(_, failure)| failure.as_ref())
    }
}

/// A connection for looking after our entries under one prefix.
pub struct Admin {
    store: Box<dyn AdminBackend>,
    names: KeyNames,
}

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// [`Failure`] when there is no usable store.
    pub fn connect(location: &CacheLocation, prefix: &str) -> Result<Self, Failure> {
        Ok(Self { store: location.admin_backend()?, names: KeyNames::new(prefix) })
    }

    /// Median time of some round trips, and whether results can be read: a cluster answers a ping too.
    ///
    /// # Errors
    /// [`Failure`] when it does not answer, or not to lookups.
    pub fn ping(&mut self) -> Result<Duration, Failure> {
        let info = self.info()?;
        info.unusable().cloned().map_or(Ok(info.latency), Err)
    }

    /// The state of the store, and what is permitted here, found out by doing it with an entry that expires at once.
    ///
    /// # Errors
    /// [`Failure`] when it does not answer.
    pub fn info(&mut self) -> Result<StoreInfo, Failure> {
        let mut times = Vec::with_capacity(PINGS);
        for _ in 0..PINGS {
            let begun = Instant::now();
            self.store.ping()?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let probe = PermissionProbe { entry: self.names.probe(), counters: self.names.stats() };
        let rights = self.store.permissions(&probe)?;
        Ok(StoreInfo { server: self.store.server()?, latency: times[PINGS / 2], rights })
    }

    /// Counts our entries. Looks at every key of the database, a page at a time.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn stats(&mut self) -> Result<Stats, Failure> {
        let mut stats = Stats { server: self.store.server()?, ..Stats::default() };
        self.count(&mut stats)?;
        self.each_page(&EntryFilter::default(), |store, names, page| {
            let (by, sizes) = store.sizes(&page)?;
            stats.bytes_by = by;
            for (name, size) in page.iter().zip(sizes) {
                // Without a size it has expired meanwhile.
                if let (Some(parts), Some(bytes)) = (names.parse(name), size) {
                    stats.add(parts, bytes);
                }
            }
            Ok(())
        })?;
        Ok(stats)
    }

    fn count(&mut self, stats: &mut Stats) -> Result<(), Failure> {
        let (names, days): (Vec<String>, Vec<String>) = (0..DAYS).map(|ago| self.names.day(now() - ago * DAY)).unzip();
        let all: Vec<String> = std::iter::once(self.names.stats()).chain(names).collect();
        let mut found = self.store.counters(&all)?.into_iter();
        let total = found.next().unwrap_or_default();
        stats.counts = counters_of(&total);
        stats.since = total.iter().find(|(name, _)| name == SINCE).and_then(|(_, since)| since.parse().ok());
        let days = days.into_iter().zip(found.map(|fields| counters_of(&fields)));
        stats.days = days.filter(|(_, counters)| !counters.is_zero()).collect();
        Ok(())
    }

    /// Passes our entries that match to `each`, page by page, until it returns false.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn keys(
        &mut self,
        filter: &EntryFilter,
        mut each: impl FnMut(Vec<ListedEntry>) -> bool,
    ) -> Result<(), Failure> {
        let mut going_on = true;
        self.each_page(filter, |store, names, page| {
            if !going_on {
                return Ok(());
            }
            let (_, sizes) = store.sizes(&page)?;
            let ttls = store.ttls(&page)?;
            let listed = page.iter().zip(sizes).zip(ttls).filter_map(|((name, bytes), life)| {
                let parts = names.parse(name)?;
                Some(ListedEntry {
                    name: String::from_utf8_lossy(name).into_owned(),
                    kind: parts.kind.to_owned(),
                    symbol: parts.symbol.to_owned(),
                    strategy: parts.strategy.to_owned(),
                    key: parts.key.to_owned(),
                    bytes: bytes?,
                    life,
                })
            });
            going_on = each(listed.filter(|listed| listed.life != RemainingTtl::Over).collect());
            Ok(())
        })
    }

    /// How many of our entries match.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn matching(&mut self, filter: &EntryFilter) -> Result<u64, Failure> {
        let mut count = 0;
        self.each_page(filter, |_, _, page| {
            count += page.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }

    /// Deletes our entries that match, and the counters too when everything is cleared; returns how many entries there
    /// were. Keys of other programs stay, whatever their names.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way; what was deleted stays deleted.
    pub fn clear(&mut self, filter: &EntryFilter) -> Result<u64, Failure> {
        let mut deleted = 0;
        self.each_page(filter, |store, _, page| {
            deleted += store.delete(&page)?;
            Ok(())
        })?;
        if filter.is_all() {
            let days = (0..KEPT_DAYS).map(|ago| self.names.day(now() - ago * DAY).0);
            let counters: Vec<String> = std::iter::once(self.names.stats()).chain(days).collect();
            self.store.delete_counters(&counters)?;
        }
        Ok(deleted)
    }

    /// Passes the names of our entries that match to `handle`, page by page and each once.
    fn each_page(
        &mut self,
        filter: &EntryFilter,
        mut handle: impl FnMut(&mut dyn AdminBackend, &KeyNames, Vec<Vec<u8>>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pattern = self.names.pattern(filter);
        // A scan may give a key twice. Eight bytes for each are enough to tell.
        let mut seen = HashSet::new();
        let mut cursor: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(cursor.as_deref(), &pattern)?;
            let is_ours = |name: &Vec<u8>| self.names.parse(name).is_some_and(|parts| parts.passes(filter));
            let ours: Vec<_> = page.names.into_iter().filter(|name| is_ours(name) && seen.insert(hash(name))).collect();
            if !ours.is_empty() {
                handle(self.store.as_mut(), &self.names, ours)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

fn counters_of(fields: &[(String, String)]) -> Counters {
    Counters::from_fields(fields.iter().map(|(name, number)| (name.as_str(), number.as_str())))
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
