//! Variables of the environment stand for flags, and give way to the flags that are typed.

use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

#[test]
fn every_option_of_a_run_can_come_from_the_environment() {
    let sandbox = Sandbox::empty();
    sandbox.write("candles/1d/ETHUSDT.csv", crate::candles::csv("ETHUSDT", 200));
    let call = sandbox.backtest("run").env("BACKTEST_CRYPTO", "ETH").env("BACKTEST_STRATEGY", "macd");
    let call = call.env("BACKTEST_DATA_DIR", "candles").env("BACKTEST_INTERVAL", "1d").env("BACKTEST_FORMAT", "json");
    let call = call.env("BACKTEST_FROM", "2022-02-01").env("BACKTEST_TO", "2022-03-01").env("BACKTEST_THREADS", "1");
    let call = call.env("BACKTEST_CAPITAL", "7").env("BACKTEST_SLIPPAGE", "0.01").env("BACKTEST_DIRECTION", "short");
    let ran = call.env("BACKTEST_TTL", "1h").env("BACKTEST_QUIET", "1").ran().done_quietly();
    let result = ran.json();
    assert_eq!(
        (&result["symbol"], &result["strategy"], &result["bars"]),
        (&"ETHUSDT".into(), &"macd".into(), &28.into())
    );
    assert_eq!((&result["settings"]["capital"], &result["settings"]["direction"]), (&7.into(), &"short".into()));
}

#[test]
fn a_typed_all_wins_over_an_asset_in_the_environment() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let ran = sandbox.backtest("batch --all --format json").env("BACKTEST_CRYPTO", "BTC").ran().done();
    assert_eq!(ran.json()["summary"]["assets"], 2);
    let ran = sandbox.backtest("batch --format json").env("BACKTEST_CRYPTO", "BTC").ran().done();
    assert_eq!(ran.json()["summary"]["assets"], 1);
}

#[test]
fn a_typed_cache_flag_wins_over_the_other_one_in_the_environment() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |flag: &str| sandbox.backtest("run --crypto BTC --strategy rsi --format json").redis(&server).arg(flag);
    for value in ["0", "false", "1"] {
        assert_eq!(run("--refresh").env("BACKTEST_NO_CACHE", value).ran().done().json()["cache"], "miss");
        assert_eq!(run("--no-cache").env("BACKTEST_REFRESH", value).ran().done().json()["cache"], "off");
    }
    run("--refresh").arg("--no-cache").ran().refused(&["--refresh", "--no-cache"]);
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for name in [
        "BACKTEST_CACHE_URL",
        "REDIS_URL",
        "REDIS_HOST",
        "REDIS_PORT",
        "BACKTEST_FEE",
        "BACKTEST_THREADS",
        "BACKTEST_QUIET",
    ] {
        sandbox.backtest("run --crypto BTC --strategy rsi").env(name, "").ran().done();
    }
}

#[test]
fn redis_is_looked_for_where_the_strongest_word_says() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ports: Vec<u16> = std::iter::repeat_with(free_port).take(5).collect();
    let url = |index: usize| format!("redis://127.0.0.1:{}/0", ports[index]);
    let host = |index: usize| format!("127.0.0.1:{}:", ports[index]);
    let run = || sandbox.backtest("run --crypto BTC --strategy rsi").without("BACKTEST_NO_CACHE");
    sandbox.own_settings(&format!("cache_url = \"{}\"\n", url(0)));
    run().ran().done().warned_once(&[&host(0)]);
    let with_parts = || run().env("REDIS_HOST", "127.0.0.1").env("REDIS_PORT", ports[1].to_string());
    with_parts().ran().done().warned_once(&[&host(1)]);
    let with_redis_url = || with_parts().env("REDIS_URL", url(2));
    with_redis_url().ran().done().warned_once(&[&host(2)]);
    let with_ours = || with_redis_url().env("BACKTEST_CACHE_URL", url(3));
    with_ours().ran().done().warned_once(&[&host(3)]);
    with_ours().arg("--cache-url").arg(url(4)).ran().done().warned_once(&[&host(4)]);
}
