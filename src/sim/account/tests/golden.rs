//! The account against figures of vectorbt 1.2 (`tests/golden/portfolio.py` made them).

use serde_json::Value;

use super::plain::{Rules, near, tiled_in_full};
use crate::account::{Direction, Fill, Settings};
use crate::candles::Candles;
use crate::interval::Interval;
use crate::metrics::{self, BenchmarkCandles};

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn candles(series: &Value) -> Candles {
    let close = floats(&series["close"]);
    Candles {
        time: (0..close.len() as i64).collect(),
        open: floats(&series["open"]),
        high: floats(&series["high"]),
        low: floats(&series["low"]),
        volume: floats(&series["volume"]),
        close,
    }
}

fn rules(signals: &Value) -> Rules {
    let bits = |name: &str| signals[name].as_str().unwrap().bytes().map(|byte| byte == b'1').collect::<Vec<_>>();
    let [a, b, c, d] = ["entry", "exit", "short_entry", "short_exit"].map(bits);
    (0..a.len()).map(|bar| [a[bar], b[bar], c[bar], d[bar]]).collect()
}

#[test]
fn every_metric_and_trade_equals_vectorbts() {
    let golden: Value = serde_json::from_str(include_str!("../../../../tests/golden/portfolio.json")).unwrap();
    let mut cases = 0;
    for fixture in golden["fixtures"].as_array().unwrap() {
        let name = fixture["name"].as_str().unwrap();
        let given = &fixture["settings"];
        let settings = Settings {
            capital: given["capital"].as_f64().unwrap(),
            fee: given["fee"].as_f64().unwrap(),
            slippage: given["slippage"].as_f64().unwrap(),
            fill: if given["fill"] == "close" { Fill::Close } else { Fill::NextOpen },
            direction: match given["direction"].as_str().unwrap() {
                "long" => Direction::Long,
                "short" => Direction::Short,
                _ => Direction::Both,
            },
            risk_free: fixture["risk_free"].as_f64().unwrap_or(0.0),
            ..Settings::default()
        };
        let candles = candles(&golden["series"][fixture["series"].as_str().unwrap()]);
        let rules = rules(&golden["signals"][fixture["signals"].as_str().unwrap()]);
        let interval: Interval = fixture["interval"].as_str().unwrap().parse().unwrap();
        // The benchmark of a fixture is another column of its candles.
        let benchmark = fixture["benchmark"].as_str().map(|column| BenchmarkCandles {
            symbol: column.to_owned(),
            time: candles.time.clone(),
            close: floats(&golden["series"][fixture["series"].as_str().unwrap()][column]),
        });
        let ours = tiled_in_full(&candles, &rules, &settings, interval.bars_per_year(), benchmark.as_ref());
        assert_eq!(ours.ruined, fixture["ruined"].as_bool().unwrap(), "{name}");
        for (metric, value) in metrics::TABLE.iter().zip(ours.metrics) {
            match (value, fixture["metrics"][metric.name].as_f64()) {
                (Some(ours), Some(theirs)) => {
                    assert!(near(ours, theirs), "{name}: {} is {ours}, vectorbt's {theirs}", metric.name);
                }
                (ours, theirs) => assert_eq!(ours, theirs, "{name}: {}", metric.name),
            }
        }
        let trades = &fixture["trades"];
        let columns =
            ["entry_price", "exit_price", "size", "fees", "pnl", "return"].map(|column| floats(&trades[column]));
        assert_eq!(ours.trades.len(), columns[0].len(), "{name}");
        for (index, trade) in ours.trades.iter().enumerate() {
            let values = [trade.entry_price, trade.exit_price, trade.size, trade.fees, trade.pnl, trade.ret];
            for (ours, theirs) in values.iter().zip(&columns) {
                assert!(near(*ours, theirs[index]), "{name}: trade {index}: {ours} and {}", theirs[index]);
            }
            assert_eq!(
                trades["entry_index"][index].as_u64().unwrap() as usize,
                trade.entry_bar,
                "{name}: trade {index}"
            );
            assert_eq!(trades["exit_index"][index].as_u64().unwrap() as usize, trade.exit_bar, "{name}: trade {index}");
            assert_eq!(trades["open"][index].as_bool().unwrap(), trade.open, "{name}: trade {index}");
        }
        cases += 1;
    }
    assert!(cases >= 150, "{cases} fixtures");
}
