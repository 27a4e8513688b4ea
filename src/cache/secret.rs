//! A shared secret that makes stored values unforgeable, kept so that no log or error can show it.

use std::fmt;

/// Domain of the derivation: the same words used for another purpose give another key.
const CONTEXT: &str = "backtest 2025 cache envelope secret";

/// Key for envelopes, derived from the text in `BACKTEST_CACHE_SECRET` (which the cli reads).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Derives the key from what the user wrote.
    #[must_use]
    pub fn derive(text: &str) -> Self {
        Self(blake3::derive_key(CONTEXT, text.as_bytes()))
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
