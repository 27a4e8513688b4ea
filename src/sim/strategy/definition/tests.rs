//! What a definition may say, and what a wrong one is told.

use super::{Problem, parse};
use crate::rules::canonical;
use crate::strategy::Strategy;

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

const EXITS: &str =
    "name = 'mine'\n[params]\nstop = 0.05\nn = 14\n[rules]\nentry = 'close > stop * sma(close, n)'\n[exits]\n";

#[test]
fn exits_take_numbers_expressions_of_parameters_and_distances_that_are_series() {
    let strategy = parse(
        &format!(
            "{EXITS}stop_distance = 'stop * 40 * atr(n)'\ntake_profit = '2 * stop'\nmax_bars = 48\ncooldown = 0\n"
        ),
        "mine.toml",
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(strategy.exit.is_never());
    assert_eq!(strategy.terms.number("take_profit", &[0.05, 14.0]), Some(0.1));
    assert_eq!(strategy.terms.number("stop_distance", &[0.05, 14.0]), None, "a series");
    assert_eq!(
        strategy.terms.canonical().unwrap(),
        "terms: take_profit = (2.0 * $0); max_bars = 48.0; cooldown = 0.0; stop_distance = (($0 * 40.0) * atr(high, low, close, $1))"
    );
    assert!(strategy.params[1].whole, "a period of an indicator");
    let steps = parse(&format!("{EXITS}take_profit = [[0, '2 * stop'], ['n', 0.02]]"), "mine.toml").unwrap();
    assert_eq!(steps.terms.steps(&[0.05, 24.0]), [(0.0, 0.1), (24.0, 0.02)]);
}

#[test]
fn wrong_exits_are_told_what_is_wrong_and_how_other_programs_words_are_spelled_here() {
    for (exits, wanted) in [
        ("stop_loss = 0", "`stop_loss` must be a number from 0.000001 to 0.999999, not 0"),
        ("stop_loss = 1", "not 1"),
        ("take_profit = -0.1", "`take_profit` must be a number from 0.000001"),
        ("stop_loss = 'stop'\nstop_distance = 'n'", "say the same in two ways"),
        ("stop_loss = 'stop * atr(n)'", "a distance in price is `stop_distance`"),
        ("max_bars = 2.5", "`max_bars` must be a whole number from 1"),
        ("trailing_after = 0.1", "needs a `trailing_stop`"),
        ("sl_stop = 0.1", "did you mean `stop_loss`?"),
        ("tp_stop = 0.1", "did you mean `take_profit`?"),
        ("tsl_stop = 0.1", "did you mean `trailing_stop`?"),
        ("stoploss = 0.1", "did you mean `stop_loss`?"),
        ("minimal_roi = 0.1", "did you mean `take_profit`? It takes steps"),
        ("stop_los = 0.1", "did you mean `stop_loss`?"),
        ("take_profit = [[0, 0.1], [0, 0.05]]", "must rise"),
        ("take_profit = [0.1]", "is `[bars after the entry, fraction]`"),
        ("stop_loss = 'close > 1'", "is a condition"),
        ("cooldown = 3", "needs both `entry` and `exit`"),
        ("stop_loss = 'stop - 0.05'", "must be a number from 0.000001"),
    ] {
        let message = error(&format!("{EXITS}{exits}\n"));
        assert!(message.contains(wanted), "{exits}: {message}");
    }
}

#[test]
fn every_strategy_takes_its_exits_as_parameters_too() {
    let mut own = strategy("n = { default = 5, min = 2 }", RULES);
    let key = |name: &str| crate::strategy::TRADE_KEYS.iter().find(|key| key.name == name).unwrap();
    assert_eq!(own.expose(key("stop_loss"), 0.05), "stop_loss");
    assert_eq!(own.expose(key("max_bars"), 10.0), "max_bars");
    assert_eq!(own.defaults(), [5.0, 0.05, 10.0]);
    assert_eq!(own.terms.canonical().unwrap(), "terms: stop_loss = $1; max_bars = $2");
    assert!(own.resolve(&[("stop_loss".to_owned(), 1.0)]).unwrap_err().to_string().contains("from 0.000001"));
    assert!(own.resolve(&[("max_bars".to_owned(), 1.5)]).is_err());

    let mut named = parse(&format!("{EXITS}stop_loss = 'stop'\ntake_profit = 'stop / n'"), "mine.toml").unwrap();
    assert_eq!(named.expose(key("stop_loss"), 0.1), "stop", "its own parameter");
    assert_eq!(named.expose(key("take_profit"), 0.1), "take_profit", "in place of its own");
    assert_eq!(named.terms.number("take_profit", &[0.05, 14.0, 0.3]), Some(0.3));
}

/// A definition with these tables before its rules.
fn with_tables(tables: &str, rules: &str) -> String {
    format!("name = \"mine\"\n{tables}\n[rules]\n{rules}\n")
}

#[test]
fn names_and_functions_are_written_out_in_rules_and_exits() {
    let tables = "[params]\nn = 9\n[let]\ntrend = 'smooth(close, n)'\nreach = '2 * atr(n)'\nk = 'n + 1'\n\
                  [functions]\n\"smooth(x, n)\" = 'ema(ema(x, n), n)'\n[exits]\nstop_distance = 'reach'";
    let strategy = parse(&with_tables(tables, "entry = 'close > trend'\nexit = 'rsi(close, k) > 70'"), "mine").unwrap();
    assert_eq!(canonical(&strategy.entry.expr), "(close > ema(ema(close, $0), $0))");
    assert_eq!(canonical(&strategy.exit.expr), "(rsi(close, ($0 + 1.0)) > 70.0)");
    assert_eq!(canonical(strategy.terms.get("stop_distance").unwrap()), "(2.0 * atr(high, low, close, $0))");
    let named: Vec<&str> = strategy.named.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["trend", "reach", "k"]);
    assert!(strategy.params[0].whole);
}

#[test]
fn a_name_that_no_rule_uses_is_refused_with_its_place() {
    let rules = "entry = 'close > a'\nexit = 'true'";
    for (tables, wanted) in [
        ("[let]\na = 'close'\nb = 'open'", "line 4, column 1: name `b` is not used by any rule"),
        ("[let]\na = 'close'\nb = 'c'\nc = 'open'", "line 4, column 1: name `b` is not used"),
        ("[let]\na = 'close'\n[functions]\n\"f(x)\" = 'x'", "line 5, column 1: function `f` is not used"),
    ] {
        let error = error(&with_tables(tables, rules));
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn wrong_names_and_wrong_calls_in_the_tables_are_refused() {
    let rules = "entry = 'close > 1'\nexit = 'true'";
    for (tables, wanted) in [
        ("[let]\nclose = 'open'", "`close` is a series, so no expression can have that name"),
        ("[let]\nhma = 'open'", "`hma` is an indicator, so no expression can have that name"),
        ("[let]\nTrend = 'open'", "`Trend` cannot be the name of an expression"),
        ("[let]\na = 5", "a number that may be set belongs into [params]"),
        ("[params]\na = 5\n[let]\na = 'open'", "`a` is the name of a parameter already"),
        ("[functions]\nf = 'x'", "write it as a call in quotes, as in `\"f(x, n)\" = \"..\"`"),
        ("[functions]\n\"f()\" = 'x'", "what takes none is a name of [let]"),
        ("[functions]\n\"f(x, x)\" = 'x'", "`f` has two arguments called `x`"),
        ("[functions]\n\"f(close)\" = 'close'", "`close` is a series, so no argument can have that name"),
        ("[functions]\n\"sma(x)\" = 'x'", "`sma` is an indicator, so no function can have that name"),
        ("[functions]\n\"f(x)\" = 'x'\n\"f(x, y)\" = 'x'", "`f` is the name of a function already"),
        ("[functions]\nhull(x, n) = 'x'", "a function is named in quotes: `\"hull(x, n)\" = \"..\"`"),
        ("[let]\na = 'b'\nb = 'a > 1'", "name `a` is not used"),
        ("[functions]\n\"f(x)\" = 'x +'", "function `f`, column 4: expected a value"),
    ] {
        let error = error(&with_tables(tables, rules));
        assert!(error.contains(wanted), "{tables}: {error}");
    }
    let circle = "[let]\na = 'b > 1'\nb = 'a'";
    let error = error(&with_tables(circle, "entry = 'a'\nexit = 'true'"));
    assert!(error.contains("`b` of [let], column 1: `a` is defined by itself, through `b`"), "{error}");
}

#[test]
fn a_parameter_in_a_rounded_period_need_not_be_whole_and_others_must() {
    let rules = "entry = 'sma(close, round(n * 1.5)) > sma(close, floor(m) + k)'\nexit = 'true'";
    let strategy = strategy("n = 5.5\nm = 3\nk = 2", rules);
    assert_eq!(strategy.params.iter().map(|param| param.whole).collect::<Vec<_>>(), [false, false, true]);
    assert!(strategy.check_require(&[0.1, 3.0, 2.0]).is_err(), "round(0.15) is 0");
}

#[test]
fn a_period_that_is_no_whole_number_of_bars_names_its_formula_and_the_values() {
    let strategy = strategy("n = 10", "entry = 'wma(close, n / 2) > hma(close, n)'\nexit = 'true'");
    let error = strategy.check_require(&[9.0]).unwrap_err().to_string();
    assert_eq!(
        error,
        "strategy `mine`, rule `entry`: `period` of `wma` is `n / 2` and must be a whole number from 1 to 100000, not \
         4.5; round it, as in `round(n / 2)` (with n = 9)"
    );
    assert!(strategy.params[0].check(2.0).is_ok() && strategy.params[0].check(1.0).is_err(), "a Hull average needs 2");
}
