//! Statistics and clears: ours alone, and all of ours.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use backtest::cache::{Admin, BytesBy, EntryFilter, FailureClass, ListedEntry, Options, Secret};

use crate::common::redis_server::{RedisServer, free_port};
use crate::{location, patient, run, run_with, value, wanted};

/// The URL of a server with ten keys whose SCAN never ends. Requests come one at a time here.
fn endless_scan(is_same: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("redis://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut request = [0; 4096];
        for step in 1.. {
            let count = client.read(&mut request).unwrap_or(0);
            let reply = match String::from_utf8_lossy(&request[..count]) {
                gone if gone.is_empty() => return,
                scan if scan.contains("SCAN") => {
                    let cursor = if is_same { "7".to_owned() } else { step.to_string() };
                    format!("*2\r\n${}\r\n{cursor}\r\n*0\r\n", cursor.len())
                }
                _ => ":10\r\n".to_owned(),
            };
            if client.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    url
}

fn admin(server: &RedisServer) -> Admin {
    Admin::connect(&location(&server.url()), "backtest").expect("a Redis")
}

#[test]
fn statistics_count_our_entries_and_our_lookups_alone() {
    let server = RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    server.command(&["SET", "backtest:v2:other", "not ours"]);
    server.command(&["GET", "backtest:v2:other"]);
    let _ = run(&server.url(), 2_400);
    let _ = run(&server.url(), 1_200);
    let stats = admin(&server).stats().expect("a Redis");
    assert_eq!(stats.total.entries, 2_400);
    assert!(stats.total.bytes > 2_400 * 200, "{}", stats.total.bytes);
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
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "~*", "+scan", "+getrange", "+strlen", "+hgetall"]);
    let location = location(&format!("redis://ann:canary@127.0.0.1:{}", server.port()));
    let stats = Admin::connect(&location, "backtest").and_then(|mut admin| admin.stats()).expect("enough rights");
    assert_eq!((stats.total.entries, stats.bytes_by), (5, BytesBy::Length));
    assert_eq!(stats.server.version, None);
}

#[test]
fn clear_removes_ours_and_leaves_all_others() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 2_000);
    let foreign = ["backtest", "backtest:v2:result:short", "backtest2:v2:stats", "other", "session:1"];
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

#[test]
fn a_server_whose_list_of_keys_does_not_end_is_an_error_and_no_hang() {
    // The same cursor for ever, and a new one each time.
    for is_same in [true, false] {
        let url = endless_scan(is_same);
        let begun = Instant::now();
        let mut admin = Admin::connect(&location(&url), "backtest").expect("it listens");
        let failure = admin.clear(&EntryFilter::default()).expect_err("it never ends");
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.to_string().contains("its list of keys does not end"), "{failure}");
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_stored_value_can_be_looked_at_by_its_key_or_the_beginning_of_it() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 6);
    let key = wanted(4).key.to_string();
    let mut admin = admin(&server);
    for digits in [&key[..], &key[..12]] {
        let mut found = Vec::new();
        let filter = EntryFilter { key: Some(digits.to_owned()), ..EntryFilter::default() };
        let each = |page: Vec<ListedEntry>| {
            found.extend(page);
            true
        };
        admin.keys(&filter, each).expect("a Redis");
        let [entry] = found.as_slice() else { panic!("{found:?}") };
        let named = (entry.key.as_str(), entry.kind.as_str(), entry.symbol.as_str(), entry.strategy.as_str());
        assert_eq!(named, (key.as_str(), "result", "BTCUSDT", "ma"));
        assert_eq!(admin.value(entry, None), Ok(Some(Ok(value(4)))));
        let sealed = admin.value(entry, Some(&Secret::derive("canary"))).expect("a Redis").expect("an entry");
        assert!(sealed.is_err_and(|why| why.contains("not sealed")));
    }
    let none = EntryFilter { key: Some("f".repeat(64)), ..EntryFilter::default() };
    assert_eq!(admin.keys(&none, |page| page.is_empty()), Ok(()));
}
