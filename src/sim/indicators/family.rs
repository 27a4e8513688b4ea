//! What an indicator is to the rest of the program: a line in the table, and a state that is fed.

use super::manual::Manual;
use super::ticks::Ticks;
use crate::candles::Field;
use crate::simd::Cpu;
use crate::tile::resumable::Resumable;

/// The bars of one input series that an indicator may see: those of this call and some before them.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    series: &'a [f64],
    now: usize,
}

impl<'a> Input<'a> {
    /// `series[now..]` are the bars of this call, `series[..now]` the bars before them, oldest first.
    #[must_use]
    pub fn new(series: &'a [f64], now: usize) -> Self {
        debug_assert!(now <= series.len());
        Self { series, now }
    }

    /// The bars of this call.
    #[must_use]
    pub fn now(&self) -> &'a [f64] {
        &self.series[self.now..]
    }

    /// As many bars as [`Input::now`], each taken `bars` earlier.
    ///
    /// # Panics
    /// When `bars` is more than the family's [`Family::reach`] promised.
    #[must_use]
    pub fn lag(&self, bars: usize) -> &'a [f64] {
        &self.series[self.now - bars..self.series.len() - bars]
    }

    /// The last `reach` bars before this call followed by this call's bars, as one slice.
    #[must_use]
    pub fn with_history(&self, reach: usize) -> &'a [f64] {
        &self.series[self.now - reach..]
    }
}

/// The state of one indicator with its parameters, fed chunk after chunk.
///
/// Feeding the same bars in any chunks gives the same bits; so does a state that was saved and loaded in between.
pub trait Indicator: Send + Resumable {
    /// Takes the next bars of each input and writes as many values to each output.
    ///
    /// The first bar of the first call is the first at which every input is defined. Values during the
    /// warm-up may be anything: the caller overwrites the first [`Family::lookback`] values with NaN.
    /// History before the first bar is 0 for inputs made by [`Family::via`], and unspecified for others.
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]);
}

/// What a parameter of an indicator may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A whole number of bars in `min..=max`.
    Period {
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
    },
    /// A real factor in `min..=max`.
    Factor {
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
}

/// Name and bounds of one parameter of an indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FamilyParam {
    /// As in the help.
    pub name: &'static str,
    /// Bounds.
    pub kind: ParamKind,
}

/// The series that an indicator reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inputs {
    /// One series that the rule must name, as in `sma(close, 20)`.
    Any,
    /// Two series that the rule must name, as in `correl(close, volume, 30)`.
    Pair,
    /// Fields of the candle, implied when the rule does not name them: `atr(14)` = `atr(high, low, close, 14)`.
    Fields(&'static [Field]),
}

impl Inputs {
    /// How many series a rule must name.
    #[must_use]
    pub fn named(self) -> usize {
        match self {
            Self::Any => 1,
            Self::Pair => 2,
            Self::Fields(_) => 0,
        }
    }
}

/// What a fresh state may know beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Which instructions compute; no bit depends on it.
    pub cpu: Cpu,
    /// Of the one input, if its values have a common tick: all of them are finite then. Of [`Family::via`]'s input
    /// where there is one, whose sums then are counts of ticks.
    pub ticks: Option<Ticks>,
    /// Bars in all.
    pub bars: usize,
}

/// One line of the table of indicators: one state with one or more outputs.
pub struct Family {
    /// Name of the state, unique in the table.
    pub name: &'static str,
    /// Names that rules call, one for each output; empty for a family that only serves as [`Family::via`].
    pub outputs: &'static [&'static str],
    /// The series it reads.
    pub inputs: Inputs,
    /// Its parameters, in the order in which rules write them.
    pub params: &'static [FamilyParam],
    /// One line for people: what it measures, and the formula.
    pub about: &'static str,
    /// What people are told beyond that.
    pub manual: Manual,
    /// Hidden family that is applied to the one input first; its outputs are then what `extend` gets as inputs.
    /// So all windows over one series share the running sums of that series.
    pub via: Option<&'static Family>,
    /// Number of outputs of `extend` (for hidden families, which have no output names).
    pub width: usize,
    /// Undefined values at the start of the output, counted from the first bar at which all inputs are defined.
    pub lookback: fn(&[f64]) -> usize,
    /// How many earlier bars of its inputs `extend` looks at.
    pub reach: fn(&[f64]) -> usize,
    /// The tick of the output with this index, given that of the one input; `None` where its values are not rounded
    /// from whole numbers of ticks.
    pub ticks: fn(&[f64], usize, Ticks) -> Option<Ticks>,
    /// A fresh state.
    pub make: fn(&[f64], Setup) -> Box<dyn Indicator>,
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Family").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Family {
    /// Families are lines of a static table, told apart by name.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
