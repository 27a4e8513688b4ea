//! Values for parameters: defaults, bounds, and what they must meet together.

use super::{ParamError, RequireError, Strategy, get, parse};
use crate::rules::{number, parse_expr, truth};

fn builtin(name: &str) -> &'static Strategy {
    get(name).unwrap()
}

fn given(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn values_come_in_the_order_of_the_parameters_with_defaults_filled_in() {
    assert_eq!(builtin("ma").resolve(&[]), Ok(vec![50.0, 200.0]));
    assert_eq!(builtin("ma").resolve(&given(&[("slow", 99.0)])), Ok(vec![50.0, 99.0]));
    assert_eq!(builtin("ma").resolve(&given(&[("slow", 99.0), ("fast", 9.0)])), Ok(vec![9.0, 99.0]));
}

#[test]
fn a_value_that_a_parameter_cannot_have_is_refused_with_the_reason() {
    for (pairs, wanted) in [
        (
            vec![("peroid", 14.0)],
            "strategy `rsi` has no parameter `peroid`; did you mean `period`? (it has period, oversold, overbought)",
        ),
        (vec![("zzz", 14.0)], "strategy `rsi` has no parameter `zzz`; it has period, oversold, overbought"),
        (vec![("period", 1.0)], "parameter `period` must be a whole number from 2 to 500, not 1"),
        (vec![("period", 1e9)], "parameter `period` must be a whole number from 2 to 500, not 1000000000"),
        (vec![("period", 14.5)], "parameter `period` must be a whole number, because it counts bars, not 14.5"),
        (vec![("oversold", f64::NAN)], "parameter `oversold` must be a finite number, not NaN"),
        (vec![("oversold", f64::INFINITY)], "parameter `oversold` must be a finite number, not inf"),
        (vec![("period", 14.0), ("period", 14.0)], "parameter `period` is given twice; give it once"),
    ] {
        assert_eq!(builtin("rsi").resolve(&given(&pairs)).unwrap_err().to_string(), wanted);
    }
    assert_eq!(builtin("rsi").resolve(&given(&[("oversold", 30.5)])), Ok(vec![14.0, 30.5, 70.0]));
    assert!(matches!(builtin("rsi").param_index("x"), Err(ParamError::Unknown { .. })));
}

#[test]
fn minus_zero_is_zero() {
    let values = builtin("rsi").resolve(&given(&[("oversold", -0.0)])).unwrap();
    assert_eq!(values[1].to_bits(), 0);
}

#[test]
fn values_that_break_require_are_named() {
    let ma = builtin("ma");
    let error = ma.check_require(&[50.0, 20.0]).unwrap_err();
    assert_eq!(error.to_string(), "strategy `ma` requires fast < slow, but fast = 50 and slow = 20");
    assert_eq!(ma.check_require(&[20.0, 50.0]), Ok(()));
    assert!(ma.allows(&[20.0, 50.0]) && !ma.allows(&[50.0, 50.0]));
}

#[test]
fn a_period_computed_from_parameters_is_checked_with_their_values() {
    let text = "name = 'x'\n[params]\nfast = 10\nlag = 3\n[rules]\n\
                entry = 'sma(close, fast * 1.5) > prev(close, lag - 2)'\nexit = 'true'";
    let strategy = parse(text, "x").unwrap();
    assert_eq!(strategy.check_require(&[20.0, 3.0]), Ok(()));
    let error = strategy.check_require(&[9.0, 3.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "strategy `x`, rule `entry`: `period` of `sma` is `fast * 1.5` and must be a whole number from 1 to 100000, not 13.5; \
         round it, as in `round(fast * 1.5)` (with fast = 9)"
    );
    assert!(matches!(strategy.check_require(&[20.0, 2.0]), Err(RequireError::Argument { rule: "entry", .. })));
    for values in [[9.0, 3.0], [20.0, 2.0], [f64::NAN, 3.0], [1e9, 3.0]] {
        assert!(!strategy.allows(&values), "{values:?}");
        assert!(strategy.check_require(&values).is_err(), "{values:?}");
    }
}

#[test]
fn numbers_and_conditions_are_evaluated_with_the_values() {
    let expr = |text: &str| parse_expr("require", text, &["a", "b"]).unwrap();
    let values = [7.0, -2.0];
    assert_eq!(
        number(&expr("min(a, b) * 2 - -abs(b) / max(a, 4) + 1"), &values).to_bits(),
        (-4.0_f64 + 2.0 / 7.0 + 1.0).to_bits()
    );
    assert!(truth(&expr("a > b and not (a == b or false)"), &values));
    assert!(truth(&expr("a != b and a >= 7 and b <= -2 and b < a or false"), &values));
    assert!(!truth(&expr("0/0 != 1 or 0/0 == 0/0 or 1 < 0/0"), &values), "undefined compares to nothing");
    assert!(number(&expr("close"), &values).is_nan() && !truth(&expr("close > 0"), &values));
}
