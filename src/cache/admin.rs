//! What the owners of a cache need: numbers about it, lists of it, and ways to empty it. Here the user asked for the
//! cache itself, so trouble is an error, not a miss.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use super::counts::{Ledger, SINCE};
use super::failure::Failure;
use super::filter::Filter;
use super::keeper::{Keeper, Life, Probes, Right, ServerInfo};
use super::name::Names;
use super::place::Place;
use super::results::now;
use super::stats::Stats;
use crate::sim::model::Millis;

/// Days for which counters are shown.
const DAYS: i64 = 30;
/// Days for which counters may be there.
const KEPT_DAYS: i64 = 41;
const DAY: Millis = 86_400_000;
/// Pings of which the median is told.
const PINGS: usize = 5;

/// One of our entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its full name.
    pub name: String,
    /// What it is, such as `result`.
    pub kind: String,
    /// Symbol of the asset.
    pub symbol: String,
    /// Name of the strategy.
    pub strategy: String,
    /// The digest that identifies it.
    pub key: String,
    /// Bytes that it takes.
    pub bytes: u64,
    /// How long it still has.
    pub life: Life,
}

/// How a store is, and what may be done in it.
#[derive(Clone, Debug)]
pub struct Info {
    /// The store.
    pub server: ServerInfo,
    /// Median time of a way there and back.
    pub latency: Duration,
    /// What may be done, each with why not, if not.
    pub rights: Vec<(Right, Option<Failure>)>,
}

impl Info {
    /// Why runs can make no use of it, if so.
    #[must_use]
    pub fn unusable(&self) -> Option<&Failure> {
        self.rights.iter().find(|(right, _)| *right == Right::Read).and_then(|(_, failure)| failure.as_ref())
    }
}

/// A connection to look after our entries under one prefix.
pub struct Admin {
    keeper: Box<dyn Keeper>,
    names: Names,
}

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// [`Failure`] when there is no usable store.
    pub fn connect(place: &Place, prefix: &str) -> Result<Self, Failure> {
        Ok(Self { keeper: place.keeper()?, names: Names::new(prefix) })
    }

    /// Median time of some ways there and back, and whether results can be read: a cluster answers a ping too.
    ///
    /// # Errors
    /// [`Failure`] when it does not answer, or not to lookups.
    pub fn ping(&mut self) -> Result<Duration, Failure> {
        let info = self.info()?;
        info.unusable().cloned().map_or(Ok(info.latency), Err)
    }

    /// How it is, and what may be done here: by doing it with an entry that lives for a moment.
    ///
    /// # Errors
    /// [`Failure`] when it does not answer.
    pub fn info(&mut self) -> Result<Info, Failure> {
        let mut times = Vec::with_capacity(PINGS);
        for _ in 0..PINGS {
            let begun = Instant::now();
            self.keeper.ping()?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let probes = Probes { probe: self.names.probe(), counters: self.names.stats() };
        let rights = self.keeper.rights(&probes)?;
        Ok(Info { server: self.keeper.server()?, latency: times[PINGS / 2], rights })
    }

    /// Counts our entries. Looks at every key of the database, a page at a time.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn stats(&mut self) -> Result<Stats, Failure> {
        let mut stats = Stats { server: self.keeper.server()?, ..Stats::default() };
        self.count(&mut stats)?;
        self.each_page(&Filter::default(), |keeper, names, page| {
            let (by, sizes) = keeper.weigh(&page)?;
            stats.bytes_by = by;
            for (name, size) in page.iter().zip(sizes) {
                // Without a size it has expired since.
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
        let mut counters = self.keeper.counters(&all)?.into_iter();
        let total = counters.next().unwrap_or_default();
        stats.counts = ledger(&total);
        stats.since = total.iter().find(|(name, _)| name == SINCE).and_then(|(_, since)| since.parse().ok());
        let days = days.into_iter().zip(counters.map(|fields| ledger(&fields)));
        stats.days = days.filter(|(_, ledger)| !ledger.is_zero()).collect();
        Ok(())
    }

    /// Hands over our entries that match, page by page, until `each` says false.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn keys(&mut self, filter: &Filter, mut each: impl FnMut(Vec<Listed>) -> bool) -> Result<(), Failure> {
        let mut going_on = true;
        self.each_page(filter, |keeper, names, page| {
            if !going_on {
                return Ok(());
            }
            let (_, sizes) = keeper.weigh(&page)?;
            let lives = keeper.lives(&page)?;
            let listed = page.iter().zip(sizes).zip(lives).filter_map(|((name, bytes), life)| {
                let parts = names.parse(name)?;
                Some(Listed {
                    name: String::from_utf8_lossy(name).into_owned(),
                    kind: parts.kind.to_owned(),
                    symbol: parts.symbol.to_owned(),
                    strategy: parts.strategy.to_owned(),
                    key: parts.hash.to_owned(),
                    bytes: bytes?,
                    life,
                })
            });
            going_on = each(listed.filter(|listed| listed.life != Life::Over).collect());
            Ok(())
        })
    }

    /// How many of our entries match.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way.
    pub fn matching(&mut self, filter: &Filter) -> Result<u64, Failure> {
        let mut count = 0;
        self.each_page(filter, |_, _, page| {
            count += page.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }

    /// Removes our entries that match, and the counters too when everything is cleared; how many entries there were.
    /// Other people's keys stay, whatever they are called.
    ///
    /// # Errors
    /// [`Failure`] when the store fails on the way; what was removed stays removed.
    pub fn clear(&mut self, filter: &Filter) -> Result<u64, Failure> {
        let mut removed = 0;
        self.each_page(filter, |keeper, _, page| {
            removed += keeper.remove(&page)?;
            Ok(())
        })?;
        if filter.is_all() {
            let days = (0..KEPT_DAYS).map(|ago| self.names.day(now() - ago * DAY).0);
            let counters: Vec<String> = std::iter::once(self.names.stats()).chain(days).collect();
            self.keeper.forget(&counters)?;
        }
        Ok(removed)
    }

    /// Hands over the names of our entries that match, page by page and each once.
    fn each_page(
        &mut self,
        filter: &Filter,
        mut handle: impl FnMut(&mut dyn Keeper, &Names, Vec<Vec<u8>>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pattern = self.names.pattern(filter);
        // A scan may give a key twice. Eight bytes for each are enough to tell.
        let mut seen = HashSet::new();
        let mut at: Option<Vec<u8>> = None;
        loop {
            let page = self.keeper.scan(at.as_deref(), &pattern)?;
            let is_ours = |name: &Vec<u8>| self.names.parse(name).is_some_and(|parts| parts.pass(filter));
            let ours: Vec<_> =
                page.names.into_iter().filter(|name| is_ours(name) && seen.insert(fingerprint(name))).collect();
            if !ours.is_empty() {
                handle(self.keeper.as_mut(), &self.names, ours)?;
            }
            at = page.next;
            if at.is_none() {
                return Ok(());
            }
        }
    }
}

fn ledger(fields: &[(String, String)]) -> Ledger {
    Ledger::from_fields(fields.iter().map(|(name, number)| (name.as_str(), number.as_str())))
}

fn fingerprint(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
