//! Calls: the functions of the language, and every indicator of the table.

use std::ops::Range;

use super::bounds::{PREV_BARS, complaint};
use super::check::{Checker, Wanted, wider};
use super::error::Fault;
use super::eval::number;
use super::expr::{Crossing, Expr, Kind, Math};
use super::parser::Node;
use super::snippet::quoted;
use crate::sim::indicators::{Family, Inputs, ParamKind, table};
use crate::sim::model::Field;

/// A function of the language that is no indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name that rules call.
    pub name: &'static str,
    /// Its call with all arguments.
    pub usage: &'static str,
    /// One line for people.
    pub about: &'static str,
}

/// All functions of the language; indicators are in the table of `indicators`.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "prev", usage: "prev(x, k)", about: "x, k bars earlier" },
    Function { name: "abs", usage: "abs(x)", about: "x without its sign" },
    Function { name: "min", usage: "min(a, b)", about: "the smaller one" },
    Function { name: "max", usage: "max(a, b)", about: "the larger one" },
    Function {
        name: "crosses_above",
        usage: "crosses_above(a, b)",
        about: "a is above b, and was not at the bar before",
    },
    Function {
        name: "crosses_below",
        usage: "crosses_below(a, b)",
        about: "a is below b, and was not at the bar before",
    },
];

/// How a function or indicator is called, as in `rsi(x, period)`; `None` for other names.
#[must_use]
pub fn usage(name: &str) -> Option<String> {
    if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
        return Some(function.usage.to_owned());
    }
    let (family, _) = table::find(name)?;
    let series = matches!(family.inputs, Inputs::Any).then_some("x");
    let args: Vec<_> = series.into_iter().chain(family.params.iter().map(|param| param.name)).collect();
    Some(format!("{name}({})", args.join(", ")))
}

impl Checker<'_> {
    /// The typed tree of a call.
    pub fn call(&self, node: &Node, at: &Range<usize>, args: &[Node]) -> Result<(Expr, Kind), Fault> {
        let name = &self.text[at.clone()];
        if FUNCTIONS.iter().any(|function| function.name == name) {
            return self.function(node, name, args);
        }
        if let Some((family, output)) = table::find(name) {
            self.sees_bars(at)?;
            return self.indicator(node, name, family, output, args);
        }
        if self.params.contains(&name) || Field::ALL.iter().any(|field| field.name() == name) {
            let fault = Fault::new(at.clone(), format!("`{name}` is no function"));
            return Err(fault.hint(format!("write `{name}` alone, or `prev({name}, 1)` for the bar before")));
        }
        Err(self.unknown(at, "function"))
    }

    fn function(&self, node: &Node, name: &str, args: &[Node]) -> Result<(Expr, Kind), Fault> {
        let whom = quoted(name);
        let value = |arg: &Node| self.typed(arg, Wanted::NumberOrSeries, &whom);
        match (name, args) {
            ("abs", [x]) => {
                let (x, kind) = value(x)?;
                Ok((Expr::Abs(Box::new(x)), kind))
            }
            ("prev", [x, k]) => {
                let (x, kind) = self.typed(x, Wanted::Series, "`prev`")?;
                let k = self.param(k, PREV_BARS, "`k` of `prev`")?;
                Ok((Expr::Prev(Box::new(x), Box::new(k)), kind))
            }
            ("min" | "max" | "crosses_above" | "crosses_below", [a, b]) => {
                let ((a, a_kind), (b, b_kind)) = (value(a)?, value(b)?);
                let kind = wider(a_kind, b_kind);
                let (a, b) = (Box::new(a), Box::new(b));
                match name {
                    "min" => Ok((Expr::Math(Math::Min, a, b), kind)),
                    "max" => Ok((Expr::Math(Math::Max, a, b), kind)),
                    _ if kind == Kind::Number => {
                        let fault =
                            Fault::new(node.span.clone(), format!("{whom} needs a series, but both are numbers"));
                        Err(fault.hint("two numbers never cross; compare them, as in `fast < slow`"))
                    }
                    "crosses_above" => Ok((Expr::Cross(Crossing::Above, a, b), Kind::Condition)),
                    _ => Ok((Expr::Cross(Crossing::Below, a, b), Kind::Condition)),
                }
            }
            _ => Err(arity(node, name, args, if name == "abs" { "1 argument" } else { "2 arguments" })),
        }
    }

    fn indicator(
        &self,
        node: &Node,
        name: &str,
        family: &'static Family,
        output: usize,
        args: &[Node],
    ) -> Result<(Expr, Kind), Fault> {
        let count = family.params.len();
        let (series, params) = match family.inputs {
            Inputs::Any if args.len() == count + 1 => (self.series(name, &args[..1])?, &args[1..]),
            Inputs::Fields(fields) if args.len() == count => (fields.iter().copied().map(Expr::Field).collect(), args),
            Inputs::Fields(fields) if args.len() == fields.len() + count => {
                (self.series(name, &args[..fields.len()])?, &args[fields.len()..])
            }
            Inputs::Any => {
                let plural = if count == 0 { "" } else { "s" };
                let fault = arity(node, name, args, &format!("{} argument{plural}", count + 1));
                let first = args.first().map(|arg| self.expr(arg));
                return Err(match first {
                    Some(Ok((_, Kind::Number))) if args.len() == count => {
                        let args: Vec<_> = args.iter().map(|arg| &self.text[arg.span.clone()]).collect();
                        fault.hint(format!("name the series: `{name}(close, {})`", args.join(", ")))
                    }
                    _ => fault,
                });
            }
            Inputs::Fields(fields) => {
                return Err(self.implied_arity(node, name, family, fields, args));
            }
        };
        let mut numbers = Vec::with_capacity(count);
        for (arg, param) in params.iter().zip(family.params) {
            numbers.push(self.param(arg, param.kind, &format!("`{}` of `{name}`", param.name))?);
        }
        Ok((Expr::Indicator { family, output, series, params: numbers }, Kind::Series))
    }

    /// The answer to a wrong number of arguments where the series may be left out.
    fn implied_arity(&self, node: &Node, name: &str, family: &Family, fields: &[Field], args: &[Node]) -> Fault {
        let params: Vec<_> = family.params.iter().map(|param| param.name).collect();
        let series: Vec<_> = fields.iter().map(|field| field.name()).collect();
        let short = format!("{name}({})", params.join(", "));
        let long = format!("{name}({})", [&series[..], &params].concat().join(", "));
        let found = match args.len() {
            1 => "1 argument".to_owned(),
            many => format!("{many} arguments"),
        };
        let message = format!("`{name}` is called as `{short}` or as `{long}`, not with {found}");
        let fault = Fault::new(node.span.clone(), message);
        // One series in front, as for `rsi(close, 14)`, is the usual slip.
        let named = args
            .split_first()
            .filter(|(first, rest)| rest.len() == params.len() && matches!(self.expr(first), Ok((_, Kind::Series))));
        let Some((_, rest)) = named else { return fault.hint(format!("write `{short}`")) };
        let rest: Vec<_> = rest.iter().map(|arg| &self.text[arg.span.clone()]).collect();
        fault.hint(format!("write `{name}({})`: it reads {} by itself", rest.join(", "), series.join(", ")))
    }

    fn series(&self, name: &str, args: &[Node]) -> Result<Vec<Expr>, Fault> {
        args.iter().map(|arg| Ok(self.typed(arg, Wanted::Series, &quoted(name))?.0)).collect()
    }

    /// A number that is a parameter of a call; without parameters of the strategy in it, its bounds are checked here.
    fn param(&self, arg: &Node, kind: ParamKind, whom: &str) -> Result<Expr, Fault> {
        let (expr, _) = self.typed(arg, Wanted::Number, whom)?;
        if expr.params().is_empty()
            && let Some(complaint) = complaint(kind, number(&expr, &[]))
        {
            return Err(Fault::new(arg.span.clone(), format!("{whom} {complaint}")));
        }
        Ok(expr)
    }
}

/// The answer to a wrong number of arguments.
fn arity(node: &Node, name: &str, args: &[Node], takes: &str) -> Fault {
    let fault = Fault::new(node.span.clone(), format!("`{name}` takes {takes}, found {}", args.len()));
    fault.maybe_hint(usage(name).map(|usage| format!("write `{usage}`")))
}
