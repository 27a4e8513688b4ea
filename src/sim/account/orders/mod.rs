//! From the bits of rules to orders: contradictions cleared, and moved to the bar at which they fill.

mod entry_order;

pub(super) use entry_order::Resting;

use super::settings::{Direction, Fill, Settings};
use crate::sim::tile::bitset::{Bits, WORDS, later};

/// The four signals of one combination over one tile, as the rules gave them, and then its orders.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignalBits {
    /// Buy.
    pub long_entry: Bits,
    /// Sell what was bought.
    pub long_exit: Bits,
    /// Sell short.
    pub short_entry: Bits,
    /// Buy back.
    pub short_exit: Bits,
}

impl SignalBits {
    /// What the rules order, moved to the bar at which it fills. `carried` are the signals of the last bar of the tile
    /// before, and then of this one's. A side that is not in use orders nothing.
    pub fn order(&mut self, settings: &Settings, bars: usize, carried: &mut [bool; 4]) {
        let Self { long_entry, long_exit, short_entry, short_exit } = self;
        // Both rules of a side true on one bar: neither acts.
        if settings.direction == Direction::Short {
            (*long_entry, *long_exit) = ([0; WORDS], [0; WORDS]);
        } else {
            clear_common(long_entry, long_exit);
        }
        if settings.direction == Direction::Long {
            (*short_entry, *short_exit) = ([0; WORDS], [0; WORDS]);
        } else {
            clear_common(short_entry, short_exit);
        }
        // Nor do entries into both sides at once.
        if settings.direction == Direction::Both {
            clear_common(long_entry, short_entry);
        }
        if settings.fill == Fill::NextOpen && bars > 0 {
            let end = bars - 1;
            let all = carried.iter_mut().zip([long_entry, long_exit, short_entry, short_exit]);
            let used = match settings.direction {
                Direction::Long => 0..2,
                Direction::Short => 2..4,
                Direction::Both => 0..4,
            };
            for (carried, bits) in all.take(used.end).skip(used.start) {
                let carry = std::mem::replace(carried, bits[end / 64] >> (end % 64) & 1 == 1);
                *bits = later(bits, carry);
            }
        }
    }
}

/// Clears, in both, the bits that are set in both.
fn clear_common(a: &mut Bits, b: &mut Bits) {
    for (a, b) in a.iter_mut().zip(b) {
        let common = *a & *b;
        *a &= !common;
        *b &= !common;
    }
}
