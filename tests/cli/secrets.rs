//! Passwords are never shown, wherever they were written and whatever is wrong with the rest.

use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::{Call, Sandbox};
use crate::ran::Ran;

const SECRET: &str = "canary";
const RUN: &str = "run --crypto BTC --strategy rsi -vvv";
const MALFORMED: [&str; 9] = [
    "redis://ann:canary@host:port/0",
    "redis://ann:canary@host:99999",
    "redis://ann:canary@host/x",
    "redis://ann:can#canary@host",
    "redis://ann:canary@",
    "rediss://ann:canary@host/0#insecure",
    "http://ann:canary@host",
    "ann:canary@host",
    "canary",
];

#[track_caller]
fn ran(call: Call) -> Ran {
    let ran = call.ran();
    assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{ran:#?}");
    ran
}

#[test]
fn a_malformed_url_is_refused_and_not_repeated() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for url in MALFORMED {
        for command in [RUN, "batch --all -vvv", "cache stats -vvv", "cache clear --yes"] {
            let call = || sandbox.backtest(command).without("BACKTEST_NO_CACHE");
            ran(call().arg("--cache-url").arg(url)).refused(&["--cache-url: "]);
            ran(call().env("BACKTEST_CACHE_URL", url)).refused(&[]);
            ran(call().env("REDIS_URL", url)).refused(&["REDIS_URL: "]);
        }
    }
}

#[test]
fn a_malformed_url_in_the_settings_file_is_not_repeated() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for url in MALFORMED {
        sandbox.own_settings(&format!("cache_url = \"{url}\"\n"));
        ran(sandbox.backtest(RUN).without("BACKTEST_NO_CACHE")).refused(&["cache_url in ", "backtest.toml"]);
    }
}

#[test]
fn a_settings_file_with_a_mistake_in_the_line_of_the_url_does_not_show_it() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let own = |line: &str| drop(sandbox.own_settings(&format!("{line}\n")));
    let here = |line: &str| {
        sandbox.own_settings("");
        sandbox.write("backtest.toml", format!("{line}\n"));
    };
    for line in [
        "cache_url = redis://ann:canary@host:1/0",
        "cache_url = \"redis://ann:canary@host:1/0",
        "cache_url = [\"redis://ann:canary@host:1/0\"]",
        "cache-url = \"redis://ann:canary@host:1/0\"",
        "url = \"redis://ann:canary@host:1/0\"",
    ] {
        for write in [&own as &dyn Fn(&str), &here] {
            write(line);
            let ran = ran(sandbox.backtest(RUN));
            if ran.code == Some(0) {
                ran.says(&["cache_url in ./backtest.toml is ignored"]);
            } else {
                ran.refused(&["backtest.toml"]);
            }
        }
    }
}

#[test]
fn parts_of_an_address_that_make_no_sense_are_named_and_not_repeated() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (name, value) in
        [("REDIS_PORT", "canary"), ("REDIS_PORT", "99999"), ("REDIS_DB", "canary"), ("REDIS_HOST", "a b")]
    {
        let call = sandbox.backtest(RUN).without("BACKTEST_NO_CACHE").env("REDIS_PASSWORD", SECRET).env(name, value);
        ran(call).refused(&[name]);
    }
}

#[test]
fn a_redis_that_is_not_there_is_named_without_the_password() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let port = free_port();
    let host = format!("Redis at 127.0.0.1:{port}");
    let url = format!("redis://ann:canary@127.0.0.1:{port}/0");
    let call = |command: &str| sandbox.backtest(command).without("BACKTEST_NO_CACHE");
    ran(call(RUN).arg("--cache-url").arg(&url)).done().warned_once(&[&host, "refused"]);
    ran(call(RUN).env("REDIS_URL", &url)).done().warned_once(&[&host]);
    let parts = call(RUN).env("REDIS_HOST", "127.0.0.1").env("REDIS_PORT", port.to_string());
    ran(parts.env("REDIS_PASSWORD", SECRET)).done().warned_once(&[&host]);
    for command in ["cache stats -vvv", "cache clear --yes -vvv"] {
        let ran = ran(call(command).env("REDIS_URL", &url)).failed(&[&host, "refused"]);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_wrong_password_is_named_as_such_and_not_shown() {
    let server = RedisServer::start(&["--requirepass", "other"]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let url = format!("redis://:canary@127.0.0.1:{}", server.port());
    let call = |command: &str| sandbox.backtest(command).cache_url(&url).env("BACKTEST_CACHE_SECRET", "canary");
    ran(call(RUN)).done().warned_once(&["auth"]);
    ran(call("batch --all --format json -vvv")).done().warned_once(&["auth"]);
    ran(call("cache stats -vvv")).failed(&["auth"]);
}

#[test]
fn the_right_password_from_the_environment_opens_the_cache() {
    let server = RedisServer::start(&["--requirepass", "canary"]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let call = || {
        let call = sandbox.backtest("run --crypto BTC --strategy rsi --format json").without("BACKTEST_NO_CACHE");
        call.env("REDIS_PORT", server.port().to_string()).env("REDIS_PASSWORD", SECRET).env("REDIS_DB", "3")
    };
    assert_eq!(ran(call()).done_quietly().json()["cache"], "miss");
    assert_eq!(ran(call()).done_quietly().json()["cache"], "hit");
}

#[test]
fn help_does_not_show_values_of_the_environment() {
    let sandbox = Sandbox::empty();
    for command in ["run --help", "batch --help", "cache stats --help", "--help"] {
        let call =
            sandbox.backtest(command).env("BACKTEST_CACHE_URL", "redis://:canary@host").env("REDIS_PASSWORD", SECRET);
        ran(call).done();
    }
}
