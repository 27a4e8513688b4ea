//! How long stored values live. This is about the store's memory; they never become wrong.

use std::time::Duration;

use super::key::Kind;

const DAY: Duration = Duration::from_hours(24);

/// A life for each kind of value; zero is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttls {
    kinds: [Duration; Kind::ALL.len()],
}

impl Default for Ttls {
    /// A day; a week for blocks of sweeps, which take longest to compute.
    fn default() -> Self {
        Self::all(DAY).with(Kind::Block, 7 * DAY)
    }
}

impl Ttls {
    /// The same for all kinds.
    #[must_use]
    pub const fn all(ttl: Duration) -> Self {
        Self { kinds: [ttl; Kind::ALL.len()] }
    }

    /// With another life for one kind.
    #[must_use]
    pub const fn with(mut self, kind: Kind, ttl: Duration) -> Self {
        self.kinds[kind.index()] = ttl;
        self
    }

    /// How long values of this kind live; `None` is for ever.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<Duration> {
        Some(self.kinds[kind.index()]).filter(|ttl| !ttl.is_zero())
    }
}
