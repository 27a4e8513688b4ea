//! Files as a program needs them that may be killed at any moment and reads what others wrote: replaced whole or not
//! at all, told apart without reading, locked, and never read without a limit. Nothing here knows what is in them.

mod atomic;
mod fingerprint;
mod identity;
mod limited;
mod lock;
mod stale;

pub use atomic::{AtomicFile, Durability, check_writable, replace};
pub use fingerprint::FileFingerprint;
pub use identity::FileIdentity;
pub use limited::read_limited;
pub use lock::FileLock;
pub use stale::remove_stale;
