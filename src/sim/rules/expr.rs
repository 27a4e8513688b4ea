//! A rule as a tree, with every name resolved and every type checked; questions answered by walking over it, and its
//! value where it needs no candles.

use crate::sim::candles::Field;
use crate::sim::indicators::Family;
use crate::sim::interval::{CalendarPart, IanaZone, Interval};
use crate::sim::simd::Compare;

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
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
    /// A column of the candle file beside the usual ones, by its name.
    Own(String),
    /// A part of the bar's open time, in a zone or in UTC.
    Calendar(CalendarPart, Option<IanaZone>),
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
    /// Whether the bar opens within a session.
    Session(Session),
    /// `on("1d", x)`: a series of the bars of this length that are made of the candles.
    On(Interval, Box<Expr>),
    /// `of("BTC", x)`: a series of the candles of the asset that is called so.
    Of(String, Box<Expr>),
}

/// A part of each day, which may go over midnight: from a minute of the day on, and before another one, in a zone or in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// First minute since midnight that is in it.
    pub from: u16,
    /// First minute that is not.
    pub to: u16,
    /// Whose clock.
    pub zone: Option<IanaZone>,
}

impl Expr {
    /// Number, series or condition.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Number(_) | Self::Param(_) => ValueKind::Number,
            Self::Field(_) | Self::Own(_) | Self::Calendar(..) | Self::Indicator { .. } | Self::Prev(..) => {
                ValueKind::Series
            }
            Self::Neg(x) | Self::Abs(x) | Self::On(_, x) | Self::Of(_, x) => x.kind(),
            Self::Math(_, a, b) => {
                if a.kind() == ValueKind::Number && b.kind() == ValueKind::Number {
                    ValueKind::Number
                } else {
                    ValueKind::Series
                }
            }
            Self::Bool(_)
            | Self::Compare(..)
            | Self::Cross(..)
            | Self::And(..)
            | Self::Or(..)
            | Self::Not(_)
            | Self::Session(_) => ValueKind::Condition,
        }
    }

    /// Calls `see` with this node and then with every node below it, left to right.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        self.each_child(&mut |child| child.visit(see));
    }

    /// Calls `see` with the nodes right below this one, left to right.
    pub fn each_child<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::Number(_)
            | Self::Bool(_)
            | Self::Param(_)
            | Self::Field(_)
            | Self::Own(_)
            | Self::Calendar(..)
            | Self::Session(_) => {}
            Self::Indicator { series, params, .. } => series.iter().chain(params).for_each(see),
            Self::Neg(x) | Self::Abs(x) | Self::Not(x) | Self::On(_, x) | Self::Of(_, x) => see(x),
            Self::Prev(a, b)
            | Self::Math(_, a, b)
            | Self::Compare(_, a, b)
            | Self::Cross(_, a, b)
            | Self::And(a, b)
            | Self::Or(a, b) => {
                see(a);
                see(b);
            }
        }
    }

    /// Indices of the parameters it uses, ascending, each once.
    #[must_use]
    pub fn params(&self) -> Vec<usize> {
        let mut used = Vec::new();
        self.visit(&mut |node| {
            if let Self::Param(index) = node {
                used.push(*index);
            }
        });
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Whether it is the same at every bar: made of numbers and parameters alone.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        let mut constant = true;
        self.visit(&mut |node| {
            constant &= !matches!(
                node,
                Self::Field(_) | Self::Own(_) | Self::Calendar(..) | Self::Session(_) | Self::Indicator { .. }
            );
        });
        constant
    }
}

impl Math {
    /// `a op b`. An undefined operand (NaN) makes the result undefined, also for min and max;
    /// of equal operands min and max give the first, so that the sign of a zero is the same on every machine.
    #[inline]
    #[must_use]
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Min if b < a || b.is_nan() => b,
            Self::Max if b > a || b.is_nan() => b,
            Self::Min | Self::Max => a,
        }
    }
}

/// Value of an expression of kind number with these values of the parameters; NaN for any other kind,
/// or where a parameter has no value.
#[must_use]
pub fn number(expr: &Expr, values: &[f64]) -> f64 {
    match expr {
        Expr::Number(value) => *value,
        Expr::Param(index) => values.get(*index).copied().unwrap_or(f64::NAN),
        Expr::Neg(x) => -number(x, values),
        Expr::Abs(x) => number(x, values).abs(),
        Expr::Math(op, a, b) => op.apply(number(a, values), number(b, values)),
        _ => f64::NAN,
    }
}

/// Truth of a condition over numbers only ([`Expr::is_constant`]); false for anything that needs candles.
#[must_use]
pub fn truth(expr: &Expr, values: &[f64]) -> bool {
    match expr {
        Expr::Bool(value) => *value,
        Expr::Compare(op, a, b) => op.holds(number(a, values), number(b, values)),
        Expr::And(a, b) => truth(a, values) && truth(b, values),
        Expr::Or(a, b) => truth(a, values) || truth(b, values),
        Expr::Not(x) => !truth(x, values),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Math;
    use crate::sim::simd::Compare;

    #[test]
    fn no_comparison_holds_with_an_undefined_number() {
        use Compare::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        for op in [Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual] {
            assert!(!op.holds(f64::NAN, 1.0) && !op.holds(1.0, f64::NAN) && !op.holds(f64::NAN, f64::NAN), "{op:?}");
        }
        assert!(NotEqual.holds(1.0, 2.0) && !NotEqual.holds(2.0, 2.0) && Equal.holds(2.0, 2.0));
    }

    #[test]
    fn min_and_max_are_undefined_when_an_operand_is() {
        for op in [Math::Min, Math::Max] {
            assert!(op.apply(f64::NAN, 1.0).is_nan() && op.apply(1.0, f64::NAN).is_nan());
        }
        assert_eq!((Math::Min.apply(2.0, 1.0), Math::Max.apply(2.0, 1.0)), (1.0, 2.0));
        assert!(Math::Min.apply(0.0, -0.0).is_sign_positive() && Math::Max.apply(-0.0, 0.0).is_sign_negative());
    }
}
