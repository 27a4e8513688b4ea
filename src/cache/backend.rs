//! What the cache needs from a store, whether it is Redis, a file, or memory in tests: lookups and writes for runs
//! ([`Backend`]), lists and deletion for the `cache` commands ([`AdminBackend`]), states of followed
//! strategies with what is to be delivered ([`Outbox`]), and how all fail ([`Failure`]).

mod memory;
mod outbox;

pub use self::memory::{InjectedFault, MemoryBackend};
pub(super) use self::outbox::{KEPT, NUMBER};
pub use self::outbox::{Outbox, OutboxEvent, StateRow, StateWrite};

use std::time::Duration;

use thiserror::Error;

use super::key::EntryKind;
use super::statistics::{BytesBy, CounterDelta, ServerInfo};
use crate::sim::metrics::validation::TrialSet;

/// An entry to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Its full name in the store.
    pub name: String,
    /// Its kind, for the statistics.
    pub kind: EntryKind,
    /// The sealed value.
    pub value: Vec<u8>,
    /// How long it is kept; `None` means that it does not expire.
    pub ttl: Option<Duration>,
}

impl NewEntry {
    /// Bytes of name and value.
    #[must_use]
    pub fn size(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

/// The outcome of a lookup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchedValues {
    /// One for each name, in their order; `None` where there is nothing.
    pub values: Vec<Option<Vec<u8>>>,
    /// Why some names could not be looked up, if so; the others could.
    pub failure: Option<Failure>,
}

/// The outcome of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOutcome {
    /// For each entry, whether it is stored.
    pub stored: Vec<bool>,
    /// Why the store takes no writes, if so; lookups may still work.
    pub failure: Option<Failure>,
}

/// A store of bytes by name. It is used by one thread, and may block for a limited time.
///
/// An `Err` from any method means that the store cannot be used any more.
pub trait Backend: Send {
    /// Gets ready, so that the first lookup is quick. Optional.
    ///
    /// # Errors
    /// The store cannot be reached.
    fn connect(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Looks up one chunk of names.
    ///
    /// # Errors
    /// The store is gone.
    fn get_many(&mut self, names: &[String]) -> Result<FetchedValues, Failure>;

    /// Stores one batch.
    ///
    /// # Errors
    /// The store is gone.
    fn put_many(&mut self, entries: &[NewEntry]) -> Result<WriteOutcome, Failure>;

    /// Adds to the counters that all processes share. A store that refuses to count is not a failure.
    ///
    /// # Errors
    /// The store is gone.
    fn count(&mut self, delta: &CounterDelta) -> Result<(), Failure>;

    /// Adds trials to those of this name, keeps them for so long, and gives the number of all of them, as far as it is known.
    /// A store that refuses to count is not a failure.
    ///
    /// # Errors
    /// The store is gone.
    fn add_trials(&mut self, name: &str, trials: &TrialSet, ttl: Duration) -> Result<Option<u64>, Failure>;
}

/// One page of a scan through the names.
pub(super) struct NamePage {
    /// Where the next page begins; `None` after the last.
    pub next: Option<Vec<u8>>,
    /// Names of entries; a scan may return the same name twice.
    pub names: Vec<Vec<u8>>,
}

/// How long an entry is still kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemainingTtl {
    /// It does not expire; it stays until the store needs the memory.
    NoExpiry,
    /// It expires after this long.
    Expires(Duration),
    /// It has expired.
    Expired,
}

/// An operation that a store may permit or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Look up results.
    Read,
    /// Store results.
    Write,
    /// Count hits and misses.
    Count,
    /// List entries.
    List,
    /// Delete entries.
    Clear,
}

impl Permission {
    /// Its name in documents.
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

/// Names with which permissions are tried out.
pub(super) struct PermissionProbe {
    /// The name of an entry that is never used otherwise.
    pub entry: String,
    /// The name of the counters.
    pub counters: String,
}

/// A store as the `cache` commands use it. An `Err` is reported to the user.
pub(super) trait AdminBackend: Send {
    /// Whether the store answers, with one round trip.
    fn ping(&mut self) -> Result<(), Failure>;

    /// A page of names that match the pattern, from `cursor` on; begin with `None`.
    fn scan(&mut self, cursor: Option<&[u8]>, pattern: &str) -> Result<NamePage, Failure>;

    /// The first `length` bytes of each value, or the whole of a shorter one; `None` where it is gone.
    fn read(&mut self, names: &[Vec<u8>], length: usize) -> Result<Vec<Option<Vec<u8>>>, Failure>;

    /// Bytes of each entry, `None` where it is gone; and which bytes these are.
    fn sizes(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure>;

    /// How long each entry is still kept.
    fn ttls(&mut self, names: &[Vec<u8>]) -> Result<Vec<RemainingTtl>, Failure>;

    /// Deletes these entries, and returns how many there were.
    fn delete(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure>;

    /// Fields of the counters with these names.
    fn counters(&mut self, names: &[String]) -> Result<Vec<Vec<(String, String)>>, Failure>;

    /// Deletes counters.
    fn delete_counters(&mut self, names: &[String]) -> Result<(), Failure>;

    /// Facts about the store.
    fn server(&mut self) -> Result<ServerInfo, Failure>;

    /// What is permitted here, found out by doing it; with the reason where it is denied.
    fn permissions(&mut self, probe: &PermissionProbe) -> Result<Vec<(Permission, Option<Failure>)>, Failure>;
}

/// What went wrong with a store, in classes that a user can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// Nothing listens there, or the server accepts no more clients.
    Refused,
    /// No answer in time.
    Timeout,
    /// Password, user or permissions.
    Auth,
    /// The server accepts no writes.
    ReadOnly,
    /// The server's memory is full.
    Full,
    /// The server is up but not ready.
    Loading,
    /// The server is part of a Redis Cluster, which is not supported.
    Cluster,
    /// The other side is not a Redis, or replies as Redis never does.
    Protocol,
    /// The connection was closed while in use.
    Closed,
    /// The host name has no address.
    Dns,
    /// The certificate or the handshake of an encrypted connection.
    Tls,
    /// Another process holds the store's file.
    Locked,
    /// The store's file is damaged, or not a store at all.
    Corrupt,
    /// The store's file was made by another version of this program.
    Version,
}

impl FailureClass {
    /// All classes.
    pub const ALL: [Self; 14] = [
        Self::Refused,
        Self::Timeout,
        Self::Auth,
        Self::ReadOnly,
        Self::Full,
        Self::Loading,
        Self::Cluster,
        Self::Protocol,
        Self::Closed,
        Self::Dns,
        Self::Tls,
        Self::Locked,
        Self::Corrupt,
        Self::Version,
    ];

    /// Its name in warnings and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Auth => "auth",
            Self::ReadOnly => "read-only",
            Self::Full => "full",
            Self::Loading => "loading",
            Self::Cluster => "cluster",
            Self::Protocol => "protocol",
            Self::Closed => "closed",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Locked => "locked",
            Self::Corrupt => "corrupt",
            Self::Version => "version",
        }
    }
}

/// Class and text of a failure, before it is known of which store it is. The texts are ours alone: a server's own words
/// are never passed on, as an old server answers an AUTH that it does not know by quoting the password.
pub(super) type FailureCause = (FailureClass, &'static str);

/// A failure of a store; shown as `Redis at HOST:PORT: CLASS (DETAIL)`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{store}: {} ({detail})", class.name())]
pub struct Failure {
    /// Its class.
    pub class: FailureClass,
    /// `Redis at host:port`, or `cache file PATH`; never a user or a password.
    pub store: String,
    /// What happened, in this program's words.
    pub detail: &'static str,
}

impl Failure {
    /// A failure of `store`.
    #[must_use]
    pub fn new(class: FailureClass, store: &str, detail: &'static str) -> Self {
        Self { class, store: store.to_owned(), detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_class_and_host() {
        let failure = Failure::new(FailureClass::Refused, "Redis at 127.0.0.1:6379", "nothing listens there");
        assert_eq!(failure.to_string(), "Redis at 127.0.0.1:6379: refused (nothing listens there)");
    }

    #[test]
    fn each_class_has_its_own_name() {
        let names: std::collections::HashSet<_> = FailureClass::ALL.map(FailureClass::name).into();
        assert_eq!(names.len(), FailureClass::ALL.len());
    }
}
