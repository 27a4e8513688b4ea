//! Without Redis, or with one that fails on the way: the same stdout and exit code, and one warning.

use std::time::Duration;

use crate::candles::{BARS, csv, with_cell};
use crate::common::fault_proxy::{Break, FaultProxy};
use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

const COMMANDS: [&str; 5] = [
    "run --crypto BTC --strategy rsi",
    "run --crypto BTC --strategy rsi --trades --format json",
    "batch --all",
    "batch --all --format json",
    "batch --all --format csv",
];

fn nowhere() -> String {
    format!("redis://127.0.0.1:{}/0", free_port())
}

#[test]
fn an_absent_redis_changes_nothing_but_one_warning() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for command in COMMANDS {
        let off = sandbox.backtest(command).ran().done_quietly();
        let absent = sandbox.backtest(command).cache_url(&nowhere()).ran().done();
        assert_eq!(absent.data(), off.data(), "{command}");
        assert_eq!(absent.stderr.lines().count(), 1, "{absent:#?}");
        absent.warned_once(&["Redis at 127.0.0.1:", "refused", "continuing without cache"]);
    }
}

#[test]
fn a_redis_that_stops_between_two_calls_changes_nothing_but_one_warning() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", BARS), 5, 4, "0"));
    let mut server = RedisServer::start(&[]);
    let batch = |server: &RedisServer| sandbox.backtest("batch --all").redis(server).ran();
    let cold = batch(&server).failed(&["BADUSDT.csv: row 5"]);
    let warm = batch(&server).failed(&["BADUSDT.csv: row 5"]);
    server.kill();
    let without = batch(&server).failed(&["BADUSDT.csv: row 5"]).warned_once(&["refused"]);
    assert_eq!((cold.data(), without.data()), (warm.data(), warm.data()));
    assert_eq!(without.stderr.lines().count(), cold.stderr.lines().count() + 1);
}

#[test]
fn a_frozen_redis_costs_one_warning() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let server = RedisServer::start(&[]);
    let run = || sandbox.backtest("run --crypto BTC --strategy rsi").cache_url(&server.url()).ran().done();
    let warm = (run(), run()).1;
    server.freeze();
    let frozen = run().warned_once(&["Redis at 127.0.0.1:", "continuing without cache"]);
    server.thaw();
    assert_eq!(frozen.data(), warm.data());
}

#[test]
fn a_connection_that_breaks_at_any_byte_changes_nothing_but_one_warning() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let server = RedisServer::start(&[]);
    let batch = |url: &str| sandbox.backtest("batch --all").cache_url(url).ran().done();
    let warm = (batch(&server.url()), batch(&server.url())).1;
    for k in [0, 1, 5, 100, 300, 700] {
        let proxy = FaultProxy::start(server.port(), k, Break::Cut);
        let broken = batch(&proxy.url());
        assert_eq!(broken.data(), warm.data(), "cut after {k} bytes");
        broken.warned_once(&["Redis at 127.0.0.1:"]);
        assert!(proxy.connections() <= 3, "no storm of retries: {}", proxy.connections());
    }
}

#[test]
fn something_that_is_not_redis_changes_nothing_but_one_warning() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let server = RedisServer::start(&[]);
    let proxy = FaultProxy::start(server.port(), 0, Break::Foreign(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    let off = sandbox.backtest("batch --all").ran().done_quietly();
    let ran =
        sandbox.backtest("batch --all").cache_url(&proxy.url()).ran().done().warned_once(&["Redis at 127.0.0.1:"]);
    assert_eq!(ran.data(), off.data());
}

#[test]
fn a_broken_value_is_a_miss_without_a_word() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let server = RedisServer::start(&[]);
    let batch = || sandbox.backtest("batch --all --format json").redis(&server).ran().done_quietly();
    let first = batch();
    for key in &server.entries("result:BTCUSDT") {
        server.command(&["SETRANGE", key, "40", "\u{1}\u{2}\u{3}"]);
    }
    let second = batch();
    assert_eq!(second.data(), first.data());
    assert_eq!((&second.json()["summary"]["hits"], &second.json()["summary"]["misses"]), (&2.into(), &2.into()));
    assert_eq!(batch().json()["summary"]["hits"], 4, "they were replaced");
}

#[test]
fn quiet_keeps_the_warning_to_itself() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("run --crypto BTC --strategy rsi --quiet").cache_url(&nowhere()).ran().done_quietly();
}

/// Whether a Redis of this machine listens at the default place, where these tests cannot be made.
fn is_default_taken() -> bool {
    std::net::TcpStream::connect(("127.0.0.1", 6379)).is_ok()
}

#[test]
fn where_no_cache_was_named_and_none_is_there_the_cache_is_off_without_a_warning() {
    if is_default_taken() {
        return;
    }
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let call = |words: &str| sandbox.backtest(words).without("BACKTEST_NO_CACHE").ran();
    for options in ["", " --refresh"] {
        let json = call(&format!("run --crypto BTC --strategy rsi --format json{options}")).done_quietly().json();
        assert_eq!(json["cache"], "off", "{options}");
    }
    let json = call("batch --all --format json").done_quietly().json();
    assert!(json["results"].as_array().expect("rows").iter().all(|row| row["cache"] == "off"));
    for command in
        ["run --crypto BTC --strategy rsi", "batch --all", "sweep --crypto BTC --strategy rsi --param period=10..20"]
    {
        let ran = call(command).done_quietly();
        assert!(ran.stdout.contains("not cached (no Redis at 127.0.0.1:6379)"), "{}", ran.stdout);
    }
    call("cache stats").failed(&["Redis at 127.0.0.1:6379", "refused", "--cache-url"]);
}

#[test]
fn a_cache_that_is_named_by_its_default_address_is_warned_of() {
    if is_default_taken() {
        return;
    }
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran =
        sandbox.backtest("run --crypto BTC --strategy rsi --format json").cache_url("redis://127.0.0.1:6379/0").ran();
    let ran = ran.done().warned_once(&["Redis at 127.0.0.1:6379", "refused", "continuing without cache"]);
    assert_eq!(ran.json()["cache"], "miss");
}

#[test]
fn a_distant_redis_is_waited_for_as_long_as_the_timeout_says() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let run = "run --crypto BTC --strategy rsi --format json";
    sandbox.backtest(run).redis(&server).ran().done_quietly();
    let paused = |timeout: &str| {
        server.command(&["CLIENT", "PAUSE", "1500"]);
        let ran = sandbox.backtest(run).redis(&server).env("BACKTEST_CACHE_TIMEOUT", timeout).ran().done();
        std::thread::sleep(Duration::from_millis(1_600));
        ran
    };
    assert_eq!(paused("").warned_once(&["timeout"]).json()["cache"], "miss");
    let patient = paused("20s");
    assert_eq!((patient.stderr.as_str(), &patient.json()["cache"]), ("", &"hit".into()));
    let flag = sandbox.backtest(run).redis(&server).arg("--cache-timeout").arg("5");
    flag.ran().refused(&["--cache-timeout '5' is not a cache timeout", "250ms or 2s"]);
}
