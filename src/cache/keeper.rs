//! What looking after a cache needs from its store, beyond what a run does.

use std::time::Duration;

use super::failure::Failure;

/// One step through the names.
pub(super) struct Page {
    /// Where the next step begins; `None` after the last.
    pub next: Option<Vec<u8>>,
    /// Names of keys; one may come up twice on the way through all.
    pub names: Vec<Vec<u8>>,
}

/// Which bytes were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesBy {
    /// What entries take in the store, names and overhead included.
    #[default]
    Memory,
    /// Lengths of the values alone, where a server does not allow to ask for more.
    Length,
}

/// How long an entry still has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Until the store needs the room.
    Endless,
    /// So long.
    Left(Duration),
    /// It is gone already.
    Over,
}

/// Something that may be done in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Look results up.
    Read,
    /// Store results.
    Write,
    /// Count hits and misses.
    Count,
    /// List entries.
    List,
    /// Remove entries.
    Clear,
}

impl Right {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Count => "count",
            Self::List => "list",
            Self::Clear => "clear",
        }
    }
}

/// Numbers about the store itself; each is `None` where it will not say, or has no such thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    /// Name and version, such as `Redis 7.0.15`.
    pub version: Option<String>,
    /// Bytes in use, by everything in it.
    pub used_memory: Option<u64>,
    /// Most bytes it may use; 0 is no limit.
    pub maxmemory: Option<u64>,
    /// What it does at that limit, such as `noeviction`, `allkeys-lru`.
    pub policy: Option<String>,
    /// Lookups of all its clients that found something, since it was started.
    pub keyspace_hits: Option<u64>,
    /// Lookups of all its clients that found nothing, since it was started.
    pub keyspace_misses: Option<u64>,
    /// Values that it threw away for want of room, since it was started.
    pub evicted: Option<u64>,
}

/// Names for trying out what may be done.
pub(super) struct Probes {
    /// A name that nobody uses.
    pub probe: String,
    /// The counters.
    pub counters: String,
}

/// A store that is being looked after. An `Err` is trouble to tell the user of.
pub(super) trait Keeper: Send {
    /// Whether it answers, with one way there and back.
    fn ping(&mut self) -> Result<(), Failure>;

    /// Some names that match the glob, and where to go on; begin at nothing.
    fn scan(&mut self, at: Option<&[u8]>, glob: &str) -> Result<Page, Failure>;

    /// Bytes of each, `None` where it is gone; and which bytes these are.
    fn weigh(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure>;

    /// How long each still has.
    fn lives(&mut self, names: &[Vec<u8>]) -> Result<Vec<Life>, Failure>;

    /// Removes these; how many there were.
    fn remove(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure>;

    /// Fields of counters, for each of these names.
    fn counters(&mut self, names: &[String]) -> Result<Vec<Vec<(String, String)>>, Failure>;

    /// Removes counters.
    fn forget(&mut self, names: &[String]) -> Result<(), Failure>;

    /// Numbers about it.
    fn server(&mut self) -> Result<ServerInfo, Failure>;

    /// What may be done here, by doing it; why not, where not.
    fn rights(&mut self, probes: &Probes) -> Result<Vec<(Right, Option<Failure>)>, Failure>;
}
