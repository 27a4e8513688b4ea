//! Names of `[let]`, functions of `[functions]`, and indicators that are texts: what they stand for, and what wrong ones
//! are told.

use crate::indicators::{DEFINITIONS, Inputs, ParamKind};
use crate::rules::{Expr, RuleError, ValueKind, Vocabulary, canonical, parse_expr, written};

/// A vocabulary with the parameters `n` and `level`, these names, and these functions (call and text).
fn vocabulary(lets: &[(&str, &str)], functions: &[(&str, &str)]) -> Vocabulary {
    let mut names = Vocabulary::new(vec!["n".to_owned(), "level".to_owned()]);
    for (name, text) in lets {
        names.name_expression(name, text).unwrap_or_else(|error| panic!("{error}"));
    }
    for (call, text) in functions {
        let (name, args) = call.strip_suffix(')').unwrap().split_once('(').unwrap();
        let args = args.split(", ").map(str::to_owned).collect();
        names.name_function(name, args, text).unwrap_or_else(|error| panic!("{error}"));
    }
    names
}

fn meaning(names: &Vocabulary, text: &str) -> String {
    canonical(&names.expression("entry", text).unwrap_or_else(|error| panic!("{error}")))
}

fn error(names: &Vocabulary, text: &str) -> RuleError {
    names.expression("entry", text).expect_err(text)
}

const HULL: (&str, &str) = ("hull(x, n)", "wma(2 * wma(x, n / 2) - wma(x, n), round(sqrt(n)))");

#[test]
fn a_name_or_a_call_means_what_it_stands_for() {
    let names = vocabulary(&[("trend", "hull(close, 16)"), ("up", "close > trend")], &[HULL]);
    let long = "wma(2 * wma(close, 16 / 2) - wma(close, 16), round(sqrt(16)))";
    let same = |short: &str, long: &str| {
        assert_eq!(meaning(&names, short), canonical(&parse_expr("entry", long, &["n", "level"]).unwrap()));
    };
    same("trend", long);
    same(
        "up and hull(volume, n) > 1",
        &format!("close > {long} and wma(2 * wma(volume, n / 2) - wma(volume, n), round(sqrt(n))) > 1"),
    );
    assert_eq!(names.expression("entry", "up").unwrap().kind(), ValueKind::Condition);
}

#[test]
fn a_rule_means_the_same_whatever_its_names_are_called() {
    let one = vocabulary(&[("a", "ema(close, n)")], &[("f(x, k)", "prev(x, k) < x")]);
    let other = vocabulary(&[("slow", "ema( close,n)")], &[("rising(value, by)", "prev(value, by) < value")]);
    assert_eq!(meaning(&one, "f(a, 3)"), meaning(&other, "rising(slow, 3)"));
    let changed = vocabulary(&[("a", "ema(close, n)")], &[("f(x, k)", "prev(x, k) <= x")]);
    assert_ne!(meaning(&one, "f(a, 3)"), meaning(&changed, "f(a, 3)"));
}

#[test]
fn arguments_may_be_of_any_type_and_go_before_other_names() {
    let names = vocabulary(&[], &[("either(a, b, n)", "a and level < n or b")]);
    assert_eq!(meaning(&names, "either(close > 1, open > 2, 7)"), "(((close > 1.0) and ($1 < 7.0)) or (open > 2.0))");
}

#[test]
fn a_printed_rule_has_its_names_and_parses_to_itself() {
    let names = vocabulary(&[("trend", "hma(close, n)")], &[("above(x)", "close > x")]);
    let rule = names.expression("entry", "above(trend) and dema(close, 3) > tema(open, n)").unwrap();
    let text = written(&rule, &["n", "level"]);
    assert_eq!(text, "(above(trend) and (dema(close, 3) > tema(open, n)))");
    assert_eq!(names.expression("entry", &text), Ok(rule));
}

#[test]
fn every_text_indicator_is_a_series_with_and_without_implied_series() {
    for definition in DEFINITIONS {
        let numbers = definition.params.iter().map(|param| match param.kind {
            ParamKind::Period { min, .. } => min.to_string(),
            ParamKind::Factor { min, .. } => min.to_string(),
        });
        let numbers: Vec<String> = numbers.collect();
        let series = match definition.inputs {
            Inputs::Any => vec!["close".to_owned()],
            Inputs::Pair => vec!["close".to_owned(), "volume".to_owned()],
            Inputs::Fields(fields) => fields.iter().map(|field| field.name().to_owned()).collect(),
        };
        let long = format!("{}({})", definition.name, [series.clone(), numbers.clone()].concat().join(", "));
        let long = parse_expr("entry", &long, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(long.kind(), ValueKind::Series, "{}", definition.name);
        if definition.inputs != Inputs::Any {
            let short = format!("{}({})", definition.name, numbers.join(", "));
            assert_eq!(parse_expr("entry", &short, &[]), Ok(long));
        }
    }
}

#[test]
fn an_error_in_a_text_shows_that_text_and_who_uses_it() {
    let names = vocabulary(&[("trend", "ema(close, 20) + f(7)")], &[("f(x)", "x >\n prev(x, 1)")]);
    assert_eq!(
        error(&names, "close > 1 and trend > 3").to_string(),
        "function `f`, line 2, column 7: `prev` needs a series, but `x` is a number\n  |  prev(x, 1)\n  \
         |       ^ a series is `close`, for example, or `sma(close, 20)`\n  | used by rule `entry`, column 15"
    );
    let names = vocabulary(&[("trend", "ema(close, m)")], &[]);
    assert!(error(&names, "trend > 1").to_string().starts_with("`trend` of [let], column 12: unknown name `m`"));
}

#[test]
fn a_wrong_call_of_a_function_is_told_how_it_is_called() {
    let names = vocabulary(&[("trend", "close")], &[HULL]);
    for (text, message, hint) in [
        ("hull(close) > 1", "`hull` takes 2 arguments, found 1", "write `hull(x, n)`"),
        ("hull > 1", "`hull` needs its arguments", "write `hull(x, n)`"),
        ("hul(close, 3) > 1", "unknown function `hul`", "did you mean `hull`?"),
        ("trnd > 1", "unknown name `trnd`", "did you mean `trend`?"),
        ("trend(3) > 1", "`trend` is no function", "write `trend` alone, or `prev(trend, 1)` for the bar before"),
    ] {
        let error = error(&names, text);
        assert_eq!((error.message.as_str(), error.hint.as_deref()), (message, Some(hint)), "{text}");
    }
}

#[test]
fn names_that_stand_for_themselves_are_refused() {
    let names = vocabulary(&[("a", "b + 1"), ("b", "f(c)"), ("c", "a")], &[("f(x)", "x"), ("g(x)", "g(x) + 1")]);
    assert_eq!(error(&names, "a > 1").message, "`a` is defined by itself, through `b`, `c`");
    assert_eq!(error(&names, "g(1) > 1").message, "`g` is defined by itself");
    let names = vocabulary(&[], &[("f(x)", "g(x)"), ("g(x)", "f(x)")]);
    assert_eq!(error(&names, "f(1) > 1").message, "`f` is defined by itself, through `g`");
}

/// Functions of which each calls the next twice, in one of two ways; the last is its argument.
fn chain(length: usize, body: impl Fn(usize) -> String) -> Vocabulary {
    let mut names = Vocabulary::new(Vec::new());
    for at in 0..length {
        names.name_function(&format!("f{at}"), vec!["x".to_owned()], &body(at + 1)).unwrap();
    }
    names.name_function(&format!("f{length}"), vec!["x".to_owned()], "x").unwrap();
    names
}

#[test]
fn functions_that_double_are_refused_before_they_fill_the_memory() {
    let doubled = chain(60, |next| format!("f{next}(x + x)"));
    assert!(error(&doubled, "f0(close) > 1").message.contains("too long with its functions written out"));
    let called_twice = chain(60, |next| format!("f{next}(f{next}(1))"));
    assert!(error(&called_twice, "f0(close) > 1").message.contains("written out"));
    let mut lets = Vocabulary::new(Vec::new());
    lets.name_expression("a0", "close").unwrap();
    for at in 1..=60 {
        lets.name_expression(&format!("a{at}"), &format!("a{} + a{}", at - 1, at - 1)).unwrap();
    }
    assert!(error(&lets, "a60 > 1").message.contains("too long with its functions written out"));
    assert!(lets.expression("entry", "a10 > 1").is_ok());
}

#[test]
fn ten_thousand_nested_calls_are_refused_without_an_overflow() {
    let long = chain(10_000, |next| format!("f{next}(x)"));
    assert!(error(&long, "f0(close) > 1").message.contains("nested too deeply"));
    let deep = chain(100, |next| format!("abs({}f{next}(x){})", "-(".repeat(40), ")".repeat(40)));
    assert!(error(&deep, "f0(close) > 1").message.contains("nested too deeply"));
    let names = vocabulary(&[], &[("f(x)", &format!("{}x{}", "-(".repeat(45), ")".repeat(45)))]);
    let nested = |calls: usize| format!("{}close{} > 1", "f(".repeat(calls), ")".repeat(calls));
    assert!(error(&names, &nested(40)).message.contains("nested too deeply"));
    assert!(error(&names, &nested(5_000)).message.contains("nested too deeply"));
    assert!(names.expression("entry", &nested(3)).is_ok());
}

#[test]
fn a_text_indicator_knows_no_name_of_the_strategy() {
    let names = vocabulary(&[("x", "open"), ("period", "5")], &[]);
    let Expr::Named { name, args, .. } = names.expression("entry", "dema(x, 4)").unwrap() else { panic!() };
    assert_eq!((name.as_str(), args.len()), ("dema", 2));
    assert_eq!(meaning(&names, "dema(x, 4)"), meaning(&names, "dema(open, 4)"));
}

#[test]
fn a_parameter_of_a_text_indicator_keeps_to_its_bounds() {
    let names = vocabulary(&[], &[]);
    assert_eq!(
        error(&names, "hma(close, 1) > 1").message,
        "`period` of `hma` must be a whole number from 2 to 100000, not 1"
    );
    assert_eq!(error(&names, "hma(3, 9) > 1").message, "`hma` needs a series, but `3` is a number");
    assert_eq!(error(&names, "hma(9) > 1").hint.as_deref(), Some("name the series: `hma(close, 9)`"));
}
