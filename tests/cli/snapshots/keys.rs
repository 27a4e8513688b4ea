//! Identities of results: a changed key orphans what people have stored, a changed figure contradicts it.

use std::fmt::Write;

use super::{assert_expected, split};
use crate::candles::csv;
use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox};

const OWN: &str = "name = \"own\"\n[params]\nn = { default = 10, min = 2, max = 99 }\n[rules]\n\
    entry = \"crosses_above(close, sma(close, n)) and volume > 100\"\nexit = \"close < lowest(prev(low, 1), n)\"\n\
    short_entry = \"close < sma(close, n) / 1.02\"\nshort_exit = \"rsi(close, 14) > 40\"\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("data/1h/BTCUSDT.csv", csv("BTCUSDT", 2_000));
    sandbox.write("own.toml", OWN);
    sandbox
}

#[test]
fn the_key_of_a_run_never_changes() {
    let sandbox = sandbox();
    let runs = [
        "--crypto BTC --strategy rsi",
        "--crypto ETH --strategy rsi",
        "--crypto BTC --strategy rsi --param period=21",
        "--crypto BTC --strategy rsi --param oversold=25.5 --param overbought=74.5",
        "--crypto BTC --strategy ma",
        "--crypto BTC --strategy ma --param fast=5 --param slow=20",
        "--crypto BTC --strategy ema_cross",
        "--crypto BTC --strategy macd",
        "--crypto BTC --strategy bollinger --param width=1.5",
        "--crypto BTC --strategy donchian",
        "--crypto BTC --strategy momentum",
        "--crypto BTC --strategy rsi_trend",
        "--crypto BTC --strategy own.toml",
        "--crypto BTC --strategy own.toml --direction short",
        "--crypto BTC --strategy own.toml --direction both --param n=20",
        "--crypto BTC --strategy rsi --direction both --fill close",
        "--crypto BTC --strategy rsi --capital 2500 --fee 0 --slippage 0.0005",
        "--crypto BTC --strategy rsi --from 2022-03-01 --to 2022-12-01",
        "--crypto BTC --strategy rsi --interval 1h",
        "--crypto BTC --strategy rsi --interval 4h",
        "--crypto BTC --strategy ma --param fast=5 --param slow=20 --interval 1w",
        "--crypto SOL --strategy macd --fee 0.0025 --direction short",
    ];
    let mut text = String::new();
    for run in runs {
        let json = sandbox.backtest(&format!("run {run} --format json")).ran().done().json();
        writeln!(text, "{}  run {run}", json["key"].as_str().expect("a key")).expect("text grows");
    }
    assert_expected("keys", &text);
}

#[test]
fn the_names_under_which_results_are_stored_never_change() {
    let (server, sandbox) = (RedisServer::start(&[]), sandbox());
    for words in [
        "run --crypto BTC --strategy rsi --trades",
        "batch --all --strategy rsi,own.toml",
        "sweep --all --strategy ma --param fast=5..9 --param slow=20..60:20",
        "sweep --crypto BTC --strategy rsi --param period=5..20 --random 7",
        "compare rsi ma:fast=5,slow=20 --crypto SOL --direction both",
    ] {
        sandbox.backtest(words).redis(&server).ran().done_quietly();
    }
    let names: String = server.keys().into_iter().map(|name| name + "\n").collect();
    assert_expected("stored-names", &names);
}

#[test]
fn no_figure_of_a_sweep_or_batch_ever_changes() {
    let sandbox = sandbox();
    let calls = [
        "sweep --all --strategy ma --param fast=3,7,20 --param slow=10..30:10 --format csv --top 1000",
        "sweep --all --strategy rsi --param period=5..30:5 --param oversold=20..40:5 --format csv --top 1000",
        "sweep --all --strategy macd --param fast=8..12 --direction both --fill close --fee 0.002 --format csv --top 1000",
        "sweep --all --strategy own.toml --param n=5..40 --direction both --slippage 0.001 --format csv --top 1000",
        "sweep --crypto BTC --interval 1h --strategy bollinger --param period=10..40:10 --param width=1..3:0.25 --format csv",
        "sweep --all --strategy donchian --param entry_period=5..40:5 --where 'trades >= 3' --sort sortino --format csv",
        "batch --all --strategy rsi,ma,ema_cross,macd,bollinger,donchian,momentum,rsi_trend --format csv",
        "batch --all --strategy rsi,ma,ema_cross,macd,bollinger,donchian,momentum,rsi_trend --direction short --format csv",
        "batch --all --strategy own.toml --interval 4h --format csv",
    ];
    let mut text = String::new();
    for words in calls {
        let ran = split(words).into_iter().fold(sandbox.backtest(""), Call::arg).ran().done();
        let digest = blake3::hash(ran.stdout.as_bytes()).to_hex();
        writeln!(text, "{digest}  {} lines  {words}", ran.stdout.lines().count()).expect("text grows");
    }
    assert_expected("figures", &text);
}

#[test]
fn no_figure_of_the_sample_ever_changes() {
    let sandbox = Sandbox::empty();
    let data = format!("{}/data", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for words in [
        "sweep --all --strategy ma --param fast=5..50:5 --param slow=60..200:20 --format csv --top 5000",
        "sweep --all --strategy rsi --param period=5..30 --direction both --format csv --top 5000",
        "batch --all --strategy rsi,ma,ema_cross,macd,bollinger,donchian,momentum,rsi_trend --format csv",
    ] {
        let ran = sandbox.backtest(words).arg("--data-dir").arg(&data).ran().done();
        let digest = blake3::hash(ran.stdout.as_bytes()).to_hex();
        writeln!(text, "{digest}  {} lines  {words}", ran.stdout.lines().count()).expect("text grows");
    }
    assert_expected("figures-of-the-sample", &text);
}
