//! The account against a plain per-bar simulator, and what its users were promised.

use proptest::prelude::*;

use super::plain::{Rules, drawdowns, drive, near, plain, tiled};
use crate::account::BarTrade;
use crate::account::{Direction, Fill, Settings};
use crate::candles::Candles;
use crate::interval::Interval;
use crate::metrics;

/// A market of given moves, and rules of given density.
fn case() -> impl Strategy<Value = (Candles, Rules, Settings)> {
    let bar = (-0.05..0.05_f64, -0.02..0.02_f64, prop::array::uniform4(0..12_u8));
    let settings =
        (prop::sample::select(vec![0.0, 0.001, 0.02]), prop::sample::select(vec![0.0, 0.0005]), 0..2_usize, 0..3_usize);
    (prop::collection::vec(bar, 1..2600), settings).prop_map(|(bars, (fee, slippage, fill, direction))| {
        let mut candles = Candles::default();
        let mut rules = Rules::new();
        let mut price = 100.0;
        for (index, (drift, gap, dice)) in bars.into_iter().enumerate() {
            let open = price * (1.0 + gap);
            price = open * (1.0 + drift);
            candles.time.push(index as i64 * 86_400_000);
            candles.open.push(open);
            candles.high.push(open.max(price));
            candles.low.push(open.min(price));
            candles.close.push(price);
            candles.volume.push(1.0);
            rules.push(dice.map(|dice| dice == 0));
        }
        let fill = [Fill::NextOpen, Fill::Close][fill];
        let direction = [Direction::Long, Direction::Short, Direction::Both][direction];
        (candles, rules, Settings { fee, slippage, fill, direction, ..Settings::default() })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn tiles_prefix_sums_and_blocks_change_nothing_but_speed((candles, rules, settings) in case()) {
        let (tiled, plain) = (tiled(&candles, &rules, &settings), plain(&candles, &rules, &settings));
        prop_assert_eq!(tiled.ruined, plain.ruined);
        prop_assert_eq!(tiled.equity.len(), candles.len());
        for (bar, (a, b)) in tiled.equity.iter().zip(&plain.equity).enumerate() {
            prop_assert!(near(*a, *b), "equity at bar {}: {} and {}", bar, a, b);
        }
        let closed: Vec<_> = tiled.trades.iter().filter(|trade| !trade.open).collect();
        prop_assert_eq!(closed.len(), plain.trades.len());
        for (a, b) in closed.iter().zip(&plain.trades) {
            prop_assert_eq!((a.side, a.entry_bar, a.exit_bar), (b.side, b.entry_bar, b.exit_bar));
            prop_assert!(near(a.pnl, b.pnl) && near(a.ret, b.ret) && near(a.size, b.size) && near(a.fees, b.fees));
        }
        for (metric, (a, b)) in metrics::TABLE.iter().zip(tiled.metrics.iter().zip(&plain.metrics)) {
            // Bars are counted without tolerance: see the next test.
            if ["open_trades", "max_drawdown_bars"].contains(&metric.name) { continue; }
            match (a, b) {
                (Some(a), Some(b)) => prop_assert!(near(*a, *b), "{}: {} and {}", metric.name, a, b),
                // Without any trade or move both are undefined, or what is left of rounding.
                (a, b) => prop_assert_eq!(a.is_none(), b.is_none(), "{}: {:?} and {:?}", metric.name, a, b),
            }
        }
    }

    /// Not against the plain simulator's equity: without costs, an entry leaves the equity at its peak or one rounding
    /// below it, and a fall from there is then a bar longer.
    #[test]
    fn drawdowns_are_those_of_the_equity_curve_to_the_bit((candles, rules, settings) in case()) {
        let tiled = tiled(&candles, &rules, &settings);
        let (deepest, longest) = drawdowns(&tiled.equity);
        let metric = |name| tiled.metrics[metrics::find(name).unwrap()];
        prop_assert_eq!(metric("max_drawdown").map(f64::to_bits), Some(deepest.to_bits()));
        prop_assert_eq!(metric("max_drawdown_bars"), Some(f64::from(longest)));
    }

    #[test]
    fn listening_to_trades_and_equity_changes_no_bit((candles, rules, settings) in case()) {
        let (silent, ruined) = drive(&candles, &rules, &settings, 365.0, &mut ());
        let heard = tiled(&candles, &rules, &settings);
        prop_assert_eq!(silent.map(|m| m.map(f64::to_bits)), heard.metrics.map(|m| m.map(f64::to_bits)));
        prop_assert_eq!(ruined, heard.ruined);
    }

    #[test]
    fn the_first_bars_know_nothing_of_later_ones((candles, rules, settings) in case(), cut in 0.0..1.0_f64) {
        let bars = 1 + (cut * (candles.len() - 1) as f64) as usize;
        let all = tiled(&candles, &rules, &settings);
        let first = tiled(&candles.slice(0..bars), &rules[..bars].to_vec(), &settings);
        prop_assert_eq!(&first.equity[..], &all.equity[..bars]);
        let closed = |trades: &[BarTrade]| trades.iter().filter(|t| !t.open && t.exit_bar < bars).copied().collect::<Vec<_>>();
        prop_assert_eq!(closed(&first.trades), closed(&all.trades));
    }
}

/// A market that jumps by factors of 100 to 10^8 now and then, up or down, and stays within 1e-6 to 1e9.
fn market_with_jumps() -> impl Strategy<Value = (Candles, Rules, Settings)> {
    let jump = prop_oneof![20 => Just(0.0), 1 => 2.0..8.0_f64];
    let bar = (-0.02..0.02_f64, jump, prop::array::uniform4(0..12_u8));
    (prop::collection::vec(bar, 2..2600), 0..2_usize).prop_map(|(bars, fill)| {
        let mut rules = Rules::new();
        let mut closes: Vec<f64> = vec![];
        for (drift, jump, [entry, exit, ..]) in bars {
            let price = closes.last().map_or(100.0, |before| before * (1.0 + drift));
            let factor = libm::pow(10.0, jump);
            closes.push(if price > 30.0 { price / factor } else { price * factor });
            rules.push([entry == 0, exit == 0, false, false]);
        }
        let fill = [Fill::NextOpen, Fill::Close][fill];
        (candles_of(&closes), rules, Settings { fill, ..Settings::default() })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn figures_are_those_of_the_equity_curve_whatever_jumps_the_price_makes((candles, rules, settings) in market_with_jumps()) {
        let result = tiled(&candles, &rules, &settings);
        let mut before = settings.capital;
        let returns: Vec<f64> = result.equity.iter().map(|&equity| equity / std::mem::replace(&mut before, equity) - 1.0).collect();
        let (count, year) = (returns.len() as f64, 365.0_f64);
        let sum = |part: &dyn Fn(f64) -> f64| returns.iter().map(|&r| part(r)).sum::<f64>();
        let mean = sum(&|r| r) / count;
        let deviation = (sum(&|r| (r - mean) * (r - mean)) / (count - 1.0)).sqrt();
        let downside = (sum(&|r| r.min(0.0) * r.min(0.0)) / count).sqrt();
        for (name, exact) in [
            ("volatility", deviation * year.sqrt()),
            ("sharpe", mean / deviation * year.sqrt()),
            ("sortino", mean * year / (downside * year.sqrt())),
            ("omega", sum(&|r| r.max(0.0)) / sum(&|r| (-r).max(0.0))),
        ] {
            let ours = result.metrics[metrics::find(name).unwrap()];
            match (ours, Some(exact).filter(|exact| exact.is_finite())) {
                (Some(ours), Some(exact)) => prop_assert!(near(ours, exact), "{}: {} and {}", name, ours, exact),
                (ours, exact) => prop_assert_eq!(ours, exact, "{}", name),
            }
        }
    }
}

fn candles_of(closes: &[f64]) -> Candles {
    Candles {
        time: (0..closes.len() as i64).map(|day| day * 86_400_000).collect(),
        open: closes.to_vec(),
        high: closes.to_vec(),
        low: closes.to_vec(),
        close: closes.to_vec(),
        volume: vec![1.0; closes.len()],
    }
}

fn costless(fill: Fill, direction: Direction) -> Settings {
    Settings { capital: 100.0, fee: 0.0, fill, direction, ..Settings::default() }
}

const NONE: [bool; 4] = [false; 4];

#[test]
fn a_signal_on_the_last_bar_fills_nothing_at_the_next_open() {
    let rules = vec![NONE, NONE, [true, false, false, false]];
    let result = tiled(&candles_of(&[1.0, 2.0, 3.0]), &rules, &costless(Fill::NextOpen, Direction::Long));
    assert!(result.trades.is_empty());
    assert_eq!(result.equity, [100.0; 3]);
}

#[test]
fn a_rule_pair_true_on_one_bar_does_neither() {
    let rules = vec![[true, true, false, false], NONE, NONE];
    let result = tiled(&candles_of(&[1.0, 2.0, 3.0]), &rules, &costless(Fill::Close, Direction::Long));
    assert!(result.trades.is_empty());
}

#[test]
fn a_short_that_loses_everything_ends_the_account_at_that_close() {
    let rules = vec![[false, false, true, false], NONE, NONE, [true, false, false, false], NONE];
    let result = tiled(&candles_of(&[1.0, 1.5, 2.5, 1.0, 9.0]), &rules, &costless(Fill::Close, Direction::Both));
    assert!(result.ruined);
    assert_eq!(result.equity, [100.0, 50.0, -50.0, -50.0, -50.0]);
    assert_eq!(result.trades.len(), 1);
    assert_eq!((result.trades[0].exit_bar, result.trades[0].open), (2, false));
}

#[test]
fn turning_round_sizes_the_other_side_by_what_is_left() {
    let rules = vec![[true, false, false, false], [false, true, true, false], NONE];
    let result = tiled(&candles_of(&[1.0, 2.0, 1.0]), &rules, &costless(Fill::Close, Direction::Both));
    assert_eq!(result.equity, [100.0, 200.0, 300.0]);
}

#[test]
fn one_bar_and_no_trade_leave_undefined_metrics_undefined() {
    let result = tiled(&candles_of(&[5.0]), &vec![NONE], &Settings::default());
    for name in ["volatility", "sharpe", "sortino", "calmar", "omega", "win_rate", "sqn", "best_trade"] {
        assert_eq!(result.metrics[metrics::find(name).unwrap()], None, "{name}");
    }
    assert_eq!(result.metrics[metrics::find("total_return").unwrap()], Some(0.0));
}

#[test]
fn a_year_has_365_days() {
    assert!((("1h".parse::<Interval>()).unwrap().bars_per_year() - 8760.0).abs() < 1e-12);
}
