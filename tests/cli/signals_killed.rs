//! Two processes that follow the same candles, killed at any moment: each signal is there once, in order.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;
use crate::signals::{after, put, rows};

const STRATEGY: &str =
    "name = \"cross\"\n[rules]\nentry = \"close > sma(close, 3)\"\nexit = \"close < sma(close, 3)\"\n";

/// Follows bars 20.. to `bars` with two processes for each, both killed again and again; then lets a last pass end.
fn killed(state: &str, bars: usize, kills: usize) {
    let sandbox = Sandbox::empty();
    sandbox.write("cross.toml", STRATEGY);
    let rows = rows(31, bars);
    let words = format!("signals --all --strategy ./cross.toml --state {state} --format json --out told.jsonl --quiet");
    let call = |count: usize| sandbox.backtest(&words).env("BACKTEST_NOW", after(count));
    put(&sandbox, "BTCUSDT", &rows[..20]);
    call(20).ran().done();
    let mut random = 88_172_645_463_325_252_u64;
    let mut chance = |most: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % most
    };
    let mut done = 0;
    while done < kills {
        let count = 21 + done * (bars - 21) / kills;
        put(&sandbox, "BTCUSDT", &rows[..count]);
        let mut both = [call(count).spawn(Stdio::null()), call(count).spawn(Stdio::null())];
        for child in &mut both {
            thread::sleep(Duration::from_micros(chance(30_000)));
            child.kill().expect("it is ours");
            done += 1;
        }
        for mut child in both {
            child.wait().expect("it is ours");
        }
    }
    put(&sandbox, "BTCUSDT", &rows);
    call(bars).ran().done();
    // The same in one go, by one process.
    let whole = Sandbox::empty();
    whole.write("cross.toml", STRATEGY);
    put(&whole, "BTCUSDT", &rows[..20]);
    let words = "signals --all --strategy ./cross.toml --state file:signals.db --format json --quiet";
    whole.backtest(words).env("BACKTEST_NOW", after(20)).ran().done();
    put(&whole, "BTCUSDT", &rows);
    let expected = whole.backtest(words).env("BACKTEST_NOW", after(bars)).ran().done().stdout;
    let facts = |text: &str| -> Vec<(String, String)> {
        let fact = |line: &str| {
            let event: Value = serde_json::from_str(line).expect("a whole line");
            (event["id"].to_string(), event["kind"].to_string())
        };
        text.lines().map(fact).collect()
    };
    let (told, expected) = (facts(&sandbox.read("told.jsonl")), facts(&expected));
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "twice");
    assert_eq!(told, expected, "lost, or out of order");
}

#[test]
fn signals_survive_being_killed_in_a_file() {
    killed("file:signals.db", 80, 40);
}

#[test]
fn signals_survive_being_killed_in_redis() {
    killed(&RedisServer::start(&[]).url(), 80, 40);
}

#[test]
#[ignore = "takes minutes: cargo test --test cli -- --ignored five_hundred"]
fn five_hundred_kills_lose_nothing_in_either_store() {
    killed("file:signals.db", 260, 500);
    killed(&RedisServer::start(&[]).url(), 260, 500);
}
