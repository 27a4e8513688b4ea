//! A hundred thousand entries, in a process of their own so that its memory can be measured.

#[path = "common/redis_server.rs"]
#[expect(dead_code, reason = "shared with the tests of everything else")]
mod redis_server;

use backtest::cache::{Admin, Filter, Listed, Place};
use redis_server::RedisServer;

#[test]
fn statistics_lists_and_a_clear_of_100_000_entries_take_no_more_memory() {
    let server = RedisServer::start(&[]);
    let script = "for i = 1, 100000 do redis.call('SET', string.format('backtest:v1:result:S%d:rsi:%064x', i % 500, i), string.rep('x', 400)) end";
    server.command(&["EVAL", script, "0"]);
    let place: Place = server.url().parse().expect("a URL");
    let mut admin = Admin::connect(&place, "backtest").expect("a Redis");
    let before = peak_memory();
    let stats = admin.stats().expect("it counts");
    assert_eq!((stats.total.entries, stats.symbols.len()), (100_000, 500));
    let mut listed = 0;
    let each = |page: Vec<Listed>| {
        listed += page.len();
        true
    };
    admin.keys(&Filter::default(), each).expect("it lists");
    assert_eq!(listed, 100_000);
    assert_eq!(admin.clear(&Filter::default()), Ok(100_000));
    let grown = peak_memory() - before;
    assert!(grown <= 16 << 20, "memory grew by {grown} bytes");
}

/// Most memory that this process has had so far, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") * 1024
}
