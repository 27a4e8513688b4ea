//! What makes a result another one, and what is merely another name for the same.

use std::io::Write;

use crate::candles::{BARS, csv, with_cell};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const MINE: &str =
    "name = \"mine\"\n[params]\nn = 10\n[rules]\nentry = \"close > sma(close, n)\"\nexit = \"close < sma(close, n)\"\n";

/// A machine on which `mine` was run on BTCUSDT once.
struct Warm {
    server: RedisServer,
    sandbox: Sandbox,
}

impl Warm {
    fn up() -> Self {
        let warm = Self { server: RedisServer::start(&[]), sandbox: Sandbox::with(&["BTCUSDT"]) };
        warm.sandbox.write("mine.toml", MINE);
        assert_eq!(warm.run(""), "miss");
        assert_eq!(warm.run(""), "hit");
        warm
    }

    fn run(&self, options: &str) -> String {
        self.call(&format!("run --crypto BTC --strategy mine.toml --format json {options}"))
    }

    fn call(&self, words: &str) -> String {
        let ran = self.sandbox.backtest(words).redis(&self.server).ran().done();
        ran.json()["cache"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn other_settings_are_other_results() {
    let warm = Warm::up();
    for options in [
        "--fee 0.002",
        "--slippage 0.001",
        "--capital 9999",
        "--fill close",
        "--direction short",
        "--direction both",
        "--param n=11",
        "--from 2022-01-02",
        "--to 2023-02-04",
    ] {
        assert_eq!(warm.run(options), "miss", "{options}");
        assert_eq!(warm.run(options), "hit", "{options}");
    }
    assert_eq!(warm.run(""), "hit");
}

#[test]
fn another_interval_is_another_result_for_the_same_candles() {
    let warm = Warm::up();
    warm.sandbox.write("data/1h/BTCUSDT.csv", csv("BTCUSDT", BARS));
    assert_eq!(warm.run("--interval 1h"), "miss");
}

#[test]
fn one_changed_cell_is_another_result() {
    let text = csv("BTCUSDT", BARS);
    let cell = |line: usize, column: usize| text.lines().nth(line - 1)?.split(',').nth(column).map(str::to_owned);
    let warm = Warm::up();
    for (line, column) in [(2, 1), (200, 4), (401, 5)] {
        let old: f64 = cell(line, column).and_then(|cell| cell.parse().ok()).expect("a number");
        let new = if column == 5 { old + 1.0 } else { old + 0.001 };
        let changed = with_cell(&text, line, column, &new.to_string());
        // High and low leave room for a tenth of a cent or the file would not be one.
        let changed = with_cell(&changed, line, 2, "99999");
        warm.sandbox.write("data/1d/BTCUSDT.csv", changed);
        assert_eq!(warm.run(""), "miss", "line {line} column {column}");
    }
    warm.sandbox.write("data/1d/BTCUSDT.csv", text);
    assert_eq!(warm.run(""), "hit", "the old content is still stored");
}

#[test]
fn another_rule_is_another_result_under_the_same_name() {
    let warm = Warm::up();
    for changed in [
        MINE.replace("close > sma", "close >= sma"),
        MINE.replace("close < sma", "low < sma"),
        MINE.replace("sma", "ema"),
    ] {
        warm.sandbox.write("mine.toml", changed);
        assert_eq!(warm.run(""), "miss");
    }
}

#[test]
fn another_writing_of_the_same_rule_is_the_same_result() {
    let warm = Warm::up();
    for same in [
        MINE.replace("close > sma(close, n)", "  close>sma( close ,n )  "),
        MINE.replace("close > sma(close, n)", "(close > (sma(close, n)))"),
        MINE.replace("n = 10", "window = { default = 10, min = 2, max = 99 }").replace(", n)", ", window)"),
        format!("about = \"now with words\"\n# and a remark\n{MINE}"),
    ] {
        warm.sandbox.write("mine.toml", &same);
        assert_eq!(warm.run(""), "hit", "{same}");
    }
    warm.sandbox.write("mine.toml", MINE.replace("n = 10", "n = 11"));
    assert_eq!(warm.run("--param n=10"), "hit", "the default does not matter where a value is given");
}

#[test]
fn a_renamed_or_moved_candle_file_keeps_its_results() {
    let warm = Warm::up();
    let here = warm.sandbox.here();
    std::fs::rename(here.join("data"), here.join("moved")).expect("moved");
    let run = "run --crypto BTC --strategy mine.toml --format json --data-dir moved";
    assert_eq!(warm.call(run), "hit");
    let touched = csv("BTCUSDT", BARS);
    warm.sandbox.write("moved/1d/BTCUSDT.csv", touched);
    assert_eq!(warm.call(run), "hit", "the same content, written again");
}

#[test]
fn a_renamed_symbol_or_strategy_finds_the_result_that_others_stored() {
    let warm = Warm::up();
    let run = || {
        let call = warm.sandbox.backtest("run --crypto BTC --strategy mine.toml --format json").redis(&warm.server);
        let json = call.ran().done().json();
        (json["cache"].clone(), json["key"].clone(), json["metrics"].clone(), json["symbol"].clone())
    };
    let (first, key, metrics, symbol) = run();
    assert_eq!((first, symbol), ("hit".into(), "BTCUSDT".into()));
    let here = warm.sandbox.here();
    std::fs::rename(here.join("data/1d/BTCUSDT.csv"), here.join("data/1d/XBTUSD.csv")).expect("renamed");
    assert_eq!(run(), ("hit".into(), key.clone(), metrics.clone(), "XBTUSD".into()));
    warm.sandbox.write("mine.toml", MINE.replace("\"mine\"", "\"renamed\""));
    assert_eq!(run(), ("hit".into(), key, metrics, "XBTUSD".into()));
}

#[test]
fn a_recompressed_candle_file_keeps_its_results() {
    let warm = Warm::up();
    let text = csv("BTCUSDT", BARS);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(text.as_bytes()).expect("memory");
    let forms = [
        ("csv.gz", gz.finish().expect("memory")),
        ("csv.zst", zstd::bulk::compress(text.as_bytes(), 3).expect("memory")),
        ("csv", text.replace('\n', "\r\n").into_bytes()),
    ];
    let mut old = warm.sandbox.here().join("data/1d/BTCUSDT.csv");
    for (extension, bytes) in forms {
        std::fs::remove_file(&old).expect("it was there");
        old = warm.sandbox.write(&format!("data/1d/BTCUSDT.{extension}"), bytes);
        assert_eq!(warm.run(""), "hit", "{extension}");
    }
}

#[test]
fn a_file_that_grew_keeps_its_results_for_a_closed_range() {
    let warm = Warm::up();
    let closed = "--from 2022-02-01 --to 2022-10-01";
    assert_eq!(warm.run(closed), "miss");
    warm.sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", BARS + 1));
    assert_eq!(warm.run(closed), "hit");
    assert_eq!(warm.run(""), "miss", "an open range has one bar more");
    assert_eq!(warm.run("--to 2023-02-05"), "hit", "and up to the old end it is the old one");
}
