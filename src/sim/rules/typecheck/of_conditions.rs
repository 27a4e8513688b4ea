//! Functions of conditions: `if`, and those that remember a condition.

use super::{Checker, Typed, Wanted};
use crate::indicators::CONDITION_TABLE;
use crate::rules::expr::{Expr, ValueKind};
use crate::rules::parser::Node;
use crate::text::quoted;

impl Checker<'_> {
    /// `if(c, a, b)`, of values or of conditions.
    pub(super) fn choice(&self, condition: &Node, a: &Node, b: &Node) -> Typed {
        let (condition, _) = self.typed(condition, Wanted::Condition, "`if`")?;
        let (first, kind) = self.expr(a)?;
        if kind == ValueKind::Condition {
            let (second, _) = self.typed(b, Wanted::Condition, "the second choice of this `if`")?;
            let negated = Expr::Not(Box::new(condition.clone()));
            let held = Expr::And(Box::new(condition), Box::new(first));
            let other = Expr::And(Box::new(negated), Box::new(second));
            return Ok((Expr::Or(Box::new(held), Box::new(other)), kind));
        }
        let (second, _) = self.typed(b, Wanted::NumberOrSeries, "the second choice of this `if`")?;
        let choice = Expr::If(Box::new(condition), Box::new(first), Box::new(second));
        let kind = choice.kind();
        Ok((choice, kind))
    }

    /// A function that remembers a condition; [`Self::function`] has counted its arguments.
    pub(super) fn of_condition(&self, name: &str, args: &[Node]) -> Typed {
        let Some(family) = CONDITION_TABLE.iter().find(|family| family.name == name) else {
            unreachable!("`{name}` is in the table")
        };
        let mut series = vec![self.typed(&args[0], Wanted::Condition, &quoted(name))?.0];
        let mut params = Vec::new();
        match family.params {
            [param] => params.push(self.param(&args[1], param.kind, &format!("`n` of `{name}`"))?),
            _ => series.extend(self.series(name, &args[1..])?),
        }
        let indicator = Expr::Indicator { family, output: 0, series, params };
        Ok(if matches!(name, "any" | "all") {
            (Expr::Holds(Box::new(indicator)), ValueKind::Condition)
        } else {
            (indicator, ValueKind::Series)
        })
    }
}
