//! Statistics and clears: ours alone, and all of ours.

use backtest::cache::{Admin, BytesBy, EntryFilter, FailureClass, Options};

use crate::common::redis_server::{RedisServer, free_port};
use crate::{location, patient, run, run_with};

fn admin(server: &RedisServer) -> Admin {
    Admin::connect(&location(&server.url()), "backtest").expect("a Redis")
}

#[test]
fn statistics_count_our_entries_and_our_lookups_alone() {
    let server = RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    server.command(&["SET", "backtest:v1:other", "not ours"]);
    server.command(&["GET", "backtest:v1:other"]);
    let _ = run(&server.url(), 2_400);
    let _ = run(&server.url(), 1_200);
    let stats = admin(&server).stats().expect("a Redis");
    assert_eq!(stats.total.entries, 2_400);
    assert!(stats.total.bytes > 2_400 * 300, "{}", stats.total.bytes);
    assert_eq!(stats.kinds["result"], stats.total);
    assert_eq!((stats.symbols["BTCUSDT"].entries, stats.strategies["ma"].entries), (1_200, 800));
    let counts = stats.counts.total();
    assert_eq!((counts.hits, counts.misses, counts.stored), (1_200, 2_400, 2_400));
    assert_eq!(counts.hit_rate(), Some(1.0 / 3.0));
    assert_eq!((stats.server.maxmemory, stats.server.policy.as_deref()), (Some(104_857_600), Some("allkeys-lru")));
    assert!(stats.server.version.is_some() && stats.server.used_memory > Some(stats.total.bytes));
}

#[test]
fn statistics_of_an_empty_cache_are_zero() {
    let server = RedisServer::start(&[]);
    let stats = admin(&server).stats().expect("a Redis");
    assert_eq!((stats.total.entries, stats.total.bytes, stats.counts.total().hit_rate()), (0, 0, None));
}

#[test]
fn statistics_and_clears_fail_without_redis() {
    let nowhere = location(&format!("redis://:canary@127.0.0.1:{}", free_port()));
    let failure = Admin::connect(&nowhere, "backtest").err().expect("nobody listens there");
    assert_eq!(failure.class, FailureClass::Refused);
    assert!(!failure.to_string().contains("canary"));
    let mut server = RedisServer::start(&[]);
    let mut admin = admin(&server);
    server.kill();
    assert_eq!(admin.stats().map_err(|failure| failure.class), Err(FailureClass::Closed));
    assert!(admin.clear(&EntryFilter::default()).is_err());
}

#[test]
fn statistics_do_without_memory_usage_where_it_is_denied() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 5);
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "~*", "+scan", "+strlen", "+hgetall"]);
    let location = location(&format!("redis://ann:canary@127.0.0.1:{}", server.port()));
    let stats = Admin::connect(&location, "backtest").and_then(|mut admin| admin.stats()).expect("enough rights");
    assert_eq!((stats.total.entries, stats.bytes_by), (5, BytesBy::Length));
    assert_eq!(stats.server.version, None);
}

#[test]
fn clear_removes_ours_and_leaves_all_others() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 2_000);
    let foreign = ["backtest", "backtest:v1:result:BTCUSDT:rsi:short", "backtest2:v1:stats", "other", "session:1"];
    for name in foreign {
        server.command(&["SET", name, "not ours"]);
    }
    assert_eq!(admin(&server).clear(&EntryFilter::default()), Ok(2_000));
    let mut left = foreign.map(str::to_owned);
    left.sort();
    assert_eq!(server.keys(), left);
}

#[test]
fn clear_can_be_narrowed_by_symbol_and_strategy() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 60);
    let narrow = |symbol: Option<&str>, strategy: Option<&str>| EntryFilter {
        symbol: symbol.map(str::to_owned),
        strategy: strategy.map(str::to_owned),
        ..EntryFilter::default()
    };
    let mut admin = admin(&server);
    assert_eq!(admin.clear(&narrow(Some("BTC*"), None)), Ok(0), "a glob is not meant");
    assert_eq!(admin.clear(&narrow(Some("BTCUSDT"), Some("rsi"))), Ok(10));
    assert_eq!(admin.clear(&narrow(None, Some("ma"))), Ok(20));
    let stats = admin.stats().expect("a Redis");
    assert_eq!(stats.total.entries, 30);
    assert_eq!(stats.counts.total().stored, 60, "counters stay with a narrowed clear");
}

#[test]
fn a_prefix_with_glob_characters_clears_itself_only() {
    let server = RedisServer::start(&[]);
    for prefix in ["a", "a*", "*"] {
        let _ = run_with(&server.url(), Options { prefix: prefix.into(), ..patient() }, 5);
    }
    let mut admin = Admin::connect(&location(&server.url()), "*").expect("a Redis");
    assert_eq!(admin.clear(&EntryFilter::default()), Ok(5));
    assert_eq!(server.keys().len(), 2 * (5 + 2), "five entries, the counters of all time and of today");
}
