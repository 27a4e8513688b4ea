//! What people are told of an indicator beyond its one line: docs/strategies.md and `strategies indicators NAME` derive
//! from it.

/// The reference of one family. Texts are Markdown of one line; in formulas, n stands for a parameter called `period`.
#[derive(Clone, Copy, Debug)]
pub struct Manual {
    /// How its values come about.
    pub formula: &'static str,
    /// Bar of the first value, counted from 0, as an expression of the parameters by their names.
    pub first_bar: &'static str,
    /// What it equals to 1e-9, or who defined it.
    pub source: &'static str,
    /// A usual value for each parameter.
    pub usual: &'static [f64],
    /// A condition that uses it.
    pub example: &'static str,
}

impl Manual {
    /// Of a family that rules cannot call.
    pub(super) const HIDDEN: Self = Self { formula: "", first_bar: "0", source: "", usual: &[], example: "" };
}
