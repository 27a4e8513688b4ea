//! What must hold of the fold whatever the candles, rules and company.

mod golden;
mod memory;
mod sources;

mod examples;

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::{Combination, Compiled, Graph, Market, RunConfig, WarmupBars, bars_to_warm_up, fold, fold_with_trades};
use crate::account::{Direction, Fill, Settings};
use crate::candles::Candles;
use crate::interval::Interval;
use crate::simd::Cpu;
use crate::strategy::{self, Strategy};

/// Candles from moves in thousandths.
pub(super) fn candles(moves: &[i16]) -> Candles {
    let mut candles = Candles::default();
    let mut price = 1000.0;
    for (index, &step) in moves.iter().enumerate() {
        let open = price;
        price *= 1.0 + f64::from(step) / 10_000.0;
        candles.time.push(index as i64 * 3_600_000);
        candles.open.push(open);
        candles.high.push(open.max(price) * 1.001);
        candles.low.push(open.min(price) * 0.999);
        candles.close.push(price);
        candles.volume.push(f64::from(step.unsigned_abs()));
    }
    candles
}

pub(super) fn settings() -> impl proptest::strategy::Strategy<Value = Settings> {
    let fill = prop::sample::select(vec![Fill::NextOpen, Fill::Close]);
    let direction = prop::sample::select(vec![Direction::Long, Direction::Short, Direction::Both]);
    (fill, direction).prop_map(|(fill, direction)| Settings { fill, direction, ..Settings::default() })
}

/// Every built-in strategy of one asset, and one with the rest of the language.
pub(super) fn strategies() -> Vec<Strategy> {
    const REST: &str = r#"
        name = "rest"
        [params]
        n = { default = 10, min = 2, max = 60 }
        [rules]
        entry = "prev(rsi(sma(close, 3), n), 2) < 45 and not (close > max(open, prev(close, 1))) or volume == 0"
        exit = "cci(n) > 80 or stoch_k(n, 3, 3) > 80 and adx(n) > 20 or crosses_below(close, wma(high - low, n) * n)"
        short_entry = "abs(mom(close, n)) > 2 * atr(n) and obv() < prev(obv(), n)"
        short_exit = "close / highest(high, n) < 0.9 or roc(close, n) > 5"
    "#;
    let of_one_asset = strategy::all().filter(|strategy| !strategy.is_weighted());
    of_one_asset.cloned().chain([strategy::parse(REST, "rest").unwrap()]).collect()
}

pub(super) fn config(settings: Settings) -> RunConfig {
    let interval: Interval = "1h".parse().unwrap();
    RunConfig { settings, interval, cpu: Cpu::detect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_combination_has_the_same_bits_alone_and_among_others(
        moves in prop::collection::vec(-300..300_i16, 1..2400), settings in settings(),
    ) {
        let (candles, strategies) = (candles(&moves), strategies());
        let defaults: Vec<_> = strategies.iter().map(Strategy::defaults).collect();
        let all: Vec<_> = strategies.iter().zip(&defaults).map(|(strategy, values)| Combination { strategy, values }).collect();
        let together = fold(&candles, &all, &config(settings));
        for (combination, together) in all.iter().zip(&together) {
            let alone = fold(&candles, &[*combination], &config(settings));
            prop_assert_eq!(&alone[0], together, "{}", combination.strategy.name);
            let (listened, _) = fold_with_trades(&candles, *combination, &config(settings));
            prop_assert_eq!(&listened, together, "{}", combination.strategy.name);
            for cpu in Cpu::available() {
                let other = fold(&candles, &[*combination], &RunConfig { cpu, ..config(settings) });
                prop_assert_eq!(&other[0], together, "{} on {:?}", combination.strategy.name, cpu);
            }
        }
    }

    #[test]
    fn a_run_on_the_first_bars_makes_the_trades_that_the_run_on_all_makes_there(
        moves in prop::collection::vec(-300..300_i16, 2..2400), cut in 0.0..1.0_f64, settings in settings(),
    ) {
        let candles = candles(&moves);
        let bars = 1 + (cut * (candles.len() - 1) as f64) as usize;
        let last = candles.time[bars - 1];
        for strategy in &strategies() {
            let values = strategy.defaults();
            let combination = Combination { strategy, values: &values };
            let trades = |candles: &Candles| {
                let (_, trades) = fold_with_trades(candles, combination, &config(settings));
                trades.into_iter().filter(|trade| !trade.open && trade.exit_time <= last).collect::<Vec<_>>()
            };
            prop_assert_eq!(trades(&candles.slice(0..bars)), trades(&candles), "{}", &strategy.name);
        }
    }
}

#[test]
fn an_account_that_starts_later_makes_the_trades_that_the_whole_run_makes_from_there_on() {
    let mut random = crate::random::Random::new(11);
    let moves: Vec<i16> = (0..6_000).map(|_| (random.bits() % 401) as i16 - 200).collect();
    let all = candles(&moves);
    let facts = |trades: &[crate::Trade]| {
        trades
            .iter()
            .map(|t| (t.entry_time, t.entry_price.to_bits(), t.exit_time, t.exit_price.to_bits()))
            .collect::<Vec<_>>()
    };
    let mut compared = 0;
    for strategy in &strategies() {
        let values = strategy.defaults();
        let combination = Combination { strategy, values: &values };
        let (_, trades) = fold_with_trades(&all, combination, &config(Settings::default()));
        // A bar at which nothing is held and nothing is ordered, in the middle.
        let bar = |time: i64| usize::try_from(time / 3_600_000).unwrap();
        let flat = trades
            .windows(2)
            .position(|pair| bar(pair[0].exit_time) > 1_500 && bar(pair[1].entry_time) > bar(pair[0].exit_time) + 12);
        let Some(flat) = flat else { continue };
        let from = bar(trades[flat].exit_time) + 11;
        let (before, after) = (all.slice(0..from), all.slice(from..all.len()));
        let market = Market { warmup: Some(WarmupBars { candles: &before, first: 0 }), ..Market::from(&after) };
        let (outcome, later) = fold_with_trades(market, combination, &config(Settings::default()));
        assert_eq!(facts(&later), facts(&trades[flat + 1..]), "{}", strategy.name);
        assert_eq!((outcome.bars, outcome.start), (after.len() as u64, after.time[0]), "{}", strategy.name);
        compared += 1;
    }
    assert!(compared > 5, "{compared} strategies");
}

#[test]
fn bars_that_are_enough_to_warm_up_give_the_trades_that_all_of_them_give() {
    let mut random = crate::random::Random::new(12);
    let moves: Vec<i16> = (0..9_000).map(|_| (random.bits() % 401) as i16 - 200).collect();
    let all = candles(&moves);
    let (before, after) = (all.slice(0..6_000), all.slice(6_000..9_000));
    for strategy in &strategies() {
        let values = strategy.defaults();
        let combination = Combination { strategy, values: &values };
        let trades = |bars: usize| {
            let warmup = Some(WarmupBars { candles: &before, first: before.len() - bars });
            let market = Market { warmup, ..Market::from(&after) };
            let (_, trades) = fold_with_trades(market, combination, &config(Settings::default()));
            trades.into_iter().map(|trade| (trade.entry_time, trade.exit_time)).collect::<Vec<_>>()
        };
        let enough = bars_to_warm_up(combination, Direction::Both, "1h".parse().unwrap());
        assert!(enough < 6_000, "{}: {enough}", strategy.name);
        assert_eq!(trades(enough), trades(6_000), "{}: {enough}", strategy.name);
    }
}

#[test]
fn a_crossing_at_the_first_bar_of_the_account_needs_only_a_bar_before_it() {
    let source = "name = \"cross\"\n[rules]\nentry = \"crosses_above(close, sma(close, 3))\"\nexit = \"close < 0\"";
    let strategy = strategy::parse(source, "cross").unwrap();
    let all = candles(&[100, 100, -900, -900, 2000, 0, 0]);
    let (before, after) = (all.slice(0..4), all.slice(4..7));
    let settings = Settings { fill: Fill::Close, ..Settings::default() };
    let entries = |warmup| {
        let market = Market { warmup, ..Market::from(&after) };
        let combination = Combination { strategy: &strategy, values: &[] };
        let (_, trades) = fold_with_trades(market, combination, &config(settings));
        trades.iter().map(|trade| trade.entry_time).collect::<Vec<_>>()
    };
    assert_eq!(entries(Some(WarmupBars { candles: &before, first: 0 })), [after.time[0]]);
    assert!(entries(None).is_empty());
}

#[test]
fn rules_are_false_until_their_indicators_are_defined() {
    let strategy = strategy::parse(
        "name = \"warm\"\n[rules]\nentry = \"not (sma(close, 30) > 1e9)\"\nexit = \"close < 0\"",
        "warm",
    )
    .unwrap();
    let candles = candles(&[5; 100]);
    let settings = Settings { fill: Fill::Close, ..Settings::default() };
    let (_, trades) = fold_with_trades(&candles, Combination { strategy: &strategy, values: &[] }, &config(settings));
    assert_eq!(trades[0].entry_time, candles.time[29]);
}

#[test]
fn a_crossing_needs_the_bar_before_to_be_defined_too() {
    let source = "name = \"cross\"\n[rules]\nentry = \"crosses_above(close, sma(close, 3))\"\nexit = \"close < 0\"";
    let strategy = strategy::parse(source, "cross").unwrap();
    // Above its average from the first defined bar on: that is no crossing. Then below, and above again.
    let candles = candles(&[100, 100, 100, 100, -900, -900, 2000, 0]);
    let settings = Settings { fill: Fill::Close, ..Settings::default() };
    let (_, trades) = fold_with_trades(&candles, Combination { strategy: &strategy, values: &[] }, &config(settings));
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0].entry_time, candles.time[6]);
}

#[test]
fn what_two_rules_share_is_computed_once() {
    let strategy = strategy::get("rsi").unwrap();
    let mut graph = Graph::default();
    for level in [20.0, 25.0, 30.0] {
        graph.add(&strategy.entry, &[14.0, level, 70.0]);
        graph.add(&strategy.exit, &[14.0, level, 70.0]);
    }
    // close and one RSI; three lower levels and one upper.
    assert_eq!(graph.size(), (2, 4));
}

#[test]
fn a_division_by_zero_does_not_silence_a_rule_for_ever() {
    let source = "name = \"ratio\"\n[rules]\nentry = \"sma(volume / prev(volume, 1), 5) > 0 and ema(volume / prev(volume, 1), 5) > 0\"\nexit = \"close < 0\"";
    let strategy = strategy::parse(source, "ratio").unwrap();
    // No volume at bar 3: the ratio is infinite at bar 4, in the middle of the warm-up.
    let mut candles = candles(&[100; 40]);
    candles.volume[3] = 0.0;
    let settings = Settings { fill: Fill::Close, ..Settings::default() };
    let (_, trades) = fold_with_trades(&candles, Combination { strategy: &strategy, values: &[] }, &config(settings));
    assert_eq!(trades[0].entry_time, candles.time[9]);
}

#[test]
fn a_fold_that_is_told_to_end_does_so_after_the_tile() {
    let (candles, all) = (candles(&[7; 5000]), strategies());
    let values = all[0].resolve(&[]).unwrap();
    let combination = Combination { strategy: &all[0], values: &values };
    let compiled = Compiled::new(std::iter::once(combination), Direction::Long);
    let mut told = Vec::new();
    let outcomes = compiled.fold_telling(&candles, &config(Settings::default()), &mut [()], |bars| {
        told.push(bars);
        bars < 2048
    });
    assert!(outcomes.is_none());
    assert_eq!(told, [1024, 2048]);
}

/// Trades of a rule that is true where a combination of sums over windows of whole cents is above 0.
/// What a rule says on paper: above 0 where it holds.
type Paper<'a> = &'a dyn Fn(usize) -> i64;

#[test]
fn differences_of_decimals_tie_where_they_tie_on_paper() {
    let mut random = crate::random::Random::new(5);
    let mut last = 1_000;
    let cents: Vec<i64> = (0..6_000)
        .map(|_| {
            last = (last + (random.bits() % 7) as i64 - 3).max(500);
            last
        })
        .collect();
    let price = |cents: i64| cents as f64 / 100.0;
    let candles: Candles = (0..)
        .zip(&cents)
        .map(|(bar, &cents)| {
            let (open, high, low, close) = (price(cents), price(cents + 4), price(cents - 3), price(cents));
            crate::Candle { time: bar * 3_600_000, open, high, low, close, volume: 1.0 }
        })
        .collect();
    let sum = |bar: usize, bars: usize| cents[bar + 1 - bars..=bar].iter().sum::<i64>();
    let top = |bar: usize, bars: usize| cents[bar + 1 - bars..=bar].iter().max().unwrap() + 4;
    let bottom = |bar: usize, bars: usize| cents[bar + 1 - bars..=bar].iter().min().unwrap() - 3;
    let cases: [(&str, Paper<'_>); 6] = [
        ("sma(close, 16) > sma(close, 24)", &|bar| 3 * sum(bar, 16) - 2 * sum(bar, 24)),
        ("sma(close, 4) - sma(close, 6) > 0.01", &|bar| 3 * sum(bar, 4) - 2 * sum(bar, 6) - 12),
        ("close - lowest(low, 5) > highest(high, 7) - close", &|bar| 2 * cents[bar] - bottom(bar, 5) - top(bar, 7)),
        ("close > (highest(high, 9) + lowest(low, 9)) / 2", &|bar| 2 * cents[bar] - top(bar, 9) - bottom(bar, 9)),
        ("close * 0.3 > 0.3 * sma(close, 5)", &|bar| 5 * cents[bar] - sum(bar, 5)),
        ("mom(close, 3) > 0.07", &|bar| cents[bar] - cents[bar - 3] - 7),
    ];
    for (rule, above) in cases {
        let source = format!("name = \"paper\"\n[rules]\nentry = \"{rule}\"\nexit = \"not ({rule})\"");
        let strategy = strategy::parse(&source, "paper").unwrap();
        let settings = Settings { fill: Fill::Close, ..Settings::default() };
        let (_, trades) =
            fold_with_trades(&candles, Combination { strategy: &strategy, values: &[] }, &config(settings));
        let (mut expected, mut held, mut ties) = (Vec::new(), false, 0);
        for bar in 30..cents.len() {
            let is_above = above(bar) > 0;
            ties += usize::from(above(bar) == 0);
            if is_above && !held {
                expected.push(candles.time[bar]);
            }
            held = is_above;
        }
        let after_warm_up = |time: i64| time > candles.time[30];
        let entries: Vec<i64> =
            trades.iter().map(|trade| trade.entry_time).filter(|&time| after_warm_up(time)).collect();
        expected.retain(|&time| after_warm_up(time));
        assert!(ties > 10, "{rule}: {ties} ties");
        assert!(entries.iter().rev().zip(expected.iter().rev()).all(|(a, b)| a == b), "{rule}");
        assert!(entries.len().abs_diff(expected.len()) <= 1, "{rule}: {} and {}", entries.len(), expected.len());
    }
}
