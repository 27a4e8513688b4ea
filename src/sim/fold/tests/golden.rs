//! Every indicator as rules call it against `tests/golden/indicators.csv`, which TA-Lib, pandas-ta, pandas and formulas in
//! Python made: tile after tile, through parser and graph.

use crate::candles::Candles;
use crate::fold::{Columns, Graph, Market, TileBars};
use crate::indicators::{DEFINITIONS, names};
use crate::interval::Interval;
use crate::rules::Expr;
use crate::simd::Cpu;
use crate::strategy;

struct Golden {
    candles: Candles,
    /// What each column is of, as in `macd_signal close 12 26 9`, and its values; no value where it is not compared.
    columns: Vec<(String, Vec<Option<f64>>)>,
}

fn golden() -> Golden {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/indicators.csv"));
    let mut lines = text.lines();
    let header = lines.next().unwrap().split(',').skip(6);
    let mut columns: Vec<(String, Vec<Option<f64>>)> = header.map(|name| (name.to_owned(), Vec::new())).collect();
    let mut candles = Candles::default();
    for line in lines {
        let mut cells = line.split(',');
        candles.time.push(cells.next().unwrap().parse().unwrap());
        let Candles { open, high, low, close, volume, .. } = &mut candles;
        for column in [open, high, low, close, volume] {
            column.push(cells.next().unwrap().parse().unwrap());
        }
        for (_, column) in &mut columns {
            let value = |cell: &str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
            column.push(cells.next().map(value));
        }
    }
    Golden { candles, columns }
}

/// `macd close 12 26 9` as a rule calls it.
fn call(words: &str) -> String {
    let (name, args) = words.split_once(' ').unwrap_or((words, ""));
    format!("{name}({})", args.trim().replace(' ', ", "))
}

/// The values of a call at every bar of the candles.
fn values(call: &str, candles: &Candles) -> Vec<f64> {
    let text = format!("name = \"golden\"\n[rules]\nentry = \"{call} > 0\"\nexit = \"false\"");
    let strategy = strategy::parse(&text, "golden").unwrap_or_else(|error| panic!("{error}"));
    let Expr::Compare(_, series, _) = &strategy.entry.expr else { panic!("{call} is compared with 0") };
    let mut graph = Graph::default();
    let series = graph.series(series, &[]).expect("it is a series");
    graph.keep_before(series);
    let market = Market::from(candles);
    let mut columns = Columns::new(&graph, &market, Interval::MONTH, Cpu::detect());
    let mut values = Vec::new();
    for tile in TileBars::all(candles, 0) {
        columns.extend(&graph, &market, tile);
        values.extend_from_slice(columns.read(series.column, series.lag));
        columns.settle();
    }
    values[..series.lookback.min(candles.len())].fill(f64::NAN);
    values
}

#[test]
fn every_indicator_equals_its_oracle_and_has_its_first_value_at_the_same_bar() {
    let golden = golden();
    assert!(golden.candles.len() >= 3_000);
    for (words, theirs) in &golden.columns {
        let ours = values(&call(words), &golden.candles);
        let largest = theirs.iter().flatten().filter(|x| !x.is_nan()).fold(0.0_f64, |a, b| a.max(b.abs()));
        let mut compared = 0;
        for (bar, (a, b)) in ours.iter().zip(theirs).enumerate().filter_map(|(bar, (a, b))| Some((bar, (*a, (*b)?)))) {
            assert_eq!(a.is_nan(), b.is_nan(), "{words}, bar {bar}: {a} and {b}");
            // Differences of larger values, near 0, are as good as these.
            let near = (a - b).abs() <= 1e-9 * b.abs() + 1e-12 * largest;
            assert!(a.is_nan() || near, "{words}, bar {bar}: {a} and {b}");
            compared += usize::from(!a.is_nan());
        }
        assert!(compared > 200, "{words}: {compared} values");
    }
}

#[test]
fn every_indicator_has_a_golden_column() {
    let golden = golden();
    for name in names().chain(DEFINITIONS.iter().map(|definition| definition.name)) {
        let has = golden.columns.iter().any(|(words, _)| words.split(' ').next() == Some(name));
        assert!(has, "add {name} to tests/golden/indicators.py and run it");
    }
}
