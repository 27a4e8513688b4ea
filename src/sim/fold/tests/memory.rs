//! Rules that forget are fed only the bars that they remember: no bit may tell.

use proptest::prelude::*;

use super::{candles, config, settings};
use crate::account::Record;
use crate::candles::Candles;
use crate::fold::graph::Graph;
use crate::fold::{Columns, Combination, Compiled, Market, WarmupBars};
use crate::interval::Interval;
use crate::simd::Cpu;
use crate::strategy::{self, Strategy};

/// The same prices in whole cents, which sum up exactly.
fn in_cents(mut candles: Candles) -> Candles {
    for column in [&mut candles.open, &mut candles.high, &mut candles.low, &mut candles.close] {
        for price in column {
            *price = (*price * 100.0).round() / 100.0;
        }
    }
    candles
}

fn parsed(entry: &str, exit: &str) -> Strategy {
    let text = format!(
        "name = \"own\"\n[params]\nn = {{ default = 10, min = 2, max = 90 }}\nm = {{ default = 5, min = 2, max = 40 }}\n[rules]\nrequire = \"n > 0 and m > 0\"\nentry = \"{entry}\"\nexit = \"{exit}\"\n"
    );
    strategy::parse(&text, "own").unwrap()
}

/// Number of bars that are fed before the account's, of those there are.
fn fed(strategy: &Strategy, values: &[f64], market: &Market<'_>) -> usize {
    let mut graph = Graph::default();
    for rule in [&strategy.entry, &strategy.exit] {
        graph.add(rule, values);
    }
    let interval: Interval = "1h".parse().unwrap();
    let columns = Columns::new(&graph, market, interval, Cpu::detect());
    columns.warmup_tiles(market).map(|tile| tile.bars).sum()
}

/// Series that depend on the bars of a window alone.
const FORGETFUL: [&str; 9] = [
    "sma(close, n)",
    "wma(close, m)",
    "sum(close, m) / m",
    "highest(high, n)",
    "lowest(low, n)",
    "prev(highest(close, m), n)",
    "close + mom(close, n)",
    "sma(high + low, n) / 2",
    "if(close > prev(close, m), sma(sma(close, m), n), close * (1 + roc(close, m) / 100))",
];
/// Conditions of them.
const RULES: [&str; 5] = [
    "crosses_above(A, B)",
    "A > B",
    "count(A > B, m) >= 3",
    "any(A < B, n) and not (close > A)",
    "all(close > A, m) or crosses_below(B, close)",
];

fn rule(at: (usize, usize, usize)) -> String {
    RULES[at.0].replace('A', FORGETFUL[at.1]).replace('B', FORGETFUL[at.2])
}

fn places() -> impl proptest::strategy::Strategy<Value = (usize, usize, usize)> {
    (0..RULES.len(), 0..FORGETFUL.len(), 0..FORGETFUL.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn what_is_fed_of_the_bars_before_changes_no_bit(
        moves in prop::collection::vec(-300_i16..300, 3_200..3_300),
        rules in (places(), places()),
        values in (2_u32..90, 2_u32..40),
        from in 1_500_usize..3_000,
        settings in settings(),
        has_tick in any::<bool>(),
    ) {
        let strategy = parsed(&rule(rules.0), &rule(rules.1));
        // Its rules read what is never forgotten, so that everything is fed to a graph that it is in.
        let smooth = parsed("ema(close, 20) > close", "rsi(close, 14) > 70");
        let all = if has_tick { in_cents(candles(&moves)) } else { candles(&moves) };
        let (before, after) = (all.slice(0..from), all.slice(from..all.len()));
        let market = Market { warmup: Some(WarmupBars { candles: &before, first: 0 }), ..Market::from(&after) };
        let values = [f64::from(values.0), f64::from(values.1)];
        let own = Combination { strategy: &strategy, values: &values };
        let other = Combination { strategy: &smooth, values: &[10.0, 5.0] };
        let fold = |combinations: Vec<Combination<'_>>| {
            let mut records = vec![Record::default(); combinations.len()];
            let outcomes = Compiled::new(combinations, settings.direction).fold(market, &config(settings), &mut records);
            let bits = outcomes[0].metrics.map(|metric| metric.map(f64::to_bits));
            let equity: Vec<u64> = records[0].equity.iter().map(|value| value.to_bits()).collect();
            (bits, equity, records[0].bar_trades().len())
        };
        prop_assert!(fold(vec![own]) == fold(vec![own, other]));
        let count = fed(&strategy, &values, &market);
        prop_assert!(count <= from && (!has_tick || count < 600), "{} of {} bars", count, from);
    }
}

#[test]
fn smoothings_sums_without_a_tick_and_other_bars_are_fed_all_that_there_is() {
    let rough = candles(&vec![37; 900]);
    let cents = in_cents(rough.clone());
    let count = |entry: &str, candles: &Candles| {
        let (before, after) = (candles.slice(0..800), candles.slice(800..900));
        let market = Market { warmup: Some(WarmupBars { candles: &before, first: 0 }), ..Market::from(&after) };
        let strategy = parsed(entry, "close < 0");
        fed(&strategy, &[10.0, 5.0], &market)
    };
    assert_eq!(
        count("close > sma(close, n)", &cents),
        11,
        "the nine bars before its first value, the one before them, which its sum leaves out, and one"
    );
    assert_eq!(count("close > prev(highest(high, 50), 1)", &rough), 51);
    for entry in [
        "close > ema(close, n)",
        "rsi(close, n) > 50",
        "close > bb_lower(close, n, 2)",
        "obv() > 0",
        "close > on(\\\"1d\\\", sma(close, 2))",
        "bars_since(close > open) > 3",
    ] {
        assert_eq!(count(entry, &cents), 800, "{entry}");
    }
    assert_eq!(count("close > sma(close, n)", &rough), 800, "prices that have no common tick");
    assert_eq!(count("highest(volume, n) > 1", &cents), 800);
}
