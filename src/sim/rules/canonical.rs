//! A rule as text again: the one spelling that all rules of the same meaning share (for the cache key), and
//! the same spelling with the names of the parameters (for people).
//!
//! Injective: every operation is in its own parentheses or is a call, calls name each argument, and numbers have
//! the shortest digits that read back as the same bits. So two different trees never share a text.

use std::fmt::Write as _;

use super::expr::{Crossing, Expr, Math, Session};
use crate::text::plain;

/// The text that stands for the rule in the cache key. Parameters are `$0`, `$1`, .. in the order of the
/// definition, and names stand for what they mean, so spaces, comments, and the names of parameters, of `[let]` and of
/// functions do not matter.
#[must_use]
pub fn canonical(expr: &Expr) -> String {
    let mut text = String::new();
    write(&mut text, expr, &Spelling { param: &|index| format!("${index}"), number: exact, names: false });
    text
}

/// The rule with all parentheses and implied series written out, in the language itself: parsed again with the
/// same parameters, `[let]` and `[functions]` it gives the same tree.
#[must_use]
pub fn written(expr: &Expr, params: &[&str]) -> String {
    let mut text = String::new();
    let param = |index: usize| params.get(index).map_or_else(|| format!("${index}"), |&name| name.to_owned());
    write(&mut text, expr, &Spelling { param: &param, number: plain, names: true });
    text
}

/// How leaves are spelled.
struct Spelling<'a> {
    param: &'a dyn Fn(usize) -> String,
    number: fn(f64) -> String,
    /// Whether what has a name is written by it.
    names: bool,
}

/// For the cache key: must never change.
fn exact(value: f64) -> String {
    // No rule has a NaN or an infinity, but if one had, all NaN would be one.
    if value.is_finite() { format!("{value:?}") } else { format!("{:#x}", value.to_bits()) }
}

fn write(out: &mut String, expr: &Expr, spelling: &Spelling<'_>) {
    let mut infix = |a: &Expr, op: &str, b: &Expr| {
        out.push('(');
        write(out, a, spelling);
        let _ = write!(out, " {op} ");
        write(out, b, spelling);
        out.push(')');
    };
    match expr {
        Expr::Number(value) => out.push_str(&(spelling.number)(*value)),
        Expr::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Expr::Param(index) => out.push_str(&(spelling.param)(*index)),
        Expr::Field(field) => out.push_str(field.name()),
        Expr::Own(name) => {
            let _ = write!(out, "column(\"{name}\")");
        }
        Expr::Calendar(part, zone) => {
            out.push_str(part.name());
            if let Some(zone) = zone {
                let _ = write!(out, "(\"{}\")", zone.name());
            }
        }
        Expr::Session(Session { from, to, zone }) => {
            let clock = |minutes: &u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let _ = write!(out, "session(\"{}\", \"{}\"", clock(from), clock(to));
            if let Some(zone) = zone {
                let _ = write!(out, ", \"{}\"", zone.name());
            }
            out.push(')');
        }
        Expr::On(interval, x) => source(out, "on", &interval.to_string(), x, spelling),
        Expr::Of(name, x) => source(out, "of", name, x, spelling),
        Expr::Indicator { family, output, series, params } => {
            let name = family.outputs.get(*output).copied().unwrap_or(family.name);
            call(out, name, &series.iter().chain(params).collect::<Vec<_>>(), spelling);
        }
        Expr::Prev(x, k) => call(out, "prev", &[x, k], spelling),
        Expr::Unary(function, x) => match function.name() {
            None => prefix(out, "-", x, spelling),
            Some(name) => call(out, name, &[x], spelling),
        },
        Expr::Math(Math::Min, a, b) => call(out, "min", &[a, b], spelling),
        Expr::Math(Math::Max, a, b) => call(out, "max", &[a, b], spelling),
        Expr::Math(Math::Pow, a, b) => call(out, "pow", &[a, b], spelling),
        Expr::Cross(Crossing::Above, a, b) => call(out, "crosses_above", &[a, b], spelling),
        Expr::Cross(Crossing::Below, a, b) => call(out, "crosses_below", &[a, b], spelling),
        Expr::Math(Math::Add, a, b) => infix(a, "+", b),
        Expr::Math(Math::Sub, a, b) => infix(a, "-", b),
        Expr::Math(Math::Mul, a, b) => infix(a, "*", b),
        Expr::Math(Math::Div, a, b) => infix(a, "/", b),
        Expr::Compare(op, a, b) => infix(a, op.sign(), b),
        Expr::And(a, b) => infix(a, "and", b),
        Expr::Or(a, b) => infix(a, "or", b),
        Expr::If(condition, a, b) => call(out, "if", &[condition, a, b], spelling),
        Expr::Holds(x) => write(out, x, spelling),
        Expr::Not(x) => prefix(out, "not ", x, spelling),
        Expr::Named { expr, .. } if !spelling.names => write(out, expr, spelling),
        Expr::Named { name, args, .. } if args.is_empty() => out.push_str(name),
        Expr::Named { name, args, .. } => call(out, name, &args.iter().collect::<Vec<_>>(), spelling),
    }
}

fn source(out: &mut String, call: &str, name: &str, x: &Expr, spelling: &Spelling<'_>) {
    let _ = write!(out, "{call}(\"{name}\", ");
    write(out, x, spelling);
    out.push(')');
}

fn prefix(out: &mut String, op: &str, x: &Expr, spelling: &Spelling<'_>) {
    out.push('(');
    out.push_str(op);
    write(out, x, spelling);
    out.push(')');
}

fn call(out: &mut String, name: &str, args: &[&Expr], spelling: &Spelling<'_>) {
    out.push_str(name);
    out.push('(');
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, arg, spelling);
    }
    out.push(')');
}
