//! Ctrl-C and SIGTERM during long work: the first asks it to end in order, the second ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Whether a signal has come.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    signal: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on. Where that cannot be done, a signal ends the program as it always would.
    #[must_use]
    pub fn listen() -> Self {
        let signals = Self::default();
        let seen = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the second signal finds `seen` set and ends the program, the first sets it.
            let code = 128 + signal;
            let number = usize::try_from(signal).unwrap_or_default();
            let _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&seen));
            let _ = signal_hook::flag::register(signal, Arc::clone(&seen));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&signals.signal), number);
        }
        signals
    }

    /// The signal that has come, if any.
    #[must_use]
    pub fn came(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0)
    }
}
