//! Series of longer bars, of other assets and of the calendar: against plain versions, and against a look ahead.

use std::sync::Arc;

use proptest::prelude::*;

use proptest::strategy::Strategy as _;

use super::config;
use crate::account::{BarTrade, DetailBars, Direction, Fill, Record, Settings};
use crate::candles::{Candle, Candles};
use crate::fold::{
    Columns, Combination, Compiled, Graph, Market, OtherAsset, OwnSeries, TileBars, WarmupBars, fold, fold_with_trades,
};
use crate::interval::Interval;
use crate::rules::parse_expr;
use crate::simd::Cpu;
use crate::strategy::{self, Strategy};

const HOUR: i64 = 3_600_000;

/// Bars that open at these hours, at prices that a seed decides.
fn hours(hours: impl IntoIterator<Item = i64>, seed: u64) -> Candles {
    let mut random = crate::random::Random::new(seed);
    let mut price = 10_000_i64;
    let mut candle = |hour: i64| {
        let open = price;
        price += (random.bits() % 201) as i64 - 100;
        let cents = |cents: i64| cents as f64 / 100.0;
        let (high, low) = (cents(open.max(price) + 7), cents(open.min(price) - 5));
        Candle { time: hour * HOUR, open: cents(open), high, low, close: cents(price), volume: (hour % 17) as f64 }
    };
    hours.into_iter().map(&mut candle).collect()
}

/// The values of a series at each bar of a market, fed in tiles; NaN where it is undefined.
fn series(text: &str, market: &Market<'_>) -> Vec<f64> {
    let expr = parse_expr("series", text, &[]).unwrap();
    let mut graph = Graph::default();
    let found = graph.series(&expr, &[]).unwrap();
    let interval: Interval = "1h".parse().unwrap();
    let mut columns = Columns::new(&graph, market, interval, Cpu::Portable);
    let mut values = Vec::new();
    let warmup: Vec<_> = market.warmup.iter().flat_map(|bars| TileBars::all(bars.candles, bars.first)).collect();
    for tile in warmup.into_iter().chain(TileBars::all(market.candles, 0)) {
        columns.extend(&graph, market, tile);
        values.extend_from_slice(columns.read(found.column, found.lag));
        columns.settle();
    }
    let undefined = found.lookback.min(values.len());
    values[..undefined].fill(f64::NAN);
    values.split_off(market.warmup_bars())
}

fn eth(candles: &Candles) -> OtherAsset {
    OtherAsset { name: "ETH".to_owned(), candles: Arc::new(candles.clone()), bars: 0..candles.len(), own: Vec::new() }
}

/// Another asset whose column `score` is a copy of its close.
fn scored_eth(candles: &Candles) -> OtherAsset {
    let own = vec![OwnSeries { name: "score".to_owned(), values: candles.close.clone() }];
    OtherAsset { own, ..eth(candles) }
}

/// Without the last bits, by which means of prices with a common tick may differ from those of numbers.
fn rounded(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| (value * 1e6).round()).collect()
}

fn bits(values: &[f64]) -> Vec<Option<u64>> {
    values.iter().map(|value| (!value.is_nan()).then_some(value.to_bits())).collect()
}

/// Whole bars of so many hours, each with the number of the bar at whose end it is over.
fn plain_longer(candles: &Candles, length: i64) -> Vec<(usize, Candle)> {
    let mut all: Vec<(usize, Candle)> = Vec::new();
    let opens: Vec<i64> = candles.time.iter().map(|time| time - time.rem_euclid(length * HOUR)).collect();
    for open in (opens[0]..=opens[opens.len() - 1]).step_by((length * HOUR) as usize) {
        let close = open + length * HOUR;
        let inside: Vec<Candle> = candles.rows().filter(|bar| open <= bar.time && bar.time < close).collect();
        let over = candles.time.iter().position(|time| time + HOUR >= close);
        if let (false, Some(over), Some(last)) = (open < candles.time[0], over, inside.last()) {
            let bar = Candle {
                time: open,
                open: inside[0].open,
                high: inside.iter().map(|bar| bar.high).fold(0.0, f64::max),
                low: inside.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min),
                close: last.close,
                volume: inside.iter().map(|bar| bar.volume).sum(),
            };
            all.push((over, bar));
        }
    }
    all
}

/// A value of each longer bar, held.
fn held(bars: usize, longer: &[(usize, Candle)], value: impl Fn(usize) -> f64) -> Vec<f64> {
    let last = |bar: usize| longer.iter().rposition(|(over, _)| *over <= bar);
    (0..bars).map(|bar| last(bar).map_or(f64::NAN, &value)).collect()
}

/// Hours with gaps: each bit says whether an hour is there.
fn some_hours() -> impl proptest::strategy::Strategy<Value = Vec<i64>> {
    let gaps = prop::collection::vec(prop::bool::weighted(0.9), 30..3_000);
    (gaps, -50..50_i64).prop_map(|(there, first)| {
        let hours: Vec<i64> = (first..).zip(there).filter(|(_, there)| *there).map(|(hour, _)| hour).collect();
        if hours.is_empty() { vec![first] } else { hours }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn longer_bars_are_what_a_plain_reading_makes_of_the_same_hours(
        times in some_hours(), length in prop::sample::select(vec![2_i64, 4, 6, 24]), seed in 0..1_000_u64,
    ) {
        let candles = hours(times, seed);
        let longer = plain_longer(&candles, length);
        let market = Market::from(&candles);
        let on = |x: &str| series(&format!("on(\"{length}h\", {x})"), &market);
        for (field, value) in [
            ("open", (|bar: &Candle| bar.open) as fn(&Candle) -> f64),
            ("high", |bar| bar.high), ("low", |bar| bar.low), ("close", |bar| bar.close), ("volume", |bar| bar.volume),
            ("hour", |bar| (bar.time / HOUR).rem_euclid(24) as f64),
        ] {
            let expected = held(candles.len(), &longer, |at| value(&longer[at].1));
            prop_assert_eq!(bits(&on(field)), bits(&expected), "{}", field);
        }
        let expected = held(candles.len(), &longer, |at| if at < 3 { f64::NAN } else { longer[at - 3].1.close });
        prop_assert_eq!(bits(&on("prev(close, 3)")), bits(&expected));
        let average = held(candles.len(), &longer, |at| {
            if at < 4 { f64::NAN } else { longer[at - 4..=at].iter().map(|(_, bar)| bar.close).sum::<f64>() / 5.0 }
        });
        for (found, expected) in on("sma(close, 5)").iter().zip(&average) {
            prop_assert!((found - expected).abs() < 1e-9 || (found.is_nan() && expected.is_nan()), "{} {}", found, expected);
        }
    }

    #[test]
    fn bars_of_another_asset_are_those_that_are_over(
        times in some_hours(), others in some_hours(), seed in 0..1_000_u64,
    ) {
        let (candles, other) = (hours(times, seed), hours(others, seed + 1));
        let all = [eth(&other)];
        let market = Market { others: &all, ..Market::from(&candles) };
        let last = |open: i64, back: usize| {
            let at = other.time.iter().rposition(|time| *time <= open)?.checked_sub(back)?;
            Some(other.close[at])
        };
        for back in [0, 1, 5] {
            let expected: Vec<f64> = candles.time.iter().map(|open| last(*open, back).unwrap_or(f64::NAN)).collect();
            let x = if back == 0 { "close".to_owned() } else { format!("prev(close, {back})") };
            prop_assert_eq!(bits(&series(&format!("of('ETH', {x})"), &market)), bits(&expected), "{}", back);
        }
        // Longer bars of the other asset: each is there with the bar of its own at whose end it is over.
        let longer = plain_longer(&other, 4);
        let expected: Vec<f64> = candles.time.iter().map(|open| {
            let last = longer.iter().rfind(|(over, _)| other.time[*over] <= *open);
            last.map_or(f64::NAN, |(_, bar)| bar.high)
        }).collect();
        prop_assert_eq!(bits(&series("of('ETH', on('4h', high))", &market)), bits(&expected));
    }

    #[test]
    fn no_value_changes_when_later_bars_do(
        times in some_hours(), others in some_hours(), cut in 0.0..1.0_f64, seed in 0..1_000_u64,
    ) {
        let (candles, other) = (hours(times, seed), hours(others, seed + 1));
        let bars = 1 + (cut * (candles.len() - 1) as f64) as usize;
        let other_bars = other.time.partition_point(|time| *time <= candles.time[bars - 1]);
        // Later bars are those of another market: a cent more, and wilder.
        let mut changed = candles.clone();
        for bar in bars..candles.len() {
            for column in [&mut changed.open, &mut changed.high, &mut changed.low, &mut changed.close] {
                column[bar] *= 3.0;
            }
        }
        let mut changed_other = other.clone();
        changed_other.close[other_bars..].iter_mut().for_each(|close| *close *= 2.0);
        for text in [
            "on('4h', rsi(close, 3))", "on('1d', ema(close, 2)) - close", "of('ETH', sma(close, 7))",
            "of('ETH', on('6h', highest(close, 2)))", "ema(on('2h', close), 4)", "prev(of('ETH', close), 2)",
        ] {
            let of = |candles: &Candles, other: &Candles| {
                let all = [eth(other)];
                series(text, &Market { others: &all, ..Market::from(candles) })
            };
            let whole = of(&candles, &other);
            let before = of(&candles.slice(0..bars), &other.slice(0..other_bars));
            prop_assert_eq!(bits(&whole[..bars]), bits(&before), "{}", text);
            prop_assert_eq!(bits(&of(&changed, &changed_other)[..bars]), bits(&before), "{}", text);
        }
    }

    #[test]
    fn columns_of_longer_bars_and_of_other_assets_are_the_prices_that_they_are_copies_of(
        times in some_hours(), seed in 0..1_000_u64, gaps in 0..4_usize,
    ) {
        let candles = hours(times, seed);
        // A copy of the close with a gap in some bars: what is within a longer bar is the last that is not empty.
        let is_gap = |bar: usize| gaps > 0 && bar.is_multiple_of(gaps + 1);
        let value = |(bar, close): (usize, &f64)| if is_gap(bar) { f64::NAN } else { *close };
        let own = [OwnSeries { name: "signal".to_owned(), values: candles.close.iter().enumerate().map(value).collect() }];
        let others = [scored_eth(&candles)];
        let market = Market { own: &own, others: &others, ..Market::from(&candles) };
        let found = series("on('4h', column('signal'))", &market);
        let (longer, mut next, mut expected) = (plain_longer(&candles, 4), 0, f64::NAN);
        for (bar, found) in found.iter().enumerate() {
            while let Some((_, over)) = longer.get(next).filter(|(over, _)| *over <= bar) {
                let inside = |at: &usize| (over.time..over.time + 4 * HOUR).contains(&candles.time[*at]);
                let last = (0..candles.len()).filter(inside).rfind(|at| !is_gap(*at));
                expected = last.map_or(f64::NAN, |at| candles.close[at]);
                next += 1;
            }
            prop_assert_eq!(bits(&[*found]), bits(&[expected]), "bar {}", bar);
        }
        for (column, price) in [
            ("of('ETH', column('score'))", "of('ETH', close)"),
            ("of('ETH', on('4h', sma(column('score'), 2)))", "of('ETH', on('4h', sma(close, 2)))"),
        ] {
            prop_assert_eq!(bits(&rounded(&series(column, &market))), bits(&rounded(&series(price, &market))), "{}", column);
        }
    }

    #[test]
    fn bars_that_warm_up_give_the_values_that_they_give_in_one_piece(
        times in some_hours(), cut in 0.0..1.0_f64, seed in 0..1_000_u64,
    ) {
        let candles = hours(times, seed);
        let from = (cut * (candles.len() - 1) as f64) as usize;
        let (before, after) = (candles.slice(0..from), candles.slice(from..candles.len()));
        let own = [OwnSeries { name: "signal".to_owned(), values: candles.close.iter().map(|x| x * 2.0).collect() }];
        let others = [scored_eth(&candles)];
        for text in [
            "on('4h', rsi(close, 3))", "sma(close, 20)", "hour * 2 + weekday", "column('signal') - close",
            "on('4h', sma(column('signal'), 2))", "of('ETH', column('score')) + of('ETH', on('4h', column('score')))",
        ] {
            let market = Market {
                warmup: Some(WarmupBars { candles: &before, first: 0 }), own: &own, others: &others, ..Market::from(&after)
            };
            let whole = series(text, &Market { own: &own, others: &others, ..Market::from(&candles) });
            prop_assert_eq!(bits(&series(text, &market)), bits(&whole[from..]), "{}", text);
        }
    }
}

fn rules(entry: &str) -> Strategy {
    strategy::parse(&format!("name = 'own'\n[rules]\nentry = '''{entry}'''\nexit = '''not ({entry})'''"), "own")
        .unwrap()
}

/// Open times at which trades of a rule begin, filled at the close of the bar of the signal.
fn entries(entry: &str, market: Market<'_>) -> Vec<i64> {
    let strategy = rules(entry);
    let settings = Settings { fill: Fill::Close, ..Settings::default() };
    let (_, trades) = fold_with_trades(market, Combination { strategy: &strategy, values: &[] }, &config(settings));
    trades.iter().map(|trade| trade.entry_time / HOUR).collect()
}

#[test]
fn a_condition_of_longer_bars_is_the_condition_of_the_values_that_hold() {
    let candles = hours(0..2_500, 4);
    let market = Market::from(&candles);
    for (inside, outside) in [
        (
            "on('4h', close > open and rsi(close, 5) < 60)",
            "on('4h', close) > on('4h', open) and on('4h', rsi(close, 5)) < 60",
        ),
        (
            "on('4h', not (close > prev(close, 2)) or hour == 8)",
            "not (on('4h', close) > on('4h', prev(close, 2))) or on('4h', hour) == 8",
        ),
        (
            "on('1d', crosses_above(close, sma(close, 5)))",
            "on('1d', close) > on('1d', sma(close, 5)) and on('1d', prev(close, 1)) <= on('1d', prev(sma(close, 5), 1))",
        ),
    ] {
        let inside = entries(inside, market);
        assert_eq!(inside, entries(outside, market), "{outside}");
        assert!(inside.len() > 3, "{outside}: {inside:?}");
    }
}

#[test]
fn a_rule_is_false_until_its_longer_bars_are_defined() {
    let candles = hours(5..200, 4);
    // The first whole day begins at hour 24, the second is over at the end of hour 71.
    assert_eq!(entries("close > 0 or on('1d', sma(close, 2)) > 0", Market::from(&candles)), [71]);
    assert_eq!(entries("not (on('1d', close) < 0)", Market::from(&candles)), [47]);
    let other = hours(60..90, 5);
    let all = [eth(&other)];
    let market = Market { others: &all, ..Market::from(&candles) };
    assert_eq!(entries("close > 0 or of('ETH', sma(close, 3)) > 0", market), [62]);
}

#[test]
fn sessions_go_by_the_clocks_of_their_zone_and_over_midnight() {
    // Two weeks around the day on which New York sets its clocks forward, 2024-03-10.
    let monday = 1_709_510_400_000 / HOUR;
    let candles = hours(monday..monday + 14 * 24, 1);
    let market = Market::from(&candles);
    let days = |entries: Vec<i64>| entries.iter().map(|hour| hour - monday).collect::<Vec<_>>();
    let open =
        days(entries("session('09:30', '16:00', 'America/New_York') and weekday('America/New_York') <= 5", market));
    // The first hour that opens within it is that of 10:00, which is 15:00 UTC in winter and 14:00 in summer.
    let expected: Vec<i64> = (0..5).map(|day| day * 24 + 15).chain((7..12).map(|day| day * 24 + 14)).collect();
    assert_eq!(open, expected);
    let night: Vec<i64> = (0..14).map(|day| day * 24 + 22).collect();
    assert_eq!(days(entries("session('22:00', '02:00')", market))[1..], night);
    assert_eq!(days(entries("hour == 22 and day == 5 and month == 3", market)), [46]);
    assert_eq!(days(entries("session('00:00', '24:00') and minute == 0 and hour > 0", market)).len(), 14);
}

#[test]
fn combinations_share_sources_and_have_the_same_bits_alone_and_among_others() {
    let (candles, other) = (hours(0..3_000, 7), hours(100..2_900, 8));
    let all = [eth(&other)];
    let market = Market { others: &all, ..Market::from(&candles) };
    let text = "name = 'own'\n[params]\nn = { default = 5, min = 2, max = 30 }\n[rules]\n\
        entry = '''on('4h', rsi(close, n) < 45) and of('ETH', close > sma(close, n))'''\nexit = '''on('1d', close) > close'''";
    let strategy = strategy::parse(text, "own").unwrap();
    let values: Vec<[f64; 1]> = (2..20).map(|n| [f64::from(n)]).collect();
    let combinations: Vec<_> = values.iter().map(|values| Combination { strategy: &strategy, values }).collect();
    let together = fold(market, &combinations, &config(Settings::default()));
    for (combination, together) in combinations.iter().zip(&together) {
        for cpu in Cpu::available() {
            let config = crate::fold::RunConfig { cpu, ..config(Settings::default()) };
            assert_eq!(&fold(market, &[*combination], &config)[0], together, "{:?}", combination.values);
        }
    }
    let mut graph = Graph::default();
    for values in &values {
        graph.add(&strategy.entry, values);
        graph.add(&strategy.exit, values);
    }
    assert_eq!(graph.sources.len(), 3, "4h, ETH and 1d");
}

#[test]
fn series_of_other_bars_are_those_of_pandas() {
    let text = include_str!("../../../../tests/golden/other_bars.csv");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<Option<f64>>> =
        lines.map(|line| line.split(',').map(|cell| cell.parse::<f64>().ok()).collect()).collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let candles_of = |prefix: &str| -> Candles {
        let [open, high, low, close, volume] =
            ["open", "high", "low", "close", "volume"].map(|name| column(&format!("{prefix}{name}")));
        let there = rows.iter().filter(|row| row[open].is_some());
        let candle = |row: &Vec<Option<f64>>| {
            let cell = |at: usize| row[at].unwrap();
            let time = cell(0) as i64;
            Candle {
                time,
                open: cell(open),
                high: cell(high),
                low: cell(low),
                close: cell(close),
                volume: cell(volume),
            }
        };
        there.map(candle).collect()
    };
    let (candles, other) = (candles_of(""), candles_of("eth_"));
    let all = [eth(&other)];
    let market = Market { others: &all, ..Market::from(&candles) };
    for (name, text) in [
        ("on_4h_close", "on('4h', close)"),
        ("on_4h_volume", "on('4h', volume)"),
        ("on_4h_sma_3", "on('4h', sma(close, 3))"),
        ("on_1d_high", "on('1d', high)"),
        ("on_1d_prev_low_2", "on('1d', prev(low, 2))"),
        ("of_close", "of('ETH', close)"),
        ("of_highest_5", "of('ETH', highest(high, 5))"),
        ("of_on_1d_high", "of('ETH', on('1d', high))"),
    ] {
        let at = column(name);
        let expected: Vec<f64> =
            rows.iter().filter(|row| row[1].is_some()).map(|row| row[at].unwrap_or(f64::NAN)).collect();
        let found = series(text, &market);
        assert!(expected.iter().filter(|value| !value.is_nan()).count() > 200, "{name}");
        for (bar, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let same = (found - expected).abs() <= 1e-12 * expected.abs() || (found.is_nan() && expected.is_nan());
            assert!(same, "{name} at {bar}: {found} and {expected}");
        }
    }
}

/// Quarters of each bar, in which the price goes to the high first where the bar rises, and to the low where it falls.
fn quarters(candles: &Candles) -> Candles {
    let mut finer = Candles::default();
    for bar in candles.rows() {
        let (first, second) = if bar.close > bar.open { (bar.high, bar.low) } else { (bar.low, bar.high) };
        let ends = [(bar.open, first), (first, second), (second, bar.close), (bar.close, bar.close)];
        for (quarter, (open, close)) in (0..).zip(ends) {
            let time = bar.time + quarter * HOUR / 4;
            finer.push(Candle { time, open, high: open.max(close), low: open.min(close), close, volume: 1.0 });
        }
    }
    finer
}

#[test]
fn exits_sizes_and_waiting_entries_at_other_bars_are_those_at_a_column_of_the_same_values() {
    let (candles, other) = (hours(0..3_000, 6), hours((-50..3_000).filter(|hour| hour % 7 != 3), 5));
    let others = [eth(&other)];
    let finer = quarters(&candles);
    let detail = DetailBars::new(&candles, HOUR, &finer);
    assert_eq!(detail.alone(), 0);
    let mut seen = 0;
    for text in ["on('4h', atr(3))", "of('ETH', atr(5)) * 0.5 + 0.2", "of('ETH', on('4h', high - low)) / 2"] {
        let market = Market { others: &others, ..Market::from(&candles) };
        let own = [OwnSeries { name: "copy".to_owned(), values: series(text, &market) }];
        for detail in [None, Some(&detail)] {
            let market = Market { own: &own, detail, ..market };
            let trades = |text: &str| {
                let text = format!(
                    "name = \"own\"\n[rules]\nentry = \"crosses_above(close, sma(close, 5))\"\nexit = \"close < 0\"\n\
                     [exits]\nstop_distance = \"{text}\"\ntarget_distance = \"1.5 * ({text})\"\n\
                     [size]\nrisk = 0.01\n[entry_order]\nlimit_distance = \"0.2 * ({text})\"\nvalid = 5\n"
                );
                let strategy = strategy::parse(&text, "own").unwrap();
                let config = config(Settings { direction: Direction::Both, ..Settings::default() });
                let combination = Combination { strategy: &strategy, values: &[] };
                let mut record = [Record::default()];
                Compiled::new([combination], Direction::Both).fold(market, &config, &mut record);
                let bits = |trade: &BarTrade| {
                    let prices = [trade.entry_price, trade.exit_price, trade.size, trade.pnl];
                    (trade.entry_bar, trade.exit_bar, prices.map(f64::to_bits))
                };
                record[0].bar_trades().iter().map(bits).collect::<Vec<_>>()
            };
            let found = trades(text);
            assert!(found.len() > 50, "{text}: {}", found.len());
            assert!(found == trades("column('copy')"), "{text}");
            seen += found.len();
        }
    }
    assert!(seen > 600, "{seen}");
}
