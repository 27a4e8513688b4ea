//! Errors, warnings and notes: what is wrong, with what, and the remedy.

use super::{assert_expected, call, call_with};
use crate::candles::{csv, with_cell};
use crate::common::redis_server::free_port;
use crate::fixture::Sandbox;
use std::fmt::Write as _;

fn all(sandbox: &Sandbox, commands: &[&str]) -> String {
    commands.iter().map(|words| call(sandbox, words)).collect()
}

#[test]
fn messages_about_flags_and_values() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let commands = [
        "rnu --crypto BTC",
        "run --strategy rsi",
        "run --crypto BTC",
        "batch --alll",
        "batch",
        "batch --all --crypto BTC",
        "run --crypto DOGE --strategy rsi",
        "run --crypto BT --strategy rsi",
        "run --crypto BTC,ETH --strategy rsi",
        "run --crypto BTC --strategy rsii",
        "run --crypto BTC --strategy ./nope.toml",
        "run --crypto BTC --strategy rsi --param period",
        "run --crypto BTC --strategy rsi --param perod=14",
        "run --crypto BTC --strategy rsi --param period=abc",
        "run --crypto BTC --strategy rsi --param period=2.5",
        "run --crypto BTC --strategy rsi --param period=501",
        "run --crypto BTC --strategy rsi --param period=5..10",
        "run --crypto BTC --strategy rsi --param period=14 --param period=15",
        "run --crypto BTC --strategy ma --param fast=200 --param slow=50",
        "run --crypto BTC --strategy rsi --fee 2",
        "run --crypto BTC --strategy rsi --fee abc",
        "run --crypto BTC --strategy rsi --slippage -0.1",
        "run --crypto BTC --strategy rsi --capital 0",
        "run --crypto BTC --strategy rsi --capital 10k",
        "run --crypto BTC --strategy rsi --fill open",
        "run --crypto BTC --strategy rsi --direction up",
        "run --crypto BTC --strategy rsi --format xml",
        "run --crypto BTC --strategy rsi --threads 0",
        "run --crypto BTC --strategy rsi --ttl 1y",
        "run --crypto BTC --strategy rsi --interval 7q",
        "run --crypto BTC --strategy rsi --interval 4h",
        "run --crypto BTC --strategy rsi --from 2022-13-01",
        "run --crypto BTC --strategy rsi --from yesterday",
        "run --crypto BTC --strategy rsi --from 2022-06-01 --to 2022-05-01",
        "run --crypto BTC --strategy rsi --from 2025-01-01",
        "run --crypto BTC --strategy rsi --out x.xlsx",
        "run --crypto BTC --strategy rsi --out missing/x.json",
        "run --crypto BTC --strategy rsi --trades-out x.csv --equity-out x.csv",
        "run --crypto BTC --strategy rsi --report page.pdf",
        "run --crypto BTC --strategy rsi --against ma --trades",
        "batch --all --sort shrpe",
        "batch --all --where 'shrpe > 1'",
        "batch --all --where sharpe",
        "batch --all --where 'sharpe >'",
        "batch --all --top 0",
        "sweep --crypto BTC --strategy ma,rsi --param fast=2..3",
        "sweep --crypto BTC --strategy ma --param fast=50..5",
        "sweep --crypto BTC --strategy ma --param fast=5..50:0",
        "sweep --crypto BTC --strategy ma --out grid.json",
        "sweep --crypto BTC --strategy ma --random 0",
        "sweep --crypto BTC --strategy rsi --param period=2..401 --param oversold=0..50:0.02 --param overbought=50..100:0.05",
        "compare rsi --crypto BTC",
        "compare rsi ma",
        "compare rsi ma:fsat=3 --crypto BTC",
        "report nope.json",
        "completions tcsh",
    ];
    assert_expected("messages-flags", &all(&sandbox, &commands));
}

#[test]
fn messages_about_settings() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = "run --crypto BTC --strategy rsi --quiet --format csv";
    let mut text = call(&sandbox, "--config nope.toml data list");
    for settings in [
        "nonsense",
        "fee = \"much\"",
        "fee = 2",
        "feee = 0.001",
        "data_dir = 5",
        "interval = \"7q\"",
        "direction = \"up\"",
        "[cache]\nttl = \"1y\"",
        "[cache]\nurl = \"http://x\"",
        "[nothing]\nx = 1",
    ] {
        sandbox.write("backtest.toml", settings);
        let _ = write!(text, "backtest.toml: {}\n{}", settings.replace('\n', " "), call(&sandbox, run));
    }
    std::fs::remove_file(sandbox.here().join("backtest.toml")).expect("it was there");
    for (name, value) in [
        ("BACKTEST_FEE", "abc"),
        ("BACKTEST_FEE", "2"),
        ("BACKTEST_THREADS", "0"),
        ("BACKTEST_FROM", "yesterday"),
        ("BACKTEST_CACHE_URL", "http://localhost"),
        ("BACKTEST_DATA_DIR", "nowhere"),
    ] {
        let _ = write!(
            text,
            "{name}={value}\n{}",
            call_with(&sandbox, run, |call| call.without("BACKTEST_NO_CACHE").env(name, value))
        );
    }
    assert_expected("messages-settings", &text);
}

#[test]
fn messages_about_strategies() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let rules = |entry: &str| {
        format!("name = \"mine\"\n[params]\nn = 10\n[rules]\nentry = \"{entry}\"\nexit = \"close < open\"\n")
    };
    let mut text = String::new();
    for (title, toml) in [
        ("not TOML", "name = ".to_owned()),
        ("no rules", "name = \"mine\"\n".to_owned()),
        ("an unknown field", rules("close > open") + "speed = 1\n"),
        ("an unknown indicator", rules("smaa(close, n) > open")),
        ("an unknown name", rules("clsoe > open")),
        ("too few arguments", rules("sma(close) > open")),
        ("a number where a condition belongs", rules("close + open")),
        ("a condition where a number belongs", rules("close > (open > low)")),
        ("an unclosed parenthesis", rules("(close > open")),
        ("a chain of comparisons", rules("low < close < high")),
        ("one equals sign", rules("close = open")),
        ("a strange character", rules("close > open $")),
        ("a period that is no whole number", rules("sma(close, 2.5) > open")),
        ("a bar of the future", rules("prev(close, -1) > open")),
        (
            "a parameter without bounds in order",
            rules("close > open").replace("n = 10", "n = { default = 10, min = 20, max = 5 }"),
        ),
        ("a parameter with a column's name", rules("close > open").replace("n = 10", "close = 10")),
    ] {
        sandbox.write("mine.toml", toml);
        let _ = write!(text, "mine.toml: {title}\n{}", call(&sandbox, "strategies check mine.toml"));
    }
    text += &all(&sandbox, &["strategies show nothing", "strategies check nothing", "strategies check ./nothing.toml"]);
    assert_expected("messages-strategies", &text);
}

#[test]
fn messages_about_candles() {
    let sandbox = Sandbox::with(&["BTCUSDT", "BTCUSDC"]);
    let good = csv("ETHUSDT", 60);
    let mut text = call(&sandbox, "run --crypto BTC --strategy rsi");
    for (title, content) in [
        ("nonsense", "nonsense".to_owned()),
        ("nothing", String::new()),
        ("a header only", good.lines().next().map(|line| format!("{line}\n")).unwrap_or_default()),
        ("no column `close`", good.replacen("close", "klose", 1)),
        ("a price that is none", with_cell(&good, 5, 4, "abc")),
        ("a price of 0", with_cell(&good, 5, 4, "0")),
        ("a high below the low", with_cell(&good, 5, 2, "1")),
        ("a time that is none", with_cell(&good, 5, 0, "yesterday")),
        ("a missing cell", with_cell(&good, 5, 4, "")),
        ("a time off the grid", with_cell(&good, 5, 0, "1641254400123")),
        (
            "a row twice",
            good.lines()
                .enumerate()
                .map(|(at, line)| if at == 8 { format!("{line}\n{line}\n") } else { format!("{line}\n") })
                .collect(),
        ),
        ("a gap", good.lines().enumerate().filter(|(at, _)| *at != 9).flat_map(|(_, line)| [line, "\n"]).collect()),
    ] {
        sandbox.write("data/1d/ETHUSDT.csv", content);
        let _ = write!(
            text,
            "data/1d/ETHUSDT.csv: {title}\n{}",
            call(&sandbox, "run --crypto ETH --strategy rsi --format csv")
        );
    }
    sandbox.write("data/1d/ETHUSDT.csv", good);
    sandbox.write("data/1d/ETHUSDT.parquet", "x");
    sandbox.write("x_ETHUSDT_1d.csv", csv("ETHUSDT", 70));
    sandbox.write("noname.csv", csv("ETHUSDT", 70));
    text += &all(
        &sandbox,
        &[
            "run --crypto ETH --strategy rsi",
            "batch --all --format csv",
            "data list --data-dir nowhere",
            "data check --interval 1h",
            "data check --crypto XYZ",
            "data sample",
            "data import",
            "data import nothing.csv",
            "data import noname.csv",
            "data import noname.csv --symbol ../x",
            "data import x_ETHUSDT_1d.csv --interval 1h --data-dir other",
            "data convert --to xlsx",
            "data export --format nothing --out there",
            "data fetch --exchange binanze --crypto BTC",
            "data fetch --exchange coinbase --crypto BTC --interval 4h",
            "data fetch --exchange binance",
            "data fetch --exchange binance --crypto BTC --from 2024-02-01 --to 2024-01-01",
            "data fetch --exchange binance --crypto BTC --base-url localhost",
        ],
    );
    assert_expected("messages-candles", &text);
}

#[test]
fn messages_about_the_cache() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    let run = "run --crypto BTC --strategy rsi --format csv";
    let mut text = String::new();
    for words in [run, "cache ping", "cache stats", "cache info", "cache keys", "cache verify", "cache clear --yes"] {
        text += &call_with(&sandbox, words, |call| call.cache_url(&nowhere));
    }
    for url in ["http://localhost", "redis://", "redis://localhost:99999", "redis://127.0.0.1/x", "nonsense", ""] {
        let _ = write!(text, "BACKTEST_CACHE_URL={url}\n{}", call_with(&sandbox, run, |call| call.cache_url(url)));
    }
    for words in [
        "cache clear --crypto '*'",
        "cache clear --crypto ETH,BTC",
        "cache keys --kind nothing",
        "run --crypto BTC --strategy rsi --prefix 'a b'",
    ] {
        text += &call_with(&sandbox, words, |call| call.cache_url(&nowhere));
    }
    assert_expected("messages-cache", &text);
}
