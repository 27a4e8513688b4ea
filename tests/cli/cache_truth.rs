//! A hit prints what a computation prints; only `cache` and times tell them apart.

use crate::candles::{BARS, csv, with_cell};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const COMMANDS: [&str; 9] = [
    "run --crypto BTC --strategy rsi",
    "run --crypto BTC --strategy rsi --trades",
    "run --crypto BTC --strategy rsi --format json",
    "run --crypto BTC --strategy rsi --format json --trades",
    "run --crypto BTC --strategy rsi --format csv --trades --direction both",
    "batch --all",
    "batch --all --format json --sort cagr",
    "batch --all --format csv --from 2022-03-01",
    "batch --crypto BTC --strategy rsi,ma,macd,donchian --top 2",
];

#[test]
fn a_hit_prints_what_a_miss_and_a_run_without_cache_print() {
    for command in COMMANDS {
        let server = RedisServer::start(&[]);
        let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
        let off = sandbox.backtest(command).ran().done_quietly();
        let miss = sandbox.backtest(command).redis(&server).ran().done_quietly();
        let hit = sandbox.backtest(command).redis(&server).ran().done_quietly();
        assert_eq!(miss.data(), off.data(), "{command}");
        assert_eq!(hit.data(), off.data(), "{command}");
        if !command.contains("csv") {
            assert!(miss.stdout.contains("miss") && !miss.stdout.contains(" hit"), "{}", miss.stdout);
            assert!(hit.stdout.contains("hit") && !hit.stdout.contains(" miss\n"), "{}", hit.stdout);
        }
    }
}

#[test]
fn the_file_of_out_is_the_same_with_hits() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for name in ["out.csv", "out.parquet"] {
        let content = || {
            sandbox.backtest("batch --all --out").arg(name).redis(&server).ran().done_quietly();
            std::fs::read(sandbox.here().join(name)).expect("a file")
        };
        assert_eq!(content(), content(), "{name}");
    }
}

#[test]
fn a_batch_with_a_broken_file_ends_the_same_with_hits() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", BARS), 5, 4, "0"));
    for format in ["table", "json"] {
        let batch = || {
            sandbox.backtest("batch --all --format").arg(format).redis(&server).ran().failed(&["BADUSDT.csv: row 5"])
        };
        let (first, second) = (batch(), batch());
        assert_eq!((second.data(), second.stderr.as_str()), (first.data(), first.stderr.as_str()));
    }
}

#[test]
fn warnings_about_candles_are_the_same_with_hits() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BTCUSDT.csv", with_cell(&csv("BTCUSDT", BARS), 5, 5, "0"));
    let run = || sandbox.backtest("run --crypto BTC --strategy rsi").redis(&server).ran().done();
    let miss = run();
    // So long does it take until the program trusts a file's times.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    for _ in 0..2 {
        let hit = run().warned_once(&["BTCUSDT: 1 bar without volume"]);
        assert_eq!(hit.stderr, miss.stderr);
        assert!(hit.stdout.contains("cache hit"));
    }
}

#[test]
fn trades_are_stored_beside_the_metrics_and_both_are_needed_for_a_hit() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let state = |options: &str| {
        let run = format!("run --crypto BTC --strategy rsi --format json {options}");
        sandbox.backtest(&run).redis(&server).ran().done_quietly().json()["cache"].clone()
    };
    assert_eq!(state(""), "miss");
    assert_eq!(state("--trades"), "miss", "the trades were not stored yet");
    assert_eq!(state("--trades"), "hit");
    assert_eq!(state(""), "hit");
}

#[test]
fn refresh_computes_and_stores_and_no_cache_does_neither() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let state = |options: &str| {
        let run = format!("run --crypto BTC --strategy rsi --format json {options}");
        sandbox.backtest(&run).redis(&server).ran().done_quietly().json()["cache"].clone()
    };
    assert_eq!(state("--no-cache"), "off");
    assert_eq!(server.keys(), [""; 0]);
    assert_eq!(state("--refresh"), "miss");
    assert_eq!(server.entries("result:BTCUSDT:rsi").len(), 1);
    assert_eq!(state(""), "hit");
    assert_eq!(state("--no-cache"), "off");
    let key = server.keys().into_iter().find(|key| key.contains(":result:")).expect("an entry");
    server.command(&["SET", &key, "broken"]);
    assert_eq!(state("--refresh"), "miss");
    assert_eq!(state(""), "hit", "a refresh replaces what was stored");
}

#[test]
fn a_result_lives_for_a_day_for_the_ttl_or_for_ever() {
    for (options, seconds) in
        [("", 86_399..=86_400), ("--ttl 1h", 3_599..=3_600), ("--ttl 90s", 89..=90), ("--ttl 0", -1..=-1)]
    {
        let server = RedisServer::start(&[]);
        let sandbox = Sandbox::with(&["BTCUSDT"]);
        let run = format!("run --crypto BTC --strategy rsi --trades {options}");
        sandbox.backtest(&run).redis(&server).ran().done_quietly();
        let entries: Vec<_> = server.keys().into_iter().filter(|key| !key.contains(":stats")).collect();
        assert_eq!(entries.len(), 2, "{entries:?}");
        for key in entries {
            let ttl = server.command(&["TTL", &key]);
            let ttl: i64 = ttl.trim().trim_start_matches(':').parse().expect("a number");
            assert!(seconds.contains(&ttl), "{options} {key}: {ttl}");
        }
    }
}

#[test]
fn verbose_names_each_hit_and_each_miss_on_stderr() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let batch = || sandbox.backtest("batch --all -v").redis(&server).ran().done();
    let cold = batch();
    sandbox.write("data/1d/SOLUSDT.csv", csv("SOLUSDT", BARS));
    let warm = batch();
    for strategy in ["rsi", "ma"] {
        for symbol in ["BTCUSDT", "ETHUSDT"] {
            assert_eq!(cold.lines_with(&format!("miss {symbol} {strategy}")), 1, "{cold:#?}");
            assert_eq!(warm.lines_with(&format!("hit {symbol} {strategy}")), 1, "{warm:#?}");
        }
        assert_eq!(warm.lines_with(&format!("miss SOLUSDT {strategy}")), 1, "{warm:#?}");
    }
    assert_eq!(sandbox.backtest("batch --all").redis(&server).ran().done().stderr, "");
}
