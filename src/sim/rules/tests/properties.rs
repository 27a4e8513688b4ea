//! What holds for every rule: printed and parsed again it is the same, no two share a spelling, and no text panics.

use proptest::prelude::*;

use crate::candles::Field;
use crate::indicators::{Inputs, ParamKind, table};
use crate::rules::{Crossing, Expr, Math, Unary, ValueKind, canonical, parse_expr, written};
use crate::simd::Compare;
use crate::strategy::{ParamArg, parse};

const PARAMS: [&str; 2] = ["alpha", "beta"];

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn numbers() -> BoxedStrategy<Expr> {
    let literal = (0_u64..0x7ff0_0000_0000_0000).prop_map(|bits| Expr::Number(f64::from_bits(bits)));
    let short = (0_u32..1000).prop_map(|n| Expr::Number(f64::from(n) / 8.0));
    let leaf = prop_oneof![literal, short, (0..PARAMS.len()).prop_map(Expr::Param)];
    leaf.prop_recursive(3, 8, 2, |inner| values_of(inner).boxed()).boxed()
}

fn values_of(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    use Unary::{Abs, Exp, Floor, Log, Neg, Round, Sqrt};
    let op = prop::sample::select(vec![Math::Add, Math::Sub, Math::Mul, Math::Div, Math::Min, Math::Max, Math::Pow]);
    let function = prop::sample::select(vec![Neg, Abs, Sqrt, Log, Exp, Floor, Round]);
    prop_oneof![
        (function, inner.clone()).prop_map(|(function, x)| Expr::Unary(function, boxed(x))),
        (op, inner.clone(), inner).prop_map(|(op, a, b)| Expr::Math(op, boxed(a), boxed(b))),
    ]
}

/// A value that every indicator's parameter can have, or one that depends on parameters.
fn argument() -> impl Strategy<Value = Expr> {
    let depends = numbers().prop_map(|x| Expr::Math(Math::Add, boxed(x), boxed(Expr::Param(0))));
    prop_oneof![(2_u32..50).prop_map(|n| Expr::Number(f64::from(n))), depends]
}

fn indicator(series: impl Strategy<Value = Expr>) -> impl Strategy<Value = Expr> {
    let which = (0..table::TABLE.len(), 0_usize..4);
    (which, prop::collection::vec(series, 5), prop::collection::vec(argument(), 3)).prop_map(
        |((line, output), mut series, mut params)| {
            let family = table::TABLE[line % table::TABLE.len()];
            series.truncate(match family.inputs {
                Inputs::Any | Inputs::Pair => family.inputs.named(),
                Inputs::Fields(fields) => fields.len(),
            });
            params.truncate(family.params.len());
            for (param, kind) in params.iter_mut().zip(family.params.iter().map(|param| param.kind)) {
                if let (ParamKind::Factor { max, .. }, Expr::Number(value)) = (kind, param) {
                    *value = value.min(max);
                }
            }
            Expr::Indicator { family, output: output % family.outputs.len(), series, params }
        },
    )
}

fn series() -> BoxedStrategy<Expr> {
    let leaf = prop::sample::select(Field::ALL.to_vec()).prop_map(Expr::Field);
    let grow = |inner: BoxedStrategy<Expr>| {
        let mixed = (values_of(prop_oneof![inner.clone(), numbers()]), inner.clone())
            .prop_map(|(value, x)| if value.kind() == ValueKind::Series { value } else { x });
        let prev = (inner.clone(), argument()).prop_map(|(x, k)| Expr::Prev(boxed(x), boxed(k)));
        prop_oneof![mixed, prev, indicator(inner)].boxed()
    };
    leaf.prop_recursive(3, 16, 3, grow).boxed()
}

fn conditions() -> BoxedStrategy<Expr> {
    use Compare::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    let op = prop::sample::select(vec![Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual]);
    let way = prop::sample::select(vec![Crossing::Above, Crossing::Below]);
    let value = || prop_oneof![series(), numbers()];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Expr::Bool),
        (op, value(), value()).prop_map(|(op, a, b)| Expr::Compare(op, boxed(a), boxed(b))),
        (way, series(), value()).prop_map(|(way, a, b)| Expr::Cross(way, boxed(a), boxed(b))),
    ];
    let grow = |inner: BoxedStrategy<Expr>| {
        prop_oneof![
            inner.clone().prop_map(|x| Expr::Not(boxed(x))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::And(boxed(a), boxed(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Expr::Or(boxed(a), boxed(b))),
        ]
        .boxed()
    };
    leaf.prop_recursive(3, 8, 2, grow).boxed()
}

/// Words of the language in any order: nearer to real mistakes than random characters.
fn word_salad() -> impl Strategy<Value = String> {
    let words = vec![
        "close",
        "sma(",
        "rsi(close, 14)",
        "prev(",
        "alpha",
        "(",
        ")",
        ",",
        "<",
        "<=",
        "==",
        "=",
        "+",
        "-",
        "*",
        "/",
        "and",
        "or",
        "not",
        "1",
        "0.5",
        "1e-8",
        "true",
        "#",
        "\n",
        "é",
        "&&",
        "crosses_above(",
        "min(",
        "AND",
        "9e",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_rule_parses_to_itself(rule in conditions()) {
        let text = written(&rule, &PARAMS);
        match parse_expr("entry", &text, &PARAMS) {
            Ok(parsed) => prop_assert_eq!(parsed, rule),
            Err(error) => prop_assert!(error.message.contains("too long") || error.message.contains("bytes"), "{}", error),
        }
    }

    #[test]
    fn two_rules_share_a_spelling_only_if_they_are_the_same(a in conditions(), b in conditions()) {
        prop_assert_eq!(canonical(&a) == canonical(&b), a == b);
    }

    #[test]
    fn numbers_with_different_bits_have_different_spellings(a: u64, b: u64) {
        let spelling = |bits| canonical(&Expr::Number(f64::from_bits(bits)));
        prop_assert_eq!(spelling(a) == spelling(b), a == b);
        prop_assert_ne!(spelling(a), spelling(a ^ 1));
    }

    #[test]
    fn no_text_panics_and_every_error_lies_within_it(text in prop_oneof![any::<String>(), word_salad()]) {
        if let Err(error) = parse_expr("entry", &text, &PARAMS) {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
            prop_assert!(!error.to_string().replace('\n', "").contains(char::is_control));
        }
    }

    #[test]
    fn no_definition_and_no_argument_panics(text: String, rule in word_salad()) {
        let _ = text.parse::<ParamArg>();
        let _ = format!("x={text}").parse::<ParamArg>();
        let _ = parse(&text, &text).map_err(|error| error.to_string());
        let definition = format!("name = 'x'\n[params]\nalpha = 3\n[rules]\nentry = '''{rule}'''\nexit = 'true'");
        let _ = parse(&definition, "x").map_err(|error| error.to_string());
    }
}
