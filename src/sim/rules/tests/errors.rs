//! What the author of a wrong rule is told.

use super::meaning::meaning;
use crate::rules::parse_condition;

const PARAMS: [&str; 3] = ["fast", "slow", "use_trend"];

/// Column, message and hint of a wrong rule.
fn diagnostic(text: &str) -> (usize, String, String) {
    let error = parse_condition("entry", text, &PARAMS).expect_err(text);
    (error.column(), error.message.clone(), error.hint.unwrap_or_default())
}

#[test]
fn operators_of_other_languages_are_answered_with_ours() {
    for (text, column, hint) in [
        ("close > 1 && close < 2", 11, "did you mean `and`?"),
        ("close > 1 || close < 2", 11, "did you mean `or`?"),
        ("close > 1 & close < 2", 11, "did you mean `and`?"),
        ("!(close > 1)", 1, "did you mean `not`?"),
        ("close = 1", 7, "did you mean `==`?"),
        ("close === 1", 7, "did you mean `==`?"),
        ("close <> 1", 7, "did you mean `!=`?"),
        ("close => 1", 7, "did you mean `>=`?"),
        ("close ≥ 1", 7, "did you mean `>=`?"),
        ("close > 1 AND close < 2", 11, "did you mean `and`?"),
        ("Not close > 1", 1, "did you mean `not`?"),
        ("close ** 2 > 1", 7, "powers are written `pow(x, 2)`"),
        ("close ^ 2 > 1", 7, "powers are written `pow(x, 2)`"),
        ("close[1] > 1", 6, "for an earlier bar write `prev(close, 1)`"),
        ("close > .5", 9, "a number begins with a digit, as in `0.5`"),
        ("close > 1_000", 9, "write `1000`"),
        ("close > 5%", 9, "there is no `%`: write the plain number, as in `0.05` for 5 percent"),
        ("Close > 5", 1, "did you mean `close`?"),
    ] {
        let (at, message, found) = diagnostic(text);
        assert_eq!((at, found.as_str()), (column, hint), "{text}: {message}");
    }
}

#[test]
fn words_of_other_tools_are_answered_with_ours() {
    for (text, hint) in [
        ("crossover(close, open)", "write `crosses_above(close, open)`"),
        ("crossunder(close, open)", "write `crosses_below(close, open)`"),
        ("close crosses above open", "call `crosses_above(close, open)` or `crosses_below(close, open)`"),
        ("close cross_below open", "call `crosses_above(close, open)` or `crosses_below(close, open)`"),
        ("ta.crossover(close, open)", "write `crosses_above(close, open)`"),
        ("ta.rsi(close, 14) < 30", "write `rsi` alone, without `ta.`"),
        ("qtpylib.crossed_above(close, open)", "write `crosses_above(close, open)`"),
        ("ref(close, 1) > 2", "write `prev(close, 1)`"),
        ("shift(close, 1) > 2", "write `prev(close, 1)`"),
        ("close[2] > 1", "for an earlier bar write `prev(close, 2)`"),
        ("volume[-1] > 1", "for an earlier bar write `prev(volume, 1)`"),
        ("close[0] > 1", "this bar's value is `close` alone"),
        ("rsi(close, 14)[1] > 1", "for an earlier bar write `prev(close, 1)`"),
        ("dataframe['close'] > 1", "write `close`"),
        (
            "dataframe[\"rsi\"] > 1",
            "an indicator is written where it is used, as in `rsi(close, 14)`, or has a name of [let]",
        ),
        ("df.close > 1", "write `close`"),
        ("close.shift(3) > 1", "write `prev(close, 3)`"),
        ("close.rolling(20).max() > 1", "write `highest(close, 20)`"),
        ("close.pct_change(5) > 1", "write `roc(close, 5)`, in percent"),
        ("BTC.close > 1", "another asset is `of(\"BTC\", close)`"),
        ("hl2 > 1", "write `(high + low) / 2`"),
        ("ohlc4 > 1", "write `(open + high + low + close) / 4`"),
        ("bars_held > 5", "rules do not know the position: [exits] has `max_bars`"),
        ("stop_loss > 5", "a stop is no rule: write `stop_loss = 0.05` in [exits]"),
        ("close > open ? true : false", "write `if(c, a, b)` for `c ? a : b`"),
        ("trend := close", "a name is given in [let], as in `trend = \"ema(close, 200)\"`"),
        ("volume % 2 == 0", "there is no `%`: the rest of `x / n` is `x - n * floor(x / n)`"),
        ("barssince(close > open) > 1", "write `bars_since(close > open)`"),
    ] {
        let (_, message, found) = diagnostic(text);
        assert_eq!(found, hint, "{text}: {message}");
    }
    assert!(diagnostic("close > entry_price * 1.1").2.contains("[exits] has `stop_loss`"));
}

#[test]
fn functions_of_conditions_take_conditions_and_if_chooses_between_values_of_one_kind() {
    for (text, message) in [
        ("if(close, 1, 2) > 1", "`if` needs a condition, but `close` is a series"),
        (
            "if(close > 1, open, close > 2) > 1",
            "the second choice of this `if` needs a number or a series, but `close > 2` is a condition",
        ),
        ("if(close > 1, close > 2, open)", "the second choice of this `if` needs a condition, but `open` is a series"),
        ("if(close > 1, 2) > 1", "`if` takes 3 arguments, found 2"),
        ("count(close, 5) > 1", "`count` needs a condition, but `close` is a series"),
        ("any(close > 1, 0)", "`n` of `any` must be a whole number from 1 to 100000, not 0"),
        ("all(close > 1)", "`all` takes 2 arguments, found 1"),
        ("bars_since(close > 1, 3) > 1", "`bars_since` takes 1 argument, found 2"),
        ("value_when(close > 1, 3) > 1", "`value_when` needs a series, but `3` is a number"),
        ("any(close > 1, 3) > 1", "`>` needs a number or a series, but `any(close > 1, 3)` is a condition"),
    ] {
        assert_eq!(diagnostic(text).1, message, "{text}");
    }
    assert_eq!(meaning("if(close > 1, 2, fast) > count(true, slow)"), "(if((close > 1.0), 2.0, $0) > count(true, $1))");
}

#[test]
fn a_chain_of_comparisons_is_answered_with_its_conjunction() {
    let (column, _, hint) = diagnostic("1 < close + 2 <= 3 * 4");
    assert_eq!((column, hint.as_str()), (15, "write `1 < close + 2 and close + 2 <= 3 * 4`"));
    assert_eq!(meaning("(1 < close) and (close < 2)"), meaning("1 < close and close < 2"));
}

#[test]
fn a_wrong_kind_is_told_what_was_wanted_and_what_was_found() {
    for (text, column, wanted) in [
        ("close", 1, "the rule needs a condition, but `close` is a series"),
        ("fast", 1, "the rule needs a condition, but `fast` is a number"),
        ("close > 1 and volume", 15, "`and` needs a condition, but `volume` is a series"),
        ("not 5", 5, "`not` needs a condition, but `5` is a number"),
        ("(close > 1) + 2 > 3", 1, "`+` needs a number or a series, but `(close > 1)` is a condition"),
        ("close > 1 == true", 11, "comparisons cannot be chained"),
        ("-(close > 1) > 0", 2, "`-` needs a number or a series, but `(close > 1)` is a condition"),
        ("sma(fast, 5) > 1", 5, "`sma` needs a series, but `fast` is a number"),
        ("sma(close, close) > 1", 12, "`period` of `sma` needs a number, but `close` is a series"),
        ("prev(3, 1) > 1", 6, "`prev` needs a series, but `3` is a number"),
        ("prev(close, close) > 1", 13, "`k` of `prev` needs a number, but `close` is a series"),
        ("abs(true) > 1", 5, "`abs` needs a number or a series, but `true` is a condition"),
        ("crosses_above(fast, slow)", 1, "`crosses_above` needs a series, but both are numbers"),
    ] {
        let (at, message, _) = diagnostic(text);
        assert_eq!((at, message.as_str()), (column, wanted), "{text}");
    }
}

#[test]
fn a_wrong_call_is_told_how_it_is_called() {
    for (text, column, wanted, hint) in [
        ("rsi(14) < 30", 1, "`rsi` takes 2 arguments, found 1", "name the series: `rsi(close, 14)`"),
        ("rsi() < 30", 1, "`rsi` takes 2 arguments, found 0", "write `rsi(x, period)`"),
        ("abs(1, 2) > 0", 1, "`abs` takes 1 argument, found 2", "write `abs(x)`"),
        (
            "atr() > 1",
            1,
            "`atr` is called as `atr(period)` or as `atr(high, low, close, period)`, not with 0 arguments",
            "write `atr(period)`",
        ),
        (
            "cci(close, 5) > 1",
            1,
            "`cci` is called as `cci(period)` or as `cci(high, low, close, period)`, not with 2 arguments",
            "write `cci(5)`: it reads high, low, close by itself",
        ),
        (
            "obv(5) > 1",
            1,
            "`obv` is called as `obv()` or as `obv(close, volume)`, not with 1 argument",
            "write `obv()`",
        ),
        ("close > sma", 9, "`sma` needs its arguments", "write `sma(x, period)`"),
        ("close(1) > 2", 1, "`close` is no function", "write `close` alone, or `prev(close, 1)` for the bar before"),
        ("crosses_abov(close, open)", 1, "unknown function `crosses_abov`", "did you mean `crosses_above`?"),
        ("close > slwo", 9, "unknown name `slwo`", "did you mean `slow`?"),
        ("sma(close, somewhere) > 1", 12, "unknown name `somewhere`", "the parameters are fast, slow, use_trend"),
    ] {
        let (at, message, found) = diagnostic(text);
        assert_eq!((at, message.as_str(), found.as_str()), (column, wanted, hint), "{text}");
    }
}

#[test]
fn a_literal_outside_an_indicator_s_bounds_is_found_with_its_column() {
    let (column, message, _) = diagnostic("close > sma(close, 2.5)");
    assert_eq!((column, message.as_str()), (20, "`period` of `sma` must be a whole number from 1 to 100000, not 2.5"));
    for text in
        ["rsi(close, 0) > 1", "prev(close, -1) > 1", "prev(close, 0) > 1", "sma(close, 0/0) > 1", "sma(close, 1e9) > 1"]
    {
        assert!(diagnostic(text).1.contains("must be a whole number from"), "{text}");
    }
    assert_eq!(meaning("sma(close, 2.5 * 2)"), "sma(close, (2.5 * 2.0))");
}

#[test]
fn broken_sentences_are_found_where_they_break() {
    for (text, column, wanted) in [
        ("", 1, "the rule is empty"),
        ("  # nothing", 1, "the rule is empty"),
        ("close >", 8, "expected a value, found the end of the rule"),
        ("close > > 1", 9, "expected a value, found `>`"),
        ("(close > 1", 11, "expected `)`, found the end of the rule"),
        ("close > 1)", 10, "this `)` closes nothing"),
        ("close 1", 7, "expected an operator, found `1`"),
        ("sma(close,) > 1", 11, "expected a value, found `)`"),
        ("sma(close 5) > 1", 11, "expected `)`, found `5`"),
        ("close, open", 6, "a `,` only stands between the arguments of a call"),
        ("close > 14fast", 9, "`14fast` is not a number"),
        ("close > 1.2.3", 9, "`1.2.3` is not a number"),
        ("close > 1e", 9, "`1e` is not a number"),
        ("close > 1e999", 9, "`1e999` is too large a number"),
        ("close > é", 9, "unexpected character `é`"),
    ] {
        let (at, message, _) = diagnostic(text);
        assert_eq!((at, message.as_str()), (column, wanted), "{text}");
    }
}

#[test]
fn endless_nesting_and_endless_rules_are_refused_at_once() {
    for opener in ["(", "-", "not ", "abs(", "sma(", "1+(", "1 < 2 and (", "prev(close, "] {
        let (_, message, _) = diagnostic(&opener.repeat(16_000 / opener.len()));
        assert!(message.contains("nested too deeply"), "{opener}: {message}");
    }
    assert!(diagnostic(&"(".repeat(10_000)).1.contains("nested too deeply"));
    assert!(diagnostic(&"(".repeat(100_000)).1.contains("bytes"));
    assert!(diagnostic(&vec!["close"; 2_000].join("+")).1.contains("too long"));
    let deep = format!("{}close{} > 1", "(".repeat(100), ")".repeat(100));
    assert_eq!(meaning(&deep), "(close > 1.0)");
}

#[test]
fn what_brokers_and_libraries_call_otherwise_is_answered_with_what_it_is_here() {
    for (text, hint) in [
        ("iMA(close, 20) > 1", "write `sma(close, 20)`, or `ema(close, 20)`"),
        ("iClose(0, 1) > 1", "write `prev(close, 1)`"),
        ("stochastic(14) < 20", "write `stoch_k(14, 3, 3)` and `stoch_d(14, 3, 3)`"),
        ("correlation(close, open, 14) > 0", "write `correl(high, low, 20)`"),
        ("ta.cum(volume) > 1", "nothing is summed up since the first bar: write `sum(volume, 20)`"),
        ("ta.pivothigh(high, 5, 5) > 1", "write `prev(high, 5) == highest(high, 11)`"),
        ("fixnan(close) > 1", "an undefined value makes no condition true, so nothing needs to be filled in"),
        (
            "request.security(\"BTC\", \"1d\", close) > 1",
            "a longer interval is `on(\"1d\", ..)`, another asset `of(\"BTC\", ..)`",
        ),
        ("macd.hist > 0", "write `macd_hist(x, fast, slow, signal)`"),
        ("self.data.close[0] > 1", "write `close`"),
        (
            "self.I(sma, close, 20) > 1",
            "an indicator is written where it is used, as in `rsi(close, 14)`, or has a name of [let]",
        ),
        ("ema(close, length=20) > 1", "write the values alone, in their order: `ema(close, 20)`"),
        ("close > 1,5", "decimals have a point, as in `1.5`"),
        ("close above open", "write `>`, as in `close > open`"),
        ("rsi(close, 14) is below 30", "write a comparison, as in `rsi(close, 14) < 30`"),
        ("dayofweek == 1", "write `weekday == 1`, of which 1 is Monday"),
        (
            "equity > 100",
            "rules do not know the account: `entry` acts where there is no position, `exit` where there is one",
        ),
    ] {
        assert_eq!(diagnostic(text).2, hint, "{text}");
    }
    assert!(diagnostic("input.int(14) > 1").2.contains("[params]"));
    assert!(diagnostic("if close > open then close").2.starts_with("a rule is the condition alone"));
    assert!(diagnostic("timeframe.period > 1").2.contains("--interval"));
}
