//! Every indicator against `tests/golden/indicators.csv`, written by Python's TA-Lib.

use super::super::{find, names};
use super::{assert_close, outputs};
use crate::sim::candles::Candles;

struct Golden {
    candles: Candles,
    /// What each column is of, as in `macd_signal 12 26 9`, and its values.
    columns: Vec<(String, Vec<f64>)>,
}

fn golden() -> Golden {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/indicators.csv"));
    let mut lines = text.lines();
    let header = lines.next().unwrap().split(',');
    let mut columns: Vec<(String, Vec<f64>)> = header.map(|name| (name.to_owned(), Vec::new())).collect();
    for line in lines {
        for ((_, column), cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() });
        }
    }
    let mut candle = columns.drain(..5).map(|(_, values)| values);
    let mut take = || candle.next().unwrap();
    let candles = Candles { time: Vec::new(), open: take(), high: take(), low: take(), close: take(), volume: take() };
    drop(candle);
    Golden { candles, columns }
}

#[test]
fn every_column_of_the_golden_file_is_met() {
    let golden = golden();
    for (call, theirs) in &golden.columns {
        let mut words = call.split(' ');
        let (family, output) = find(words.next().unwrap()).unwrap_or_else(|| panic!("no indicator for '{call}'"));
        let params: Vec<f64> = words.map(|word| word.parse().unwrap()).collect();
        let ours = outputs(family, &golden.candles, &params, 64);
        assert_close(&ours[output], theirs, call);
    }
}

#[test]
fn every_indicator_has_a_golden_column() {
    let golden = golden();
    for name in names() {
        let has = golden.columns.iter().any(|(call, _)| call.split(' ').next() == Some(name));
        assert!(has, "add {name} to tests/golden/indicators.py and run it");
    }
}
