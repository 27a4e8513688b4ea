//! What a graph of rules is made of: columns, what fills them, and conditions over them.

use super::expr::Math;
use crate::sim::indicators::Family;
use crate::sim::model::Field;
use crate::sim::simd::Compare;

/// Index of a column in its graph.
pub type ColumnId = usize;
/// Index of a condition in its graph.
pub type ConditionId = usize;

/// What arithmetic and comparisons read: a constant, or a column some bars back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A constant, as bits so that it can be hashed.
    Number(u64),
    /// A column, `lag` bars earlier.
    Column {
        /// Which.
        id: ColumnId,
        /// How many bars earlier; 0 is the bar itself.
        lag: usize,
    },
}

impl Operand {
    pub(super) fn constant(value: f64) -> Self {
        Self::Number(value.to_bits())
    }
}

/// How a column that is not an indicator's output comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Formula {
    /// Copied from the candles.
    Field(Field),
    /// `-x`
    Neg(Operand),
    /// `abs(x)`
    Abs(Operand),
    /// Arithmetic.
    Math(Math, Operand, Operand),
}

/// One piece of work on columns, done once a tile.
#[derive(Debug)]
pub enum Step {
    /// Fills one column.
    Formula {
        /// The column filled.
        column: ColumnId,
        /// How.
        formula: Formula,
    },
    /// Feeds an indicator; fills as many columns as it has outputs.
    Indicator {
        /// Its line in the table.
        family: &'static Family,
        /// Columns it reads, each with its lag.
        inputs: Vec<(ColumnId, usize)>,
        /// Its parameters.
        params: Vec<f64>,
        /// The first column filled; the others follow it.
        first: ColumnId,
        /// Bars at the start at which not all inputs are defined.
        start: usize,
    },
}

/// What is known of a column before any candle is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnFacts {
    /// Undefined bars at the start.
    pub lookback: usize,
    /// Earlier bars that must be kept for those who read it.
    pub history: usize,
}

/// One condition, evaluated to a bit for each bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The same at every bar.
    Constant(bool),
    /// A comparison.
    Compare(Compare, Operand, Operand),
    /// The first condition at this bar and the second at the bar before.
    After(ConditionId, ConditionId),
    /// Both.
    And(ConditionId, ConditionId),
    /// Either.
    Or(ConditionId, ConditionId),
    /// Not.
    Not(ConditionId),
}

/// A rule within a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Its condition.
    pub condition: ConditionId,
    /// Bars at the start at which the rule is undefined, and so false.
    pub lookback: usize,
}
