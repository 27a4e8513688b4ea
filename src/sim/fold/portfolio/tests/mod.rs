//! Whole accounts over small universes, against figures worked out by hand or another way.

mod golden;
mod schedule;
mod slots;

use super::*;
use crate::account::{ExitReason, Fill, Settings, Side};
use crate::candles::Candles;
use crate::interval::{DAY, Interval};
use crate::metrics::{self, Detail};
use crate::strategy::{PortfolioNumbers, Rebalance};

/// 2024-01-01, a Monday.
const MONDAY: i64 = 1_704_067_200_000;

/// An asset whose first bar is on this day, at these opens and closes.
fn asset(symbol: &str, first: i64, bars: &[(f64, f64)]) -> (String, Candles) {
    let time = (0..).map(|bar| MONDAY + (first + bar) * DAY).take(bars.len()).collect();
    let open = bars.iter().map(|bar| bar.0).collect();
    (symbol.to_owned(), Candles { time, open, close: bars.iter().map(|bar| bar.1).collect(), ..Candles::default() })
}

fn flat(bars: usize, price: f64) -> Vec<(f64, f64)> {
    vec![(price, price); bars]
}

fn numbers(top: usize, every: Rebalance) -> PortfolioNumbers {
    PortfolioNumbers { top, keep: top, band: 0.0, max_weight: 1.0, invest: 1.0, every }
}

fn scores(universe: &Universe, of: impl Fn(&str, usize) -> f64) -> Vec<AssetScores> {
    let one = |asset: &AssetPrices| {
        let own = asset.bars().filter(|bar| asset.trades_at(*bar));
        AssetScores::new(own.map(|bar| of(&asset.symbol, bar)).collect(), None)
    };
    universe.assets.iter().map(one).collect()
}

fn day() -> Interval {
    "1d".parse().unwrap()
}

fn run(
    universe: &Universe,
    of: impl Fn(&str, usize) -> f64,
    numbers: PortfolioNumbers,
    settings: &Settings,
) -> PortfolioRun {
    let candidates = Candidates::new(universe, &scores(universe, of), numbers.every, day());
    WeightedPortfolio { universe, candidates: &candidates, numbers }.run(settings, 0.0, true)
}

fn settings(fee: f64) -> Settings {
    Settings { fee, capital: 1000.0, ..Settings::default() }
}

#[test]
fn the_best_is_bought_at_the_open_after_the_week_and_sold_when_another_is_better() {
    let a = asset("A", 0, &[flat(7, 10.0), vec![(20.0, 22.0); 7], vec![(25.0, 25.0); 3]].concat());
    let b = asset("B", 0, &flat(17, 5.0));
    let universe = Universe::new(vec![b, a]).unwrap();
    let best = |symbol: &str, bar: usize| f64::from(u8::from((symbol == "A") == (bar < 7)));
    let run = run(&universe, best, numbers(1, Rebalance::Calendar("1w".parse().unwrap())), &settings(0.0));
    // Sunday is bar 6: A is bought at Monday's open for 20, and at the next one sold for 25.
    assert_eq!(run.equity[6..8], [1000.0, 1100.0]);
    assert_eq!(run.equity[14..], [1250.0; 3]);
    let [first, second] = run.trades.as_slice() else { panic!("{:?}", run.trades) };
    assert_eq!((first.asset, first.trade.entry_bar, first.trade.exit_bar), (0, 7, 14));
    assert_eq!((first.trade.entry_price, first.trade.exit_price, first.trade.size), (20.0, 25.0, 50.0));
    assert_eq!((second.asset, second.trade.open, second.trade.reason), (1, true, ExitReason::Open));
    assert_eq!(run.weights[0], WeightsAt { bar: 7, weights: vec![(0, 1.0)] });
    assert_eq!((run.figures.rebalances, run.figures.open), (2, 1));
    let sums = run.contributions(2, 1000.0);
    assert_eq!(sums, [0.25, 0.0]);
}

#[test]
fn one_asset_with_a_score_that_is_always_there_is_buying_and_holding_with_costs() {
    let prices: Vec<(f64, f64)> =
        (0..40).map(f64::from).map(|bar| (100.0 + bar, 101.0 + bar * 0.9 + (bar % 3.0))).collect();
    let universe = Universe::new(vec![asset("A", 0, &prices)]).unwrap();
    let settings = Settings { slippage: 0.002, ..settings(0.001) };
    for every in [Rebalance::Bars(1), Rebalance::Bars(7)] {
        let run = run(&universe, |_, _| 1.0, numbers(1, every), &settings);
        let units = 1000.0 / (prices[1].0 * 1.002 * 1.001);
        for (equity, (_, close)) in run.equity.iter().zip(&prices).skip(1) {
            assert!((equity / (units * close) - 1.0).abs() < 1e-12, "{equity}");
        }
        assert_eq!((run.equity[0].to_bits(), run.trades.len()), (1000.0_f64.to_bits(), 1), "bought once");
    }
}

#[test]
fn an_asset_that_ends_is_sold_at_its_last_close_and_one_without_a_bar_waits() {
    // A ends after day 4. B has no bar on day 1, at whose open it was to be bought.
    let (a, late) = (asset("A", 0, &flat(5, 10.0)), asset("B", 2, &flat(8, 4.0)));
    let (_, mut b) = late;
    b.time.insert(0, MONDAY);
    b.open.insert(0, 4.0);
    b.close.insert(0, 4.0);
    let c = asset("C", 0, &flat(10, 1.0));
    let universe = Universe::new(vec![a, ("B".to_owned(), b), c]).unwrap();
    let held = |symbol: &str, _| if symbol == "C" { f64::NAN } else { 1.0 };
    let run = run(&universe, held, numbers(2, Rebalance::Bars(100)), &settings(0.01));
    let [first, second] = run.trades.as_slice() else { panic!("{:?}", run.trades) };
    assert_eq!((first.asset, first.trade.entry_bar, first.trade.exit_bar), (0, 1, 4));
    assert_eq!((first.trade.reason, first.trade.exit_price.to_bits()), (ExitReason::Ended, 10.0_f64.to_bits()));
    assert_eq!((second.asset, second.trade.entry_bar, second.trade.open), (1, 2, true));
    let metrics = run.outcome(
        &universe,
        (&settings(0.01), day()),
        &PortfolioBenchmark::new(&universe, 1000.0, None),
        Detail::AllReturns,
    );
    let metric = |name: &str| metrics.metrics[metrics::find(name).unwrap()];
    assert_eq!((metric("trades"), metric("open_trades")), (Some(1.0), Some(1.0)));
    let total = run.contributions(3, 1000.0).iter().sum::<f64>();
    assert!((total - metric("total_return").unwrap()).abs() < 1e-12, "{total}");
}

#[test]
fn negative_weights_are_short_positions_and_an_account_that_lost_all_is_ended() {
    let a = asset("A", 0, &[(10.0, 10.0), (10.0, 10.0), (15.0, 15.0), (25.0, 25.0), (5.0, 5.0)]);
    let universe = Universe::new(vec![a, asset("B", 0, &flat(5, 1.0))]).unwrap();
    let mut scores = scores(&universe, |symbol, _| if symbol == "A" { 1.0 } else { f64::NAN });
    scores[0] = AssetScores::new(scores[0].clone().into_scores(), Some(vec![-1.0; 5]));
    let numbers = numbers(1, Rebalance::Bars(100));
    let candidates = Candidates::new(&universe, &scores, numbers.every, day());
    let run =
        WeightedPortfolio { universe: &universe, candidates: &candidates, numbers }.run(&settings(0.0), 0.0, false);
    assert_eq!(run.equity, [1000.0, 1000.0, 500.0, -500.0, -500.0]);
    let trade = run.trades[0].trade;
    assert_eq!(
        (trade.side, trade.reason, trade.pnl.to_bits()),
        (Side::Short, ExitReason::Ruin, (-1500.0_f64).to_bits())
    );
    assert!(
        run.outcome(
            &universe,
            (&settings(0.0), day()),
            &PortfolioBenchmark::new(&universe, 1000.0, None),
            Detail::Sums
        )
        .ruined
    );
}

#[test]
fn changes_below_the_band_are_not_made_and_fills_may_be_at_the_close() {
    let a = asset("A", 0, &[(10.0, 10.0), (10.0, 10.0), (10.4, 10.4), (10.4, 10.4), (20.0, 20.0), (20.0, 20.0)]);
    let universe = Universe::new(vec![a, asset("B", 0, &flat(6, 10.0))]).unwrap();
    let settings = Settings { fill: Fill::Close, ..settings(0.0) };
    let daily = PortfolioNumbers { band: 0.05, ..numbers(2, Rebalance::Bars(1)) };
    let run = run(&universe, |_, _| 1.0, daily, &settings);
    let bars: Vec<usize> = run.weights.iter().map(|weights| weights.bar).collect();
    assert_eq!(bars, [0, 4], "at the first close, and once the weights are 65.8 and 34.2 %");
    assert_eq!(run.weights[1].weights, [(0, 0.5), (1, 0.5)]);
}

#[test]
fn where_nothing_is_ever_a_candidate_all_stays_cash() {
    let universe = Universe::new(vec![asset("A", 0, &flat(30, 10.0))]).unwrap();
    for every in [Rebalance::Bars(3), Rebalance::Calendar("1w".parse().unwrap())] {
        let run = run(&universe, |_, _| f64::NAN, numbers(5, every), &settings(0.001));
        assert!(run.trades.is_empty() && run.equity.iter().all(|equity| equity.to_bits() == 1000.0_f64.to_bits()));
    }
}

#[test]
fn the_order_in_which_assets_come_changes_no_bit() {
    let wave = |phase: f64, bars: u8| -> Vec<(f64, f64)> {
        let price = move |bar: f64| 50.0 + 20.0 * libm::sin(bar / 3.0 + phase) + phase;
        (0..bars).map(f64::from).map(|bar| (price(bar), price(bar + 0.5))).collect()
    };
    let all = || {
        vec![
            asset("A", 0, &wave(0.0, 90)),
            asset("B", 5, &wave(1.0, 40)),
            asset("C", 0, &wave(2.5, 90)),
            asset("D", 30, &wave(4.0, 60)),
            asset("E", 2, &wave(5.5, 88)),
        ]
    };
    let score = |symbol: &str, bar: usize| {
        let bar = u8::try_from(bar).unwrap();
        libm::sin(f64::from(bar) / 5.0 + f64::from(symbol.as_bytes()[0]))
    };
    let settings = Settings { slippage: 0.001, ..settings(0.002) };
    let numbers = PortfolioNumbers { keep: 3, band: 0.01, ..numbers(2, Rebalance::Bars(4)) };
    let first = run(&Universe::new(all()).unwrap(), score, numbers, &settings);
    for turn in 1..5 {
        let mut turned = all();
        turned.rotate_left(turn);
        turned.swap(0, 3);
        let other = run(&Universe::new(turned).unwrap(), score, numbers, &settings);
        assert_eq!(first.trades, other.trades);
        let bits = |run: &PortfolioRun| run.equity.iter().map(|equity| equity.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&first), bits(&other));
    }
}

#[test]
fn scores_at_the_ends_of_weeks_alone_choose_as_those_of_all_bars() {
    // B has no bar on some days, two of which are last days of weeks.
    let (symbol, mut b) = asset("B", 3, &flat(60, 5.0));
    let gaps = [10, 11, 17, 40];
    for gap in gaps.into_iter().rev() {
        b.time.remove(gap);
        b.open.remove(gap);
        b.close.remove(gap);
    }
    let times = [asset("A", 0, &flat(70, 9.0)).1.time, b.time.clone()];
    let universe = Universe::new(vec![asset("A", 0, &flat(70, 9.0)), (symbol, b)]).unwrap();
    let all = scores(&universe, |symbol, bar| ((bar * if symbol == "A" { 13 } else { 29 }) % 11) as f64);
    for stretch in ["1w", "1mo", "1d"] {
        let every = Rebalance::Calendar(stretch.parse().unwrap());
        let stretch = stretch.parse().unwrap();
        let ends: Vec<_> = all.iter().zip(&times).map(|(scores, time)| scores.clone().at_ends(time, stretch)).collect();
        let chosen = |scores: &[AssetScores]| Candidates::new(&universe, scores, every, day());
        assert_eq!(chosen(&ends), chosen(&all));
        assert!(chosen(&all).bars().len() >= 2);
    }
}
