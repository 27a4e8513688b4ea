//! Our own counters: over processes, by kind and by day, wrong by nothing, and one pipeline a run.

use crate::candles::csv;
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

fn stats(server: &RedisServer, sandbox: &Sandbox) -> serde_json::Value {
    sandbox.backtest("cache stats --format json").redis(server).ran().done_quietly().json()
}

#[test]
fn counters_are_kept_by_kind_and_by_day_since_the_first_run() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    assert!(stats(&server, &sandbox)["since"].is_null());
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    sandbox.backtest("run --crypto BTC --strategy rsi --trades").redis(&server).ran().done_quietly();
    let stats = stats(&server, &sandbox);
    let of = |kind: &str| {
        let kind = &stats["kinds"][kind];
        ["entries", "hits", "misses", "stored"].map(|name| kind[name].as_u64().expect("a number"))
    };
    // A run with trades looks for both, and stores both anew where one of them is missing.
    assert_eq!((of("result"), of("trades"), of("block")), ([4, 5, 4, 5], [1, 0, 1, 1], [0; 4]));
    assert_eq!(
        [&stats["hits"], &stats["misses"], &stats["stored"]].map(serde_json::Value::as_u64),
        [Some(5), Some(5), Some(6)]
    );
    let days = stats["days"].as_object().expect("by day");
    let sum = |name: &str| days.values().filter_map(|day| day[name].as_u64()).sum::<u64>();
    assert_eq!((sum("hits"), sum("misses"), sum("stored"), sum("errors")), (5, 5, 6, 0));
    assert!((1..=2).contains(&days.len()), "{days:?}");
    assert!(stats["since"].as_str().is_some_and(|since| days.keys().any(|day| since.starts_with(day.as_str()))));
}

#[test]
fn blocks_of_sweeps_are_counted_as_such() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", 12_000));
    let sweep = "sweep --crypto BTC --strategy ma --param fast=5..54 --param slow=60..90";
    for _ in 0..2 {
        sandbox.backtest(sweep).redis(&server).ran().done();
    }
    let stats = stats(&server, &sandbox);
    let blocks = stats["kinds"]["block"]["stored"].as_u64().expect("a number");
    assert!(blocks > 0);
    assert_eq!(stats["kinds"]["block"]["hits"], blocks);
    assert_eq!((&stats["kinds"]["block"]["entries"], &stats["kinds"]["result"]["stored"]), (&blocks.into(), &0.into()));
}

#[test]
fn counters_of_many_processes_at_once_add_up_exactly() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| sandbox.backtest("batch --all").redis(&server).ran().done_quietly());
        }
    });
    let stats = stats(&server, &sandbox);
    assert_eq!(
        [&stats["hits"], &stats["misses"], &stats["stored"]].map(serde_json::Value::as_u64),
        [Some(40), Some(4), Some(4)]
    );
}

#[test]
fn a_run_of_hits_only_looks_up_and_counts_once_on_one_connection() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    let batch = || sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    let _ = batch();
    server.command(&["CONFIG", "RESETSTAT"]);
    let _ = batch();
    let calls = server.command(&["INFO", "commandstats"]);
    let named: Vec<&str> = calls.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next()).collect();
    let allowed = ["mget", "hsetnx", "hincrby", "expire", "config|resetstat", "info"];
    assert!(named.iter().all(|name| allowed.contains(name)), "{named:?}");
    assert!(calls.contains("cmdstat_hsetnx:calls=1,") && calls.contains("cmdstat_hincrby:calls=2,"), "{calls}");
    assert!(
        server.command(&["INFO", "stats"]).contains("total_connections_received:3\r\n"),
        "ours, and two that ask here"
    );
}

#[test]
fn lookups_of_others_on_the_server_are_named_apart() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    for _ in 0..7 {
        server.command(&["GET", "theirs"]);
    }
    let stats = stats(&server, &sandbox);
    assert_eq!((&stats["misses"], &stats["server"]["all_clients_misses"]), (&0.into(), &7.into()));
    let table = sandbox.backtest("cache stats").redis(&server).ran().done_quietly().stdout;
    assert!(table.contains("Server-wide misses, all clients"), "{table}");
}
