//! Results that were computed before, shared through Redis; a cache that cannot be in the way and cannot be wrong.
//!
//! From the engine's side there is only [`Results`]: it never fails, it only misses. Below it, each of these
//! files is one promise: [`key`] (equal keys mean equal results), [`codec`] (what comes out is in range), `envelope`
//! (what comes out is what went in), `patience` and `worker` (trouble costs at most a fixed time), `guard`
//! (no reply can take all memory), [`admin`] (only our own entries are counted or cleared).

pub mod admin;
mod backend;
pub mod codec;
mod counts;
mod endpoint;
mod envelope;
mod failure;
mod file;
mod file_error;
mod file_keeper;
mod file_open;
mod filter;
mod glob;
mod guard;
mod keeper;
pub mod key;
mod line;
mod memory;
mod name;
mod patience;
mod place;
mod redis;
mod redis_admin;
mod redis_error;
mod redis_url;
mod redis_wire;
mod results;
mod secret;
mod socket;
mod stats;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
#[cfg(feature = "tls")]
mod tls_trust;
mod trouble;
mod trust_error;
mod ttl;
mod worker;
mod worker_loop;

pub use admin::{Admin, Info, Listed};
pub use backend::{Backend, Entry, Fetched, Written};
pub use codec::{Stored, StoredBlock, StoredResult, Unreadable};
pub use counts::{Booking, Counts, Ledger};
pub use endpoint::{Address, DEFAULT_URL, Endpoint, EndpointError};
pub use envelope::Corrupt;
pub use failure::{Class, Failure};
pub use filter::{Filter, Foreign};
pub use keeper::{BytesBy, Life, Right, ServerInfo};
pub use key::{Key, KeyParts, Kind};
pub use memory::{Fault, Memory};
pub use patience::STALL_BUDGET;
pub use place::Place;
pub use results::{DEFAULT_PREFIX, Mode, Options, Report, Results, Wanted};
pub use secret::Secret;
pub use stats::{Stats, Tally};
pub use tls::Trust;
pub use trust_error::TrustError;
pub use ttl::Ttls;
