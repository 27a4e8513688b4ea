//! What is to be known of a metric: names, unit, which end is better.

use super::formulas::Closing;

/// Unit of a metric, which says how tables show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A fraction gained or lost; tables show percent with its sign.
    Gain,
    /// A fraction of a whole; tables show percent.
    Share,
    /// Quote currency.
    Currency,
    /// A pure number.
    Ratio,
    /// A whole number.
    Count,
    /// A number of bars.
    Bars,
}

/// Which end of a metric a trader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// Which half of a result's card a metric is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the equity did.
    Equity,
    /// What the trades did.
    Trades,
}

/// One line of the table of metrics.
pub struct Metric {
    /// Name in all outputs.
    pub name: &'static str,
    /// Name in tables for people.
    pub label: &'static str,
    /// Half of the card.
    pub group: Group,
    /// Unit.
    pub unit: Unit,
    /// How it is sorted: the better end first.
    pub better: Better,
    /// One line for people.
    pub about: &'static str,
    /// The formula.
    pub(super) formula: fn(&Closing<'_>) -> f64,
}
