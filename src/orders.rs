//! From the bits of rules to orders: contradictions cleared, and moved to the bar at which they fill.

use crate::bits::{Bits, WORDS, later};
use crate::model::{Direction, Fill, Settings};

/// The four signals of one combination over one tile, as the rules gave them.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleBits {
    /// Buy.
    pub long_entry: Bits,
    /// Sell what was bought.
    pub long_exit: Bits,
    /// Sell short.
    pub short_entry: Bits,
    /// Buy back.
    pub short_exit: Bits,
}

/// What the rules order, moved to the bar at which it fills. `carried` are the signals of the last bar of the tile
/// before, and then of this one's.
#[must_use]
pub fn orders(rules: &RuleBits, settings: &Settings, bars: usize, carried: &mut [bool; 4]) -> RuleBits {
    let mut orders = RuleBits::default();
    let long = settings.direction != Direction::Short;
    let short = settings.direction != Direction::Long;
    for w in 0..WORDS {
        // Both rules of a side true on one bar: neither acts.
        if long {
            orders.long_entry[w] = rules.long_entry[w] & !rules.long_exit[w];
            orders.long_exit[w] = rules.long_exit[w] & !rules.long_entry[w];
        }
        if short {
            orders.short_entry[w] = rules.short_entry[w] & !rules.short_exit[w];
            orders.short_exit[w] = rules.short_exit[w] & !rules.short_entry[w];
        }
        // Nor do entries into both sides at once.
        let conflict = orders.long_entry[w] & orders.short_entry[w];
        orders.long_entry[w] &= !conflict;
        orders.short_entry[w] &= !conflict;
    }
    if settings.fill == Fill::NextOpen && bars > 0 {
        let end = bars - 1;
        let all = [&mut orders.long_entry, &mut orders.long_exit, &mut orders.short_entry, &mut orders.short_exit];
        for (carried, bits) in carried.iter_mut().zip(all) {
            let carry = std::mem::replace(carried, bits[end / 64] >> (end % 64) & 1 == 1);
            *bits = later(bits, carry);
        }
    }
    orders
}
