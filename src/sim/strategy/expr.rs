//! A rule as a tree, with every name resolved and every type checked.

use crate::sim::indicators::Family;
use crate::sim::model::Field;
use crate::sim::simd::Compare;

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Known once the parameters are: the same at every bar.
    Number,
    /// One number for each bar.
    Series,
    /// One yes or no for each bar.
    Condition,
}

/// Arithmetic between numbers and series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Math {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `min(a, b)`
    Min,
    /// `max(a, b)`
    Max,
}

/// Which way a series crosses another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// `a[i] > b[i] and a[i-1] <= b[i-1]`
    Above,
    /// `a[i] < b[i] and a[i-1] >= b[i-1]`
    Below,
}

/// One node of a rule. Built by the parser only, so its types are right:
/// operands of arithmetic and comparisons are numbers or series, those of `and`, `or`, `not` conditions.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// The strategy's parameter with this index.
    Param(usize),
    /// A column of the candles.
    Field(Field),
    /// One output of an indicator.
    Indicator {
        /// Its line in the table.
        family: &'static Family,
        /// Which of its outputs.
        output: usize,
        /// The series it reads, implied ones filled in; at least one.
        series: Vec<Expr>,
        /// Its parameters, all of kind number, as many as the family has.
        params: Vec<Expr>,
    },
    /// `prev(x, k)`: x, k bars earlier; k is a whole number, 1 or more.
    Prev(Box<Expr>, Box<Expr>),
    /// `-x`
    Neg(Box<Expr>),
    /// `abs(x)`
    Abs(Box<Expr>),
    /// Arithmetic.
    Math(Math, Box<Expr>, Box<Expr>),
    /// Comparison.
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// `crosses_above(a, b)`, `crosses_below(a, b)`
    Cross(Crossing, Box<Expr>, Box<Expr>),
    /// Both.
    And(Box<Expr>, Box<Expr>),
    /// Either.
    Or(Box<Expr>, Box<Expr>),
    /// Not.
    Not(Box<Expr>),
}
