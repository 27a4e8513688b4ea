//! Bars that a fold does not see, as it goes on from behind them.

use crate::candles::{Candles, Field};
use crate::indicators::Ticks;
use crate::interval::Millis;
use crate::simd::Cpu;
use crate::tile::resumable::resumable;

/// What is known of the first bars of a market whose candles begin with the last of them: a fold over it goes on from a
/// checkpoint behind them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriorBars {
    /// Their number, at least one.
    pub bars: usize,
    /// Open time of the first of them; it is not part of what is stored.
    pub first: Millis,
    /// The tick of each column over all of them, in the order of [`Field::ALL`].
    ticks: [Option<Ticks>; Field::ALL.len()],
}

resumable!(PriorBars: bars, ticks);

impl PriorBars {
    /// Of the first bars of a market, whose candles begin with the last of those `before`.
    ///
    /// # Panics
    /// When there are not so many bars.
    #[must_use]
    pub fn new(candles: &Candles, bars: usize, before: Option<&Self>, cpu: Cpu) -> Self {
        let there = ..bars - before.map_or(0, Self::skipped);
        let ticks = Field::ALL.map(|field| Self::joined(before, &candles.column(field)[there], field, cpu));
        Self { bars, first: before.map_or(candles.time[0], |before| before.first), ticks }
    }

    /// Bars that have no candle.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.bars.saturating_sub(1)
    }

    /// The tick of a column, whose values begin with the last of those `before`.
    pub(super) fn joined(before: Option<&Self>, values: &[f64], field: Field, cpu: Cpu) -> Option<Ticks> {
        match before {
            None => Ticks::of(values, cpu),
            Some(before) => Ticks::of(&values[1..], cpu)?.common(before.ticks[field as usize]?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candles::Candle;

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
        let rest = candles.slice(3..9);
        assert_eq!(PriorBars::new(&rest, 8, Some(&first), Cpu::Portable), all);
        assert_ne!(all.ticks, first.ticks, "a smaller tick came");
        assert_eq!((all.ticks[Field::Volume as usize], all.ticks[Field::Close as usize].is_some()), (None, true));
    }
}
