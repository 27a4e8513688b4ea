//! Yes or no for each bar of a tile, 64 bars to a word: what conditions, signals and accounts speak to each other.

/// Bars in one tile of the fold. Sums associate by tile, so this number belongs to the engine version:
/// changing it changes the last bits of results, and so every cache key (see [`ENGINE_VERSION`](crate::ENGINE_VERSION)).
pub const TILE: usize = 1024;

/// Words in a tile's worth of bits.
pub const WORDS: usize = TILE / 64;

/// One bit for each bar of a tile; bit k of word w is bar `64 * w + k`. Bits past the last bar are 0.
pub type Bits = [u64; WORDS];

/// Every bit one bar later; `carry` is what comes in at the first bar.
#[inline]
#[must_use]
pub fn later(bits: &Bits, carry: bool) -> Bits {
    // Each word from its own neighbour, not from the step before: so these are vectors.
    let mut before = [u64::from(carry) << 63; WORDS];
    before[1..].copy_from_slice(&bits[..WORDS - 1]);
    std::array::from_fn(|w| bits[w] << 1 | before[w] >> 63)
}

/// Bits that are set in both.
#[inline]
#[must_use]
pub fn both(a: &Bits, b: &Bits) -> Bits {
    std::array::from_fn(|w| a[w] & b[w])
}

/// Bits that are set in either.
#[inline]
#[must_use]
pub fn either(a: &Bits, b: &Bits) -> Bits {
    std::array::from_fn(|w| a[w] | b[w])
}

/// Bits `from..to` set.
#[inline]
#[must_use]
pub fn from_to(from: usize, to: usize) -> Bits {
    let below = |n: usize| -> Bits {
        std::array::from_fn(|w| match n.saturating_sub(64 * w) {
            0 => 0,
            n @ 1..64 => (1 << n) - 1,
            _ => u64::MAX,
        })
    };
    let (from, to) = (below(from), below(to));
    std::array::from_fn(|w| to[w] & !from[w])
}

/// Whether this bar's bit is set.
#[inline]
#[must_use]
pub fn is_set(bits: &Bits, bar: usize) -> bool {
    bits[bar / 64] >> (bar % 64) & 1 == 1
}

/// The first bar at or after `from` that is set in either.
#[inline]
#[must_use]
pub fn next_set(a: &Bits, b: &Bits, from: usize) -> Option<usize> {
    let mut word = from / 64;
    let mut bits = (a[word] | b[word]) & (u64::MAX << (from % 64));
    while bits == 0 {
        word += 1;
        if word == WORDS {
            return None;
        }
        bits = a[word] | b[word];
    }
    Some(word * 64 + bits.trailing_zeros() as usize)
}
