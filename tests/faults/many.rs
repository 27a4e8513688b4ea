//! Line 15: many processes at once on one Redis.

use std::process::{Child, Stdio};

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;
use crate::ran::Ran;
use crate::unharmed::market;

fn connections(server: &RedisServer) -> u64 {
    let stats = server.command(&["INFO", "stats"]);
    let line = stats.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
    line.and_then(|count| count.trim().parse().ok()).expect("a count")
}

/// Starts the calls all at once and waits for their ends: each went well and without a word.
fn at_once(sandbox: &Sandbox, server: &RedisServer, commands: &[&str]) -> Vec<Ran> {
    let start = |command: &&str| sandbox.backtest(command).redis(server).spawn(Stdio::piped());
    let children: Vec<Child> = commands.iter().map(start).collect();
    let end = |child: Child| Ran::of(&child.wait_with_output().expect("it ends")).done_quietly();
    children.into_iter().map(end).collect()
}

#[test]
fn twenty_cold_processes_print_the_same_over_one_connection_each() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let batch = "batch --crypto BTC,ETH --strategy rsi,ma --format json";
    let plain = sandbox.backtest(batch).ran().done_quietly();
    let before = connections(&server);
    for ran in at_once(&sandbox, &server, &[batch; 20]) {
        assert_eq!(ran.data(), plain.data());
    }
    assert_eq!(connections(&server) - before, 20 + 1, "and one of the question itself");
    assert_eq!(server.keys().iter().filter(|key| key.contains(":result:")).count(), 4);
    let warm = sandbox.backtest(batch).redis(&server).ran().done_quietly();
    assert_eq!((warm.data(), &warm.json()["summary"]["hits"]), (plain.data(), &4.into()));
}

#[test]
fn two_processes_racing_for_the_same_keys_print_the_same() {
    let sandbox = market();
    let sweep = "sweep --crypto LONG --interval 1h --strategy ma --param fast=32..63 --param slow=96..127 --format json --top 9";
    let plain = sandbox.backtest(sweep).ran().done_quietly();
    for _ in 0..5 {
        let server = RedisServer::start(&[]);
        for ran in at_once(&sandbox, &server, &[sweep, sweep]) {
            assert_eq!(ran.data(), plain.data());
        }
    }
}

#[test]
fn what_many_processes_do_is_counted_to_the_last() {
    let (server, sandbox) = (RedisServer::start(&[]), market());
    let batch = "batch --crypto BTC,ETH --strategy rsi,ma";
    sandbox.backtest(batch).redis(&server).ran().done_quietly();
    at_once(&sandbox, &server, &[batch; 10]);
    let stats = sandbox.backtest("cache stats --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&stats["hits"], &stats["misses"], &stats["stored"]), (&40.into(), &4.into(), &4.into()));
}
