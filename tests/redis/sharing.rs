//! What processes leave for each other in a Redis that works.

use std::time::Duration;

use backtest::cache::{Admin, CacheMode, EntryId, Options, Results, Ttls};

use crate::common::redis_server::RedisServer;
use crate::{location, patient, run, run_with, value, wanted};

#[test]
fn what_one_process_stores_another_finds() {
    let server = RedisServer::start(&[]);
    let cold = run(&server.url(), 702);
    assert_eq!((cold.hits, cold.misses, cold.stored, cold.warning), (0, 702, 702, None));
    let warm = run(&server.url(), 702);
    assert_eq!((warm.hits, warm.misses, warm.stored, warm.warning), (702, 0, 0, None));
}

#[test]
fn entries_expire_after_the_ttl_and_never_with_ttl_zero() {
    let server = RedisServer::start(&[]);
    let pttl = || {
        let entry = server.keys().into_iter().find(|name| name.contains(":result:")).expect("an entry");
        server.command(&["PTTL", &entry]).trim_start_matches(':').trim_end().parse::<i64>().expect("a number")
    };
    let _ = run(&server.url(), 1);
    assert!((86_000_000..=86_400_000).contains(&pttl()), "{}", pttl());
    let for_ever = Options { ttl: Ttls::all(Duration::ZERO), mode: CacheMode::Refresh, ..patient() };
    let _ = run_with(&server.url(), for_ever, 1);
    assert_eq!(pttl(), -1);
    let longest = Options { ttl: Ttls::all(Duration::MAX), mode: CacheMode::Refresh, ..patient() };
    assert_eq!(run_with(&server.url(), longest, 1).stored, 1);
}

#[test]
fn a_connection_closed_while_idle_is_opened_again() {
    let server = RedisServer::start(&["--timeout", "1"]);
    let results = Results::new(&location(&server.url()), patient());
    assert_eq!(results.get(&[wanted(0)]), [None]);
    // Until the server knows of no client but the one that asks.
    let alone = || server.command(&["CLIENT", "LIST", "TYPE", "NORMAL"]).matches("id=").count() == 1;
    let closed = std::iter::repeat_with(alone).take(600).any(|alone| {
        std::thread::sleep(Duration::from_millis(if alone { 0 } else { 50 }));
        alone
    });
    assert!(closed, "the server closes idle connections after a second");
    results.put(&wanted(0), &value(0));
    let report = results.finish();
    assert_eq!((report.stored, report.warning), (1, None));
}

#[test]
fn foreign_copied_and_mistyped_values_are_misses_and_get_replaced() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 3);
    let name = |n: usize| format!("backtest:v2:result:{}", wanted(n).key);
    server.command(&["SET", &name(0), "foreign bytes"]);
    server.command(&["COPY", &name(2), &name(1), "REPLACE"]);
    let report = run(&server.url(), 3);
    assert_eq!((report.hits, report.misses, report.corrupt, report.stored), (1, 2, 2, 2));
    server.command(&["DEL", &name(0)]);
    server.command(&["LPUSH", &name(0), "a list"]);
    let report = run(&server.url(), 3);
    assert_eq!((report.hits, report.misses, report.stored, report.warning), (2, 1, 1, None));
    assert_eq!(run(&server.url(), 3).hits, 3);
}

#[test]
fn a_huge_value_under_our_key_is_one_miss() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 3);
    server.command(&["SETRANGE", &format!("backtest:v2:result:{}", wanted(1).key), "20000000", "x"]);
    let report = run(&server.url(), 3);
    assert_eq!((report.hits, report.corrupt, report.stored, report.warning), (2, 1, 1, None));
}

#[test]
fn a_unix_socket_works_too() {
    let server = RedisServer::start(&["--unixsocket", "redis.sock"]);
    let url = format!("unix://{}/redis.sock?db=1", server.folder().display());
    assert_eq!(run(&url, 5).stored, 5);
    assert_eq!(run(&url, 5).hits, 5);
}

#[test]
fn twenty_cold_processes_at_once_agree() {
    let server = RedisServer::start(&[]);
    let url = server.url();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(run(&url, 300).warning, None));
        }
    });
    assert_eq!(
        Admin::connect(&location(&url), "backtest")
            .and_then(|mut admin| admin.stats())
            .map(|stats| stats.total.entries),
        Ok(300)
    );
}

#[test]
fn threads_that_each_ask_for_many_entries_do_not_time_out_a_healthy_redis() {
    let server = RedisServer::start(&[]);
    assert_eq!(run(&server.url(), 2_000).stored, 2_000);
    let all: Vec<_> = (0..2_000).map(wanted).collect();
    let results = Results::new(&location(&server.url()), patient());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(results.get(&all).iter().flatten().count(), 2_000));
        }
    });
    let report = results.finish();
    assert_eq!((report.hits, report.warning), (8_000, None));
}

#[test]
fn a_colleague_with_the_same_candles_finds_the_result_under_other_names() {
    let server = RedisServer::start(&[]);
    assert_eq!(run(&server.url(), 1).stored, 1);
    let results = Results::new(&location(&server.url()), patient());
    let mine = EntryId { symbol: "BTC-USD", strategy: "my_own", ..wanted(0) };
    assert_eq!(results.get(&[mine]), [Some(value(0))]);
    assert_eq!(results.finish().hits, 1);
}
