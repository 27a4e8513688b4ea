//! Replies without an end, in a process of their own so that its memory can be measured.

#[path = "common/fault_proxy.rs"]
#[expect(dead_code, reason = "shared with the tests of everything else")]
mod fault_proxy;
#[path = "common/peak.rs"]
mod peak;
#[path = "common/redis_server.rs"]
#[expect(dead_code, reason = "shared with the tests of everything else")]
mod redis_server;

use std::time::{Duration, Instant};

use backtest::cache::{CacheLocation, EntryId, EntryKind, Key, Options, Results};
use fault_proxy::{Break, FaultProxy};
use redis_server::RedisServer;

/// Replies that go on with `x` for ever after these bytes.
const FLOODS: [&str; 5] =
    ["*5\r\n$500000000000\r\n", "$4000000\r\n", "*5\r\n$4000000\r\n", "*5\r\n$-1\r\n$4194304\r\n", "+"];

/// A stall budget that a busy machine does not use up: waiting twice is told from waiting once.
const BUDGET: Duration = Duration::from_secs(1);

#[test]
fn an_endless_reply_takes_neither_memory_nor_time() {
    let server = RedisServer::start(&[]);
    let before = peak::memory();
    for flood in FLOODS {
        let proxy = FaultProxy::start(server.port(), 0, Break::Flood(flood.into()));
        let location: CacheLocation = proxy.url().parse().expect("a URL");
        let begun = Instant::now();
        let results = Results::new(&location, Options { timeout: BUDGET, ..Options::default() });
        let wanted = [1, 2, 3, 4, 5].map(|n| EntryId {
            key: Key([n; 32]),
            kind: EntryKind::Result,
            symbol: "BTCUSDT",
            strategy: "rsi",
        });
        assert!(results.get(&wanted).iter().all(Option::is_none), "{flood}");
        let report = results.finish();
        assert!(begun.elapsed() < 2 * BUDGET, "{flood} took {:?}", begun.elapsed());
        let warning = report.warning.expect("it is no Redis").to_string();
        assert!(warning.contains("protocol") || warning.contains("timeout"), "{warning}");
    }
    let grown = peak::memory() - before;
    assert!(grown <= 16 << 20, "memory grew by {grown} bytes");
}
