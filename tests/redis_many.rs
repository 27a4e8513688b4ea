//! A hundred thousand entries, in a process of their own so that its memory can be measured.

#[path = "common/peak.rs"]
mod peak;
#[path = "common/redis_server.rs"]
#[expect(dead_code, reason = "shared with the tests of everything else")]
mod redis_server;

use backtest::cache::{Admin, CacheLocation, EntryFilter, ListedEntry};
use redis_server::RedisServer;

#[test]
fn statistics_lists_and_a_clear_of_100_000_entries_take_no_more_memory() {
    let server = RedisServer::start(&[]);
    // The beginning of a value of ours, up to its label, and no more.
    let script = "for i = 1, 100000 do
        local label = string.format('S%d:rsi', i % 500)
        local head = 'bt\\26c\\3\\0\\1\\0' .. string.rep('k', 32) .. 'size' .. string.char(#label)
        redis.call('SET', string.format('backtest:v2:result:%064x', i), head .. label .. string.rep('x', 400))
    end";
    server.command(&["EVAL", script, "0"]);
    let location: CacheLocation = server.url().parse().expect("a URL");
    let mut admin = Admin::connect(&location, "backtest").expect("a Redis");
    let before = peak::memory();
    let stats = admin.stats().expect("it counts");
    assert_eq!((stats.total.entries, stats.symbols.len()), (100_000, 500));
    let mut listed = 0;
    let each = |page: Vec<ListedEntry>| {
        listed += page.len();
        true
    };
    admin.keys(&EntryFilter::default(), each).expect("it lists");
    assert_eq!(listed, 100_000);
    assert_eq!(admin.clear(&EntryFilter::default()), Ok(100_000));
    let grown = peak::memory() - before;
    assert!(grown <= 16 << 20, "memory grew by {grown} bytes");
}
