//! `cache info`, `ping` and `keys`: what the owners of a cache look at.

use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

#[test]
fn info_tells_what_the_server_is_and_what_may_be_done() {
    let server = RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let sandbox = Sandbox::empty();
    let json = sandbox.backtest("cache info --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["usable"], &json["why"], &json["policy"]), (&true.into(), &().into(), &"allkeys-lru".into()));
    assert!(json["version"].as_str().is_some_and(|version| version.starts_with("Redis ")));
    assert!(json["latency_ms"].as_f64() > Some(0.0) && json["used_memory"].is_u64());
    for right in ["read", "write", "count", "list", "clear"] {
        assert_eq!(json["rights"][right]["allowed"], true, "{right}");
    }
    assert_eq!((&json["ttl_seconds"]["result"], &json["ttl_seconds"]["block"]), (&86_400.into(), &604_800.into()));
    let table = sandbox.backtest("cache info").redis(&server).ran().done_quietly().stdout;
    for words in ["Usable", "Latency", "Memory limit", "100.0 MiB", "May look up", "May clear", "Prefix"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert_eq!(server.keys(), ["backtest:v1:stats"], "the probe is gone");
}

#[test]
fn info_tells_why_a_server_is_of_no_use_and_ends_with_1() {
    let sandbox = Sandbox::empty();
    let server = RedisServer::start(&[]);
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "~other:*", "+@all"]);
    let url = format!("redis://ann:canary@127.0.0.1:{}", server.port());
    let ran = sandbox.backtest("cache info --format json").cache_url(&url).ran().failed(&["NOPERM"]);
    let json = ran.json();
    assert_eq!((&json["usable"], &json["class"]), (&false.into(), &"auth".into()));
    assert_eq!(json["rights"]["read"]["allowed"], false);
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    let ran = sandbox.backtest("cache info").cache_url(&nowhere).ran().failed(&["refused", "--cache-url"]);
    assert!(ran.stdout.contains("no: refused"), "{}", ran.stdout);
}

#[test]
fn info_of_a_server_that_takes_no_writes_says_so_and_is_usable() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    server.command(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    let json = sandbox.backtest("cache info --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["usable"], &json["rights"]["write"]["allowed"]), (&true.into(), &false.into()));
    assert!(json["rights"]["write"]["why"].as_str().is_some_and(|why| why.contains("READONLY")));
}

#[test]
fn a_ping_says_yes_or_no_to_scripts() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    let ran = sandbox.backtest("cache ping").redis(&server).ran().done_quietly();
    assert!(ran.stdout.starts_with("127.0.0.1:") && ran.stdout.contains("answers in"), "{}", ran.stdout);
    let json = sandbox.backtest("cache ping --format json").redis(&server).ran().done_quietly().json();
    assert_eq!((&json["ok"], &json["class"]), (&true.into(), &().into()));
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    assert_eq!(sandbox.backtest("cache ping").cache_url(&nowhere).ran().failed(&["refused"]).stdout, "");
    let json = sandbox.backtest("cache ping --format json").cache_url(&nowhere).ran().failed(&["refused"]).json();
    assert_eq!((&json["ok"], &json["class"]), (&false.into(), &"refused".into()));
}

#[test]
fn a_ping_of_a_server_that_answers_pings_but_no_lookups_says_no() {
    let (server, sandbox) = (RedisServer::start(&["--cluster-enabled", "yes"]), Sandbox::empty());
    sandbox.backtest("cache ping").redis(&server).ran().failed(&["cluster", "not supported"]);
}

#[test]
fn keys_lists_ours_alone_and_only_those_that_match() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    server.command(&["SET", "session:1", "not ours"]);
    sandbox.backtest("batch --all").redis(&server).ran().done_quietly();
    let keys = |words: &str| {
        let ran = sandbox.backtest(&format!("cache keys {words}")).redis(&server).ran().done();
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = keys("");
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|name| name.starts_with("backtest:v1:result:") && server.keys().contains(name)));
    assert_eq!(keys("--crypto BTC").len(), 2);
    assert_eq!(keys("*:BTC*:rsi:*").len(), 1);
    assert_eq!(keys("--kind trades").len(), 0);
    assert_eq!(keys("result:?XX* --strategy ma"), [""; 0]);
    let csv = keys("--strategy ma --format csv");
    assert_eq!((csv[0].as_str(), csv.len()), ("name,kind,symbol,strategy,key,bytes,expires_in_s", 3));
    let json = sandbox.backtest("cache keys --crypto ETH --format json").redis(&server).ran().done_quietly().json();
    let first = &json["keys"][0];
    assert_eq!((&first["kind"], &first["symbol"]), (&"result".into(), &"ETHUSDT".into()));
    assert!((86_000..=86_400).contains(&first["expires_in_s"].as_i64().expect("a number")));
    let none = sandbox.backtest("cache keys --kind block --format json").redis(&server).ran().done_quietly();
    assert_eq!(none.json()["keys"], serde_json::json!([]));
}

#[test]
fn thousands_of_keys_are_listed_each_once() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    let script = "for i = 1, 5000 do redis.call('SET', string.format('backtest:v1:result:BTC:rsi:%064x', i), 'x') end";
    server.command(&["EVAL", script, "0"]);
    for format in ["table", "csv", "json"] {
        let ran = sandbox.backtest(&format!("cache keys --format {format}")).redis(&server).ran().done_quietly();
        let mut names: Vec<&str> = ran.stdout.lines().filter(|line| line.contains(":rsi:")).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 5_000, "{format}");
        if format == "json" {
            assert_eq!(ran.json()["keys"].as_array().map(Vec::len), Some(5_000));
        }
    }
}
