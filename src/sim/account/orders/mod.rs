//! From the bits of rules to orders: contradictions cleared, and moved to the bar at which they fill.

mod entry_order;

pub(super) use entry_order::Resting;
pub use entry_order::WaitingEntry;

use super::settings::{Direction, Fill, Settings};
use crate::simd::{Cpu, Vectorized};
use crate::tile::bitset::{Bits, WORDS, is_set, later};

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
    pub fn order(&mut self, settings: &Settings, bars: usize, carried: &mut [bool; 4], cpu: Cpu) {
        cpu.run(Ordering { signals: self, settings, bars, carried });
    }
}

/// What [`SignalBits::order`] does.
struct Ordering<'a> {
    signals: &'a mut SignalBits,
    settings: &'a Settings,
    bars: usize,
    carried: &'a mut [bool; 4],
}

impl Vectorized for Ordering<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn run(self) {
        let Self { signals, settings, bars, carried } = self;
        let SignalBits { long_entry, long_exit, short_entry, short_exit } = signals;
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
            let delay = |bits: &mut Bits, carried: &mut bool| {
                let carry = std::mem::replace(carried, is_set(bits, bars - 1));
                *bits = later(bits, carry);
            };
            if settings.direction != Direction::Short {
                delay(long_entry, &mut carried[0]);
                delay(long_exit, &mut carried[1]);
            }
            if settings.direction != Direction::Long {
                delay(short_entry, &mut carried[2]);
                delay(short_exit, &mut carried[3]);
            }
        }
    }
}

/// Clears, in both, the bits that are set in both.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `Vectorized`")]
fn clear_common(a: &mut Bits, b: &mut Bits) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (*a & !*b, *b & !*a);
    }
}
