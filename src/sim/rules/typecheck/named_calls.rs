//! What a name of `[let]`, the call of a function of `[functions]` and the call of a text indicator stand for.

use std::ops::Range;

use super::{Checker, Scope, Typed, Wanted};
use crate::indicators::TextIndicator;
use crate::rules::error::Diagnostic;
use crate::rules::expansion::GivenArgument;
use crate::rules::expr::{Expr, ValueKind};
use crate::rules::parser::{self, Node};
use crate::rules::vocabulary::{UserFunction, function_rule, let_rule};

impl<'a> Checker<'a> {
    pub(super) fn user_function(&self, name: &str) -> Option<&'a UserFunction> {
        let vocabulary = self.vocabulary;
        vocabulary.functions.iter().find(|function| self.own_names && function.name == name)
    }

    /// What a name of `[let]` stands for.
    pub(super) fn named(&self, index: usize, span: &Range<usize>) -> Typed {
        let named = &self.vocabulary.lets[index];
        let known = self.vocabulary.known.borrow().get(&index).cloned();
        let (expr, kind) = if let Some(known) = known {
            known
        } else {
            self.expansion.enter(&named.name, span)?;
            let checked = self.inner(&named.text, Vec::new(), true).expr(&named.body);
            let (expr, kind) =
                checked.map_err(|diagnostic| diagnostic.used_at(span.clone(), let_rule(&named.name), &named.text))?;
            self.expansion.leave();
            let named_expr = with_name(&named.name, Vec::new(), expr, kind);
            self.vocabulary.known.borrow_mut().insert(index, (named_expr.clone(), kind));
            self.vocabulary.mark_used(&named.name);
            (named_expr, kind)
        };
        self.expansion.measure(&expr, span)?;
        if self.scope == Scope::Numbers && kind != ValueKind::Number && !expr.is_constant() {
            self.sees_bars(span)?;
        }
        Ok((expr, kind))
    }

    /// What the call of a function of `[functions]` stands for.
    pub(super) fn call_of(&self, node: &Node, function: &'a UserFunction, args: &[Node]) -> Typed {
        if args.len() != function.args.len() {
            let plural = if function.args.len() == 1 { "" } else { "s" };
            let takes = format!("{} argument{plural}", function.args.len());
            let message = format!("`{}` takes {takes}, found {}", function.name, args.len());
            return Err(Diagnostic::new(node.span.clone(), message).hint(format!("write `{}`", function.usage())));
        }
        let given = function.args.iter().zip(args).map(|(name, arg)| {
            let (expr, kind) = self.expr(arg)?;
            Ok(GivenArgument { name: name.clone(), expr, kind })
        });
        let given = given.collect::<Result<Vec<_>, Diagnostic>>()?;
        let shown: Vec<Expr> = given.iter().map(|argument| argument.expr.clone()).collect();
        self.expansion.enter(&function.name, &node.span)?;
        let checked = self.inner(&function.text, given, true).expr(&function.body);
        let (expr, kind) = checked.map_err(|diagnostic| {
            diagnostic.used_at(node.span.clone(), function_rule(&function.name), &function.text)
        })?;
        self.expansion.leave();
        self.vocabulary.mark_used(&function.name);
        let expr = with_name(&function.name, shown, expr, kind);
        self.expansion.measure(&expr, &node.span)?;
        Ok((expr, kind))
    }

    /// What the call of a text indicator stands for.
    pub(super) fn text_indicator(&self, node: &Node, definition: &'static TextIndicator, args: &[Node]) -> Typed {
        let (series, params) = self.indicator(node, definition.name, (definition.inputs, definition.params), args)?;
        let shown = [series.clone(), params.clone()].concat();
        let given = series.into_iter().map(|expr| (expr, ValueKind::Series));
        let given = given.chain(params.into_iter().map(|expr| (expr, ValueKind::Number)));
        let given = definition.arguments().zip(given);
        let given = given.map(|(name, (expr, kind))| GivenArgument { name: name.to_owned(), expr, kind }).collect();
        let checked = parser::parse(definition.text)
            .and_then(|body| self.inner(definition.text, given, false).typed(&body, Wanted::Series, definition.name));
        let rule = || function_rule(definition.name);
        let (expr, kind) =
            checked.map_err(|diagnostic| diagnostic.used_at(node.span.clone(), rule(), definition.text))?;
        let expr = with_name(definition.name, shown, expr, kind);
        self.expansion.measure(&expr, &node.span)?;
        Ok((expr, kind))
    }
}

/// A series or a condition with the name that stands for it; numbers stay as they are.
fn with_name(name: &str, args: Vec<Expr>, expr: Expr, kind: ValueKind) -> Expr {
    if kind == ValueKind::Number {
        return expr;
    }
    Expr::Named { name: name.to_owned(), args, expr: Box::new(expr) }
}
