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
