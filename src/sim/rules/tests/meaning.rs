//! The language as its users meet it: what a rule means, and what a wrong one is told.

use crate::candles::Field;
use crate::indicators::{ParamKind, table};
use crate::rules::{
    FUNCTIONS, ValueKind, canonical, parse_condition, parse_expr, parse_result_condition, truth, usage, written,
};

const PARAMS: [&str; 3] = ["fast", "slow", "use_trend"];

/// The rule in its canonical spelling.
pub(super) fn meaning(text: &str) -> String {
    canonical(&parse_expr("entry", text, &PARAMS).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn the_canonical_spelling_of_every_kind_of_node_is_pinned() {
    for (text, spelling) in [
        ("sma(close, fast) < ema(open, slow * 2)", "(sma(close, $0) < ema(open, ($1 * 2.0)))"),
        (
            "crosses_above(macd(close,12,26,9), macd_signal(close,12,26,9))",
            "crosses_above(macd(close, 12.0, 26.0, 9.0), macd_signal(close, 12.0, 26.0, 9.0))",
        ),
        ("crosses_below(low, 1e-8)", "crosses_below(low, 1e-8)"),
        ("atr(14) >= obv()", "(atr(high, low, close, 14.0) >= obv(close, volume))"),
        ("bb_lower(close, 20, 2.5) != 0.1", "(bb_lower(close, 20.0, 2.5) != 0.1)"),
        ("true or not false and high == low", "(true or ((not false) and (high == low)))"),
        ("prev(abs(-close), 3)", "prev(abs((-close)), 3.0)"),
        ("min(fast, 2) - max(close, volume) / 1e300", "(min($0, 2.0) - (max(close, volume) / 1e300))"),
        ("(close <= 5) and use_trend > 0", "((close <= 5.0) and ($2 > 0.0))"),
    ] {
        assert_eq!(meaning(text), spelling);
    }
}

#[test]
fn products_bind_before_sums_before_comparisons_before_not_before_and_before_or() {
    assert_eq!(meaning("1 + 2 * 3 - 4 / 5"), "((1.0 + (2.0 * 3.0)) - (4.0 / 5.0))");
    assert_eq!(meaning("8 - 4 - 2"), "((8.0 - 4.0) - 2.0)");
    assert_eq!(meaning("-1 * 2 - -3"), "(((-1.0) * 2.0) - (-3.0))");
    assert_eq!(meaning("not close > 1 + 2 and 1 < 2"), "((not (close > (1.0 + 2.0))) and (1.0 < 2.0))");
    assert_eq!(meaning("true or false and true or false"), "((true or (false and true)) or false)");
    assert_eq!(meaning("not not true"), "(not (not true))");
    assert_eq!(meaning("(1 + 2) * 3"), "((1.0 + 2.0) * 3.0)");
    assert_eq!(meaning("((close)) > ( sma((close), ( 5 )) )"), "(close > sma(close, 5.0))");
}

#[test]
fn spaces_comments_and_names_of_parameters_do_not_matter() {
    let one = parse_expr("entry", "sma(close,n)>k", &["n", "k"]).unwrap();
    let other = parse_expr("exit", " sma ( close , length ) # trend\n\t> level # done", &["length", "level"]).unwrap();
    assert_eq!(canonical(&one), canonical(&other));
    assert_ne!(canonical(&one), canonical(&parse_expr("entry", "sma(close,n)>k", &["k", "n"]).unwrap()));
}

#[test]
fn an_indicator_over_candles_takes_other_series_too() {
    assert_eq!(meaning("atr(14)"), meaning("atr(high, low, close, 14)"));
    assert_eq!(meaning("atr(high, low, open, 14)"), "atr(high, low, open, 14.0)");
    assert_eq!(meaning("obv()"), meaning("obv(close, volume)"));
}

#[test]
fn numbers_series_and_conditions_are_told_apart() {
    let kind = |text: &str| parse_expr("entry", text, &PARAMS).unwrap().kind();
    assert_eq!(kind("min(fast, 2) * -abs(slow)"), ValueKind::Number);
    assert_eq!(kind("fast + close"), ValueKind::Series);
    assert_eq!(kind("prev(close, fast)"), ValueKind::Series);
    assert_eq!(kind("use_trend == 0 or close > sma(close, 200)"), ValueKind::Condition);
}

#[test]
fn an_error_shows_the_rule_with_carets_and_a_hint() {
    let error = parse_condition("entry", "rsj(close, 14) < 30", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rule `entry`, column 1: unknown function `rsj`\n  | rsj(close, 14) < 30\n  | ^^^ did you mean `rsi`?"
    );
    let error = parse_condition("exit", "close > 1 and\n  ope > 2", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rule `exit`, line 2, column 3: unknown name `ope`\n  |   ope > 2\n  |   ^^^ did you mean `open`?"
    );
}

#[test]
fn control_characters_of_a_rule_never_reach_the_terminal() {
    let error = parse_condition("entry", "close > \u{1b}[31m\u{202e}x", &[]).unwrap_err().to_string();
    assert!(!error.contains('\u{1b}') && !error.contains('\u{202e}'), "{error:?}");
}

#[test]
fn require_sees_no_candles() {
    let error = |text: &str| parse_condition("require", text, &PARAMS).unwrap_err();
    assert_eq!(error("fast < close").column(), 8);
    assert_eq!(error("sma(close, fast) > 1").column(), 1);
    assert!(parse_condition("require", "fast < slow and not use_trend == 1", &PARAMS).is_ok());
}

#[test]
fn no_indicator_hides_a_function_or_a_field() {
    let fields = Field::ALL.map(Field::name);
    for name in table::TABLE.iter().flat_map(|family| family.outputs) {
        assert!(!FUNCTIONS.iter().any(|function| function.name == *name) && !fields.contains(name), "{name}");
    }
}

#[test]
fn every_indicator_of_the_table_can_be_called_with_and_without_its_series() {
    for family in table::TABLE {
        let numbers = family.params.iter().map(|param| match param.kind {
            ParamKind::Period { max, .. } => max.to_string(),
            ParamKind::Factor { max, .. } => max.to_string(),
        });
        let named = ["close", "volume"].map(str::to_owned).into_iter().take(family.inputs.named());
        let short: Vec<_> = named.chain(numbers).collect();
        for name in family.outputs {
            let call = format!("{name}({})", short.join(", "));
            let expr = parse_expr("entry", &call, &[]).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(expr.kind(), ValueKind::Series);
            assert_eq!(parse_expr("entry", &canonical(&expr), &[]), Ok(expr));
            assert_eq!(usage(name).unwrap().matches(',').count(), call.matches(',').count());
        }
    }
}

const SYMBOLS: &str = "write it as in `symbol == \"BTCUSDT\"` or `symbol != \"*USDC\"`";

#[test]
fn a_filter_speaks_of_metrics_and_the_symbol() {
    let metrics = ["sharpe", "trades", "max_drawdown"];
    let error = |text: &str| parse_result_condition("--where", text, &metrics).unwrap_err();
    for (text, message, hint) in [
        ("foo > 1", "unknown metric `foo`", "the metrics are sharpe, trades, max_drawdown, and there is symbol"),
        ("trade >= 10", "unknown metric `trade`", "did you mean `trades`?"),
        ("close > 1", "unknown metric `close`", "the metrics are sharpe, trades, max_drawdown, and there is symbol"),
        (
            "sma(sharpe, 5) > 1",
            "unknown metric `sma`",
            "the metrics are sharpe, trades, max_drawdown, and there is symbol",
        ),
        ("rsi > 1", "unknown metric `rsi`", "the metrics are sharpe, trades, max_drawdown, and there is symbol"),
        (
            "sharpe",
            "the filter needs a condition, but `sharpe` is a number",
            "compare it with something, as in `sharpe > 1`",
        ),
        (" ", "the condition is empty", "write one, as in `trades >= 10`"),
        ("symbol == BTC", "a symbol is compared with a text", "write `\"BTC\"`"),
        ("symbol > 'BTC'", "a symbol is compared with a text", SYMBOLS),
        ("symbol", "a symbol is compared with a text", SYMBOLS),
        ("trades > 'BTC'", "`'BTC'` is a text, which only `symbol` is compared with", SYMBOLS),
        ("symbol == 'BTC", "a text without its closing quote", "add a '"),
    ] {
        let error = error(text);
        assert_eq!((error.message.as_str(), error.hint.as_deref()), (message, Some(hint)), "{text}");
    }
    assert!(error("foo > 1").to_string().starts_with("--where, column 1: "));
    let parsed = |text: &str| parse_result_condition("--where", text, &metrics).unwrap();
    assert_eq!(parsed("trades >= 10 and not sharpe < 1").symbols, [""; 0]);
    let both = parsed("trades >= 10 and symbol == 'BTC*' and not (\"ETHUSDT\" != symbol)");
    assert_eq!(both.symbols, ["BTC*", "ETHUSDT"]);
    for (is_named, holds) in [([1.0, 1.0], true), ([1.0, 0.0], false), ([0.0, 1.0], false)] {
        assert_eq!(truth(&both.condition, &[2.0, 10.0, 0.0, is_named[0], is_named[1]]), holds, "{is_named:?}");
    }
}

#[test]
fn people_see_numbers_as_they_wrote_them_and_the_cache_key_does_not_change_for_that() {
    let expr = parse_condition("entry", "rsi(close, 14) < fast * 1.5 and volume > 1e-8", &PARAMS).unwrap();
    assert_eq!(written(&expr, &PARAMS), "((rsi(close, 14) < (fast * 1.5)) and (volume > 0.00000001))");
    assert_eq!(canonical(&expr), "((rsi(close, 14.0) < ($0 * 1.5)) and (volume > 1e-8))");
}
