//! Longer bars than there are files of: made of shorter ones, and said.

use std::fmt::Write;

use serde_json::Value;

use crate::candles::{BARS, csv};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

/// Whole weeks of daily candles, by adding up lines; the first Monday is in line 4 of the file (2022-01-03).
fn weeks(daily: &str) -> String {
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    let rows: Vec<Vec<f64>> = daily
        .lines()
        .skip(3)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    for week in rows.chunks_exact(7) {
        let high = week.iter().map(|row| row[2]).fold(0.0, f64::max);
        let low = week.iter().map(|row| row[3]).fold(f64::INFINITY, f64::min);
        let volume: f64 = week.iter().map(|row| row[5]).sum();
        writeln!(text, "{},{},{high},{low},{},{volume}", week[0][0], week[0][1], week[6][4]).expect("text grows");
    }
    text
}

/// Whole months of daily candles that begin on 2022-01-01, by adding up lines.
fn months(daily: &str) -> String {
    let rows: Vec<Vec<&str>> = daily.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut rows = rows.as_slice();
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    for days in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31] {
        let (month, rest) = rows.split_at(days);
        let column = |at: usize| month.iter().map(move |row| row[at].parse::<f64>().expect("a number"));
        let (high, low) = (column(2).fold(0.0, f64::max), column(3).fold(f64::INFINITY, f64::min));
        let volume: f64 = column(5).sum();
        writeln!(text, "{},{},{high},{low},{},{volume}", month[0][0], month[0][1], month[days - 1][4])
            .expect("text grows");
        rows = rest;
    }
    text
}

#[test]
fn months_are_made_of_days_by_the_calendar_and_are_those_of_a_file_with_the_same_key() {
    let (made, file) = (Sandbox::with(&["BTCUSDT"]), Sandbox::empty());
    file.write("data/1mo/BTCUSDT.csv", months(&csv("BTCUSDT", BARS)));
    for options in ["", "--from 2022-01-15 --to 2022-11", "--trades --direction both"] {
        let words = format!("run --crypto BTC --strategy rsi --param period=3 --interval 1mo --format json {options}");
        let ran = made.backtest(&words).ran().done();
        assert_eq!(ran.stderr, "note: the 1mo bars of BTCUSDT are made of its 1d ones\n");
        let expected = file.backtest(&words).ran().done_quietly();
        assert_eq!(lasting(ran.json()), lasting(expected.json()), "{options}");
    }
    let bars = |sandbox: &Sandbox, words: &str| {
        sandbox.backtest(&format!("run --crypto BTC --strategy rsi {words} --format json")).ran().done().json()["bars"]
            .clone()
    };
    assert_eq!(bars(&made, "--interval 1M"), 13, "13 whole months in 400 days, and a few days of February");
    assert_eq!(bars(&made, "--interval 3mo"), 4, "quarters");
    assert_eq!(bars(&made, "--interval 1mo --from 2022-01-15 --to 2022-11"), 9);
}

/// A document without what differs from call to call.
fn lasting(mut json: Value) -> Value {
    for key in ["elapsed_ms", "load_ms", "compute_ms"] {
        json.as_object_mut().map(|object| object.shift_remove(key));
    }
    json
}

#[test]
fn a_run_on_bars_made_of_shorter_ones_is_the_run_on_a_file_of_them_with_the_same_key() {
    let (made, file) = (Sandbox::with(&["BTCUSDT"]), Sandbox::empty());
    file.write("data/1w/BTCUSDT.csv", weeks(&csv("BTCUSDT", BARS)));
    for options in ["", "--from 2022-02-01 --to 2022-11-01", "--trades --direction both"] {
        let words = format!("run --crypto BTC --strategy rsi --param period=3 --interval 1w --format json {options}");
        let ran = made.backtest(&words).ran().done();
        assert_eq!(ran.stderr, "note: the 1w bars of BTCUSDT are made of its 1d ones\n");
        assert!(ran.json()["bars"].as_u64().is_some_and(|bars| bars > 30), "{}", ran.stdout);
        let expected = file.backtest(&words).ran().done_quietly();
        assert_eq!(lasting(ran.json()), lasting(expected.json()), "{options}");
    }
}

#[test]
fn a_stored_result_is_found_for_both_and_not_after_the_shorter_bars_have_changed() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let state = |interval: &str| {
        let run = format!("run --crypto BTC --strategy rsi --interval {interval} --format json");
        sandbox.backtest(&run).redis(&server).ran().done().json()["cache"].clone()
    };
    assert_eq!([state("1w"), state("1w"), state("2d"), state("2d")], ["miss", "hit", "miss", "hit"]);
    sandbox.write("data/1w/BTCUSDT.csv", weeks(&csv("BTCUSDT", BARS)));
    assert_eq!(state("1w"), "hit", "a file with the same bars");
    std::fs::remove_dir_all(sandbox.here().join("data/1w")).expect("it was there");
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", BARS).replacen(",1", ",2", 9));
    assert_eq!([state("1w"), state("2d")], ["miss", "miss"]);
}

#[test]
fn what_was_remembered_of_a_file_is_not_taken_for_the_bars_made_of_it() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let bars = |interval: &str| {
        let run = format!("run --crypto BTC --strategy rsi --interval {interval} --format json");
        sandbox.backtest(&run).redis(&server).ran().done().json()["bars"].clone()
    };
    // So long does it take until the program trusts a file's times.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    for _ in 0..2 {
        assert_eq!([bars("1d"), bars("1w"), bars("2d")], [400, 56, 199]);
    }
}

#[test]
fn all_assets_are_those_of_the_interval_s_own_folder_or_of_shorter_bars_where_it_has_none() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let note = "note: the 1w bars of 3 assets are made of their 1d ones\n";
    let batch = sandbox.backtest("batch --all --strategy rsi --interval 1w --format json").ran().done();
    assert_eq!((batch.stderr.as_str(), &batch.json()["summary"]["assets"]), (note, &3.into()));
    let sweep = sandbox.backtest("sweep --all --strategy rsi --param period=2..4 --interval 1w --format json").ran();
    assert_eq!(sweep.done().stderr, note);

    sandbox.write("data/1w/BTCUSDT.csv", weeks(&csv("BTCUSDT", BARS)));
    let own = sandbox.backtest("batch --all --strategy rsi --interval 1w --format json").ran().done_quietly();
    assert_eq!(own.json()["summary"]["assets"], 1);
    let named = sandbox.backtest("batch --crypto ETH,BTC --strategy rsi --interval 1w --format json").ran().done();
    assert_eq!(named.stderr, "note: the 1w bars of ETHUSDT are made of its 1d ones\n");
    let daily = sandbox.backtest("batch --all --strategy rsi --format json").ran().done_quietly();
    assert_eq!(daily.json()["summary"]["assets"], 3);
}

#[test]
fn comparisons_and_pages_of_saved_results_take_bars_made_of_shorter_ones_too() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let note = "note: the 1w bars of BTCUSDT are made of its 1d ones\n";
    let saved = "run --crypto BTC --strategy rsi --interval 1w --out saved.json --format json";
    let run = sandbox.backtest(saved).ran().done().json();
    for words in ["compare rsi ma --crypto BTC --interval 1w --format json", &format!("{saved} --against ma")] {
        let both = sandbox.backtest(words).ran().done();
        assert!(both.stderr.contains("BTCUSDT, ma: entry and exit are undefined at every bar"), "{}", both.stderr);
        assert!(both.stderr.ends_with(note), "{}", both.stderr);
        assert_eq!(both.json()["results"][0]["metrics"], run["metrics"], "{words}");
    }
    sandbox.backtest("run --crypto BTC --strategy rsi --interval 1w --out saved.json --quiet").ran().done_quietly();
    let page = sandbox.backtest("report saved.json --out page.html").ran().done();
    assert!(!page.stderr.contains("no candles"), "{}", page.stderr);
}

#[test]
fn an_interval_that_nothing_divides_names_those_that_are_there() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = "run --crypto BTC --strategy rsi --interval";
    sandbox.backtest(&format!("{run} 36h")).ran().refused(&["no candles of 36h", "There are candles of 1d"]);
    sandbox.backtest(&format!("{run} 1h")).ran().refused(&["no candles of 1h", "There are candles of 1d"]);
}

#[test]
fn the_list_of_one_interval_shows_what_it_would_be_computed_with_and_the_whole_list_the_files() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let json = sandbox.backtest("data list --interval 1w --format json").ran().done_quietly().json();
    assert_eq!((&json[0]["bars"], &json[0]["made_of"]), (&56.into(), &"1d".into()));
    let table = sandbox.backtest("data list --interval 1w").ran().done_quietly().stdout;
    assert!(table.contains("made of 1d bars"), "{table}");
    let json = sandbox.backtest("data list --format json").ran().done_quietly().json();
    assert_eq!((json.as_array().map(Vec::len), &json[0]["made_of"]), (Some(1), &Value::Null));
}
