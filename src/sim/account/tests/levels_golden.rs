//! Stops, targets and trailing stops against trades that a plain loop in Python made (`tests/golden/levels.py`).

use serde_json::Value;

use super::level_account::{Case, SignalRows, heard, push};
use crate::account::{Direction, Distance, ExitPlan, ExitReason, Settings};
use crate::candles::Candles;
use crate::random::Random;
use crate::tile::bitset::TILE;

/// What the script draws, from the same generator.
trait Draw {
    fn below(&mut self, count: u64) -> i32;
    fn distance(&mut self) -> Distance;
}

impl Draw for Random {
    fn below(&mut self, count: u64) -> i32 {
        (self.bits() % count) as i32
    }

    fn distance(&mut self) -> Distance {
        if self.below(3) > 0 { Distance::Fraction(f64::from(1 + self.below(60)) / 1000.0) } else { Distance::None }
    }
}

/// A market of bars that are made of so many finer ones each.
fn case(number: u64, inside: u8) -> Case {
    let mut random = Random::new(number);
    let (bars, often, mut price) = (30 + random.below(90), 3 + random.below(12), 10_000);
    let (mut candles, mut finer, mut signals) = (Candles::default(), Candles::default(), SignalRows::new());
    for bar in 0..bars {
        for at in 0..inside {
            let first = price + random.below(81) - 40;
            price = first + random.below(241) - 120;
            let high = first.max(price) + random.below(60);
            let low = first.min(price) - random.below(60);
            let time = i64::from(bar) * i64::from(inside) + i64::from(at);
            push(&mut finer, time, [first, high, low, price].map(|price| f64::from(price) / 100.0));
        }
        let whole = finer.len() - usize::from(inside)..finer.len();
        let high = finer.high[whole.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = finer.low[whole.clone()].iter().copied().fold(f64::INFINITY, f64::min);
        let (open, close) = (finer.open[whole.start], finer.close[whole.end - 1]);
        push(&mut candles, finer.time[whole.start], [open, high, low, close]);
        signals.push([(); 4].map(|()| random.below(100) < often));
    }
    let fee = [0.0, 0.001][random.below(2) as usize];
    let slippage = [0.0, 0.0005, 0.002][random.below(3) as usize];
    let plan = ExitPlan {
        stop: random.distance(),
        target: random.distance(),
        trailing: random.distance(),
        ..ExitPlan::default()
    };
    let direction = [Direction::Long, Direction::Short, Direction::Both][random.below(3) as usize];
    let settings = Settings { fee, slippage, direction, ..Settings::default() };
    let series = vec![f64::NAN; candles.len()];
    let finer = if inside > 1 { finer } else { Candles::default() };
    Case { candles, signals, settings, plan, series, finer, length: inside.into() }
}

#[test]
fn stops_and_targets_on_a_thousand_markets_make_the_trades_of_the_reference() {
    compare(include_str!("../../../../tests/golden/levels.json"), 0, 1);
}

#[test]
fn by_finer_bars_they_make_the_trades_that_the_reference_makes_on_these() {
    compare(include_str!("../../../../tests/golden/levels_detail.json"), 1000, 6);
}

fn compare(golden: &str, first: usize, inside: u8) {
    let golden: Value = serde_json::from_str(golden).unwrap();
    let golden = golden.as_array().unwrap();
    assert_eq!(golden.len(), 1000);
    let mut trades = 0;
    for (number, theirs) in golden.iter().enumerate() {
        let ours = heard(&case((first + number) as u64, inside), TILE).trades;
        let ours: Vec<_> = ours.iter().filter(|trade| !trade.open).collect();
        assert_eq!(ours.len(), theirs.as_array().unwrap().len(), "case {number}");
        for (ours, theirs) in ours.iter().zip(theirs.as_array().unwrap()) {
            let why = match ours.reason {
                ExitReason::Rule | ExitReason::Reverse => 1,
                ExitReason::Stop => 2,
                ExitReason::Trailing => 3,
                ExitReason::Target => 4,
                other => panic!("case {number}: {other:?}"),
            };
            let theirs: Vec<f64> = theirs.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
            let bars_and_reason = [ours.entry_bar as f64, ours.exit_bar as f64, f64::from(why)].map(f64::to_bits);
            assert_eq!(
                bars_and_reason[..],
                theirs[..3].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
                "case {number}"
            );
            assert_eq!(ours.exit_price.to_bits(), theirs[3].to_bits(), "case {number}");
            assert!((ours.pnl - theirs[4]).abs() <= 1e-8 * theirs[4].abs().max(1.0), "case {number}: {ours:?}");
            trades += 1;
        }
    }
    assert!(trades > 3000, "{trades} trades");
}
