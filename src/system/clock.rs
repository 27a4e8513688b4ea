//! Time and chance, given in so that tests need neither wait nor be lucky.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backtest_sim::Millis;

/// What the present moment is, and how to let it pass.
pub trait Clock: Sync {
    /// The present moment, in ms since 1970.
    fn now(&self) -> Millis;
    /// Comes back when so much time has passed.
    fn wait(&self, time: Duration);
    /// A number in `[0, 1)`, another each time.
    fn chance(&self) -> f64;
}

/// This machine's.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        now()
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }

    fn chance(&self) -> f64 {
        // Each state is seeded by the system: enough to keep programs from asking in step with each other.
        let bits = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The present moment by this machine's clock, in ms since 1970.
#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
