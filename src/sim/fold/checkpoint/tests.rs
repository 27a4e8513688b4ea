//! A fold that goes on from any border has the bits of one that did not stop: of each indicator, of each kind of account.

use std::sync::Arc;

use super::{Checkpoint, OrderKind};
use crate::account::{DetailBars, Direction, Fill, Record, Settings};
use crate::candles::{Candle, Candles};
use crate::fold::tests::{config, strategies};
use crate::fold::{Combination, Compiled, Market, OrderEvent, OtherAsset, OwnSeries, PriorBars, RunConfig, WarmupBars};
use crate::indicators::{CONDITION_TABLE, DEFINITIONS, Family, Inputs, TABLE};
use crate::metrics::Outcome;
use crate::random::Random;
use crate::simd::Cpu;
use crate::strategy::{self, Strategy};
use crate::tile::bitset::TILE;

const HOUR: i64 = 3_600_000;
const BARS: usize = 3 * TILE + 77;

/// Hours of a price that wanders, in cents where `in_cents`, else with all its digits.
fn walk(seed: u64, bars: usize, in_cents: bool) -> Candles {
    let mut random = Random::new(seed);
    let mut price = 100.0;
    let shown = |price: f64| if in_cents { (price * 100.0).round() / 100.0 } else { price };
    let mut candle = |bar: usize| {
        let open = price;
        price *= 1.0 + ((random.bits() % 2_001) as f64 - 1_000.0) / 50_000.0;
        let (high, low) = (open.max(price) * 1.002, open.min(price) * 0.998);
        let volume = (random.bits() % 90) as f64;
        let [open, high, low, close] = [open, high, low, price].map(shown);
        Candle { time: bar as i64 * HOUR, open, high, low, close, volume }
    };
    (0..bars).map(&mut candle).collect()
}

struct Folded {
    outcome: Outcome,
    record: Record,
    checkpoints: Vec<Checkpoint>,
}

fn run(strategy: &Strategy, market: Market<'_>, config: &RunConfig, start: Option<&Checkpoint>) -> Option<Folded> {
    let values = strategy.defaults();
    let compiled = Compiled::new([Combination { strategy, values: &values }], config.settings.direction);
    let (mut records, mut checkpoints) = ([Record::default()], Vec::new());
    let outcomes = compiled.fold_from(market, config, &mut records, start, |checkpoint| checkpoints.push(checkpoint));
    let [record] = records;
    Some(Folded { outcome: outcomes?.remove(0), record, checkpoints })
}

fn orders(strategy: &Strategy, market: Market<'_>, config: &RunConfig, start: Option<&Checkpoint>) -> Vec<OrderEvent> {
    let values = strategy.defaults();
    let compiled = Compiled::new([Combination { strategy, values: &values }], config.settings.direction);
    compiled.orders_from(market, config, start, |_| ()).expect("it is a checkpoint of this fold").events
}

/// The same candles without the first bars, but for what is known of them: found at two borders one after the other.
fn without_bars(candles: &Candles, bars: usize) -> (Candles, PriorBars) {
    let since_last = |bars: usize| candles.slice(bars - 1..candles.len());
    let before = (bars > TILE).then(|| PriorBars::new(candles, bars - TILE, None, Cpu::detect()));
    let source = if before.is_some() { since_last(bars - TILE) } else { candles.clone() };
    (since_last(bars), PriorBars::new(&source, bars, before.as_ref(), Cpu::detect()))
}

/// Panics unless going on from each border gives the later states, trades, equity, orders and figures of the whole.
fn assert_goes_on(strategy: &Strategy, market: Market<'_>, config: &RunConfig) -> usize {
    let whole = run(strategy, market, config, None).expect("it begins at the first bar");
    let events = orders(strategy, market, config, None);
    assert_eq!(whole.checkpoints.len(), market.candles.len() / TILE, "{}", strategy.name);
    for (at, checkpoint) in whole.checkpoints.iter().enumerate() {
        let rest = run(strategy, market, config, Some(checkpoint)).expect("it is a checkpoint of this fold");
        let name = &strategy.name;
        assert_eq!(rest.checkpoints, whole.checkpoints[at + 1..], "{name}: later states");
        assert_eq!(rest.record.equity, whole.record.equity[checkpoint.bar()..], "{name}: equity");
        let later = whole.record.bar_trades().iter().filter(|trade| trade.open || trade.exit_bar >= checkpoint.bar());
        assert!(rest.record.bar_trades().iter().eq(later), "{name}: trades");
        assert_eq!(rest.outcome, whole.outcome, "{name}: figures");
        let later: Vec<_> = events.iter().filter(|event| event.bar >= checkpoint.bar()).copied().collect();
        assert_eq!(orders(strategy, market, config, Some(checkpoint)), later, "{name}: orders");
        if market.warmup.is_none() && market.detail.is_none() && market.others.is_empty() && market.own.is_empty() {
            let (candles, prior) = without_bars(market.candles, checkpoint.bar());
            let market = Market { prior: Some(&prior), ..Market::from(&candles) };
            assert_eq!(
                orders(strategy, market, config, Some(checkpoint)),
                later,
                "{name}: orders without earlier bars"
            );
            assert!(run(strategy, market, config, None).is_none(), "{name}: bars without candles are not folded");
        }
    }
    whole.record.bar_trades().len()
}

/// A call of an indicator's output with the parameters that are usual.
fn call(family: &Family, output: &str) -> String {
    let usual = family.manual.usual.iter().map(ToString::to_string);
    let inputs: &[&str] = match family.inputs {
        Inputs::Any => &["close"],
        Inputs::Pair => &["close", "volume"],
        Inputs::Fields(_) => &[],
    };
    let inputs = inputs.iter().map(|input| (*input).to_owned());
    format!("{output}({})", inputs.chain(usual).collect::<Vec<_>>().join(", "))
}

#[test]
fn every_indicator_goes_on_from_a_border_as_if_it_had_never_stopped() {
    let calls = TABLE.iter().flat_map(|family| family.outputs.iter().map(|output| call(family, output)));
    let conditions = ["bars_since(close > 101)", "value_when(close > open, low)", "count(close > open, 9)"];
    let conditions = conditions.map(str::to_owned).into_iter();
    let truths = ["any(close > high, 5)", "all(close > open, 3)"];
    assert_eq!(CONDITION_TABLE.len(), 5, "an indicator of conditions is missing above");
    let texts = DEFINITIONS.iter().map(|text| text.example).chain(truths).map(str::to_owned);
    let config = config(Settings::default());
    for candles in [walk(1, BARS, true), walk(2, BARS, false)] {
        // What a rule reads two bars earlier is part of the state.
        let reads = calls.clone().chain(conditions.clone()).map(|call| format!("prev({call}, 2) > prev({call}, 1)"));
        for rule in reads.chain(texts.clone()) {
            let text = format!("name = 'one'\n[rules]\nentry = '{rule}'\nexit = 'close < open'\n");
            let strategy = strategy::parse(&text, "one").unwrap_or_else(|error| panic!("{rule}: {error}"));
            assert_goes_on(&strategy, Market::from(&candles), &config);
        }
    }
}

/// Strategies that together have every kind of exit, size, waiting entry and cost.
fn accounts() -> Vec<Strategy> {
    const RULES: &str = "[rules]\nentry = 'crosses_above(close, sma(close, 12))'\nexit = 'rsi(close, 9) > 70'\n";
    let terms = [
        "",
        "[exits]\nstop_loss = 0.02\ntake_profit = 0.03\ncooldown = 5\n",
        "[exits]\ntrailing_stop = 0.03\ntrailing_after = 0.01\nbreak_even_after = 0.015\n",
        "[exits]\nstop_distance = '2 * atr(14)'\ntarget_distance = '3 * atr(14)'\nmax_bars = 40\nmin_profit = 0.001\n",
        "[exits]\ntrailing_distance = '3 * atr(14)'\ntake_profit = [[0, 0.05], [24, 0.02], [48, 0.005]]\n",
        "[exits]\nstop_loss = 0.05\n[size]\nrisk = 0.01\nlot = 0.01\nmin_notional = 10\n",
        "[size]\nvolatility = 0.5\nleverage = 3\nfunding_rate = 0.0001\nborrow_rate = 0.05\n",
        "[size]\nfraction = 2.5\nleverage = 20\nmaintenance = 0.005\n",
        "[size]\ncash = 500\n",
        "[entry_order]\nlimit_distance = '0.5 * atr(14)'\nvalid = 9\n[exits]\nstop_loss = 0.02\n",
        "[entry_order]\nstop_distance = '0.3 * atr(14)'\nvalid = 4\n[exits]\ntake_profit = 0.02\nmax_bars = 200\n",
    ];
    let named = |(at, terms): (usize, &&str)| {
        let text = format!("name = 'terms_{at}'\n{RULES}{terms}");
        strategy::parse(&text, "terms").unwrap_or_else(|error| panic!("{terms}: {error}"))
    };
    strategies().into_iter().chain(terms.iter().enumerate().map(named)).collect()
}

#[test]
fn every_kind_of_account_goes_on_from_a_border_as_if_it_had_never_stopped() {
    let candles = walk(3, BARS, false);
    for direction in [Direction::Long, Direction::Short, Direction::Both] {
        for fill in [Fill::NextOpen, Fill::Close] {
            for strategy in accounts() {
                let config = config(Settings { direction, fill, risk_free: 0.03, ..Settings::default() });
                assert_goes_on(&strategy, Market::from(&candles), &config);
            }
        }
    }
}

#[test]
fn rules_of_other_bars_go_on_from_a_border_as_if_they_had_never_stopped() {
    let text = "name = 'other'\n[rules]\nentry = 'close > on(\"1d\", ema(close, 5)) and of(\"BTC\", rsi(close, 9)) > 45 and score > 0.3'\n\
                exit = 'of(\"BTC\", on(\"4h\", sma(close, 7))) > 100 or session(\"09:30\", \"10:30\", \"America/New_York\")'\n\
                [exits]\nstop_loss = 0.02\ntake_profit = 0.02\n";
    let strategy = strategy::parse(text, "other").unwrap();
    let all = walk(4, BARS + 500, true);
    let (before, candles) = (all.slice(0..500), all.slice(500..all.len()));
    // The other asset lacks some bars, and begins later.
    let btc: Candles =
        walk(5, BARS + 500, true).rows().enumerate().filter(|(at, _)| at % 7 > 0).map(|(_, bar)| bar).collect();
    let others = [OtherAsset { name: "BTC".to_owned(), bars: 30..btc.len(), candles: Arc::new(btc), own: Vec::new() }];
    let mut random = Random::new(6);
    let score = |_| if random.bits().is_multiple_of(9) { f64::NAN } else { (random.bits() % 100) as f64 / 100.0 };
    let own = [OwnSeries { name: "score".to_owned(), values: (0..all.len()).map(score).collect() }];
    let finer: Candles = candles.rows().flat_map(|bar| [bar, Candle { time: bar.time + HOUR / 2, ..bar }]).collect();
    let detail = DetailBars::new(&candles, HOUR, &finer);
    let warmup = Some(WarmupBars { candles: &before, first: 100 });
    let own_of_fed = [OwnSeries { values: own[0].values[100..].to_vec(), ..own[0].clone() }];
    let market = Market {
        candles: &candles,
        warmup,
        detail: Some(&detail),
        funding: &[],
        others: &others,
        own: &own_of_fed,
        prior: None,
    };
    assert!(assert_goes_on(&strategy, market, &config(Settings::default())) > 20);
}

#[test]
fn a_state_of_other_candles_or_rules_is_rejected() {
    let (rsi, ma) = (strategy::get("rsi").unwrap(), strategy::get("ma").unwrap());
    let config = config(Settings::default());
    let (cents, digits) = (walk(7, BARS, true), walk(7, BARS, false));
    let saved = run(ma, Market::from(&cents), &config, None).unwrap().checkpoints;
    let goes_on = |strategy: &Strategy, candles: &Candles, checkpoint: &Checkpoint| {
        run(strategy, Market::from(candles), &config, Some(checkpoint)).is_some()
    };
    assert!(goes_on(ma, &cents, &saved[1]));
    assert!(!goes_on(rsi, &cents, &saved[1]), "another strategy");
    assert!(!goes_on(ma, &digits, &saved[1]), "prices that are no longer whole cents");
    assert!(!goes_on(ma, &cents.slice(0..2 * TILE), &saved[1]), "no bar is left");
    let cut = saved[1].state()[1..].to_vec();
    assert!(!goes_on(ma, &cents, &Checkpoint::new(2 * TILE, cut)), "bytes are missing");
}

#[test]
fn the_orders_are_the_fills_of_the_trades_and_what_the_last_bar_leaves() {
    let config = config(Settings { direction: Direction::Both, ..Settings::default() });
    let candles = walk(8, BARS, false);
    for strategy in accounts() {
        let whole = run(&strategy, Market::from(&candles), &config, None).unwrap();
        let events = orders(&strategy, Market::from(&candles), &config, None);
        let fills: usize = whole.record.bar_trades().iter().map(|trade| 1 + usize::from(!trade.open)).sum();
        // The last candle stands for the next bar: what it fills at its open was ordered at the bar before.
        let inside = |trade: &&crate::account::BarTrade| trade.exit_bar == BARS - 1 && trade.reason.is_level();
        let not_yet = whole.record.bar_trades().iter().filter(inside).count();
        let entered = whole.record.bar_trades().iter().filter(|trade| trade.entry_bar == BARS - 1).count();
        let waits =
            strategy.terms.get("entry_limit_distance").is_some() || strategy.terms.get("entry_stop_distance").is_some();
        assert_eq!(events.len(), fills - not_yet - if waits { entered } else { 0 }, "{}", strategy.name);
        assert!(
            events.windows(2).all(|pair| (pair[0].bar, pair[0].kind) < (pair[1].bar, pair[1].kind)),
            "{}",
            strategy.name
        );
    }
}

#[test]
fn edges_are_the_bars_at_which_a_rule_becomes_true_from_any_border_on() {
    let text =
        "name = 'edges'\n[rules]\nentry = 'close > sma(close, 5)'\nexit = 'close < open'\n[exits]\nstop_loss = 0.01\n";
    let strategy = strategy::parse(text, "edges").unwrap();
    let candles = walk(9, BARS, true);
    let values = strategy.defaults();
    let compiled = Compiled::new([Combination { strategy: &strategy, values: &values }], Direction::Long);
    let config = config(Settings::default());
    // The last candle stands for the bar to come.
    let bars = candles.len() - 1;
    let entry = |bar: usize| bar >= 4 && candles.close[bar] > candles.close[bar - 4..=bar].iter().sum::<f64>() / 5.0;
    let exit = |bar: usize| candles.close[bar] < candles.open[bar];
    let rises = |rule: &dyn Fn(usize) -> bool, bar: usize| rule(bar) && (bar == 0 || !rule(bar - 1));
    let mut expected = Vec::new();
    for bar in 0..bars {
        expected.extend(rises(&exit, bar).then_some((bar, OrderKind::Exit)));
        expected.extend(rises(&entry, bar).then_some((bar, OrderKind::Entry)));
    }
    let mut checkpoints = Vec::new();
    let found = |market: Market<'_>, start: Option<&Checkpoint>, keep: &mut Vec<Checkpoint>| {
        let edges = compiled.edges_from(market, &config, start, |checkpoint| keep.push(checkpoint)).unwrap();
        edges.events.iter().map(|event| (event.bar, event.kind)).collect::<Vec<_>>()
    };
    let all = found(Market::from(&candles), None, &mut checkpoints);
    assert_eq!(all, expected);
    assert!(all.len() > 500 && checkpoints.len() == bars / TILE);
    for checkpoint in &checkpoints {
        let later: Vec<_> = expected.iter().filter(|(bar, _)| *bar >= checkpoint.bar()).copied().collect();
        assert_eq!(found(Market::from(&candles), Some(checkpoint), &mut Vec::new()), later);
        let (rest, prior) = without_bars(&candles, checkpoint.bar());
        let market = Market { prior: Some(&prior), ..Market::from(&rest) };
        assert_eq!(found(market, Some(checkpoint), &mut Vec::new()), later);
    }
}
