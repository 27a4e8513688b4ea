//! Names, types and calls: turns a syntax tree into a rule in which every name means something and every operand fits.

mod named_calls;
mod of_conditions;
mod other_bars;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use super::bounds::{PREV_BARS, complaint};
use super::error::Diagnostic;
use super::expansion::{Expansion, GivenArgument};
use super::expr::{Crossing, Expr, Math, Unary, ValueKind, number};
use super::foreign;
use super::functions::{FUNCTIONS, callable, usage};
use super::lexer::Op;
use super::parser::{Node, Syntax};
use super::vocabulary::{UserFunction, Vocabulary};
use crate::candles::Field;
use crate::indicators::{FamilyParam, Inputs, ParamKind, definition, table};
use crate::simd::Compare;
use crate::text::{nearest, quoted};

/// A typed tree and what it is, or what is wrong.
type Typed = Result<(Expr, ValueKind), Diagnostic>;

/// What a rule may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Candles, indicators and parameters.
    Bars,
    /// Parameters and numbers alone, as in `require`.
    Numbers,
    /// Metrics of a result and numbers, as in `--where`; the metrics stand where others have parameters. Its symbol may be
    /// compared with texts.
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
    fn takes(self, kind: ValueKind) -> bool {
        match self {
            Self::Number => kind == ValueKind::Number,
            Self::Series => kind == ValueKind::Series,
            Self::Condition => kind == ValueKind::Condition,
            Self::NumberOrSeries => kind != ValueKind::Condition,
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

fn kind_name(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Number => "a number",
        ValueKind::Series => "a series",
        ValueKind::Condition => "a condition",
    }
}

/// How the symbol of a result is asked for.
const SYMBOL_HINT: &str = "write it as in `symbol == \"BTCUSDT\"` or `symbol != \"*USDC\"`";

/// The names that mean something to one rule.
pub(super) struct Checker<'a> {
    text: &'a str,
    vocabulary: &'a Vocabulary,
    scope: Scope,
    /// Of the function whose text this is; they go before other names.
    args: Vec<GivenArgument>,
    /// Whether the text may use the strategy's names; that of an indicator may not.
    own_names: bool,
    /// Shared with the texts that this one uses.
    expansion: Rc<Expansion>,
    /// What the symbol of a result is compared with; whether it is that stands behind the parameters.
    symbols: RefCell<Vec<String>>,
}

/// What a filter calls the symbol of a result.
const SYMBOL: &str = "symbol";

impl<'a> Checker<'a> {
    /// For a text of a strategy with these names; those of metrics stand where others have parameters.
    pub(super) fn new(text: &'a str, vocabulary: &'a Vocabulary, scope: Scope) -> Self {
        let (expansion, symbols) = Default::default();
        Self { text, vocabulary, scope, args: Vec::new(), own_names: true, expansion, symbols }
    }

    /// For a text that this one uses.
    fn inner(&self, text: &'a str, args: Vec<GivenArgument>, own_names: bool) -> Self {
        let (vocabulary, scope, expansion) = (self.vocabulary, self.scope, Rc::clone(&self.expansion));
        Self { text, vocabulary, scope, args, own_names, expansion, symbols: RefCell::default() }
    }

    fn params(&self) -> &'a [String] {
        if self.own_names { &self.vocabulary.params } else { &[] }
    }

    /// What the symbol is compared with, once the text was checked.
    pub(super) fn into_symbols(self) -> Vec<String> {
        self.symbols.into_inner()
    }

    /// The typed tree of a node of any kind.
    pub(super) fn expr(&self, node: &Node) -> Typed {
        self.expansion.descend(&node.span)?;
        let checked = self.syntax(node);
        self.expansion.ascend();
        checked
    }

    fn syntax(&self, node: &Node) -> Typed {
        match &node.syntax {
            Syntax::Number(value) => Ok((Expr::Number(*value), ValueKind::Number)),
            Syntax::Bool(value) => Ok((Expr::Bool(*value), ValueKind::Condition)),
            Syntax::Name(at) => self.name(at),
            Syntax::Text(_) => Err(self.stray_text(node)),
            Syntax::Call(name, args) => self.call(node, name, args),
            Syntax::Neg(x) => self
                .typed(x, Wanted::NumberOrSeries, "`-`")
                .map(|(x, kind)| (Expr::Unary(Unary::Neg, Box::new(x)), kind)),
            Syntax::Not(x) => self.typed(x, Wanted::Condition, "`not`").map(|(x, kind)| (Expr::Not(Box::new(x)), kind)),
            Syntax::Infix(a, op, at, b) => self.infix(a, *op, at, b),
        }
    }

    /// The typed tree of a node that `whom` takes only where it is what is `wanted`.
    pub(super) fn typed(&self, node: &Node, wanted: Wanted, whom: &str) -> Typed {
        match self.expr(node) {
            Ok((Expr::Own(_), _)) if wanted == Wanted::Number => match &node.syntax {
                Syntax::Name(at) => Err(self.unknown(at, "name")),
                _ => Err(self.mismatch(node, wanted, whom, ValueKind::Series)),
            },
            Ok((_, kind)) if !wanted.takes(kind) => Err(self.mismatch(node, wanted, whom, kind)),
            checked => checked,
        }
    }

    /// The answer to a node of a kind that is not wanted.
    fn mismatch(&self, node: &Node, wanted: Wanted, whom: &str, kind: ValueKind) -> Diagnostic {
        let text = quoted(&self.text[node.span.clone()]);
        let message = format!("{whom} needs {}, but {text} is {}", wanted.name(), kind_name(kind));
        let diagnostic = Diagnostic::new(node.span.clone(), message);
        match (wanted, kind) {
            (Wanted::Condition, _) if self.scope == Scope::Metrics => {
                diagnostic.hint("compare it with something, as in `sharpe > 1`")
            }
            (Wanted::Condition, _) => diagnostic.hint("compare it with something, as in `close > 0`"),
            (Wanted::Series, ValueKind::Number) => {
                diagnostic.hint("a series is `close`, for example, or `sma(close, 20)`")
            }
            (Wanted::Number, ValueKind::Series) => {
                diagnostic.hint("it must be the same at every bar: made of numbers and parameters")
            }
            (_, ValueKind::Condition) => diagnostic.hint("conditions are joined by `and`, `or` and `not` only"),
            _ => diagnostic,
        }
    }

    fn stray_text(&self, node: &Node) -> Diagnostic {
        let shown = quoted(&self.text[node.span.clone()]);
        if self.scope == Scope::Metrics {
            let message = format!("{shown} is a text, which only `symbol` is compared with");
            return Diagnostic::new(node.span.clone(), message).hint(SYMBOL_HINT);
        }
        let message = format!("{shown} is a text, which is neither a number nor a series");
        Diagnostic::new(node.span.clone(), message)
            .hint("texts name intervals, assets, times and zones, as in `on(\"1d\", close)`")
    }

    fn is_symbol(&self, node: &Node) -> bool {
        let is_named = |at: &Range<usize>| &self.text[at.clone()] == SYMBOL;
        self.scope == Scope::Metrics && matches!(&node.syntax, Syntax::Name(at) if is_named(at))
    }

    /// `symbol == "BTCUSDT"`, either way round: whether the symbol is named so, as a number behind the parameters.
    fn of_symbol(&self, op: Op, other: &Node) -> Typed {
        let wrong = |hint: String| Diagnostic::new(other.span.clone(), "a symbol is compared with a text").hint(hint);
        let op = match op {
            Op::Equal => Compare::Equal,
            Op::NotEqual => Compare::NotEqual,
            _ => return Err(wrong(SYMBOL_HINT.to_owned())),
        };
        let Syntax::Text(at) = &other.syntax else {
            let is_name = matches!(other.syntax, Syntax::Name(_));
            let text = &self.text[other.span.clone()];
            return Err(wrong(if is_name { format!("write `\"{text}\"`") } else { SYMBOL_HINT.to_owned() }));
        };
        let mut symbols = self.symbols.borrow_mut();
        symbols.push(self.text[at.clone()].to_owned());
        let is_named = Expr::Param(self.params().len() + symbols.len() - 1);
        Ok((Expr::Compare(op, Box::new(is_named), Box::new(Expr::Number(1.0))), ValueKind::Condition))
    }

    fn infix(&self, a: &Node, op: Op, at: &Range<usize>, b: &Node) -> Typed {
        if self.is_symbol(a) {
            return self.of_symbol(op, b);
        }
        if self.is_symbol(b) {
            return self.of_symbol(op, a);
        }
        let wanted = if matches!(op, Op::And | Op::Or) { Wanted::Condition } else { Wanted::NumberOrSeries };
        let whom = quoted(&self.text[at.clone()]);
        let (left, left_kind) = self.typed(a, wanted, &whom)?;
        let (right, right_kind) = self.typed(b, wanted, &whom)?;
        let (a, b) = (Box::new(left), Box::new(right));
        let math = |op, a, b| (Expr::Math(op, a, b), wider(left_kind, right_kind));
        let compare = |op, a, b| (Expr::Compare(op, a, b), ValueKind::Condition);
        Ok(match op {
            Op::Or => (Expr::Or(a, b), ValueKind::Condition),
            Op::And => (Expr::And(a, b), ValueKind::Condition),
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

    fn name(&self, span: &Range<usize>) -> Typed {
        let name = &self.text[span.clone()];
        if let Some(argument) = self.args.iter().find(|argument| argument.name == name) {
            self.expansion.measure(&argument.expr, span)?;
            return Ok((argument.expr.clone(), argument.kind));
        }
        if let Some(index) = self.params().iter().position(|param| param == name) {
            return Ok((Expr::Param(index), ValueKind::Number));
        }
        if self.own_names
            && let Some(index) = self.vocabulary.lets.iter().position(|named| named.name == name)
        {
            return self.named(index, span);
        }
        if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
            self.sees_bars(span)?;
            return Ok((Expr::Field(field), ValueKind::Series));
        }
        if let Some(part) = self.calendar_part(span) {
            return part;
        }
        if self.scope != Scope::Metrics
            && let Some(usage) = self.user_function(name).map(UserFunction::usage).or_else(|| usage(name))
        {
            let diagnostic = Diagnostic::new(span.clone(), format!("`{name}` needs its arguments"));
            return Err(diagnostic.hint(format!("write `{usage}`")));
        }
        if self.may_be_column(name) {
            return Ok((Expr::Own(name.to_owned()), ValueKind::Series));
        }
        Err(self.unknown(span, "name"))
    }

    /// Whether a name that means nothing else is that of a column of the candle file: it is unlike any other name, or it would
    /// be a slip of the finger, and no word of another tool.
    fn may_be_column(&self, name: &str) -> bool {
        self.scope == Scope::Bars
            && self.own_names
            && foreign::word(name).is_none()
            && self.nearest_value(name).is_none()
    }

    /// What stands there in the text.
    pub(super) fn text_at(&self, span: &Range<usize>) -> &str {
        &self.text[span.clone()]
    }

    /// Refuses what needs candles in a rule that has none.
    pub(super) fn sees_bars(&self, span: &Range<usize>) -> Result<(), Diagnostic> {
        match self.scope {
            Scope::Bars => return Ok(()),
            Scope::Metrics => return Err(self.unknown(span, "metric")),
            Scope::Numbers => {}
        }
        let name = quoted(&self.text[span.clone()]);
        let message = format!("`require` is checked before there are candles, so it cannot use {name}");
        Err(Diagnostic::new(span.clone(), message).hint("use parameters and numbers only, as in `fast < slow`"))
    }

    /// The answer to a name that means nothing here; `what` says what was looked for.
    fn unknown(&self, span: &Range<usize>, what: &str) -> Diagnostic {
        let name = &self.text[span.clone()];
        if self.scope == Scope::Metrics {
            return self.unknown_metric(span);
        }
        if let Some(hint) = foreign::word(name) {
            return Diagnostic::new(span.clone(), format!("unknown {what} {}", quoted(name))).hint(hint);
        }
        let near = if what == "function" {
            let (values, mut calls) = self.known_names();
            calls.extend(values);
            nearest(name, calls)
        } else {
            self.nearest_value(name)
        };
        let diagnostic = Diagnostic::new(span.clone(), format!("unknown {what} {}", quoted(name)));
        match near {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None if what == "name" && !self.args.is_empty() => {
                let args: Vec<&str> = self.args.iter().map(|argument| argument.name.as_str()).collect();
                diagnostic.hint(format!("the arguments are {}", args.join(", ")))
            }
            None if what == "name" && self.params().is_empty() => {
                diagnostic.hint("parameters are declared in [params]")
            }
            None if what == "name" => diagnostic.hint(format!("the parameters are {}", self.params().join(", "))),
            None => diagnostic,
        }
    }

    /// The names of values, and those that are called.
    fn known_names(&self) -> (Vec<&str>, Vec<&str>) {
        let mut values: Vec<&str> = self.args.iter().map(|argument| argument.name.as_str()).collect();
        let mut calls: Vec<&str> = Vec::new();
        if self.own_names {
            values.extend(self.vocabulary.lets.iter().map(|named| named.name.as_str()));
            values.extend(self.params().iter().map(String::as_str));
            calls.extend(self.vocabulary.functions.iter().map(|function| function.name.as_str()));
        }
        values.extend(Field::ALL.map(Field::name));
        calls.extend(callable());
        (values, calls)
    }

    /// The name that is most like this one, where a value is wanted.
    fn nearest_value(&self, name: &str) -> Option<&str> {
        let (mut values, calls) = self.known_names();
        values.extend(["and", "or", "not", "true", "false"]);
        values.extend(calls);
        nearest(name, values)
    }

    fn unknown_metric(&self, span: &Range<usize>) -> Diagnostic {
        let name = &self.text[span.clone()];
        if name == SYMBOL {
            return Diagnostic::new(span.clone(), "a symbol is compared with a text").hint(SYMBOL_HINT);
        }
        let diagnostic = Diagnostic::new(span.clone(), format!("unknown metric {}", quoted(name)));
        match nearest(
            name,
            self.params().iter().map(String::as_str).chain([SYMBOL, "and", "or", "not", "abs", "min", "max"]),
        ) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint(format!("the metrics are {}, and there is {SYMBOL}", self.params().join(", "))),
        }
    }
}

/// Arithmetic gives a series as soon as one operand is one.
fn wider(a: ValueKind, b: ValueKind) -> ValueKind {
    if a == ValueKind::Number && b == ValueKind::Number { ValueKind::Number } else { ValueKind::Series }
}

impl Checker<'_> {
    /// The typed tree of a call.
    fn call(&self, node: &Node, at: &Range<usize>, args: &[Node]) -> Typed {
        let name = &self.text[at.clone()];
        if self.scope != Scope::Metrics
            && let Some(typed) = self.other_bars(node, name, args)
        {
            return typed;
        }
        if FUNCTIONS.iter().any(|function| function.name == name) {
            return self.function(node, name, args);
        }
        if let Some((family, output)) = table::find(name) {
            self.sees_bars(at)?;
            let (series, params) = self.indicator(node, name, (family.inputs, family.params), args)?;
            return Ok((Expr::Indicator { family, output, series, params }, ValueKind::Series));
        }
        if let Some(definition) = definition(name) {
            self.sees_bars(at)?;
            return self.text_indicator(node, definition, args);
        }
        if let Some(function) = self.user_function(name) {
            return self.call_of(node, function, args);
        }
        let lets = self.vocabulary.lets.iter().any(|named| named.name == name);
        let is_param = self.params().iter().any(|param| param == name);
        if is_param || lets || Field::ALL.iter().any(|field| field.name() == name) {
            let diagnostic = Diagnostic::new(at.clone(), format!("`{name}` is no function"));
            return Err(diagnostic.hint(format!("write `{name}` alone, or `prev({name}, 1)` for the bar before")));
        }
        Err(self.unknown(at, "function"))
    }

    fn function(&self, node: &Node, name: &str, args: &[Node]) -> Typed {
        let whom = quoted(name);
        let value = |arg: &Node| self.typed(arg, Wanted::NumberOrSeries, &whom);
        match (name, args) {
            ("abs" | "sqrt" | "log" | "exp" | "floor" | "round", [x]) => {
                let (x, kind) = value(x)?;
                let Some(function) = Unary::by_name(name) else { unreachable!("`{name}` is one of them") };
                Ok((Expr::Unary(function, Box::new(x)), kind))
            }
            ("if", [condition, a, b]) => self.choice(condition, a, b),
            ("count" | "any" | "all" | "value_when", [_, _]) | ("bars_since", [_]) => self.of_condition(name, args),
            ("prev", [x, k]) => {
                let (x, kind) = self.typed(x, Wanted::Series, "`prev`")?;
                let k = self.param(k, PREV_BARS, "`k` of `prev`")?;
                Ok((Expr::Prev(Box::new(x), Box::new(k)), kind))
            }
            ("min" | "max" | "pow" | "crosses_above" | "crosses_below", [a, b]) => {
                let ((a, a_kind), (b, b_kind)) = (value(a)?, value(b)?);
                let kind = wider(a_kind, b_kind);
                let (a, b) = (Box::new(a), Box::new(b));
                match name {
                    "min" => Ok((Expr::Math(Math::Min, a, b), kind)),
                    "max" => Ok((Expr::Math(Math::Max, a, b), kind)),
                    "pow" => Ok((Expr::Math(Math::Pow, a, b), kind)),
                    _ if kind == ValueKind::Number => {
                        let diagnostic =
                            Diagnostic::new(node.span.clone(), format!("{whom} needs a series, but both are numbers"));
                        Err(diagnostic.hint("two numbers never cross; compare them, as in `fast < slow`"))
                    }
                    "crosses_above" => Ok((Expr::Cross(Crossing::Above, a, b), ValueKind::Condition)),
                    _ => Ok((Expr::Cross(Crossing::Below, a, b), ValueKind::Condition)),
                }
            }
            _ => {
                let takes = match name {
                    "if" => "3 arguments",
                    "bars_since" => "1 argument",
                    _ if Unary::by_name(name).is_some() => "1 argument",
                    _ => "2 arguments",
                };
                Err(arity(node, name, args, takes))
            }
        }
    }

    /// The series and the parameters of an indicator's call, implied series filled in.
    fn indicator(
        &self,
        node: &Node,
        name: &str,
        (inputs, wanted): (Inputs, &[FamilyParam]),
        args: &[Node],
    ) -> Result<(Vec<Expr>, Vec<Expr>), Diagnostic> {
        let (count, named) = (wanted.len(), inputs.named());
        let (series, params) = match inputs {
            Inputs::Any | Inputs::Pair if args.len() == count + named => {
                (self.series(name, &args[..named])?, &args[named..])
            }
            Inputs::Fields(fields) if args.len() == count => (fields.iter().copied().map(Expr::Field).collect(), args),
            Inputs::Fields(fields) if args.len() == fields.len() + count => {
                (self.series(name, &args[..fields.len()])?, &args[fields.len()..])
            }
            Inputs::Any | Inputs::Pair => {
                let plural = if count + named == 1 { "" } else { "s" };
                let diagnostic = arity(node, name, args, &format!("{} argument{plural}", count + named));
                let first = args.first().map(|arg| self.expr(arg));
                return Err(match first {
                    Some(Ok((_, ValueKind::Number))) if args.len() == count && named == 1 => {
                        let args: Vec<_> = args.iter().map(|arg| &self.text[arg.span.clone()]).collect();
                        diagnostic.hint(format!("name the series: `{name}(close, {})`", args.join(", ")))
                    }
                    _ => diagnostic,
                });
            }
            Inputs::Fields(fields) => {
                return Err(self.implied_arity(node, name, wanted, fields, args));
            }
        };
        let mut numbers = Vec::with_capacity(count);
        for (arg, param) in params.iter().zip(wanted) {
            numbers.push(self.param(arg, param.kind, &format!("`{}` of `{name}`", param.name))?);
        }
        Ok((series, numbers))
    }

    /// The answer to a wrong number of arguments where the series may be left out.
    fn implied_arity(
        &self,
        node: &Node,
        name: &str,
        params: &[FamilyParam],
        fields: &[Field],
        args: &[Node],
    ) -> Diagnostic {
        let params: Vec<_> = params.iter().map(|param| param.name).collect();
        let series: Vec<_> = fields.iter().map(|field| field.name()).collect();
        let short = format!("{name}({})", params.join(", "));
        let long = format!("{name}({})", [&series[..], &params].concat().join(", "));
        let found = match args.len() {
            1 => "1 argument".to_owned(),
            many => format!("{many} arguments"),
        };
        let message = format!("`{name}` is called as `{short}` or as `{long}`, not with {found}");
        let diagnostic = Diagnostic::new(node.span.clone(), message);
        // One series in front, as for `rsi(close, 14)`, is the usual slip.
        let named = args.split_first().filter(|(first, rest)| {
            rest.len() == params.len() && matches!(self.expr(first), Ok((_, ValueKind::Series)))
        });
        let Some((_, rest)) = named else { return diagnostic.hint(format!("write `{short}`")) };
        let rest: Vec<_> = rest.iter().map(|arg| &self.text[arg.span.clone()]).collect();
        diagnostic.hint(format!("write `{name}({})`: it reads {} by itself", rest.join(", "), series.join(", ")))
    }

    fn series(&self, name: &str, args: &[Node]) -> Result<Vec<Expr>, Diagnostic> {
        args.iter().map(|arg| Ok(self.typed(arg, Wanted::Series, &quoted(name))?.0)).collect()
    }

    /// A number that is a parameter of a call; without parameters of the strategy in it, its bounds are checked here.
    fn param(&self, arg: &Node, kind: ParamKind, whom: &str) -> Result<Expr, Diagnostic> {
        let (expr, _) = self.typed(arg, Wanted::Number, whom)?;
        if expr.params().is_empty()
            && let Some(complaint) = complaint(kind, number(&expr, &[]))
        {
            return Err(Diagnostic::new(arg.span.clone(), format!("{whom} {complaint}")));
        }
        Ok(expr)
    }
}

/// The answer to a wrong number of arguments.
fn arity(node: &Node, name: &str, args: &[Node], takes: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(node.span.clone(), format!("`{name}` takes {takes}, found {}", args.len()));
    diagnostic.maybe_hint(usage(name).map(|usage| format!("write `{usage}`")))
}
