//! Replies that stall, end, drip, or are no replies at all.

use std::time::Duration;

use crate::common::fault_proxy::{Break, FaultProxy};
use crate::common::redis_server::RedisServer;
use crate::{run, run_in_trouble};

#[test]
fn a_reply_that_stalls_or_ends_at_any_byte_costs_no_more_than_the_budget() {
    let server = RedisServer::start(&[]);
    assert_eq!(run(&server.url(), 600).stored, 600);
    for k in [0, 1, 2, 5, 6, 7, 8, 100, 5_000, 90_000, 120_000] {
        let proxy = FaultProxy::start(server.port(), k, Break::Stall);
        let report = run_in_trouble(&proxy.url(), 600, &["timeout"]);
        assert_eq!(report.hits + report.misses, 600);
        let proxy = FaultProxy::start(server.port(), k, Break::Cut);
        run_in_trouble(&proxy.url(), 600, &["closed"]);
        assert_eq!(proxy.connections(), 1, "no retry storm");
    }
}

#[test]
fn hits_received_before_a_stall_are_used() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 600);
    let proxy = FaultProxy::start(server.port(), 120_000, Break::Stall);
    assert_eq!(run_in_trouble(&proxy.url(), 600, &["timeout"]).hits, 256);
}

#[test]
fn a_server_that_drips_costs_no_more_than_the_budget() {
    let server = RedisServer::start(&[]);
    let _ = run(&server.url(), 600);
    for pause in [1, 80] {
        let proxy = FaultProxy::start(server.port(), 3, Break::Drip(Duration::from_millis(pause)));
        run_in_trouble(&proxy.url(), 600, &["timeout"]);
    }
}

#[test]
fn what_is_not_a_redis_is_named() {
    let server = RedisServer::start(&[]);
    for foreign in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", ":7\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n", "*1\r\n$-1\r\n"]
    {
        let proxy = FaultProxy::start(server.port(), 0, Break::Foreign(foreign.into()));
        run_in_trouble(&proxy.url(), 5, &["protocol"]);
    }
    let script = "-ERR unknown command 'AUTH', with args beginning with: 'canary'\r\n";
    let proxy = FaultProxy::start(server.port(), 0, Break::Foreign(script.into()));
    let url = proxy.url().replace("//", "//:canary@");
    let report = run_in_trouble(&url, 5, &["auth"]);
    assert!(!report.warning.is_some_and(|warning| warning.to_string().contains("canary")));
}

#[test]
fn a_flood_of_bytes_costs_no_more_than_the_budget() {
    let server = RedisServer::start(&[]);
    for flood in ["*5\r\n$500000000000\r\n", "+", "*5\r\n$4000000\r\n"] {
        let proxy = FaultProxy::start(server.port(), 0, Break::Flood(flood.into()));
        run_in_trouble(&proxy.url(), 5, &[]);
    }
}
