//! Indicator parameters (and `k` of `prev`) that depend on the strategy's parameters: their bounds can only be
//! checked once those have values, and again for each combination of a sweep.

use super::bounds::PREV_BARS;
use super::expr::Expr;
use crate::sim::indicators::ParamKind;

/// One such parameter, in one rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    /// Key of the rule.
    pub rule: &'static str,
    /// As errors name it: "`period` of `sma`".
    pub whom: String,
    /// Its bounds.
    pub kind: ParamKind,
    /// Its value, of kind number, with at least one parameter of the strategy in it.
    pub expr: Expr,
}

/// Those of one rule, appended to `found`; the same value with the same bounds is kept once.
pub(super) fn collect(rule: &'static str, expr: &Expr, found: &mut Vec<Argument>) {
    let mut add = |whom: String, kind: ParamKind, expr: &Expr| {
        if !expr.params().is_empty() && !found.iter().any(|known| known.kind == kind && known.expr == *expr) {
            found.push(Argument { rule, whom, kind, expr: expr.clone() });
        }
    };
    expr.visit(&mut |node| match node {
        Expr::Prev(_, k) => add("`k` of `prev`".to_owned(), PREV_BARS, k),
        Expr::Indicator { family, output, params, .. } => {
            let name = family.outputs.get(*output).copied().unwrap_or(family.name);
            for (param, expr) in family.params.iter().zip(params) {
                add(format!("`{}` of `{name}`", param.name), param.kind, expr);
            }
        }
        _ => {}
    });
}
