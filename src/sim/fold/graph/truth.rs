//! Conditions as columns of numbers, for what chooses by them or remembers them: 1 where one holds, 0 where it does not, NaN
//! where it is undefined.
//!
//! `and` and `or` follow Kleene: undefined only where the result depends on what is undefined.

use super::{Formula, Graph, Operand};
use crate::rules::{Expr, Math};
use crate::simd::Compare;

impl Graph {
    /// A condition as a number at each bar: 1 where it holds, 0 where it does not, NaN where it is undefined.
    pub(super) fn truth(&mut self, expr: &Expr, values: &[f64]) -> Operand {
        match expr {
            Expr::Bool(truth) => Operand::constant(f64::from(u8::from(*truth))),
            Expr::Compare(compare, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                self.truth_of(*compare, left, right)
            }
            Expr::Cross(crossing, left, right) => {
                let (left, right) = (self.operand(left, values), self.operand(right, values));
                let (now, before) = crossing.compares();
                let (now, before) = (self.truth_of(now, left, right), self.truth_of(before, left, right));
                let before = self.earlier(before, 1);
                self.joined(now, before, true)
            }
            Expr::And(left, right) | Expr::Or(left, right) => {
                let (left, right) = (self.truth(left, values), self.truth(right, values));
                self.joined(left, right, matches!(expr, Expr::And(..)))
            }
            Expr::Not(inner) => match self.truth(inner, values) {
                Operand::Number(bits) => Operand::constant(1.0 - f64::from_bits(bits)),
                column @ Operand::Column { .. } => {
                    self.formula(Formula::Math(Math::Sub, Operand::constant(1.0), column))
                }
            },
            Expr::Session(session) => {
                let [begun, open] = self.session(session).map(|(compare, a, b)| self.truth_of(compare, a, b));
                self.joined(begun, open, session.is_within_a_day())
            }
            Expr::Holds(inner) => self.operand(inner, values),
            Expr::Named { expr, .. } => self.truth(expr, values),
            _ => unreachable!("the parser lets only conditions stand where a condition is wanted"),
        }
    }

    fn truth_of(&mut self, compare: Compare, left: Operand, right: Operand) -> Operand {
        match (left, right) {
            (Operand::Number(left), Operand::Number(right)) => {
                Operand::constant(truth_number(compare, f64::from_bits(left), f64::from_bits(right)))
            }
            _ => self.formula(Formula::Compare(compare, left, right)),
        }
    }

    fn joined(&mut self, left: Operand, right: Operand, both: bool) -> Operand {
        match (left, right) {
            (Operand::Number(left), Operand::Number(right)) => {
                let join = if both { both_numbers } else { either_number };
                Operand::constant(join(f64::from_bits(left), f64::from_bits(right)))
            }
            _ if both => self.formula(Formula::Both(left, right)),
            _ => self.formula(Formula::Either(left, right)),
        }
    }
}

/// A comparison as a number.
#[inline]
pub(in crate::fold) fn truth_number(compare: Compare, a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { f64::from(u8::from(compare.holds(a, b))) }
}

/// Whether both hold, of conditions as numbers.
#[inline]
pub(in crate::fold) fn both_numbers(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

/// Whether either holds, of conditions as numbers.
#[inline]
pub(in crate::fold) fn either_number(a: f64, b: f64) -> f64 {
    if a > 0.0 || b > 0.0 { 1.0 } else { a + b }
}

#[cfg(test)]
mod tests;
