//! Conditions against a plain evaluator in three values, bar by bar.

use proptest::prelude::*;

use crate::candles::Candles;
use crate::fold::{Columns, Graph, Market, Schedule, Signals, TileBars};
use crate::rules::{Expr, number, parse_condition};
use crate::simd::Cpu;
use crate::strategy::Rule;
use crate::tile::bitset::{WORDS, is_set};

/// Candles of whole volumes, many of them 0, so that ratios are often undefined or infinite.
fn candles(volumes: &[u8]) -> Candles {
    let mut candles = Candles::default();
    for (bar, &volume) in (0..).zip(volumes) {
        candles.time.push(bar * 3_600_000);
        let close = 100.0 + f64::from(volume % 7);
        for column in [&mut candles.open, &mut candles.high, &mut candles.low, &mut candles.close] {
            column.push(close);
        }
        candles.volume.push(f64::from(volume % 3));
    }
    candles
}

fn series() -> impl proptest::strategy::Strategy<Value = String> {
    prop::sample::select(vec![
        "close",
        "volume",
        "volume / prev(volume, 1)",
        "prev(close, 2)",
        "0 / volume",
        "101",
        "1",
    ])
    .prop_map(str::to_owned)
}

fn conditions() -> impl proptest::strategy::Strategy<Value = String> {
    let op = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let leaf = prop_oneof![
        (series(), op, series()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        series().prop_map(|a| format!("crosses_above({a}, close)")),
        series().prop_map(|a| format!("crosses_below(volume, {a})")),
        Just("true".to_owned()),
        Just("0 / 0 > 1".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let n = 1..5_u8;
        prop_oneof![
            inner.clone().prop_map(|x| format!("not ({x})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) and ({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) or ({b}))")),
            (inner.clone(), n.clone()).prop_map(|(x, n)| format!("any({x}, {n})")),
            (inner.clone(), n.clone()).prop_map(|(x, n)| format!("all({x}, {n})")),
            (inner.clone(), n.clone()).prop_map(|(x, n)| format!("count({x}, {n}) >= 2")),
            (inner.clone(), n).prop_map(|(x, n)| format!("bars_since({x}) < {n}")),
            inner.clone().prop_map(|x| format!("value_when({x}, close) >= close")),
            (inner.clone(), series(), series()).prop_map(|(x, a, b)| format!("if({x}, {a}, {b}) > 1")),
            (inner.clone(), inner.clone(), inner).prop_map(|(x, a, b)| format!("if({x}, {a}, {b})")),
        ]
    })
}

/// A condition and its series as they are on paper.
struct OnPaper<'a>(&'a Candles);

impl OnPaper<'_> {
    fn value(&self, expr: &Expr, bar: usize) -> f64 {
        match expr {
            Expr::Field(field) => self.0.column(*field)[bar],
            Expr::Prev(x, bars) => self.value(x, bar - bars_of(bars)),
            Expr::Math(op, a, b) => op.apply(self.value(a, bar), self.value(b, bar)),
            Expr::If(condition, a, b) => match self.truth(condition, bar) {
                Some(true) => self.value(a, bar),
                Some(false) => self.value(b, bar),
                None => f64::NAN,
            },
            Expr::Indicator { family, series, params, .. } => {
                let from = series.iter().map(start).max().unwrap_or(0);
                let held = |bar: usize| self.truth(&series[0], bar) == Some(true);
                match family.name {
                    "count" => (0..bars_of(&params[0])).filter(|back| held(bar - back)).count() as f64,
                    "bars_since" => (from..=bar).rev().position(held).map_or(f64::NAN, |bars| bars as f64),
                    _ => {
                        let last = (from..=bar).rev().find(|&bar| held(bar));
                        last.map_or(f64::NAN, |bar| self.value(&series[1], bar))
                    }
                }
            }
            constant => number(constant, &[]),
        }
    }

    fn truth(&self, expr: &Expr, bar: usize) -> Option<bool> {
        match expr {
            Expr::Bool(truth) => Some(*truth),
            Expr::Compare(op, a, b) => op.known(self.value(a, bar), self.value(b, bar)),
            Expr::Cross(crossing, a, b) => {
                let (now, before) = crossing.compares();
                let now = now.known(self.value(a, bar), self.value(b, bar));
                both(now, before.known(self.value(a, bar - 1), self.value(b, bar - 1)))
            }
            Expr::And(a, b) => both(self.truth(a, bar), self.truth(b, bar)),
            Expr::Or(a, b) => either(self.truth(a, bar), self.truth(b, bar)),
            Expr::Not(x) => self.truth(x, bar).map(|truth| !truth),
            Expr::Holds(inner) => {
                let Expr::Indicator { family, series, params, .. } = &**inner else { panic!("{inner:?}") };
                let window = (0..bars_of(&params[0])).map(|back| self.truth(&series[0], bar - back));
                if family.name == "any" { window.fold(Some(false), either) } else { window.fold(Some(true), both) }
            }
            other => panic!("{other:?} is no condition"),
        }
    }
}

/// Bars before the first at which it can be computed.
fn start(expr: &Expr) -> usize {
    let mut inner = 0;
    expr.each_child(&mut |child| inner = inner.max(start(child)));
    match expr {
        Expr::Prev(_, bars) => inner + bars_of(bars),
        Expr::Cross(..) if !expr.is_constant() => inner + 1,
        Expr::Indicator { params, .. } => inner + params.first().map_or(0, |n| bars_of(n) - 1),
        _ => inner,
    }
}

fn bars_of(expr: &Expr) -> usize {
    number(expr, &[]) as usize
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    if a == Some(false) || b == Some(false) { Some(false) } else { Some(a? && b?) }
}

fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    both(a.map(|a| !a), b.map(|b| !b)).map(|truth| !truth)
}

/// Whether the rule holds at each bar, and the first bar at which it may.
fn held(text: &str, candles: &Candles) -> (Vec<bool>, usize) {
    let expr = parse_condition("entry", text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let mut graph = Graph::default();
    let signal = graph.add(&Rule { text: text.to_owned(), expr }, &[]);
    let schedule = Schedule::new(&graph, [[signal]]);
    let market = Market::from(candles);
    let mut columns = Columns::new(&graph, &market, "1h".parse().unwrap(), Cpu::detect());
    let mut signals = Signals::new(&graph, &schedule, Cpu::detect());
    let mut all = Vec::new();
    for tile in TileBars::all(candles, 0) {
        columns.extend(&graph, &market, tile);
        signals.begin(&columns);
        signals.extend(&columns, 0);
        let mut bits = [0; WORDS];
        signals.read(signal, &mut bits);
        all.extend((0..tile.bars).map(|bar| is_set(&bits, bar)));
        assert!((tile.bars..WORDS * 64).all(|bar| !is_set(&bits, bar)), "bits past the end");
        columns.settle();
    }
    (all, signal.lookback)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_holds_where_it_does_in_three_values_on_paper(
        text in conditions(), volumes in prop::collection::vec(0..40_u8, 1..60), copies in 1..40_usize,
    ) {
        // Over the border of a tile as well.
        let candles = candles(&volumes.repeat(copies));
        let expr = parse_condition("entry", &text, &[]);
        prop_assume!(expr.is_ok());
        let expr = expr.unwrap();
        let paper = OnPaper(&candles);
        let first = start(&expr);
        prop_assume!(first < 30);
        let (held, lookback) = held(&text, &candles);
        prop_assert!(lookback <= first, "{}: {} {}", text, lookback, first);
        let step = if candles.len() > 200 { 7 } else { 1 };
        for bar in (first..candles.len()).step_by(step) {
            prop_assert_eq!(held[bar], paper.truth(&expr, bar) == Some(true), "{} at {}", text, bar);
        }
    }
}

#[test]
fn not_of_an_undefined_comparison_does_not_hold() {
    let candles = candles(&[0, 0, 3, 1, 2, 0, 0, 4]);
    for text in ["0 / volume > 1", "not (0 / volume > 1)", "0 / volume == 0 / volume", "0 / volume != 5"] {
        let (held, _) = held(text, &candles);
        for (bar, held) in held.into_iter().enumerate().filter(|(bar, _)| candles.volume[*bar] == 0.0) {
            assert!(!held, "{text} at {bar}");
        }
    }
    let (either, _) = held("not (0 / volume > 1) or close > 0", &candles);
    assert!(either.into_iter().all(|held| held), "what is undefined does not spoil what holds");
}

#[test]
fn a_condition_without_not_needs_no_more_than_its_comparisons() {
    let mut graph = Graph::default();
    for text in ["close > 1 and open > 1", "not (close <= 1 or open <= 1)", "not not (close > 1 and open > 1)"] {
        let expr = parse_condition("entry", text, &[]).unwrap();
        graph.add(&Rule { text: text.to_owned(), expr }, &[]);
    }
    assert_eq!(graph.size(), (2, 3), "all three are the same condition of two comparisons");
}
