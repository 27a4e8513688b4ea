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
    CacheLocation, CacheReport, EntryId, EntryKind, Key, Options, Results, StoredResult, StoredValue,
};

const METRICS: usize = 25;
/// What a user is promised at most, and room for a busy machine.
const PROMISED: Duration = Duration::from_millis(250);
const SLACK: Duration = Duration::from_millis(60);

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
    let metrics = vec![Some(n as f64 / 3.0); METRICS];
    StoredValue::Result(StoredResult { bars: 1824, start: 0, end: 1, ruined: false, metrics })
}

/// What a run does, in a process of its own: look, compute what is missing, store it. Its values must be right.
fn run_with(url: &str, options: Options, count: usize) -> CacheReport {
    let results = Results::new(&location(url), options, METRICS);
    let wanted: Vec<_> = (0..count).map(wanted).collect();
    for (n, found) in results.get(&wanted).into_iter().enumerate() {
        match found {
            Some(found) => assert_eq!(found, value(n)),
            None => results.put(&wanted[n], &value(n)),
        }
    }
    results.finish()
}

fn run(url: &str, count: usize) -> CacheReport {
    run_with(url, Options::default(), count)
}

/// A run that must cost no more than is promised, and give one warning with these words.
fn run_in_trouble(url: &str, count: usize, words: &[&str]) -> CacheReport {
    let begun = Instant::now();
    let report = run(url, count);
    let took = begun.elapsed();
    assert!(took < PROMISED + SLACK, "{words:?} took {took:?}");
    let warning = report.warning.clone().unwrap_or_else(|| panic!("{words:?} gives no warning"));
    for word in words.iter().chain(&["Redis at 127.0.0.1:", "continuing without cache"]) {
        assert!(warning.contains(word), "'{warning}' does not say '{word}'");
    }
    report
}
