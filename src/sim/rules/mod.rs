//! The language of rules: text through tokens and a syntax tree to a typed tree.

mod bounds;
mod canonical;
mod constancy;
mod error;
mod expansion;
mod expr;
mod foreign;
mod functions;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod typecheck;
mod vocabulary;

pub use bounds::{PREV_BARS, domain, fits, limits};
pub(crate) use bounds::{complaint, is_whole};
pub use canonical::{canonical, written};
pub use constancy::{Constancy, ConstantCondition, constant_conditions};
pub(crate) use error::{Diagnostic, position, snippet};
pub use error::{RuleError, TextUser};
pub use expr::{Crossing, Expr, Math, Session, Unary, ValueKind, number, truth};
pub use functions::{FUNCTIONS, Function, usage};
pub use vocabulary::Vocabulary;

use self::typecheck::{Checker, Scope, Wanted};
use crate::text::quoted;

impl Vocabulary {
    /// An expression of any kind. `rule` names it in errors.
    ///
    /// # Errors
    /// Text outside the grammar, an unknown name, an operand of the wrong kind, a literal outside the bounds of an
    /// indicator's parameter, or a rule too large: with its column, and a hint where one can be guessed.
    pub fn expression(&self, rule: &str, text: &str) -> Result<Expr, RuleError> {
        let parsed = parser::parse(text).and_then(|node| Ok(Checker::new(text, self, Scope::Bars).expr(&node)?.0));
        parsed.map_err(|diagnostic| RuleError::new(rule, text, diagnostic))
    }

    /// A number or a series, and which it is. `rule` names it in errors.
    ///
    /// # Errors
    /// As [`Self::expression`], and for a condition.
    pub fn value(&self, rule: &str, text: &str) -> Result<(Expr, ValueKind), RuleError> {
        let checker = Checker::new(text, self, Scope::Bars);
        let parsed = parser::parse(text).and_then(|node| checker.typed(&node, Wanted::NumberOrSeries, &quoted(rule)));
        parsed.map_err(|diagnostic| RuleError::new(rule, text, diagnostic))
    }

    /// A condition; a rule named `require` may use numbers and parameters only.
    ///
    /// # Errors
    /// As [`Self::expression`], and when the expression is no condition.
    pub fn condition(&self, rule: &str, text: &str) -> Result<Expr, RuleError> {
        let scope = if rule == "require" { Scope::Numbers } else { Scope::Bars };
        let checker = Checker::new(text, self, scope);
        let parsed = parser::parse(text).and_then(|node| checker.typed(&node, Wanted::Condition, "the rule"));
        parsed.map(|(expr, _)| expr).map_err(|diagnostic: Diagnostic| RuleError::new(rule, text, diagnostic))
    }
}

/// Parses and checks an expression of any kind. `rule` names it in errors, `params` are the names of the
/// strategy's parameters in order.
///
/// # Errors
/// As [`Vocabulary::expression`].
pub fn parse_expr(rule: &str, text: &str, params: &[&str]) -> Result<Expr, RuleError> {
    Vocabulary::new(owned(params)).expression(rule, text)
}

/// Parses and checks a number or a series, and says which it is. `rule` names it in errors.
///
/// # Errors
/// As [`Vocabulary::value`].
pub fn parse_value(rule: &str, text: &str, params: &[&str]) -> Result<(Expr, ValueKind), RuleError> {
    Vocabulary::new(owned(params)).value(rule, text)
}

/// Parses and checks a condition; a rule named `require` may use numbers and parameters only.
///
/// # Errors
/// As [`Vocabulary::condition`].
pub fn parse_condition(rule: &str, text: &str, params: &[&str]) -> Result<Expr, RuleError> {
    Vocabulary::new(owned(params)).condition(rule, text)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A condition over a result, as `--where` takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultCondition {
    /// Over numbers only: those of the metrics, and behind them for each of `symbols` 1 or 0.
    pub condition: Expr,
    /// Names or patterns; whether the symbol of the result is one of each is a number behind the metrics.
    pub symbols: Vec<String>,
}

/// Parses and checks a condition over metrics: numbers of these names, comparisons of `symbol` with texts, and nothing
/// else. `option` is what it is the value of, as in `--where`.
///
/// # Errors
/// As [`parse_condition`].
pub fn parse_result_condition(option: &str, text: &str, metrics: &[&str]) -> Result<ResultCondition, RuleError> {
    let vocabulary = Vocabulary::new(owned(metrics));
    let checker = Checker::new(text, &vocabulary, Scope::Metrics);
    let parsed = if text.trim().is_empty() {
        Err(Diagnostic::new(0..0, "the condition is empty").hint("write one, as in `trades >= 10`"))
    } else {
        parser::parse(text).and_then(|node| checker.typed(&node, Wanted::Condition, "the filter"))
    };
    let (condition, _) = parsed.map_err(|diagnostic| RuleError::new(option, text, diagnostic))?;
    Ok(ResultCondition { condition, symbols: checker.into_symbols() })
}
