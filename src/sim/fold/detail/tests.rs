//! What must hold of segments wherever the borders are: beside plain sums over the equity of each bar.

use proptest::prelude::*;

use crate::account::{
    BarTrade, Closed, Record, Recorder, RunningStats, SegmentReturns, SegmentStats, SegmentTally, Settings,
};
use crate::candles::Candles;
use crate::fold::tests::{candles, config, settings, strategies};
use crate::fold::{Combination, Compiled, RunConfig};
use crate::metrics::{Benchmark, Closing, Detail, Outcome, SegmentDetail, SegmentSums, TABLE, WindowMetrics, find};
use crate::strategy::{self, Strategy};
use crate::tile::bitset::TILE;

/// Strategies with rules alone, and with stops, sizes and leverage.
fn all() -> Vec<Strategy> {
    const LEVELS: &str = r#"
        name = "levels"
        [params]
        n = { default = 5, min = 2, max = 60 }
        [rules]
        entry = "crosses_above(close, sma(close, n))"
        exit = "crosses_below(close, sma(close, n))"
        [exits]
        stop_loss = 0.02
        trailing_stop = 0.03
        [size]
        fraction = 1.5
        leverage = 2
        funding_rate = 0.0001
    "#;
    strategies().into_iter().chain([strategy::parse(LEVELS, "levels").unwrap()]).collect()
}

fn moves() -> impl proptest::strategy::Strategy<Value = Vec<i16>> {
    prop::collection::vec(-300_i16..300, 1..2_600)
}

/// Borders anywhere, and where they are likeliest to go wrong: at bar 0, on tile edges, beside them, at the last bar.
fn borders(bars: usize, places: &[u16]) -> Vec<usize> {
    let special = [0, 1, TILE - 1, TILE, TILE + 1, TILE + 7, 2 * TILE, bars - 1];
    let mut borders: Vec<usize> = places
        .iter()
        .map(|&place| {
            let place = usize::from(place);
            if place % 3 == 0 { special[place / 3 % special.len()] } else { place % bars }
        })
        .filter(|border| *border < bars)
        .collect();
    borders.sort_unstable();
    borders.dedup();
    borders
}

fn segments<S: SegmentTally>(
    candles: &Candles,
    strategy: &Strategy,
    config: &RunConfig,
    borders: &[usize],
) -> (Outcome, Vec<S>) {
    let compiled = compiled(strategy, config);
    let benchmark = Benchmark::new(candles, None);
    let detail = (&benchmark, Detail::Sums);
    compiled.fold_segments(candles, config, detail, borders, |_| true).unwrap().remove(0)
}

fn compiled(strategy: &Strategy, config: &RunConfig) -> Compiled {
    let values = strategy.defaults();
    Compiled::new([Combination { strategy, values: &values }], config.settings.direction)
}

/// A run with its equity, and its trades in bars.
fn recorded(candles: &Candles, strategy: &Strategy, config: &RunConfig) -> (Outcome, Record, Vec<BarTrade>) {
    let mut records = [Both::default()];
    let outcome = compiled(strategy, config).fold(candles, config, &mut records).remove(0);
    let [Both { record, trades }] = records;
    (outcome, record, trades)
}

#[derive(Default)]
struct Both {
    record: Record,
    trades: Vec<BarTrade>,
}

impl Recorder for Both {
    const EQUITY: bool = true;

    fn trade(&mut self, trade: crate::account::BarTrade) {
        self.trades.push(trade);
    }

    fn equity(&mut self, equity: f64) {
        self.record.equity(equity);
    }
}

/// The account's sums over the bars `from..to`, by its equity and trades alone.
fn plain(from: usize, to: usize, equity: &[f64], trades: &[BarTrade], settings: &Settings) -> (Closed, f64) {
    let capital = if from == 0 { settings.capital } else { equity[from - 1] };
    let mut stats = RunningStats::default();
    let mut before = capital;
    for &value in &equity[from..to] {
        stats.bar(before, value, 0.0);
        before = value;
    }
    for trade in trades {
        if !trade.open && (from..to).contains(&trade.exit_bar) {
            stats.trades.push(trade.pnl, trade.ret, (trade.exit_bar - trade.entry_bar) as u64);
            stats.fees += trade.fees - trade.entry_fee;
        }
        if (from..to).contains(&trade.entry_bar) {
            stats.fees += trade.entry_fee;
        }
    }
    (Closed { equity: before, open: false, ruined: false, stats, counts: None }, capital)
}

fn close(a: Option<f64>, b: Option<f64>, tolerance: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs())),
        (None, None) => true,
        // A ratio of what is left of equal returns: one side may see exactly none.
        _ => false,
    }
}

/// Metrics whose divisor may be a mere rounding of 0 on one side.
fn is_steady(stats: &RunningStats) -> bool {
    stats.returns.squares > 1e-12 && stats.returns.loss_squares > 1e-12 && stats.max_drawdown() < -1e-9
}

fn windows<S: SegmentSums>(
    stats: &[S],
    candles: &Candles,
    borders: &[usize],
    config: &RunConfig,
) -> Vec<((usize, usize), f64, S)> {
    let edges: Vec<usize> = [0].into_iter().chain(borders.iter().copied()).chain([candles.len()]).collect();
    let mut found = Vec::new();
    for from in 0..stats.len() {
        let mut merged = stats[from].clone();
        let capital = if from == 0 { config.settings.capital } else { stats[from - 1].equity() };
        for to in from..stats.len() {
            if to > from {
                merged.merge(&stats[to]);
            }
            if edges[to + 1] > edges[from] {
                found.push(((edges[from], edges[to + 1]), capital, merged.clone()));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn borders_change_no_bit_of_an_outcome(moves in moves(), settings in settings(), places: [u16; 6]) {
        let (candles, config) = (candles(&moves), config(settings));
        let borders = borders(candles.len(), &places);
        for strategy in all() {
            let (plain, ..) = recorded(&candles, &strategy, &config);
            let (light, _) = segments::<SegmentReturns>(&candles, &strategy, &config, &borders);
            let (full, _) = segments::<SegmentStats>(&candles, &strategy, &config, &borders);
            prop_assert_eq!(&plain, &light, "{}", strategy.name);
            prop_assert_eq!(&plain, &full, "{}", strategy.name);
        }
    }

    #[test]
    fn a_window_over_all_segments_is_the_plain_row(moves in moves(), settings in settings(), places: [u16; 6]) {
        let (candles, config) = (candles(&moves), config(settings));
        let borders = borders(candles.len(), &places);
        for strategy in all() {
            let (outcome, stats) = segments::<SegmentStats>(&candles, &strategy, &config, &borders);
            let steady = is_steady(&stats.iter().skip(1).fold(stats[0].clone(), |mut all, one| { all.merge(one); all }).sums);
            let all = windows(&stats, &candles, &borders, &config).into_iter().find(|((from, to), ..)| *from == 0 && *to == candles.len());
            let ((..), capital, merged) = all.unwrap();
            let mut window = WindowMetrics::new(&candles.close, std::slice::from_ref(&(0..candles.len())), config.bars_per_year(&candles));
            let value = window.read(&merged, capital);
            for metric in SegmentDetail::Stats.metrics() {
                let same = close(value(metric), outcome.metrics[metric], 1e-12);
                prop_assert!(same || !steady, "{} {}: {:?} {:?}", strategy.name, TABLE[metric].name, value(metric), outcome.metrics[metric]);
            }
            for exact in ["max_drawdown", "trades", "exposure", "final_equity"] {
                let metric = find(exact).unwrap();
                prop_assert_eq!(value(metric), outcome.metrics[metric], "{} {}", &strategy.name, exact);
            }
        }
    }

    #[test]
    fn every_window_has_the_metrics_of_its_bars(
        moves in moves(), settings in settings(), places: [u16; 5],
    ) {
        let (candles, config) = (candles(&moves), config(settings));
        let borders = borders(candles.len(), &places);
        for strategy in all() {
            let (_, record, trades) = recorded(&candles, &strategy, &config);
            let (_, full) = segments::<SegmentStats>(&candles, &strategy, &config, &borders);
            let (_, light) = segments::<SegmentReturns>(&candles, &strategy, &config, &borders);
            let light = windows(&light, &candles, &borders, &config);
            for (((from, to), capital, stats), (.., light)) in windows(&full, &candles, &borders, &config).iter().zip(&light) {
                let (from, to) = (*from, *to);
                let (closed, before) = plain(from, to, &record.equity, &trades, &config.settings);
                prop_assert_eq!(before.to_bits(), capital.to_bits());
                let mut window = WindowMetrics::new(&candles.close, std::slice::from_ref(&(from..to)), config.bars_per_year(&candles));
                let closing = Closing {
                    account: &closed, capital: before, bars: (to - from) as u64, bars_per_year: config.bars_per_year(&candles),
                    first_close: candles.close[from], last_close: candles.close[to - 1],
                };
                let steady = is_steady(&closed.stats) && is_steady(&stats.sums);
                let value = window.read(stats, before);
                for metric in SegmentDetail::Stats.metrics().filter(|_| steady) {
                    let name = TABLE[metric].name;
                    if before > 0.0 && name != "exposure" && name != "open_trades" {
                        let expected = TABLE[metric].value(&closing);
                        prop_assert!(close(value(metric), expected, 1e-9), "{} {name} of {from}..{to}: {:?} {expected:?}", strategy.name, value(metric));
                    }
                }
                let of_stats: Vec<_> = SegmentDetail::Returns.metrics().map(&value).collect();
                drop(value);
                let value = window.read(light, before);
                for (metric, of_stats) in SegmentDetail::Returns.metrics().zip(of_stats).filter(|_| steady) {
                    prop_assert!(close(value(metric), of_stats, 1e-9), "{} {}", strategy.name, TABLE[metric].name);
                }
            }
        }
    }

    #[test]
    fn returns_telescope_the_product_over_the_segments_is_that_of_the_run(
        moves in moves(), settings in settings(), places: [u16; 6],
    ) {
        let (candles, config) = (candles(&moves), config(settings));
        let borders = borders(candles.len(), &places);
        for strategy in all() {
            let (outcome, full) = segments::<SegmentStats>(&candles, &strategy, &config, &borders);
            telescopes(&full, &outcome, &config);
            let (outcome, light) = segments::<SegmentReturns>(&candles, &strategy, &config, &borders);
            telescopes(&light, &outcome, &config);
        }
    }
}

fn telescopes<S: SegmentTally>(segments: &[S], outcome: &Outcome, config: &RunConfig) {
    let (mut product, mut before) = (1.0, config.settings.capital);
    for segment in segments {
        product *= segment.equity() / before;
        before = segment.equity();
    }
    let total = outcome.metrics[0].unwrap_or(-1.0);
    assert!((product - 1.0 - total).abs() <= 1e-12 * (1.0 + product.abs()), "{product} {total}");
}

#[test]
fn borders_inside_one_tile_on_the_edges_of_tiles_at_bar_0_and_at_the_last_change_nothing_and_lose_no_bar() {
    let moves: Vec<i16> = (0..2 * TILE + 300).map(|bar| (bar * 7_919 % 601) as i16 - 300).collect();
    let (candles, config) = (candles(&moves), config(Settings::default()));
    let last = candles.len() - 1;
    for borders in [
        &[1_100, 1_200, 1_900][..],
        &[TILE, 2 * TILE],
        &[TILE - 1, TILE, TILE + 1],
        &[0],
        &[last],
        &[0, last],
        &[0, 1, 2, TILE, 1_500, 1_501, last - 1, last],
    ] {
        for strategy in all() {
            let (plain, record, _) = recorded(&candles, &strategy, &config);
            let (outcome, segments) = segments::<SegmentStats>(&candles, &strategy, &config, borders);
            assert_eq!(outcome, plain, "{} at {borders:?}", strategy.name);
            telescopes(&segments, &outcome, &config);
            // The equity at the close before each border is that of the run there; before bar 0 it is the capital.
            for (segment, &border) in segments.iter().zip(borders) {
                let before = border.checked_sub(1).map_or(config.settings.capital, |bar| record.equity[bar]);
                assert_eq!(segment.equity().to_bits(), before.to_bits(), "{} at {border}", strategy.name);
            }
        }
    }
}

#[test]
fn a_trade_counts_where_it_closes_and_is_spanning_if_it_began_before() {
    // Up, so that it buys, and down, so that it sells.
    let moves: Vec<i16> = (0..400_i16).map(|bar| if bar / 100 % 2 == 0 { 50 } else { -50 }).collect();
    let (candles, config) = (candles(&moves), config(Settings::default()));
    let strategy = strategy::parse(
        "name = \"t\"\n[params]\nn = { default = 3, min = 2, max = 9 }\n[rules]\nentry = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"",
        "t",
    )
    .unwrap();
    let (_, _, trades) = recorded(&candles, &strategy, &config);
    let closed: Vec<(usize, usize)> =
        trades.iter().filter(|trade| !trade.open).map(|trade| (trade.entry_bar, trade.exit_bar)).collect();
    assert_eq!(closed.len(), 2, "{closed:?}");
    let border = closed[0].1;
    for (border, expected) in [(border, [(0, 0), (2, 1)]), (border + 1, [(1, 0), (1, 0)])] {
        let (_, stats) = segments::<SegmentStats>(&candles, &strategy, &config, &[border]);
        let found: Vec<(u64, u64)> = stats.iter().map(|one| (one.sums.trades.count, one.spanning)).collect();
        assert_eq!(found, expected, "border at {border}");
        let fees: f64 = stats.iter().map(|one| one.sums.fees).sum();
        let paid: f64 = trades.iter().map(|trade| trade.fees).sum();
        assert!((fees - paid).abs() < 1e-9, "{fees} {paid}");
        assert!(stats[0].sums.fees > 0.0, "the entry's fee was paid before the border");
    }
}
