//! What the owners of a cache need: numbers about it, and ways to empty it. Here the user asked for Redis, so trouble
//! is an error, not a miss.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::counts::Counts;
use super::endpoint::Endpoint;
use super::failure::Failure;
use super::name::{Names, Parts};
use super::redis_admin::Console;

/// Entries and the bytes they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of entries.
    pub entries: u64,
    /// Their bytes; of which sort, [`Stats::bytes_by`] says.
    pub bytes: u64,
}

/// Which bytes were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesBy {
    /// What entries take in the server's memory (MEMORY USAGE), names and overhead included.
    #[default]
    Memory,
    /// Lengths of the values alone (STRLEN), where the server does not allow MEMORY USAGE.
    Length,
}

/// Numbers about the server itself; each is `None` where it will not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    /// Version, such as `7.0.15`.
    pub version: Option<String>,
    /// Bytes in use, by everything on it.
    pub used_memory: Option<u64>,
    /// Most bytes it may use; 0 is no limit.
    pub maxmemory: Option<u64>,
    /// What it does at that limit, such as `noeviction`, `allkeys-lru`.
    pub policy: Option<String>,
}

/// Numbers about our part of a Redis.
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
    pub counts: Counts,
    /// `hits / (hits + misses)` of these; `None` before the first lookup.
    pub hit_rate: Option<f64>,
    /// The server.
    pub server: ServerInfo,
}

/// Which entries to clear: those that match all that is given; all of ours when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClearFilter {
    /// Only of this symbol.
    pub symbol: Option<String>,
    /// Only of this strategy.
    pub strategy: Option<String>,
}

/// A connection to look after our entries under one prefix.
pub struct Admin {
    console: Console,
    names: Names,
}

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// [`Failure`] when there is no usable Redis.
    pub fn connect(endpoint: &Endpoint, prefix: &str) -> Result<Self, Failure> {
        Ok(Self { console: Console::connect(endpoint)?, names: Names::new(prefix) })
    }

    /// Counts our entries. Looks at every key of the database, a page at a time.
    ///
    /// # Errors
    /// [`Failure`] when Redis fails on the way.
    pub fn stats(&mut self) -> Result<Stats, Failure> {
        let mut stats = Stats { server: self.server()?, ..Stats::default() };
        let counters = self.console.hash(&self.names.stats())?;
        stats.counts = Counts::from_fields(counters.iter().map(|(name, number)| (name.as_str(), number.as_str())));
        stats.hit_rate = stats.counts.hit_rate();
        // A scan may give a key twice. Eight bytes for each are enough to tell.
        let mut seen = HashSet::new();
        self.each_page(&ClearFilter::default(), |console, names, page| {
            let new: Vec<_> = page.into_iter().filter(|name| seen.insert(fingerprint(name))).collect();
            let mut sizes = None;
            if stats.bytes_by == BytesBy::Memory {
                sizes = console.memory(&new)?;
            }
            if sizes.is_none() {
                stats.bytes_by = BytesBy::Length;
                sizes = console.lengths(&new)?;
            }
            let sizes = sizes.unwrap_or_else(|| vec![Some(0); new.len()]);
            for (name, size) in new.iter().zip(sizes) {
                // Without a size it has expired since.
                if let (Some(parts), Some(bytes)) = (names.parse(name), size) {
                    stats.add(parts, bytes);
                }
            }
            Ok(())
        })?;
        Ok(stats)
    }

    /// Removes our entries that match, and the counters too when everything is cleared; how many entries there were.
    /// Other people's keys stay, whatever they are called.
    ///
    /// # Errors
    /// [`Failure`] when Redis fails on the way; what was removed stays removed.
    pub fn clear(&mut self, filter: &ClearFilter) -> Result<u64, Failure> {
        let mut removed = 0;
        self.each_page(filter, |console, _, page| {
            removed += console.unlink(&page)?;
            Ok(())
        })?;
        if *filter == ClearFilter::default() {
            self.console.unlink(&[self.names.stats().into_bytes()])?;
        }
        Ok(removed)
    }

    /// Hands over the names of our entries that match, page by page.
    fn each_page(
        &mut self,
        filter: &ClearFilter,
        mut handle: impl FnMut(&mut Console, &Names, Vec<Vec<u8>>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (symbol, strategy) = (filter.symbol.as_deref(), filter.strategy.as_deref());
        let pattern = self.names.pattern(symbol, strategy);
        let mut cursor = 0;
        loop {
            let page = self.console.scan(cursor, &pattern)?;
            let is_ours = |name: &Vec<u8>| self.names.parse(name).is_some_and(|parts| parts.matches(symbol, strategy));
            let ours: Vec<_> = page.names.into_iter().filter(is_ours).collect();
            if !ours.is_empty() {
                handle(&mut self.console, &self.names, ours)?;
            }
            cursor = page.cursor;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    fn server(&mut self) -> Result<ServerInfo, Failure> {
        let text = [self.console.info("server")?, self.console.info("memory")?].map(Option::unwrap_or_default).concat();
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim_end().to_owned())
        };
        let number = |name: &str| field(name).and_then(|value| value.parse().ok());
        Ok(ServerInfo {
            version: field("redis_version"),
            used_memory: number("used_memory"),
            maxmemory: number("maxmemory"),
            policy: field("maxmemory_policy"),
        })
    }
}

impl Stats {
    fn add(&mut self, parts: Parts<'_>, bytes: u64) {
        let kind = self.kinds.entry(parts.kind.to_owned()).or_default();
        let symbol = self.symbols.entry(parts.symbol.to_owned()).or_default();
        let strategy = self.strategies.entry(parts.strategy.to_owned()).or_default();
        for tally in [&mut self.total, kind, symbol, strategy] {
            tally.entries += 1;
            tally.bytes += bytes;
        }
    }
}

fn fingerprint(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
