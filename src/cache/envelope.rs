//! The wrapping of every stored value, checked before anything is decoded.
//!
//! Anyone may write anything under our keys, disks and networks flip bits, and bincode decodes most damaged bytes
//! "successfully". So a value says what it is, for which key, and carries a digest over all of that.
//! Without a [`Secret`] this holds against accidents; with one, also against people who can write to the Redis.
//!
//! ```text
//! magic 4 | format u16 | kind u8 | flags u8 | key 32 | payload length u32 | label length u8 | label | payload |
//! blake3 over all before, 32
//! ```
//!
//! The label is `SYMBOL:STRATEGY`, of the run that stored the value. It is for people: `cache stats|keys|clear` read it
//! from the first [`HEAD`] bytes. It identifies nothing.

use std::fmt;

use thiserror::Error;

use super::key::Key;

const MAGIC: [u8; 4] = *b"bt\x1ac";
/// Raise it with any change of this layout or of a payload's encoding; older and newer values are then misses.
const FORMAT: u16 = 3;
/// Flag: the digest is keyed with a secret.
const KEYED: u8 = 1;
const HEADER: usize = 4 + 2 + 1 + 1 + 32 + 4 + 1;
/// Longest label.
pub(super) const MAX_LABEL: usize = 129;
/// With so many of its first bytes, a value tells its label.
pub(super) const HEAD: usize = HEADER + MAX_LABEL;
const DIGEST: usize = 32;

/// Most bytes of one stored value, envelope included. A value passes through three buffers on its way in, and all of
/// them together must stay under 16 MB.
pub(super) const MAX_VALUE: usize = 4 << 20;

/// Domain of the derivation of a secret's key: the same words used for another purpose give another key.
const CONTEXT: &str = "backtest 2025 cache envelope secret";

/// A shared secret that makes stored values unforgeable; derived from the text in `BACKTEST_CACHE_SECRET`. No log or
/// error can show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Derives the key from what the user wrote.
    #[must_use]
    pub fn derive(text: &str) -> Self {
        Self(blake3::derive_key(CONTEXT, text.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a stored value was rejected. All of these are misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Fewer bytes than an envelope needs, or other bytes than its length says.
    #[error("its length is wrong")]
    Length,
    /// More bytes than any value of ours has.
    #[error("it is larger than any stored result")]
    TooLarge,
    /// Not written by this program.
    #[error("it was not written by backtest")]
    Foreign,
    /// Written by an older or newer version.
    #[error("its format is another version's")]
    Format,
    /// Another kind of value, or the value of another key.
    #[error("it belongs to another key")]
    OtherKey,
    /// Sealed with a secret that is not set here, or not sealed although one is.
    #[error("it is not sealed with this BACKTEST_CACHE_SECRET")]
    OtherSecret,
    /// Some bit is not what was written, or the secret is another one.
    #[error("its digest does not match")]
    Digest,
}

/// Wraps a payload. `None` when it, or the label, is larger than may be stored.
pub(super) fn seal(key: &Key, tag: u8, label: &str, payload: &[u8], secret: Option<&Secret>) -> Option<Vec<u8>> {
    if label.len() > MAX_LABEL || payload.len() > MAX_VALUE - HEADER - MAX_LABEL - DIGEST {
        return None;
    }
    let length = u32::try_from(payload.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEADER + label.len() + payload.len() + DIGEST);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.push(tag);
    bytes.push(flags(secret));
    bytes.extend_from_slice(&key.0);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.push(u8::try_from(label.len()).ok()?);
    bytes.extend_from_slice(label.as_bytes());
    bytes.extend_from_slice(payload);
    let digest = digest(&bytes, secret);
    bytes.extend_from_slice(digest.as_bytes());
    Some(bytes)
}

/// The payload of a value found under `key`.
///
/// # Errors
/// [`EnvelopeError`] when the bytes are anything but what [`seal`] made of this key, kind and secret.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    key: &Key,
    tag: u8,
    secret: Option<&Secret>,
) -> Result<&'a [u8], EnvelopeError> {
    if bytes.len() > MAX_VALUE {
        return Err(EnvelopeError::TooLarge);
    }
    if !bytes.starts_with(&MAGIC) {
        return Err(EnvelopeError::Foreign);
    }
    let (signed, stored_digest) = bytes.split_last_chunk::<DIGEST>().ok_or(EnvelopeError::Length)?;
    let (header, rest) = signed.split_first_chunk::<HEADER>().ok_or(EnvelopeError::Length)?;
    if header[4..6] != FORMAT.to_le_bytes() {
        return Err(EnvelopeError::Format);
    }
    if header[6] != tag || header[8..40] != key.0 {
        return Err(EnvelopeError::OtherKey);
    }
    if header[7] != flags(secret) {
        return Err(EnvelopeError::OtherSecret);
    }
    let payload = rest.get(usize::from(header[HEADER - 1])..).ok_or(EnvelopeError::Length)?;
    if u32::try_from(payload.len()).map_or(true, |length| header[40..44] != length.to_le_bytes()) {
        return Err(EnvelopeError::Length);
    }
    // blake3's Hash compares in constant time, so a forger learns nothing from how long it takes.
    if digest(signed, secret) != *stored_digest {
        return Err(EnvelopeError::Digest);
    }
    Ok(payload)
}

/// The label in the first [`HEAD`] bytes of a value; `None` where they are not ours, or of another version. It is not
/// verified, as that takes the whole value.
pub(super) fn label(head: &[u8]) -> Option<&str> {
    let (header, rest) = head.split_first_chunk::<HEADER>()?;
    let is_ours = header.starts_with(&MAGIC) && header[4..6] == FORMAT.to_le_bytes();
    let label = rest.get(..usize::from(header[HEADER - 1])).filter(|_| is_ours)?;
    std::str::from_utf8(label).ok()
}

const fn flags(secret: Option<&Secret>) -> u8 {
    if secret.is_some() { KEYED } else { 0 }
}

fn digest(bytes: &[u8], secret: Option<&Secret>) -> blake3::Hash {
    secret.map_or_else(|| blake3::hash(bytes), |secret| blake3::keyed_hash(&secret.0, bytes))
}

#[cfg(test)]
mod tests;
