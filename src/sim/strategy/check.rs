//! Names and types: turns a syntax tree into a rule in which every name means something and every operand fits.

use std::ops::Range;

use super::calls::{FUNCTIONS, usage};
use super::error::Fault;
use super::expr::{Expr, Kind, Math};
use super::lexer::Op;
use super::nearest::nearest;
use super::parser::{Node, Syntax};
use super::snippet::quoted;
use crate::sim::indicators::table;
use crate::sim::model::Field;
use crate::sim::simd::Compare;

/// What a rule may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Candles, indicators and parameters.
    Bars,
    /// Parameters and numbers alone, as in `require`.
    Numbers,
    /// Metrics of a result and numbers, as in `--where`; the metrics stand where others have parameters.
    Metrics,
}

/// What a place in a rule takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Number,
    Series,
    Condition,
    NumberOrSeries,
}

impl Wanted {
    fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Number => kind == Kind::Number,
            Self::Series => kind == Kind::Series,
            Self::Condition => kind == Kind::Condition,
            Self::NumberOrSeries => kind != Kind::Condition,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Series => "a series",
            Self::Condition => "a condition",
            Self::NumberOrSeries => "a number or a series",
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a number",
        Kind::Series => "a series",
        Kind::Condition => "a condition",
    }
}

/// The names that mean something to one rule.
pub(super) struct Checker<'a> {
    pub text: &'a str,
    pub params: &'a [&'a str],
    pub scope: Scope,
}

impl Checker<'_> {
    /// The typed tree of a node of any kind.
    pub fn expr(&self, node: &Node) -> Result<(Expr, Kind), Fault> {
        match &node.syntax {
            Syntax::Number(value) => Ok((Expr::Number(*value), Kind::Number)),
            Syntax::Bool(value) => Ok((Expr::Bool(*value), Kind::Condition)),
            Syntax::Name(at) => self.name(at),
            Syntax::Call(name, args) => self.call(node, name, args),
            Syntax::Neg(x) => {
                let (x, kind) = self.typed(x, Wanted::NumberOrSeries, "`-`")?;
                Ok((Expr::Neg(Box::new(x)), kind))
            }
            Syntax::Not(x) => {
                let (x, kind) = self.typed(x, Wanted::Condition, "`not`")?;
                Ok((Expr::Not(Box::new(x)), kind))
            }
            Syntax::Infix(a, op, at, b) => self.infix(a, *op, at, b),
        }
    }

    /// The typed tree of a node that `whom` takes only where it is what is `wanted`.
    pub fn typed(&self, node: &Node, wanted: Wanted, whom: &str) -> Result<(Expr, Kind), Fault> {
        let (expr, kind) = self.expr(node)?;
        if wanted.takes(kind) {
            return Ok((expr, kind));
        }
        let text = quoted(&self.text[node.span.clone()]);
        let message = format!("{whom} needs {}, but {text} is {}", wanted.name(), kind_name(kind));
        let fault = Fault::new(node.span.clone(), message);
        Err(match (wanted, kind) {
            (Wanted::Condition, _) if self.scope == Scope::Metrics => {
                fault.hint("compare it with something, as in `sharpe > 1`")
            }
            (Wanted::Condition, _) => fault.hint("compare it with something, as in `close > 0`"),
            (Wanted::Series, Kind::Number) => fault.hint("a series is `close`, for example, or `sma(close, 20)`"),
            (Wanted::Number, Kind::Series) => {
                fault.hint("it must be the same at every bar: made of numbers and parameters")
            }
            (_, Kind::Condition) => fault.hint("conditions are joined by `and`, `or` and `not` only"),
            _ => fault,
        })
    }

    fn infix(&self, a: &Node, op: Op, at: &Range<usize>, b: &Node) -> Result<(Expr, Kind), Fault> {
        let wanted = if matches!(op, Op::And | Op::Or) { Wanted::Condition } else { Wanted::NumberOrSeries };
        let whom = quoted(&self.text[at.clone()]);
        let (left, left_kind) = self.typed(a, wanted, &whom)?;
        let (right, right_kind) = self.typed(b, wanted, &whom)?;
        let (a, b) = (Box::new(left), Box::new(right));
        let math = |op, a, b| (Expr::Math(op, a, b), wider(left_kind, right_kind));
        let compare = |op, a, b| (Expr::Compare(op, a, b), Kind::Condition);
        Ok(match op {
            Op::Or => (Expr::Or(a, b), Kind::Condition),
            Op::And => (Expr::And(a, b), Kind::Condition),
            Op::Less => compare(Compare::Less, a, b),
            Op::LessEqual => compare(Compare::LessEqual, a, b),
            Op::Greater => compare(Compare::Greater, a, b),
            Op::GreaterEqual => compare(Compare::GreaterEqual, a, b),
            Op::Equal => compare(Compare::Equal, a, b),
            Op::NotEqual => compare(Compare::NotEqual, a, b),
            Op::Add => math(Math::Add, a, b),
            Op::Sub => math(Math::Sub, a, b),
            Op::Mul => math(Math::Mul, a, b),
            Op::Div => math(Math::Div, a, b),
        })
    }

    fn name(&self, span: &Range<usize>) -> Result<(Expr, Kind), Fault> {
        let name = &self.text[span.clone()];
        if let Some(index) = self.params.iter().position(|&param| param == name) {
            return Ok((Expr::Param(index), Kind::Number));
        }
        if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
            self.sees_bars(span)?;
            return Ok((Expr::Field(field), Kind::Series));
        }
        if self.scope != Scope::Metrics
            && let Some(usage) = usage(name)
        {
            let fault = Fault::new(span.clone(), format!("`{name}` needs its arguments"));
            return Err(fault.hint(format!("write `{usage}`")));
        }
        Err(self.unknown(span, "name"))
    }

    /// Refuses what needs candles in a rule that has none.
    pub fn sees_bars(&self, span: &Range<usize>) -> Result<(), Fault> {
        match self.scope {
            Scope::Bars => return Ok(()),
            Scope::Metrics => return Err(self.unknown(span, "metric")),
            Scope::Numbers => {}
        }
        let name = quoted(&self.text[span.clone()]);
        let message = format!("`require` is checked before there are candles, so it cannot use {name}");
        Err(Fault::new(span.clone(), message).hint("use parameters and numbers only, as in `fast < slow`"))
    }

    /// The answer to a name that means nothing here; `what` says what was looked for.
    pub fn unknown(&self, span: &Range<usize>, what: &str) -> Fault {
        let name = &self.text[span.clone()];
        if self.scope == Scope::Metrics {
            return self.unknown_metric(span);
        }
        let outputs = table::TABLE.iter().flat_map(|family| family.outputs).copied();
        let values = self.params.iter().copied().chain(Field::ALL.map(Field::name));
        let calls = FUNCTIONS.iter().map(|function| function.name).chain(outputs);
        let near = if what == "function" {
            nearest(name, calls.chain(values))
        } else {
            nearest(name, values.chain(["and", "or", "not", "true", "false"]).chain(calls))
        };
        let fault = Fault::new(span.clone(), format!("unknown {what} {}", quoted(name)));
        match near {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None if what == "name" && self.params.is_empty() => fault.hint("parameters are declared in [params]"),
            None if what == "name" => fault.hint(format!("the parameters are {}", self.params.join(", "))),
            None => fault,
        }
    }

    fn unknown_metric(&self, span: &Range<usize>) -> Fault {
        let name = &self.text[span.clone()];
        let fault = Fault::new(span.clone(), format!("unknown metric {}", quoted(name)));
        match nearest(name, self.params.iter().copied().chain(["and", "or", "not", "abs", "min", "max"])) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint(format!("the metrics are {}", self.params.join(", "))),
        }
    }
}

/// Arithmetic gives a series as soon as one operand is one.
pub(super) fn wider(a: Kind, b: Kind) -> Kind {
    if a == Kind::Number && b == Kind::Number { Kind::Number } else { Kind::Series }
}
