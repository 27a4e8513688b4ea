//! Portfolios in slots: against vectorbt, against the account that stands alone, and by hand.

use serde_json::Value;

use super::*;
use crate::account::{BarTrade, BorderRule, Direction, Fill, Record};
use crate::fold::tests::{candles as moving, config};
use crate::fold::{BoundSeries, Combination, Compiled, Market, RunConfig, series_values};
use crate::interval::DAY;
use crate::metrics::{Detail, Outcome};
use crate::random::bits_at;
use crate::strategy::{Strategy, parse};

/// A universe with an account of this strategy in it.
fn in_slots(
    strategy: &Strategy,
    assets: &[(String, Candles)],
    config: &RunConfig,
    funding: &[f64],
) -> (Universe, PortfolioRun) {
    let universe = Universe::new(assets.to_vec()).unwrap();
    let of = |asset: &AssetPrices| &assets.iter().find(|(symbol, _)| *symbol == asset.symbol).unwrap().1;
    let market = |asset: &AssetPrices| Market { funding, ..Market::from(of(asset)) };
    let markets: Vec<Market<'_>> = universe.assets.iter().map(market).collect();
    let values = strategy.defaults();
    let combination = Combination { strategy, values: &values };
    let terms = strategy.portfolio.as_ref().unwrap();
    let series = BoundSeries { expr: terms.score.as_ref(), condition: terms.condition.as_ref(), values: &values };
    let orders = markets.iter().map(|market| {
        let scores = series_values(&[series], config, *market);
        slot_orders(&[combination], Some(&scores), config, *market).remove(0)
    });
    let entries = SlotEntries::new(&universe, orders.collect());
    let slots = terms.numbers(&values).top;
    let portfolio = SlotPortfolio { universe: &universe, markets: &markets, entries: &entries, combination, slots };
    let run = portfolio.run((&config.settings, config.interval), 0.0, true);
    (universe, run)
}

/// The account of this strategy from the first of these bars on, with a border at each of the others.
pub(super) fn in_parts(
    strategy: &Strategy,
    assets: &[(String, Candles)],
    config: &RunConfig,
    borders: &[usize],
    border: BorderRule,
) -> PortfolioRun {
    let universe = Universe::new(assets.to_vec()).unwrap();
    let markets: Vec<Market<'_>> = assets.iter().map(|(_, candles)| Market::from(candles)).collect();
    let values = strategy.defaults();
    let combination = Combination { strategy, values: &values };
    let orders = markets.iter().map(|market| slot_orders(&[combination], None, config, *market).remove(0));
    let entries = SlotEntries::new(&universe, orders.collect());
    let slots = strategy.portfolio.as_ref().unwrap().numbers(&values).top;
    let portfolio = SlotPortfolio { universe: &universe, markets: &markets, entries: &entries, combination, slots };
    let scheduled = |&from: &usize| ScheduledPortfolio { from, portfolio: Some(portfolio) };
    let schedule =
        PortfolioSchedule { entries: borders.iter().map(scheduled).collect(), border, end: universe.time.len() };
    let terms = (&config.settings, config.interval);
    SlotPortfolio::run_schedule((&universe, &markets), &schedule, terms, (0.0, true))
}

fn daily(settings: Settings) -> RunConfig {
    RunConfig { interval: day(), ..config(settings) }
}

/// Candles with these opens, highs, lows and closes, from this day on.
fn bars(symbol: &str, first: i64, bars: &[[f64; 4]]) -> (String, Candles) {
    let column = |at: usize| bars.iter().map(|bar| bar[at]).collect::<Vec<f64>>();
    let candles = Candles {
        time: (0..).map(|bar| MONDAY + (first + bar) * DAY).take(bars.len()).collect(),
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: vec![1.0; bars.len()],
    };
    (symbol.to_owned(), candles)
}

fn quiet(bars: usize, price: f64) -> Vec<[f64; 4]> {
    vec![[price; 4]; bars]
}

pub(super) fn strategy(slots: usize, rest: &str) -> Strategy {
    let text = format!("name = \"slots\"\n[portfolio]\nmax_positions = {slots}\nscore = \"volume\"\n{rest}");
    parse(&text, "slots").unwrap()
}

/// Bought where the close is above 10, sold where it is below.
const ABOVE: &str = "[rules]\nentry = \"close > 10\"\nexit = \"close < 10\"\n";

pub(super) fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn slots_have_the_equity_of_vectorbt_and_the_trades_of_the_plain_loop() {
    let document: Value = serde_json::from_str(include_str!("../../../../../tests/golden/slots.json")).unwrap();
    let assets: Vec<(String, Candles)> = document["assets"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(symbol, rows)| bars(symbol, 0, &serde_json::from_value::<Vec<[f64; 4]>>(rows.clone()).unwrap()))
        .collect();
    for wanted in document["portfolios"].as_array().unwrap() {
        let direction = match wanted["direction"].as_str().unwrap() {
            "long" => Direction::Long,
            "short" => Direction::Short,
            _ => Direction::Both,
        };
        let strategy = parse(wanted["definition"].as_str().unwrap(), "golden").unwrap();
        let settings = Settings { slippage: 0.0005, direction, ..Settings::default() };
        let (_, run) = in_slots(&strategy, &assets, &daily(settings), &[]);
        let name = &wanted["name"];
        for (bar, (equity, wanted)) in run.equity.iter().zip(wanted["equity"].as_array().unwrap()).enumerate() {
            let wanted = wanted.as_f64().unwrap();
            assert!((equity / wanted - 1.0).abs() < 1e-12, "{name}, bar {bar}: {equity} and {wanted}");
        }
        let trade = |one: &AssetTrade| {
            let side = if one.trade.side == Side::Short { -1 } else { 1 };
            let reason = one.trade.reason.name();
            serde_json::json!([one.asset, one.trade.entry_bar, one.trade.exit_bar, side, reason])
        };
        let mut found: Vec<String> = run.trades.iter().map(|one| trade(one).to_string()).collect();
        let mut trades: Vec<String> =
            wanted["trades"].as_array().unwrap().iter().map(std::string::ToString::to_string).collect();
        found.sort_unstable();
        trades.sort_unstable();
        assert_eq!(found, trades, "{name}");
    }
}

/// Bars that go up and down at random, with a hole in their times.
pub(super) fn random_bars(seed: u64, count: usize) -> Candles {
    let moves: Vec<i16> = (0..count as u64).map(|bar| (bits_at(seed, bar) % 401) as i16 - 200).collect();
    let mut candles = moving(&moves);
    candles.time.iter_mut().skip(count / 2).for_each(|time| *time += 5 * 3_600_000);
    candles
}

#[test]
fn one_asset_with_one_slot_is_the_account_that_stands_alone_to_the_bit() {
    const RULES: &str = "[rules]\nentry = \"close > sma(close, 5)\"\nexit = \"close < sma(close, 9)\"\n";
    const TERMS: [&str; 9] = [
        "",
        "[exits]\nstop_loss = 0.02\ntake_profit = 0.03\n",
        "[exits]\ntrailing_stop = 0.02\ntrailing_after = 0.01\nbreak_even_after = 0.005\ncooldown = 3\n",
        "[exits]\nstop_distance = \"2 * atr(5)\"\nmax_bars = 4\n[size]\nrisk = 0.01\n",
        "[exits]\ntake_profit = [[0, 0.03], [3, 0.01]]\nmin_profit = 0\n[size]\nfraction = 0.4\nlot = 0.01\n",
        "[size]\nvolatility = 0.3\nvolatility_bars = 9\n",
        "[size]\nfraction = 3\nleverage = 10\nborrow_rate = 0.2\n",
        "[size]\ncash = 3000\nfunding_rate = 0.0003\n",
        "[size]\nunits = 4\nmin_notional = 2000\nborrow_rate = 0.1\n",
    ];
    let candles = random_bars(7, 2_500);
    let mut trades = 0;
    for terms in TERMS {
        let text = format!("name = \"x\"\n[portfolio]\nmax_positions = 1\n{RULES}{terms}");
        let strategy = parse(&text, "x").unwrap();
        for fill in [Fill::NextOpen, Fill::Close] {
            for direction in [Direction::Long, Direction::Short, Direction::Both] {
                let settings = Settings { fill, direction, slippage: 0.0005, ..Settings::default() };
                let config = config(settings);
                let (universe, run) = in_slots(&strategy, &[("A".to_owned(), candles.clone())], &config, &[]);
                let mut alone = [Record::default()];
                let combination = Combination { strategy: &strategy, values: &[] };
                let outcome = Compiled::new([combination], direction).fold(&candles, &config, &mut alone).remove(0);
                let what = format!("{terms} {fill:?} {direction:?}");
                let own: Vec<BarTrade> = run.trades.iter().map(|one| one.trade).collect();
                for (ours, wanted) in own.iter().zip(alone[0].bar_trades()) {
                    assert_eq!(ours, wanted, "{what}");
                }
                assert_eq!(own.len(), alone[0].bar_trades().len(), "{what}");
                let both = bits(&run.equity).into_iter().zip(bits(&alone[0].equity));
                assert_eq!(both.into_iter().position(|(ours, wanted)| ours != wanted), None, "{what}");
                trades += own.len();
                let hold = PortfolioBenchmark::new(&universe, settings.capital, None);
                let found = run.outcome(&universe, (&settings, config.interval), &hold, Detail::Sums);
                same_metrics(&found, &outcome, &what);
            }
        }
    }
    assert!(trades > 2_000, "{trades}");
}

/// All metrics, to the rounding of sums: an account that stands alone adds up whole stretches of a position.
fn same_metrics(found: &Outcome, alone: &Outcome, what: &str) {
    for (metric, (ours, wanted)) in metrics::TABLE.iter().zip(found.metrics.iter().zip(&alone.metrics)) {
        let is_same = match (ours, wanted) {
            (Some(ours), Some(wanted)) => (ours - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3),
            (ours, wanted) => ours == wanted,
        };
        assert!(is_same, "{what}, {}: {ours:?} and {wanted:?}", metric.name);
    }
}

#[test]
fn the_highest_score_gets_the_slot_and_of_equal_ones_the_first_symbol() {
    let asset = |symbol: &str, score: f64| {
        let (symbol, mut candles) = bars(symbol, 0, &quiet(6, 20.0));
        candles.volume = vec![score; 6];
        (symbol, candles)
    };
    let assets = [asset("A", 1.0), asset("B", 3.0), asset("C", 2.0), asset("D", 2.0)];
    let (universe, run) = in_slots(&strategy(2, ABOVE), &assets, &daily(settings(0.0)), &[]);
    let held: Vec<&str> = run.held.iter().map(|(asset, _)| universe.assets[*asset].symbol.as_str()).collect();
    assert_eq!(held, ["B", "C"]);
    assert_eq!(run.held.iter().map(|(_, units)| *units).collect::<Vec<_>>(), [25.0, 25.0], "half of 1000 at 20 each");
    let benchmark = PortfolioBenchmark::new(&universe, 1000.0, None);
    let rejected = metrics::find("rejected").unwrap();
    let metrics = run.outcome(&universe, (&settings(0.0), day()), &benchmark, Detail::Sums).metrics;
    assert_eq!(metrics[rejected], Some(10.0), "A and D at each of 5 opens");
}

#[test]
fn neither_the_order_of_assets_nor_who_else_is_there_changes_a_bit() {
    let names = ["A", "B", "C", "D", "E"];
    let mut assets: Vec<(String, Candles)> =
        names.iter().zip(1..).map(|(name, seed)| ((*name).to_owned(), random_bars(seed, 1_300))).collect();
    let rest = "[rules]\nentry = \"close > sma(close, 5)\"\nexit = \"close < sma(close, 9)\"\n\
                [exits]\nstop_loss = 0.02\ntrailing_stop = 0.03\n";
    let config = config(Settings { direction: Direction::Both, ..Settings::default() });
    let (_, first) = in_slots(&strategy(2, rest), &assets, &config, &[]);
    for _ in 0..4 {
        assets.rotate_left(1);
        let (_, again) = in_slots(&strategy(2, rest), &assets, &config, &[]);
        assert!(bits(&again.equity) == bits(&first.equity), "equity");
        assert!(again.trades == first.trades, "trades");
    }
    assert!(first.trades.len() > 100, "{}", first.trades.len());
}

#[test]
fn an_exit_at_the_open_frees_slot_and_cash_for_that_open_and_one_at_a_level_for_the_next() {
    // A is held from day 1, and given up at the open of day 3, or stopped within day 2. B would be bought from day 2 on.
    let by_rule = [[20.0; 4], [20.0; 4], [20.0, 20.0, 9.0, 9.0], [10.0; 4], [10.0; 4]];
    let by_stop = [[20.0; 4], [20.0; 4], [20.0, 20.0, 9.0, 20.0], [20.0; 4], [20.0; 4]];
    let b = [[5.0; 4], [5.0, 15.0, 5.0, 15.0], [15.0; 4], [15.0; 4], [15.0; 4]];
    let entered = |a: &[[f64; 4]], rest: &str| {
        let assets = [bars("A", 0, a), bars("B", 0, &b)];
        let (_, run) = in_slots(&strategy(1, &format!("{ABOVE}{rest}")), &assets, &daily(settings(0.0)), &[]);
        let of_b = run.trades.iter().find(|one| one.asset == 1).unwrap();
        (run.trades[0].trade.reason, run.trades[0].trade.exit_bar, of_b.trade.entry_bar)
    };
    assert_eq!(entered(&by_rule, ""), (ExitReason::Rule, 3, 3));
    assert_eq!(entered(&by_stop, "[exits]\nstop_loss = 0.5\ncooldown = 9\n"), (ExitReason::Stop, 2, 3));
}

#[test]
fn an_asset_that_ends_is_sold_at_its_last_close_and_one_without_a_bar_waits() {
    let a = bars("A", 0, &quiet(4, 20.0));
    let (symbol, mut b) = bars("B", 0, &quiet(8, 40.0));
    // B has no bars on days 1 and 2; what is ordered on day 0 fills on day 3.
    b.time.iter_mut().skip(1).for_each(|time| *time += 2 * DAY);
    for column in [&mut b.open, &mut b.high, &mut b.low, &mut b.close, &mut b.volume] {
        column.truncate(6);
    }
    b.time.truncate(6);
    let c = bars("C", 0, &quiet(9, 1.0));
    let (_, run) = in_slots(&strategy(2, ABOVE), &[a, (symbol, b), c], &daily(settings(0.01)), &[]);
    let [first, second] = run.trades.as_slice() else { panic!("{:?}", run.trades) };
    assert_eq!((first.asset, first.trade.entry_bar, first.trade.exit_bar), (0, 1, 3));
    assert_eq!((first.trade.reason, first.trade.exit_price.to_bits()), (ExitReason::Ended, 20.0_f64.to_bits()));
    assert_eq!((second.asset, second.trade.entry_bar, second.trade.exit_bar), (1, 3, 7));
    assert_eq!(second.trade.reason, ExitReason::Ended, "C goes on for a day more");
    assert_eq!(run.held, []);
}

#[test]
fn an_entry_without_a_score_is_none_and_turns_no_position_round() {
    // From day 3 on A is below 10, where it would be sold short, if `where` held.
    let a = bars("A", 0, &[quiet(3, 20.0), quiet(4, 9.0)].concat());
    let both = "short_entry = \"close < 10\"\nshort_exit = \"close > 10\"\n[exits]\nmax_bars = 99\n";
    let rules = "[rules]\nentry = \"close > 10\"\nexit = \"close < 0\"\n";
    let run = |condition: &str| {
        let text = format!("name = \"x\"\n[portfolio]\nmax_positions = 1\n{condition}{rules}{both}");
        let settings = Settings { direction: Direction::Both, ..settings(0.0) };
        in_slots(&parse(&text, "x").unwrap(), std::slice::from_ref(&a), &daily(settings), &[]).1
    };
    assert_eq!(
        run("").trades.iter().map(|one| one.trade.reason).collect::<Vec<_>>(),
        [ExitReason::Reverse, ExitReason::Open]
    );
    let without = run("where = \"close > 10\"\n");
    assert_eq!(without.trades.iter().map(|one| one.trade.reason).collect::<Vec<_>>(), [ExitReason::Open]);
}

#[test]
fn what_a_smaller_size_leaves_is_there_for_other_entries() {
    // A doubles after it is bought with half of its slot; what B gets is a slot of the new equity.
    let a = bars("A", 0, &[quiet(2, 20.0), quiet(4, 40.0)].concat());
    let b = bars("B", 0, &[quiet(3, 5.0), quiet(3, 50.0)].concat());
    let size = format!("{ABOVE}[size]\nfraction = 0.5\n");
    let (_, run) = in_slots(&strategy(1, &size), std::slice::from_ref(&a), &daily(settings(0.0)), &[]);
    assert_eq!(run.held, [(0, 25.0)]);
    let (_, run) = in_slots(&strategy(2, &size), &[a, b], &daily(settings(0.0)), &[]);
    // 1000 / 2 / 2 / 20 of A; at day 4 the equity is 1250, and B gets half of half of it.
    assert_eq!(run.held, [(0, 12.5), (1, 312.5 / 50.0)]);
}
