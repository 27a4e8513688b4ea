//! What a run needs from a store, whatever it is: Redis, a file, or memory in tests.

use std::time::Duration;

use super::counts::Booking;
use super::failure::Failure;
use super::key::Kind;

/// A value to store under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Full name of the key.
    pub name: String,
    /// What it is, for the statistics.
    pub kind: Kind,
    /// The sealed value.
    pub value: Vec<u8>,
    /// How long it is to live; `None` is for ever.
    pub ttl: Option<Duration>,
}

impl Entry {
    /// Bytes of name and value.
    #[must_use]
    pub fn size(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

/// What a lookup brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// One for each name, in their order; `None` where there is nothing.
    pub values: Vec<Option<Vec<u8>>>,
    /// Some names could not be looked up; the others could.
    pub trouble: Option<Failure>,
}

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// For each entry, whether it is stored.
    pub stored: Vec<bool>,
    /// The store refuses writes; reads may still work.
    pub trouble: Option<Failure>,
}

/// A store of bytes by name. It is used by one thread, and may block for a limited time.
///
/// An `Err` of any method means that the store cannot be used any more.
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
    fn get_many(&mut self, names: &[String]) -> Result<Fetched, Failure>;

    /// Stores one batch.
    ///
    /// # Errors
    /// The store is gone.
    fn put_many(&mut self, entries: &[Entry]) -> Result<Written, Failure>;

    /// Adds to the counters that all processes share. A store that refuses to count is no failure.
    ///
    /// # Errors
    /// The store is gone.
    fn count(&mut self, booking: &Booking) -> Result<(), Failure>;
}
