//! The process's breaker: what has gone wrong, what is switched off for it, and the one warning about it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::failure::Failure;

/// What a failure puts out of use, for the rest of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The whole cache.
    Everything,
    /// Writes; lookups go on.
    Writes,
    /// The entries that were asked for; others go on.
    Entries,
}

/// Shared by the thread that waits and the thread that talks to the store.
#[derive(Default)]
pub(super) struct Trouble {
    first: Mutex<Option<(Failure, Extent)>>,
    off: AtomicBool,
    writes_off: AtomicBool,
    errors: AtomicU64,
}

impl Trouble {
    pub fn note(&self, failure: Failure, extent: Extent) {
        tracing::debug!(%failure, ?extent, "cache trouble");
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.first().get_or_insert((failure, extent));
        match extent {
            Extent::Everything => self.off.store(true, Ordering::Release),
            Extent::Writes => self.writes_off.store(true, Ordering::Release),
            Extent::Entries => {}
        }
    }

    /// Nothing is asked of the store any more.
    pub fn is_off(&self) -> bool {
        self.off.load(Ordering::Acquire)
    }

    pub fn writes_are_off(&self) -> bool {
        self.is_off() || self.writes_off.load(Ordering::Acquire)
    }

    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// About the first failure only: those that follow are its consequences.
    pub fn warning(&self) -> Option<String> {
        self.first().as_ref().map(|(failure, extent)| {
            let without = match extent {
                Extent::Everything => "cache",
                Extent::Writes => "cache writes",
                Extent::Entries => "cache for these entries",
            };
            format!("{failure}; continuing without {without}")
        })
    }

    fn first(&self) -> MutexGuard<'_, Option<(Failure, Extent)>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::Class;
    use super::*;

    #[test]
    fn the_first_failure_is_the_warning() {
        let trouble = Trouble::default();
        assert_eq!(trouble.warning(), None);
        trouble.note(Failure::new(Class::Full, "Redis at a:1", "OOM"), Extent::Writes);
        assert!(trouble.writes_are_off() && !trouble.is_off());
        trouble.note(Failure::new(Class::Closed, "Redis at a:1", "gone"), Extent::Everything);
        assert!(trouble.is_off());
        assert_eq!(trouble.warning().as_deref(), Some("Redis at a:1: full (OOM); continuing without cache writes"));
        assert_eq!(trouble.errors(), 2);
    }
}
