//! Bars that a fold does not see, as it goes on from behind them.

use crate::sim::candles::{Candles, Field};
use crate::sim::indicators::Ticks;
use crate::sim::simd::Cpu;
use crate::sim::tile::resumable::resumable;

/// What is known of the first bars of a market whose candles are blank there: a fold over it goes on from a checkpoint behind
/// them. The last of them has its candle, and the first its time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriorBars {
    /// Their number.
    pub bars: usize,
    /// The tick of each column over all of them, in the order of [`Field::ALL`].
    ticks: [Option<Ticks>; Field::ALL.len()],
}

resumable!(PriorBars: bars, ticks);

impl PriorBars {
    /// Of the first bars of these candles, of which `before` are blank.
    #[must_use]
    pub fn new(candles: &Candles, bars: usize, before: Option<&Self>, cpu: Cpu) -> Self {
        Self { bars, ticks: Field::ALL.map(|field| Self::joined(before, &candles.column(field)[..bars], field, cpu)) }
    }

    /// The tick of a column, of whose values `before` are blank.
    pub(super) fn joined(before: Option<&Self>, values: &[f64], field: Field, cpu: Cpu) -> Option<Ticks> {
        match before {
            None => Ticks::of(values, cpu),
            Some(before) => Ticks::of(&values[before.bars..], cpu)?.common(before.ticks[field as usize]?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::candles::Candle;

    #[test]
    fn bars_that_came_in_two_parts_have_the_ticks_of_all() {
        // Cents, then tenths of them; a volume that has no tick.
        let price = |bar: i32| if bar < 6 { 100.25 } else { 100.125 } + f64::from(bar);
        let candle = |bar: i32| Candle {
            time: bar.into(),
            open: price(bar),
            high: price(bar) + 1.0,
            low: 99.5,
            close: price(bar),
            volume: if bar == 2 { 1.0 / 3.0 } else { 1.0 },
        };
        let candles: Candles = (0..9).map(candle).collect();
        let all = PriorBars::new(&candles, 8, None, Cpu::Portable);
        let first = PriorBars::new(&candles, 4, None, Cpu::Portable);
        let mut rest = Candles::blank(4, 0);
        rest.extend_from(&candles, 4..9);
        assert_eq!(PriorBars::new(&rest, 8, Some(&first), Cpu::Portable), all);
        assert_ne!(all.ticks, first.ticks, "a smaller tick came");
        assert_eq!((all.ticks[Field::Volume as usize], all.ticks[Field::Close as usize].is_some()), (None, true));
    }
}
