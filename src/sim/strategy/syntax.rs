//! From a rule's text to its typed tree: the language's front door.

use super::check::{Checker, Scope, Wanted};
use super::error::{Fault, RuleError};
use super::expr::Expr;
use super::parser;

/// Parses and checks an expression of any kind. `rule` names it in errors, `params` are the names of the
/// strategy's parameters in order.
///
/// # Errors
/// Text outside the grammar, an unknown name, an operand of the wrong kind, a literal outside the bounds of an
/// indicator's parameter, or a rule too large: with its column, and a hint where one can be guessed.
pub fn parse_expr(rule: &str, text: &str, params: &[&str]) -> Result<Expr, RuleError> {
    let parsed = parser::parse(text).and_then(|node| Ok(Checker { text, params, scope: Scope::Bars }.expr(&node)?.0));
    parsed.map_err(|fault| RuleError::new(rule, text, fault))
}

/// Parses and checks a condition; a rule named `require` may use numbers and parameters only.
///
/// # Errors
/// As [`parse_expr`], and when the expression is no condition.
pub fn parse_condition(rule: &str, text: &str, params: &[&str]) -> Result<Expr, RuleError> {
    let scope = if rule == "require" { Scope::Numbers } else { Scope::Bars };
    condition(text, params, scope).map_err(|fault| RuleError::new(rule, text, fault))
}

/// Parses and checks a condition over metrics: numbers of these names, and nothing else. `option` is what it is the
/// value of, as in `--where`.
///
/// # Errors
/// As [`parse_condition`].
pub fn parse_condition_over_numbers(option: &str, text: &str, metrics: &[&str]) -> Result<Expr, RuleError> {
    let checked = if text.trim().is_empty() {
        Err(Fault::new(0..0, "the condition is empty").hint("write one, as in `trades >= 10`"))
    } else {
        condition(text, metrics, Scope::Metrics)
    };
    checked.map_err(|fault| RuleError::new(option, text, fault))
}

fn condition(text: &str, params: &[&str], scope: Scope) -> Result<Expr, Fault> {
    let node = parser::parse(text)?;
    let whom = if scope == Scope::Metrics { "the filter" } else { "the rule" };
    Ok(Checker { text, params, scope }.typed(&node, Wanted::Condition, whom)?.0)
}
