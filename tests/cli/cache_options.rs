//! Prefix, lives of each kind, and secrets from files.

use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox};

const RUN: &str = "run --crypto BTC --strategy rsi --format json";

fn state(call: Call) -> String {
    call.ran().done_quietly().json()["cache"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn teams_with_other_prefixes_share_a_server_and_not_their_entries() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    assert_eq!(state(sandbox.backtest(RUN).redis(&server).arg("--prefix").arg("team:a")), "miss");
    assert_eq!(state(sandbox.backtest(RUN).redis(&server)), "miss");
    assert_eq!(state(sandbox.backtest(RUN).redis(&server).env("BACKTEST_CACHE_PREFIX", "team:a")), "hit");
    let cleared = sandbox.backtest("cache clear --yes --prefix team:a").redis(&server).ran().done_quietly();
    assert_eq!(cleared.stdout, "1 stored result removed\n");
    assert_eq!(state(sandbox.backtest(RUN).redis(&server)), "hit");
    sandbox.write("backtest.toml", "prefix = 'team:a'\n");
    assert_eq!(state(sandbox.backtest(RUN).redis(&server)), "miss");
}

#[test]
fn a_prefix_with_characters_that_mean_something_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for prefix in ["*", "a b", "team:", "[a]", "a?", &"x".repeat(49)] {
        for command in [RUN, "cache stats", "cache clear --yes"] {
            sandbox.backtest(command).arg("--prefix").arg(prefix).ran().refused(&["--prefix", "is not a prefix"]);
        }
    }
    sandbox.backtest(RUN).env("BACKTEST_CACHE_PREFIX", "a*").ran().refused(&["is not a prefix"]);
    sandbox.write("backtest.toml", "prefix = 'a*'\n");
    sandbox.backtest(RUN).ran().refused(&["prefix in backtest.toml", "is not a prefix"]);
}

#[test]
fn each_kind_lives_as_long_as_the_settings_say() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    sandbox.write("backtest.toml", "ttl = { result = '1h', trades = 120 }\n");
    sandbox.backtest("run --crypto BTC --strategy rsi --trades").redis(&server).ran().done_quietly();
    for (kind, seconds) in [(":result:", 3_599..=3_600), (":trades:", 119..=120)] {
        let key = server.keys().into_iter().find(|key| key.contains(kind)).expect("an entry");
        let ttl: i64 = server.command(&["TTL", &key]).trim().trim_start_matches(':').parse().expect("a number");
        assert!(seconds.contains(&ttl), "{kind} {ttl}");
    }
    for (ttl, words) in [
        ("{ result = '1x' }", "result of ttl in backtest.toml '1x' is not a time"),
        ("{ results = '1h' }", "no other key"),
        ("{ result = 1.5 }", "result of ttl in backtest.toml '1.5' is not a time to live"),
        ("-1", "ttl in backtest.toml '-1' is not a time"),
    ] {
        sandbox.write("backtest.toml", format!("ttl = {ttl}\n"));
        sandbox.backtest(RUN).redis(&server).ran().refused(&[words]);
    }
}

#[test]
fn the_secret_may_be_in_a_file() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let file = sandbox.write("secret", "canary\n");
    let call = || sandbox.backtest(RUN).redis(&server);
    assert_eq!(state(call().env("BACKTEST_CACHE_SECRET", "canary")), "miss");
    assert_eq!(state(call().env("BACKTEST_CACHE_SECRET_FILE", &file)), "hit");
    sandbox.own_settings("cache_secret_file = '../../here/secret'\n");
    assert_eq!(state(call()), "hit");
    call().env("BACKTEST_CACHE_SECRET", "x").env("BACKTEST_CACHE_SECRET_FILE", &file).ran().refused(&["both set"]);
}

#[test]
fn a_secret_that_cannot_be_read_stops_everything() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (content, words) in [(None, "No such file"), (Some(""), "empty"), (Some("\ncanary"), "empty")] {
        let path = sandbox.here().join("secret");
        if let Some(content) = content {
            sandbox.write("secret", content);
        }
        for (variable, command) in
            [("BACKTEST_CACHE_SECRET_FILE", RUN), ("BACKTEST_CACHE_PASSWORD_FILE", "cache stats")]
        {
            let call = sandbox.backtest(command).without("BACKTEST_NO_CACHE").env(variable, &path);
            let ran = call.ran().refused(&[variable, "secret", words]);
            assert!(!ran.stderr.contains("canary"));
        }
    }
    sandbox
        .backtest(RUN)
        .env("BACKTEST_CACHE_SECRET_FILE", sandbox.here())
        .ran()
        .refused(&["BACKTEST_CACHE_SECRET_FILE", "not a regular file"]);
}

#[test]
fn user_and_password_may_be_told_apart_from_the_url() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "~*", "+@all"]);
    server.command(&["ACL", "SETUSER", "default", "off"]);
    let file = sandbox.write("password", "canary\n");
    let call = || sandbox.backtest(RUN).redis(&server).env("BACKTEST_CACHE_USER", "ann");
    assert_eq!(state(call().env("BACKTEST_CACHE_PASSWORD", "canary")), "miss");
    assert_eq!(state(call().env("BACKTEST_CACHE_PASSWORD_FILE", &file)), "hit");
    sandbox.own_settings("cache_user = 'ann'\ncache_password_file = '../../here/password'\n");
    assert_eq!(state(sandbox.backtest(RUN).redis(&server)), "hit");
    let url = format!("redis://ann:canary@127.0.0.1:{}", server.port());
    assert_eq!(state(sandbox.backtest(RUN).cache_url(&url).env("BACKTEST_CACHE_PASSWORD", "x")), "hit", "the URL wins");
    call().env("BACKTEST_CACHE_PASSWORD", "x").ran().done().warned_once(&["auth", "WRONGPASS"]);
}
