//! Results that were computed before, shared through Redis or a file. The cache is never in the way and never wrong.
//!
//! The engine sees only [`Results`], whose lookups hit or miss and never fail. Each file below it keeps one promise:
//! [`key`] (equal keys mean equal results), [`codec`] (what is decoded is in range), `envelope` (what is read is what
//! was written), `circuit_breaker` and `worker` (failures cost at most a fixed time), `redis::reply_limit` (no reply
//! takes all memory), [`admin`] (only our own entries are counted or cleared).
#![cfg_attr(
    test,
    expect(clippy::cast_possible_truncation, reason = "tests count small things and mean equal when they say it")
)]

pub mod admin;
mod backend;
mod circuit_breaker;
pub mod codec;
mod envelope;
pub mod key;
mod key_names;
mod location;
mod redis;
mod results;
mod signal_store;
mod sqlite;
mod statistics;
mod worker;

use backtest_sim as sim;
use backtest_system::clock;

pub use self::admin::{Admin, ListedEntry, StoreInfo};
pub use self::backend::{
    Backend, Failure, FailureClass, FetchedValues, InjectedFault, MemoryBackend, NewEntry, Outbox, OutboxEvent,
    Permission, RemainingTtl, StateRow, StateWrite, WriteOutcome,
};
pub use self::circuit_breaker::{CacheWarning, DEFAULT_TIMEOUT, FailureScope};
pub use self::codec::{
    CodecError, StoredBlock, StoredPortfolio, StoredResult, StoredScore, StoredSegments, StoredValue,
};
pub use self::envelope::{EnvelopeError, Secret};
pub use self::key::{EntryKind, Key, KeyParts, closes_digest, joint_digest, offsets_digest};
pub use self::key_names::{EntryFilter, PatternError};
pub use self::location::CacheLocation;
pub use self::redis::{Address, DEFAULT_URL, Endpoint, EndpointError};
#[cfg(feature = "tls")]
pub use self::redis::{TlsConfig, TlsConfigError};
pub use self::results::{CacheMode, CacheReport, DEFAULT_PREFIX, EntryId, Options, Results, Ttls};
pub use self::signal_store::{SignalChange, SignalState, SignalStore, signal_id, signal_state_id};
pub use self::statistics::{BytesBy, CounterDelta, Counters, EntryTotals, KindCounters, ServerInfo, Stats};
