//! `cache verify`: stored results against the candles of today, bit for bit.

use backtest::cache::{
    CacheLocation, EntryId, EntryKind, Key, Options, Results, StoredResult, StoredSegments, StoredValue,
};

use crate::candles::{BARS, csv};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

fn warm() -> (RedisServer, Sandbox) {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    (server, sandbox)
}

/// Puts another value under a key, as only a fault of the program, or somebody without scruples, could.
fn forge(server: &RedisServer, key: &str, change: impl Fn(&mut StoredResult)) {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&key[2 * at..2 * at + 2], 16).expect("hex digits");
    }
    let place: CacheLocation = server.url().parse().expect("a URL");
    let results = Results::new(&place, Options::default());
    let wanted = EntryId { key: Key(bytes), kind: EntryKind::Result, symbol: "BTCUSDT", strategy: "rsi" };
    let Some(Some(StoredValue::Result(mut result))) = results.get(&[wanted]).pop() else { panic!("it is stored") };
    change(&mut result);
    results.put(&wanted, &StoredValue::Result(result));
    assert_eq!(results.finish().stored, 1);
}

fn key_of(server: &RedisServer, entry: &str) -> String {
    let name = server.entries(entry).remove(0);
    name.rsplit(':').next().expect("a digest").to_owned()
}

#[test]
fn what_is_right_is_said_to_be_right() {
    let (server, sandbox) = warm();
    let ran = sandbox.backtest("cache verify").redis(&server).ran().done_quietly();
    assert_eq!(ran.stdout, "4 results checked of 4 stored for this request: all the same, bit for bit\n");
    let json = sandbox.backtest("cache verify --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["checked"], &json["mismatches"]), (&4.into(), &serde_json::json!([])));
}

#[test]
fn one_wrong_bit_is_named_and_ends_with_1() {
    let (server, sandbox) = warm();
    let key = key_of(&server, "result:BTCUSDT:rsi");
    forge(&server, &key, |result| {
        let metric = result.metrics.iter_mut().flatten().find(|metric| **metric != 0.0).expect("a number");
        *metric = f64::from_bits(metric.to_bits() ^ 1);
    });
    let ran = sandbox.backtest("cache verify").redis(&server).ran();
    let ran = ran.failed(&["BTCUSDT rsi: result", &key, "is wrong", "stored as", "computed as"]);
    assert!(ran.stdout.contains("1 differs"), "{}", ran.stdout);
    let csv = sandbox.backtest("cache verify --format csv").redis(&server).ran().failed(&[]).stdout;
    assert!(csv.starts_with("symbol,strategy,kind,key,difference\nBTCUSDT,rsi,result,"), "{csv}");
}

#[test]
fn wrong_trades_and_bars_are_found_too() {
    let (server, sandbox) = warm();
    sandbox.backtest("run --crypto BTC --strategy rsi --trades").redis(&server).ran().done_quietly();
    let json = sandbox.backtest("cache verify --format json").redis(&server).ran().done_quietly().json();
    assert_eq!(json["checked"], 5, "the trades are looked at");
    forge(&server, &key_of(&server, "result:BTCUSDT:rsi"), |result| result.bars += 1);
    sandbox.backtest("cache verify").redis(&server).ran().failed(&["bars is stored as 401 and computed as 400"]);
}

#[test]
fn a_wrong_order_of_the_last_bar_is_found() {
    let (server, sandbox) = warm();
    sandbox.backtest("run --crypto BTC --strategy rsi").redis(&server).ran().done_quietly();
    sandbox.backtest("cache verify").redis(&server).ran().done_quietly();
    forge(&server, &key_of(&server, "result:BTCUSDT:rsi"), |result| {
        let last = result.last.as_mut().expect("run asked for it");
        last.opens = if last.opens.is_some() { None } else { Some(backtest::sim::Side::Short) };
    });
    sandbox.backtest("cache verify").redis(&server).ran().failed(&["BTCUSDT rsi: result", "the last bar is stored as"]);
}

#[test]
fn a_sample_is_smaller_and_the_same_for_the_same_seed() {
    let (server, sandbox) = warm();
    let checked = |words: &str| {
        let ran = sandbox.backtest(&format!("cache verify --format json {words}")).redis(&server).ran().done_quietly();
        ran.json()["checked"].as_u64()
    };
    assert_eq!(checked("--sample 5%"), Some(1));
    assert_eq!(checked("--sample 50% --seed 3"), Some(2));
    assert_eq!(checked("--sample 3"), Some(3));
    for sample in ["0%", "-1%", "101%", "0", "x", "", "nan%"] {
        sandbox.backtest("cache verify --sample").arg(sample).redis(&server).ran().refused(&["--sample", "5%"]);
    }
}

#[test]
fn what_other_candles_and_settings_stored_is_counted_and_not_checked() {
    let (server, sandbox) = warm();
    sandbox.backtest("batch --all --fee 0.005").redis(&server).ran().done_quietly();
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", BARS + 1));
    let ran = sandbox.backtest("cache verify").redis(&server).ran().done_quietly();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "2 results checked of 2 stored for this request: all the same, bit for bit");
    assert_eq!(lines[1], "2 not stored");
    assert!(lines[2].starts_with("6 stored for other candles"), "{lines:?}");
    let fee = sandbox.backtest("cache verify --fee 0.005 --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&fee["checked"], &fee["others"]), (&2.into(), &6.into()));
}

#[test]
fn blocks_of_a_sweep_are_verified_by_the_grid_that_stored_them() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", 12_000));
    let grid = "--crypto BTC --strategy ma --param fast=5..54 --param slow=60..90 --format json";
    sandbox.backtest(&format!("sweep {grid}")).redis(&server).ran().done();
    let json = sandbox.backtest(&format!("cache verify {grid}")).redis(&server).ran().done().json();
    assert!(json["checked"].as_u64() > Some(0));
    assert_eq!((&json["mismatches"], &json["others"]), (&serde_json::json!([]), &0.into()));
}

/// Puts statistics of one segment that are wrong by a bit into the only entry of its kind.
fn forge_segments(server: &RedisServer) -> String {
    let key = key_of(server, "segments:BTCUSDT:ma");
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&key[2 * at..2 * at + 2], 16).expect("hex digits");
    }
    let place: CacheLocation = server.url().parse().expect("a URL");
    let results = Results::new(&place, Options::default());
    let wanted = EntryId { key: Key(bytes), kind: EntryKind::Segments, symbol: "BTCUSDT", strategy: "ma" };
    let Some(Some(StoredValue::Segments(stored))) = results.get(&[wanted]).pop() else { panic!("it is stored") };
    let width = usize::try_from(stored.per_point).expect("few segments");
    let mut rows = stored.returns().expect("sums of returns");
    let gains = &mut rows[2 * width + 3].returns.gains;
    *gains = f64::from_bits(gains.to_bits() ^ 1);
    let forged = StoredSegments::of_returns((stored.bars, stored.start, stored.end), width, &rows);
    results.put(&wanted, &StoredValue::Segments(forged));
    assert_eq!(results.finish().stored, 1);
    key
}

#[test]
fn statistics_by_segments_of_sweeps_and_walks_are_verified_too() {
    let grid = "--crypto BTC --strategy ma --param fast=5..54 --param slow=60..90 --format json";
    let windows = "--train 3000b --test 1000b --holdout 10%";
    let (cpcv, gap) = ("--cpcv 6,2 --sort total_return", "--cpcv 4,1 --gap 30b");
    for (command, verify) in [
        ("sweep", ""),
        ("sweep --pbo-blocks 4", "--pbo-blocks 4"),
        (&*format!("walk {windows}"), windows),
        (&*format!("walk {cpcv}"), cpcv),
        (&*format!("walk {gap}"), gap),
    ] {
        let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
        sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", 12_000));
        sandbox.backtest(&format!("{command} {grid}")).redis(&server).ran().done();
        let verified = || sandbox.backtest(&format!("cache verify {verify} {grid}")).redis(&server).ran();
        let json = verified().done().json();
        // Two blocks, and the statistics of both.
        assert_eq!((&json["checked"], &json["mismatches"]), (&4.into(), &serde_json::json!([])), "{command}");
        assert_eq!((&json["others"], &json["missing"]), (&0.into(), &0.into()), "{command}");
        let key = forge_segments(&server);
        let found =
            verified().failed(&["BTCUSDT ma: segments", &key, "is wrong: point 3, segment 4: sums differ"]).json();
        assert_eq!(found["mismatches"][0]["kind"], "segments");
        // Of other segments nothing is said.
        let json = sandbox.backtest(&format!("cache verify --pbo-blocks 6 {grid}")).redis(&server).ran().done().json();
        assert_eq!((&json["checked"], &json["others"]), (&2.into(), &2.into()));
    }
}

#[test]
fn strategies_that_are_not_known_here_are_named() {
    let (server, sandbox) = warm();
    sandbox.write("mine.toml", crate::own_strategies::MINE);
    sandbox.backtest("batch --all --strategy mine.toml").redis(&server).ran().done_quietly();
    sandbox.backtest("cache verify").redis(&server).ran().done().says(&["not verified", "my_breakout", "--strategy"]);
    let ran = sandbox.backtest("cache verify --strategy ./mine.toml").redis(&server).ran().done_quietly();
    assert!(ran.stdout.starts_with("2 results checked of 2"), "{}", ran.stdout);
}

#[test]
fn damaged_entries_end_with_1() {
    let (server, sandbox) = warm();
    let name = server.entries("result:BTCUSDT:rsi").remove(0);
    server.command(&["SETRANGE", &name, "100", "damage"]);
    let ran = sandbox.backtest("cache verify").redis(&server).ran();
    let ran = ran.failed(&["1 stored value cannot be used: damaged"]);
    assert!(ran.stdout.contains("3 results checked of 3"), "{}", ran.stdout);
}
