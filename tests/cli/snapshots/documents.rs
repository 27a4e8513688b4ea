//! What other programs read: JSON, CSV and files.

use super::{assert_expected, call, call_with};
use crate::candles::{csv, with_cell};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;
use std::fmt::Write as _;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/NEWUSDT.csv", csv("NEWUSDT", 2));
    sandbox
}

fn in_both_formats(sandbox: &Sandbox, commands: &[&str]) -> String {
    let both = commands.iter().flat_map(|command| ["json", "csv"].map(|format| format!("{command} --format {format}")));
    both.map(|words| call(sandbox, &words)).collect()
}

#[test]
fn documents_of_results() {
    let text = in_both_formats(
        &sandbox(),
        &[
            "run --crypto BTC --strategy rsi",
            "run --crypto BTC --strategy rsi --trades --direction both",
            "run --crypto NEW --strategy rsi",
            "batch --all --strategy ma,macd --sort cagr --top 3",
            "batch --all --where 'trades > 1000'",
            "sweep --crypto BTC,ETH --strategy ma --param fast=5,10,30 --param slow=20 --top 2",
            "sweep --crypto BTC --strategy rsi --param period=5..90 --dry-run --threads 1",
            "compare rsi rsi:period=21 --crypto BTC",
        ],
    );
    assert_expected("documents-results", &text);
}

#[test]
fn documents_about_candles_and_strategies() {
    let sandbox = sandbox();
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", 50), 5, 4, "0"));
    sandbox.write("data/1d/ODDUSDT.csv", with_cell(&csv("ODDUSDT", 50), 5, 5, "0"));
    sandbox.write("more_BTCUSDT_1d.csv", csv("BTCUSDT", 410));
    sandbox.write("new_DOGEUSDT_1d.csv", csv("DOGEUSDT", 30));
    sandbox.own_strategy("mine", crate::own_strategies::MINE);
    let mut text = in_both_formats(&sandbox, &["data list", "data check", "strategies list", "strategies indicators"]);
    text += &call(&sandbox, "data import more_BTCUSDT_1d.csv new_DOGEUSDT_1d.csv nothing.csv --format json");
    text += &call(&sandbox, "data import more_BTCUSDT_1d.csv --dry-run --format csv");
    assert_expected("documents-data", &text);
}

#[test]
fn documents_about_the_cache() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    let mut text = String::new();
    for command in [
        "cache warm --all --strategy rsi",
        "cache verify",
        "cache keys --crypto BTC",
        "cache stats",
        "cache info",
        "cache ping",
    ] {
        for format in ["json", "csv"] {
            text += &call_with(&sandbox, &format!("{command} --format {format}"), |call| call.redis(&server));
        }
    }
    text += &call_with(&sandbox, "run --crypto BTC --strategy rsi --format json", |call| call.redis(&server));
    assert_expected("documents-cache", &text);
}

#[test]
fn files_of_results() {
    let sandbox = sandbox();
    let mut text = String::new();
    for (words, file) in [
        ("run --crypto BTC --strategy rsi --out one.json", "one.json"),
        ("run --crypto BTC --strategy rsi --out one.csv", "one.csv"),
        ("run --crypto BTC --strategy rsi --trades-out trades.csv", "trades.csv"),
        ("batch --all --strategy ma --out all.csv", "all.csv"),
        ("batch --all --strategy ma --out all.json", "all.json"),
        ("sweep --crypto BTC --strategy ma --param fast=5,10 --param slow=20,50 --out grid.csv", "grid.csv"),
    ] {
        let quiet = format!("{words} --quiet --format csv");
        sandbox.backtest(&quiet).ran().done_quietly();
        let _ = write!(text, "$ backtest {words}; cat {file}\n{}\n", sandbox.read(file));
    }
    assert_expected("documents-files", &text);
}
