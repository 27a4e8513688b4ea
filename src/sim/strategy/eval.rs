//! What operators mean on numbers: for parameters and constant conditions here, and for columns in the engine.

use super::expr::{Expr, Math};

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
