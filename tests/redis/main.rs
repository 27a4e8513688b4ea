//! The cache against a real redis-server: sharing, clearing, and every way in which Redis lets us down.

mod admin;
#[expect(dead_code, reason = "shared with the tests of the whole program")]
#[path = "../common/mod.rs"]
mod common;
mod damage;
#[cfg(feature = "tls")]
mod encrypted;
mod proxies;
mod servers;
mod sharing;

use std::time::{Duration, Instant};

use backtest::cache::{
    CacheLocation, CacheReport, DEFAULT_TIMEOUT, EntryId, EntryKind, Key, Options, Results, StoredResult, StoredValue,
};
use backtest::sim::metrics::{Metric, TABLE};

/// Metrics that cannot be any number, beside those of a range: whole numbers, and one that is never above 0.
const BOUNDED: [&str; 6] = ["max_drawdown", "max_drawdown_bars", "trades", "open_trades", "max_wins", "max_losses"];
/// The stall budget of a run in trouble: so long that a busy machine does not use it up, and a run that waits twice is
/// told from one that waits once. What users get is in the assertion below.
const BUDGET: Duration = Duration::from_secs(1);
/// A run in trouble takes less than this: it never waits for Redis twice.
const TWICE: Duration = Duration::from_secs(2);

fn location(url: &str) -> CacheLocation {
    url.parse().expect("a URL")
}

fn wanted(n: usize) -> EntryId<'static> {
    let mut key = [7; 32];
    key[..8].copy_from_slice(&n.to_le_bytes());
    let (symbol, strategy) = (["BTCUSDT", "ETHUSDT"][n % 2], ["rsi", "ma", "macd"][n % 3]);
    EntryId { key: Key(key), kind: EntryKind::Result, symbol, strategy }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn value(n: usize) -> StoredValue {
    let is_free = |metric: &Metric| metric.range.is_none() && !BOUNDED.contains(&metric.name);
    let metrics = TABLE.iter().map(|metric| is_free(metric).then_some(n as f64 / 3.0)).collect();
    StoredValue::Result(StoredResult { bars: 1824, start: 0, end: 157_507_200_000, ruined: false, metrics, last: None })
}

/// What a run does, in a process of its own: look, compute what is missing, store it. Its values must be right.
fn run_with(url: &str, options: Options, count: usize) -> CacheReport {
    let results = Results::new(&location(url), options);
    let wanted: Vec<_> = (0..count).map(wanted).collect();
    for (n, found) in results.get(&wanted).into_iter().enumerate() {
        match found {
            Some(found) => assert_eq!(found, value(n)),
            None => results.put(&wanted[n], &value(n)),
        }
    }
    results.finish()
}

/// For servers that are well: no machine is so busy that they seem to hang.
fn patient() -> Options {
    Options { timeout: Duration::from_secs(30), ..Options::default() }
}

fn run(url: &str, count: usize) -> CacheReport {
    run_with(url, patient(), count)
}

#[test]
fn trouble_with_redis_costs_a_quarter_of_a_second_at_most() {
    assert!(DEFAULT_TIMEOUT <= Duration::from_millis(250));
    assert_eq!(Options::default().timeout, DEFAULT_TIMEOUT);
}

/// A run that must wait for Redis once at most, and give one warning with these words.
fn run_in_trouble(url: &str, count: usize, words: &[&str]) -> CacheReport {
    let begun = Instant::now();
    let report = run_with(url, Options { timeout: BUDGET, ..Options::default() }, count);
    let took = begun.elapsed();
    assert!(took < TWICE, "{words:?} took {took:?}");
    let warning = report.warning.clone().unwrap_or_else(|| panic!("{words:?} gives no warning")).to_string();
    for word in words.iter().chain(&["Redis at 127.0.0.1:", "continuing without cache"]) {
        assert!(warning.contains(word), "'{warning}' does not say '{word}'");
    }
    report
}
