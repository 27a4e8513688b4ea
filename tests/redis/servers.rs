//! Servers that are absent, frozen, full, closed to us, or of the wrong sort.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use backtest::cache::{FailureClass, Options, Results};

use crate::common::redis_server::{RedisServer, free_port};
use crate::{BUDGET, TWICE, location, patient, run, run_in_trouble, value, wanted};

#[test]
fn a_refused_connection_costs_next_to_nothing() {
    let report = run_in_trouble(&format!("redis://:canary@127.0.0.1:{}/0", free_port()), 702, &["refused"]);
    assert_eq!((report.hits, report.misses, report.stored), (0, 702, 0));
    assert!(!report.warning.is_some_and(|warning| warning.to_string().contains("canary")));
}

#[test]
fn a_frozen_server_costs_the_stall_budget_once() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 10);
    server.freeze();
    run_in_trouble(&server.url(), 702, &["timeout"]);
    server.thaw();
}

#[test]
fn a_server_that_freezes_during_the_run_costs_the_stall_budget_once() {
    let server = RedisServer::start(&[]);
    let results = Results::new(&location(&server.url()), Options { timeout: BUDGET, ..Options::default() });
    assert_eq!(results.get(&[wanted(0)]), [None]);
    server.freeze();
    let begun = Instant::now();
    results.put(&wanted(0), &value(0));
    assert_eq!(results.get(&[wanted(1)]), [None]);
    assert_eq!(results.get(&[wanted(2)]), [None]);
    let report = results.finish();
    assert!(begun.elapsed() < TWICE, "{:?}", begun.elapsed());
    assert!(report.warning.is_some_and(|warning| warning.failure.class == FailureClass::Timeout));
}

#[test]
fn a_killed_server_is_a_closed_connection_and_not_retried() {
    let mut server = RedisServer::start(&[]);
    let results = Results::new(&location(&server.url()), patient());
    assert_eq!(results.get(&[wanted(0)]), [None]);
    server.kill();
    results.put(&wanted(0), &value(0));
    assert_eq!(results.get(&[wanted(0)]), [None]);
    let report = results.finish();
    assert_eq!(report.stored, 0);
    assert!(report.warning.is_some_and(|warning| warning.failure.class == FailureClass::Closed));
}

#[test]
fn a_full_server_takes_no_writes_but_gives_hits() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 5);
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let report = run_in_trouble(&server.url(), 10, &["full", "OOM", "cache writes"]);
    assert_eq!((report.hits, report.misses, report.stored), (5, 5, 0));
}

#[test]
fn a_replica_takes_no_writes_but_gives_hits() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 5);
    server.command(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    let report = run_in_trouble(&server.url(), 10, &["read-only", "cache writes"]);
    assert_eq!((report.hits, report.misses, report.stored), (5, 5, 0));
    assert_eq!(run(&server.url(), 5).warning, None, "with hits alone there is nothing to write");
}

#[test]
fn a_password_is_needed_and_never_shown() {
    let server = RedisServer::start(&["--requirepass", "canary/1"]);
    for count in [1, 5, 702] {
        run_in_trouble(&server.url(), count, &["auth", "NOAUTH"]);
    }
    let with = |password: &str| format!("redis://:{password}@127.0.0.1:{}/2", server.port());
    let report = run_in_trouble(&with("canary2"), 5, &["auth", "WRONGPASS"]);
    assert!(!format!("{report:?}").contains("canary"));
    assert_eq!(run(&with("canary%2F1"), 5).stored, 5);
    assert_eq!(run(&with("canary%2F1"), 5).hits, 5);
}

#[test]
fn keys_that_the_user_may_not_read_are_misses_and_the_others_hits() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 6);
    server.command(&["ACL", "SETUSER", "ann", "on", ">canary", "+@all", "~backtest:v2:result:0[024]*"]);
    let url = format!("redis://ann:canary@127.0.0.1:{}", server.port());
    let report = run_in_trouble(&url, 6, &["auth", "NOPERM"]);
    assert_eq!((report.hits, report.misses), (3, 3));
}

#[test]
fn a_database_that_the_server_does_not_have_is_named() {
    let server = RedisServer::start(&[]);
    run_in_trouble(&format!("redis://127.0.0.1:{}/99", server.port()), 5, &["refused", "database"]);
}

#[test]
fn a_cluster_is_named_as_unsupported() {
    let server = RedisServer::start(&["--cluster-enabled", "yes"]);
    run_in_trouble(&server.url(), 5, &["cluster", "not supported"]);
    let slots: Vec<String> = (0..16_384).map(|slot| slot.to_string()).collect();
    let command: Vec<&str> = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
    assert_eq!(server.command(&command), "+OK\r\n");
    run_in_trouble(&server.url(), 5, &["cluster", "not supported"]);
}

#[test]
fn a_server_without_room_for_clients_refuses() {
    let server = RedisServer::start(&["--maxclients", "1"]);
    // The server may still hold the connection that asked whether it is up: then this one is sent away.
    let _holder = loop {
        let mut holder = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        let mut reply = [0; 5];
        holder.write_all(b"PING\r\n").and_then(|()| holder.read_exact(&mut reply)).expect("it answers");
        if &reply == b"+PONG" {
            break holder;
        }
    };
    run_in_trouble(&server.url(), 5, &["refused", "maxclients"]);
}
