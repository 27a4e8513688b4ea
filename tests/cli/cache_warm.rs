//! `cache warm`: what is missing is computed and stored, and others find it.

use crate::candles::{BARS, csv, with_cell};
use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

#[test]
fn what_was_warmed_is_a_hit_for_a_batch_and_only_what_is_missing_is_computed() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    let warm = |words: &str| sandbox.backtest(&format!("cache warm --format json {words}")).redis(&server).ran();
    let json = warm("--crypto BTC").done_quietly().json();
    assert_eq!((&json["stored_before"], &json["computed"], &json["stored"]), (&0.into(), &2.into(), &2.into()));
    let json = warm("--all").done_quietly().json();
    assert_eq!((&json["stored_before"], &json["computed"], &json["stored"]), (&2.into(), &2.into(), &2.into()));
    let json = warm("--all --refresh").done_quietly().json();
    assert_eq!((&json["stored_before"], &json["stored"]), (&0.into(), &4.into()));
    let batch = sandbox.backtest("batch --all --format json").redis(&server).ran().done_quietly().json();
    assert_eq!(batch["summary"]["misses"], 0);
    let text = sandbox.backtest("cache warm --all").redis(&server).ran().done_quietly().stdout;
    assert!(text.starts_with("4 results of 2 assets: 4 stored before, 0 computed"), "{text}");
}

#[test]
fn a_grid_is_warmed_for_sweeps() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", 12_000));
    let grid = "--crypto BTC --strategy ma --param fast=5..54 --param slow=60..90 --format json";
    let warm = || sandbox.backtest(&format!("cache warm {grid}")).redis(&server).ran().done().json();
    let json = warm();
    assert_eq!((&json["stored_before"], &json["computed"]), (&0.into(), &1_550.into()));
    assert!(json["stored"].as_u64() > Some(0));
    // The last block of the grid is smaller, and not worth storing.
    let before = warm()["stored_before"].clone();
    assert!(before.as_u64() > Some(1_000), "{before}");
    let sweep = sandbox.backtest(&format!("sweep {grid}")).redis(&server).ran().done().json();
    assert_eq!(sweep["summary"]["hits"], before);
}

#[test]
fn trades_are_warmed_where_they_are_asked_for() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    sandbox.backtest("cache warm --all --strategy rsi --trades").redis(&server).ran().done_quietly();
    let run = sandbox.backtest("run --crypto BTC --strategy rsi --trades --format json").redis(&server).ran();
    assert_eq!(run.done_quietly().json()["cache"], "hit");
}

#[test]
fn without_a_cache_nothing_is_computed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let url = format!("redis://127.0.0.1:{}", free_port());
    assert_eq!(
        sandbox.backtest("cache warm --all").cache_url(&url).ran().failed(&["refused", "--cache-url"]).stdout,
        ""
    );
}

#[test]
fn a_cache_that_takes_no_writes_fails_the_command() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    sandbox.backtest("cache warm --all").redis(&server).ran().failed(&["full", "not everything is stored"]);
}

#[test]
fn a_broken_file_fails_the_command_and_not_the_other_assets() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", BARS), 5, 4, "0"));
    let ran = sandbox.backtest("cache warm --all").redis(&server).ran().failed(&["BADUSDT.csv: row 5"]);
    assert!(ran.stdout.contains("2 stored now") && ran.stdout.contains("1 asset failed"), "{}", ran.stdout);
}

#[test]
fn options_that_say_the_opposite_are_refused() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let call = |words: &str| sandbox.backtest(&format!("cache warm --all {words}")).redis(&server).ran();
    call("--no-cache").refused(&["--no-cache has no meaning"]);
    call("--out x.csv").refused(&["--out has no meaning"]);
    call("--param width=5..9").refused(&["width"]);
    call("--strategy ma --param fast=5..9 --trades").refused(&["--trades"]);
}

#[test]
fn grids_of_several_strategies_are_warmed_for_the_sweep_over_them() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    sandbox.write("data/1d/LONGUSDT.csv", csv("LONGUSDT", 5_000));
    let grid = "--crypto LONG --strategy ma,ema_cross --param fast=32..63 --param slow=96..127";
    sandbox.backtest(&format!("cache warm {grid}")).redis(&server).ran().done();
    let sweep = sandbox.backtest(&format!("sweep {grid} --format json")).redis(&server).ran().done().json();
    assert_eq!((&sweep["summary"]["hits"], &sweep["summary"]["misses"]), (&2048.into(), &0.into()));
    let verify = format!("cache verify {grid}");
    sandbox.backtest(&verify).redis(&server).ran().refused(&["the grid of one strategy"]);
    sandbox.backtest(&verify.replace(",ema_cross", "")).redis(&server).ran().done();
}
