//! Indicators that are formulas of others, as texts of the rule language: the parser writes them out wherever they are called.
//! Help, docs and tests derive from this table.
//!
//! To add one: an entry here, and its golden vector in `tests/golden/indicators.py`. A text may use the indicator's own series
//! and parameters, the functions of the language, and any other indicator; never names of a strategy.

use super::family::{FamilyParam, Inputs};
use super::params::bars;
use crate::sim::candles::Field;

/// An indicator that is a formula in the language of rules.
#[derive(Debug)]
pub struct TextIndicator {
    /// Name that rules call.
    pub name: &'static str,
    /// The series it reads: in the text, [`Inputs::Any`] is called `x`, [`Inputs::Pair`] `x` and `y`, and fields have their own names.
    pub inputs: Inputs,
    /// Its parameters, in the order in which rules write them; the text uses their names.
    pub params: &'static [FamilyParam],
    /// The formula, a series.
    pub text: &'static str,
    /// One line for people: what it measures.
    pub about: &'static str,
    /// Bar of the first value, counted from 0, as a formula for people.
    pub first: &'static str,
}

impl TextIndicator {
    /// What the text calls the series and the parameters, in the order of a call.
    pub fn arguments(&self) -> impl Iterator<Item = &'static str> {
        let fields: &'static [Field] = match self.inputs {
            Inputs::Any | Inputs::Pair => &[],
            Inputs::Fields(fields) => fields,
        };
        let series = ["x", "y"].into_iter().take(self.inputs.named());
        series.chain(fields.iter().map(|field| field.name())).chain(self.params.iter().map(|param| param.name))
    }
}

/// Every indicator that is a formula.
pub static DEFINITIONS: &[TextIndicator] = &[
    TextIndicator {
        name: "dema",
        inputs: Inputs::Any,
        params: &[bars("period", 1)],
        text: "2 * ema(x, period) - ema(ema(x, period), period)",
        about: "Double exponential average: an EMA less its own lag",
        first: "2(n-1)",
    },
    TextIndicator {
        name: "tema",
        inputs: Inputs::Any,
        params: &[bars("period", 1)],
        text: "3 * ema(x, period) - 3 * ema(ema(x, period), period) + ema(ema(ema(x, period), period), period)",
        about: "Triple exponential average",
        first: "3(n-1)",
    },
    TextIndicator {
        name: "hma",
        inputs: Inputs::Any,
        params: &[bars("period", 2)],
        text: "wma(2 * wma(x, floor(period / 2)) - wma(x, period), floor(sqrt(period)))",
        about: "Hull moving average: a WMA of a fast WMA less its lag",
        first: "n-1 + floor(sqrt n)-1",
    },
];

/// The text indicator of this name.
#[must_use]
pub fn definition(name: &str) -> Option<&'static TextIndicator> {
    DEFINITIONS.iter().find(|definition| definition.name == name)
}
