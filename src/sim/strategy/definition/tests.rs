//! What a definition may say, and what a wrong one is told.

use super::{Problem, parse};
use crate::sim::rules::canonical;
use crate::sim::strategy::Strategy;

/// A definition with these parameters and rules.
fn text(params: &str, rules: &str) -> String {
    format!("name = \"mine\"\n[params]\n{params}\n[rules]\n{rules}\n")
}

fn strategy(params: &str, rules: &str) -> Strategy {
    parse(&text(params, rules), "mine.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> String {
    parse(text, "mine.toml").expect_err(text).to_string()
}

const RULES: &str = "entry = 'close > sma(close, n)'\nexit = 'close < sma(close, n)'";

#[test]
fn a_definition_becomes_a_strategy() {
    let strategy = parse(
        "name = \"my-2nd_one\"\nabout = \"mine\"\n[params]\nz = { default = 3, min = 2, max = 9 }\na = 0.5\n[rules]\n\
         require = \"z > a\"\nentry = \"close > sma(close, z) * a\"\nexit = \"\"\"\nclose < # below\n sma(close, z)\"\"\"\n",
        "x",
    )
    .unwrap();
    assert_eq!((strategy.name.as_str(), strategy.about.as_str()), ("my-2nd_one", "mine"));
    assert_eq!(strategy.param_names(), ["z", "a"], "in the order of the file");
    assert_eq!(strategy.defaults(), [3.0, 0.5]);
    let bounds: Vec<_> = strategy.params.iter().map(|p| (p.min, p.max, p.whole)).collect();
    assert_eq!(bounds, [(2.0, 9.0, true), (f64::NEG_INFINITY, f64::INFINITY, false)]);
    assert_eq!(canonical(&strategy.entry.expr), "(close > (sma(close, $0) * $1))");
    assert_eq!(canonical(&strategy.exit.expr), "(close < sma(close, $0))");
    assert_eq!(strategy.rules().map(|(key, _)| key).collect::<Vec<_>>(), ["require", "entry", "exit"]);
}

#[test]
fn a_period_takes_the_indicator_s_bounds_where_it_has_none() {
    let unbounded = strategy("n = 14", "entry = 'rsi(close, n) < 30'\nexit = 'sma(close, n) > close'");
    assert_eq!((unbounded.params[0].min, unbounded.params[0].whole), (2.0, true), "rsi needs 2, sma 1");
    assert!(unbounded.params[0].max.is_finite());
    let wider = strategy("n = { default = 14, min = -5, max = 1e12 }", RULES);
    assert_eq!((wider.params[0].min, wider.params[0].max), (1.0, 100_000.0));
    let narrower = strategy("n = { default = 14, min = 9.5, max = 20.5 }", RULES);
    assert_eq!((narrower.params[0].min, narrower.params[0].max), (10.0, 20.0));
}

#[test]
fn a_parameter_that_counts_bars_is_whole_and_others_are_not() {
    let rules = "entry = 'bb_upper(close, n * m, k) > prev(close, j) + x'\nexit = 'true'";
    let strategy = strategy("n = 5\nm = 2\nk = 2\nj = 1\nx = 0", rules);
    let whole: Vec<_> = strategy.params.iter().map(|p| p.whole).collect();
    assert_eq!(whole, [true, true, false, true, false]);
}

#[test]
fn the_short_side_mirrors_the_long_side_unless_it_has_rules() {
    let mirrored = strategy("n = 5", RULES);
    assert_eq!(mirrored.short_rules(), (&mirrored.exit, &mirrored.entry));
    let own = strategy("n = 5", &format!("{RULES}\nshort_entry = 'close < 1'\nshort_exit = 'close > 2'"));
    let (entry, exit) = own.short_rules();
    assert_eq!((entry.text.as_str(), exit.text.as_str()), ("close < 1", "close > 2"));
}

#[test]
fn an_error_in_a_rule_names_the_file_the_rule_and_the_column() {
    let error = error(&text("", "entry = 'close > 1 and rsj(close, 14) < 30'\nexit = 'true'"));
    assert_eq!(
        error,
        "mine.toml: rule `entry`, column 15: unknown function `rsj`\n  | close > 1 and rsj(close, 14) < 30\n  \
         |               ^^^ did you mean `rsi`?"
    );
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest() {
    for (definition, wanted) in [
        (
            text("n = 5", RULES).replace("name", "nmae"),
            "line 1, column 1: unknown key `nmae`\n  | nmae = \"mine\"\n  | ^^^^ did you mean `name`?",
        ),
        (text("n = 5", &RULES.replace("entry", "entri")), "line 5, column 1: unknown key `entri`"),
        (text("n = { defualt = 5 }", RULES), "line 3, column 7: unknown key `defualt`"),
        (text("n = { default = 5, step = 2 }", RULES), "the keys here are default, min, max"),
    ] {
        let error = error(&definition);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn broken_toml_keeps_its_line_and_column() {
    let error = error("name = \"x\"\n[params\n");
    assert!(error.starts_with("mine.toml: line 2, column 8: "), "{error}");
    assert!(parse("name = \"a\"\nname = \"b\"", "x").unwrap_err().to_string().contains("line 2"));
}

#[test]
fn what_is_missing_is_named() {
    for (definition, wanted) in [
        ("", "there is no `name`"),
        ("name = 'x'", "there is no [rules]"),
        ("name = 'x'\n[rules]\nentry = 'true'", "needs both `entry` and `exit`"),
        (
            "name = 'x'\n[rules]\nentry = 'true'\nexit = 'true'\nshort_entry = 'true'",
            "has `short_entry` but no `short_exit`",
        ),
        (
            "name = 'x'\n[rules]\nentry = 'true'\nexit = 'true'\nshort_exit = 'true'",
            "has `short_exit` but no `short_entry`",
        ),
        ("name = 'x'\n[params]\nn = {}\n[rules]\nentry = 'true'\nexit = 'true'", "parameter `n` has no default"),
    ] {
        let error = error(definition);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn names_that_would_confuse_are_refused() {
    for name in ["", "Mine", "1x", "a b", "../x", "é", &"x".repeat(65)] {
        let definition = text("n = 5", RULES).replace("\"mine\"", &format!("'{name}'"));
        assert!(error(&definition).contains("cannot be the name of a strategy"), "{name}");
    }
    for (name, why) in [
        ("close", "a series"),
        ("sma", "an indicator"),
        ("macd_hist", "an indicator"),
        ("prev", "a function"),
        ("and", "a word of the language"),
        ("Fast", "cannot be the name of a parameter"),
        ("fast-one", "cannot be the name of a parameter"),
    ] {
        assert!(error(&text(&format!("{name} = 5"), RULES)).contains(why), "{name}");
    }
}

#[test]
fn a_parameter_that_no_rule_uses_is_refused() {
    let error = error(&text("n = 5\nx = 1", RULES));
    assert!(
        error.contains("line 4, column 1: param `x` is not used by any rule") && error.contains("remove it"),
        "{error}"
    );
}

#[test]
fn a_default_must_be_a_value_that_the_parameter_can_have() {
    for (params, wanted) in [
        ("n = 0", "the default of `n` must be a whole number from 1 to 100000, not 0"),
        ("n = 2.5", "the default of `n` must be a whole number from 1 to 100000, not 2.5"),
        ("n = { default = 5, min = 6 }", "must be a whole number from 6 to 100000, not 5"),
        ("n = { default = 5, min = 9, max = 1 }", "`min` = 9 is above `max` = 1"),
        ("n = { default = 5, max = 0 }", "no value of `n` is within its bounds"),
        ("n = nan", "`n` must be a finite number, not another one"),
        ("n = 1e999", "number"),
        ("n = 'x'", "`n` must be a finite number, not a text"),
        ("n = { default = inf }", "`default` must be a finite number"),
    ] {
        let error = error(&text(params, RULES));
        assert!(error.contains(wanted), "{params}: {error}");
    }
}

#[test]
fn defaults_must_fit_together() {
    let broken = error(&text("n = 5", &format!("require = 'n > 9'\n{RULES}")));
    assert_eq!(broken, "mine.toml: the defaults do not fit: strategy `mine` requires n > 9, but n = 5");
    let halves = error(&text("n = 5", "entry = 'close > sma(close, n / 2)'\nexit = 'true'"));
    assert!(halves.contains("rule `entry`: `period` of `sma` is `n / 2` and must be a whole number"), "{halves}");
}

#[test]
fn wrong_types_and_huge_or_hostile_texts_are_refused() {
    assert!(error("name = 5").contains("`name` must be a text in quotes, not a number"));
    assert!(error("name = 'x'\nrules = 5").contains("`rules` must be a table, not a number"));
    assert!(error(&text("n = 5", "entry = true\nexit = 'true'")).contains("`entry` must be a text in quotes"));
    assert!(error(&"#".repeat(300_000)).contains("at most 262144 bytes"));
    assert!(parse(&format!("x = {}", "[".repeat(100_000)), "x").is_err());
    let hostile = parse("\"\\u001b[31m\" = 5", "a\u{1b}b").unwrap_err();
    assert!(!hostile.to_string().contains('\u{1b}'), "{hostile}");
    assert!(matches!(hostile.problem, Problem::Place { line: 1, column: 1, .. }));
}
