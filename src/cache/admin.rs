//! Looking after a cache: statistics, lists of entries, and clearing. Here the user asked for the cache itself, so a
//! failure is an error, not a miss.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use super::backend::{AdminBackend, Failure, FailureClass, NamePage, Permission, PermissionProbe, RemainingTtl};
use super::codec::{self, StoredValue};
use super::envelope::{self, HEAD, MAX_VALUE, Secret};
use super::key::{EntryKind, Key};
use super::key_names::{EntryFilter, EntryName, KEY_DIGITS, KeyNames};
use super::location::CacheLocation;
use super::statistics::{Counters, SINCE, ServerInfo, Stats};
use crate::clock::now;
use crate::sim::Millis;

/// Days for which counters are shown.
const DAYS: i64 = 30;
/// Days for which counters may be there.
const KEPT_DAYS: i64 = 41;
const DAY: Millis = 86_400_000;
/// Pings of which the median is reported.
const PINGS: usize = 5;
/// Beyond so many entries it is not a cache but a server whose list of keys does not end.
const MAX_ENTRIES: usize = 10_000_000;

/// One of our entries, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEntry {
    /// Its name in the store.
    pub name: String,
    /// Its kind, such as `result`.
    pub kind: String,
    /// Symbol of the asset, of the run that stored it; `_` where that is not known.
    pub symbol: String,
    /// Name of the strategy, likewise.
    pub strategy: String,
    /// The key that identifies it.
    pub key: String,
    /// Bytes that it takes.
    pub bytes: u64,
    /// How long it is still kept.
    pub ttl: RemainingTtl,
}

impl ListedEntry {
    /// `KIND:SYMBOL:STRATEGY:KEY`: what people call it, and what patterns are matched against.
    #[must_use]
    pub fn label(&self) -> String {
        let Self { kind, symbol, strategy, key, .. } = self;
        format!("{kind}:{symbol}:{strategy}:{key}")
    }
}

/// The state of a store, and what is permitted in it.
#[derive(Clone, Debug)]
pub struct StoreInfo {
    /// The store.
    pub server: ServerInfo,
    /// Median time of a round trip.
    pub latency: Duration,
    /// Each operation, with the reason where it is denied.
    pub permissions: Vec<(Permission, Option<Failure>)>,
}

impl StoreInfo {
    /// Why runs cannot use it, if so.
    #[must_use]
    pub fn unusable(&self) -> Option<&Failure> {
        self.permissions
            .iter()
            .find(|(permission, _)| *permission == Permission::Read)
            .and_then(|(_, failure)| failure.as_ref())
    }
}

/// A connection for looking after our entries under one prefix.
pub struct Admin {
    store: Box<dyn AdminBackend>,
    label: String,
    names: KeyNames,
}

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// [`Failure`] when there is no usable store.
    pub fn connect(location: &CacheLocation, prefix: &str) -> Result<Self, Failure> {
        Ok(Self { store: location.admin_backend()?, label: location.label(), names: KeyNames::new(prefix) })
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
        let permissions = self.store.permissions(&probe)?;
        Ok(StoreInfo { server: self.store.server()?, latency: times[PINGS / 2], permissions })
    }

    /// Counts our entries. Looks at every key of the database, a page at a time.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn stats(&mut self) -> Result<Stats, Failure> {
        let mut stats = Stats { server: self.store.server()?, ..Stats::default() };
        self.count(&mut stats)?;
        self.each_page(&EntryFilter::default(), true, |store, page| {
            let (by, sizes) = store.sizes(&page.names)?;
            stats.bytes_by = by;
            for (entry, size) in page.entries.iter().zip(sizes) {
                // Without a size it has expired meanwhile.
                if let Some(bytes) = size {
                    stats.add(&entry.kind, &entry.symbol, &entry.strategy, bytes);
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
        self.each_page(filter, true, |store, page| {
            if !going_on {
                return Ok(());
            }
            let (_, sizes) = store.sizes(&page.names)?;
            let ttls = store.ttls(&page.names)?;
            let listed =
                page.names.iter().zip(page.entries).zip(sizes).zip(ttls).filter_map(|(((name, entry), bytes), ttl)| {
                    let EntryName { kind, key, symbol, strategy } = entry;
                    let name = String::from_utf8_lossy(name).into_owned();
                    Some(ListedEntry { name, kind, symbol, strategy, key, bytes: bytes?, ttl })
                });
            going_on = each(listed.filter(|listed| listed.ttl != RemainingTtl::Expired).collect());
            Ok(())
        })
    }

    /// The value of an entry, as far as it can be read and trusted; `None` where it is gone.
    ///
    /// # Errors
    /// [`Failure`] when the store fails.
    pub fn value(
        &mut self,
        entry: &ListedEntry,
        secret: Option<&Secret>,
    ) -> Result<Option<Result<StoredValue, String>>, Failure> {
        let bytes = self.store.read(&[entry.name.clone().into_bytes()], MAX_VALUE)?.pop().flatten();
        Ok(bytes.map(|bytes| value(entry, &bytes, secret)))
    }

    /// How many of our entries match.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn matching(&mut self, filter: &EntryFilter) -> Result<u64, Failure> {
        let mut count = 0;
        self.each_page(filter, false, |_, page| {
            count += page.names.len() as u64;
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
        self.each_page(filter, false, |store, page| {
            deleted += store.delete(&page.names)?;
            Ok(())
        })?;
        if filter.is_all() {
            let days = (0..KEPT_DAYS).map(|ago| self.names.day(now() - ago * DAY).0);
            let counters: Vec<String> = std::iter::once(self.names.stats()).chain(days).collect();
            self.store.delete_counters(&counters)?;
        }
        Ok(deleted)
    }

    /// Passes our entries that match to `handle`, page by page and each once; with their labels where the filter needs
    /// them or `with_labels` is set.
    fn each_page(
        &mut self,
        filter: &EntryFilter,
        with_labels: bool,
        mut handle: impl FnMut(&mut dyn AdminBackend, EntryPage) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pattern = self.names.pattern(filter);
        // A scan may give a key twice. Eight bytes for each are enough to tell.
        let mut seen = HashSet::new();
        let mut cursor: Option<Vec<u8>> = None;
        let exact = filter.key.as_ref().filter(|key| key.len() == KEY_DIGITS);
        loop {
            let page = match exact {
                // A whole key has few names: no need to look through all there are.
                Some(key) => {
                    let names = EntryKind::ALL.map(|kind| self.names.entry(kind, key).into_bytes());
                    NamePage { next: None, names: names.to_vec() }
                }
                None => self.store.scan(cursor.as_deref(), &pattern)?,
            };
            let is_ours = |name: &Vec<u8>| self.names.parse(name, None).is_some();
            let names: Vec<_> =
                page.names.into_iter().filter(|name| is_ours(name) && seen.insert(hash(name))).collect();
            if seen.len() > MAX_ENTRIES {
                return Err(Failure::new(FailureClass::Protocol, &self.label, "its list of keys does not end"));
            }
            let needs_labels = with_labels || filter.needs_labels();
            let heads = if needs_labels { self.store.read(&names, HEAD)? } else { vec![None; names.len()] };
            let mut ours = EntryPage::default();
            for (name, head) in names.into_iter().zip(heads) {
                let entry = self.names.parse(&name, head.as_deref().and_then(envelope::label));
                if let Some(entry) = entry.filter(|entry| entry.passes(filter)) {
                    ours.names.push(name);
                    ours.entries.push(entry);
                }
            }
            if !ours.names.is_empty() {
                handle(self.store.as_mut(), ours)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

/// Entries of one step of a scan.
#[derive(Default)]
struct EntryPage {
    names: Vec<Vec<u8>>,
    entries: Vec<EntryName>,
}

/// What the bytes of an entry hold.
fn value(entry: &ListedEntry, bytes: &[u8], secret: Option<&Secret>) -> Result<StoredValue, String> {
    let kind = EntryKind::ALL.into_iter().find(|kind| kind.name() == entry.kind);
    let key = Key::from_hex(&entry.key);
    let (Some(kind), Some(key)) = (kind, key) else { return Err("its kind is unknown to this version".to_owned()) };
    let payload = envelope::open(bytes, &key, kind.tag(), secret).map_err(|error| error.to_string())?;
    codec::decode(payload, kind).map_err(|error| error.to_string())
}

fn counters_of(fields: &[(String, String)]) -> Counters {
    Counters::from_fields(fields.iter().map(|(name, number)| (name.as_str(), number.as_str())))
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
