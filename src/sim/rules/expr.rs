//! A rule as a tree, with every name resolved and every type checked; questions answered by walking over it, and its
//! value where it needs no candles.

use crate::candles::Field;
use crate::indicators::Family;
use crate::interval::{CalendarPart, IanaZone, Interval};
use crate::simd::Compare;

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
    /// `pow(a, b)`
    Pow,
}

/// A function of one number, or of each value of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `abs(x)`
    Abs,
    /// `sqrt(x)`
    Sqrt,
    /// `log(x)`, the natural logarithm
    Log,
    /// `exp(x)`
    Exp,
    /// `floor(x)`, the largest whole number that is not above it
    Floor,
    /// `round(x)`, the nearest whole number; halves away from 0
    Round,
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
    /// A function of one value.
    Unary(Unary, Box<Expr>),
    /// `if(c, a, b)`: a where the condition c holds, b where it does not, undefined where c is; a and b are numbers or series.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
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
    /// What an indicator of conditions says as a condition itself: `any(c, n)`, `all(c, n)`.
    Holds(Box<Expr>),
    /// Whether the bar opens within a session.
    Session(Session),
    /// `on("1d", x)`: a series of the bars of this length that are made of the candles.
    On(Interval, Box<Expr>),
    /// `of("BTC", x)`: a series of the candles of the asset that is called so.
    Of(String, Box<Expr>),
    /// A series or a condition that has a name: of `[let]`, or the call of a function of `[functions]` or of a text indicator.
    /// It means what it stands for; the name is for people.
    Named {
        /// As it is called.
        name: String,
        /// The arguments of the call, implied ones filled in; none for a name of `[let]`.
        args: Vec<Expr>,
        /// What it stands for.
        expr: Box<Expr>,
    },
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

impl Session {
    /// Whether it ends on the day on which it begins.
    #[must_use]
    pub fn is_within_a_day(&self) -> bool {
        self.from < self.to
    }
}

impl Crossing {
    /// The comparison that it wants now, and the one that it wants at the bar before.
    #[must_use]
    pub fn compares(self) -> (Compare, Compare) {
        match self {
            Self::Above => (Compare::Greater, Compare::LessEqual),
            Self::Below => (Compare::Less, Compare::GreaterEqual),
        }
    }
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
            Self::On(_, x) | Self::Of(_, x) | Self::Unary(_, x) | Self::Named { expr: x, .. } => x.kind(),
            Self::If(condition, a, b) => {
                let constant =
                    condition.is_constant() && a.kind() == ValueKind::Number && b.kind() == ValueKind::Number;
                if constant { ValueKind::Number } else { ValueKind::Series }
            }
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
            | Self::Holds(_)
            | Self::Session(_) => ValueKind::Condition,
        }
    }

    /// Calls `see` with this node and then with every node below it, left to right; of a named one with what it stands for.
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
            Self::Unary(_, x)
            | Self::Not(x)
            | Self::Holds(x)
            | Self::On(_, x)
            | Self::Of(_, x)
            | Self::Named { expr: x, .. } => see(x),
            Self::If(condition, a, b) => [condition, a, b].into_iter().for_each(|x| see(x)),
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

    /// Those of them that must be whole where it counts bars: all that are not only inside `floor` or `round`.
    #[must_use]
    pub fn unrounded_params(&self) -> Vec<usize> {
        match self {
            Self::Unary(function, _) if function.makes_whole() => Vec::new(),
            Self::Unary(_, x) => x.unrounded_params(),
            Self::Math(_, a, b) => [a.unrounded_params(), b.unrounded_params()].concat(),
            _ => self.params(),
        }
    }

    /// Number of its nodes and their deepest nesting, arguments of named ones included.
    #[must_use]
    pub fn extent(&self) -> (usize, usize) {
        let (mut size, mut depth) = (1, 0);
        let mut add = |x: &Self| {
            let (nodes, levels) = x.extent();
            size += nodes;
            depth = depth.max(levels);
        };
        self.each_child(&mut add);
        if let Self::Named { args, .. } = self {
            args.iter().for_each(add);
        }
        (size, depth + 1)
    }

    /// What it stands for, if it only has a name.
    #[must_use]
    pub fn unnamed(&self) -> &Self {
        match self {
            Self::Named { expr, .. } => expr.unnamed(),
            other => other,
        }
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

impl Unary {
    /// `f(x)`. An undefined operand makes the result undefined; so does one outside the function's domain.
    #[inline]
    #[must_use]
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Self::Neg => -x,
            Self::Abs => x.abs(),
            // These three are exact; the others are not, and so they are the same code on every machine.
            Self::Sqrt => x.sqrt(),
            Self::Floor => x.floor(),
            Self::Round => x.round(),
            Self::Log => libm::log(x),
            Self::Exp => libm::exp(x),
        }
    }

    /// The name by which it is called; a minus is not.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Neg => None,
            Self::Abs => Some("abs"),
            Self::Sqrt => Some("sqrt"),
            Self::Log => Some("log"),
            Self::Exp => Some("exp"),
            Self::Floor => Some("floor"),
            Self::Round => Some("round"),
        }
    }

    /// The function of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Abs, Self::Sqrt, Self::Log, Self::Exp, Self::Floor, Self::Round]
            .into_iter()
            .find(|function| function.name() == Some(name))
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub fn makes_whole(self) -> bool {
        matches!(self, Self::Floor | Self::Round)
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
            Self::Pow => libm::pow(a, b),
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
        Expr::Unary(function, x) => function.apply(number(x, values)),
        Expr::If(condition, a, b) => match known_truth(condition, values) {
            Some(truth) => number(if truth { a } else { b }, values),
            None => f64::NAN,
        },
        Expr::Math(op, a, b) => op.apply(number(a, values), number(b, values)),
        _ => f64::NAN,
    }
}

/// Truth of a condition over numbers only ([`Expr::is_constant`]); false where it is undefined, and for anything that needs
/// candles.
#[must_use]
pub fn truth(expr: &Expr, values: &[f64]) -> bool {
    known_truth(expr, values) == Some(true)
}

/// The same in three values; `None` where it is undefined.
fn known_truth(expr: &Expr, values: &[f64]) -> Option<bool> {
    match expr {
        Expr::Bool(value) => Some(*value),
        Expr::Compare(op, a, b) => op.known(number(a, values), number(b, values)),
        Expr::And(a, b) => match (known_truth(a, values), known_truth(b, values)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (a, b) => Some(a? && b?),
        },
        Expr::Or(a, b) => match (known_truth(a, values), known_truth(b, values)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (a, b) => Some(a? || b?),
        },
        Expr::Not(x) => known_truth(x, values).map(|truth| !truth),
        Expr::Named { expr, .. } => known_truth(expr, values),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Math;
    use crate::simd::Compare;

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
