//! The order that the last bar leaves for the next open, which no figure shows.

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const STRATEGY: &str = "name = \"toy\"\n[rules]\nentry = \"close > open\"\nexit = \"close < open\"\n";

/// Bars of the days from 2024-01-01, each up (+), down (-) or neither (=).
fn with_bars(bars: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    let line = |(at, bar): (usize, char)| {
        let close = match bar {
            '+' => 101,
            '-' => 99,
            _ => 100,
        };
        format!("2024-01-{:02}T00:00:00Z,100,102,98,{close},1\n", at + 1)
    };
    let lines: String = bars.chars().enumerate().map(line).collect();
    sandbox.write("data/1d/TOYUSDT.csv", format!("timestamp,open,high,low,close,volume\n{lines}"));
    sandbox.write("toy.toml", STRATEGY);
    sandbox
}

#[test]
fn a_run_shows_the_order_that_fills_at_the_next_open() {
    for (bars, direction, order) in [
        ("===+", "long", "next order: buy at the next open, by the rules at 2024-01-04\n"),
        ("=+=-", "long", "next order: sell at the next open"),
        ("===-", "short", "next order: sell short at the next open"),
        ("=-=+", "short", "next order: buy back the short at the next open"),
        ("=+=-", "both", "next order: sell and sell short at the next open"),
    ] {
        let sandbox = with_bars(bars);
        let run = |more: &str| {
            let words = format!("run --crypto TOY --strategy ./toy.toml --direction {direction} {more}");
            sandbox.backtest(&words).ran().done().stdout
        };
        assert!(run("").contains(order), "{bars} {direction}: {}", run(""));
        assert!(!run("--fill close").contains("next order"), "with fills at the close it is filled already");
        assert!(!run("--to 2024-01-04").contains("next order"), "the bar before orders nothing");
    }
}

#[test]
fn json_says_what_the_last_bar_orders() {
    let sandbox = with_bars("=+=-");
    let last_bar = |words: &str| -> serde_json::Value {
        let ran =
            sandbox.backtest(&format!("{words} --strategy ./toy.toml --direction both --format json")).ran().done();
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        document.get("results").map_or(&document, |results| &results[0])["last_bar"].clone()
    };
    let expected = serde_json::json!({
        "time": "2024-01-04T00:00:00Z", "position": "long", "next_orders": ["exit", "short_entry"]
    });
    assert_eq!(last_bar("run --crypto TOY"), expected);
    assert_eq!(last_bar("batch --all --last"), expected);
    assert_eq!(last_bar("batch --all"), serde_json::Value::Null);
}

#[test]
fn a_bar_counts_once_it_has_been_over_for_a_moment() {
    let sandbox = with_bars("=+=-");
    // Moments after the end of the last bar, 2024-01-05.
    for (after_ms, settle, counts) in [
        (-1, "", false),
        (1_999, "", false),
        (2_000, "", true),
        (0, "--settle 0", true),
        (59_999, "--settle 1m", false),
    ] {
        let ran = sandbox.backtest(&format!("run --crypto TOY --strategy ./toy.toml {settle}"));
        let ran = ran.env("BACKTEST_NOW", (1_704_412_800_000_i64 + after_ms).to_string()).ran().done();
        assert_eq!(ran.stdout.contains("by the rules at 2024-01-04"), counts, "{after_ms} {settle}: {}", ran.stdout);
        assert_eq!(ran.stderr.contains("last bar is not over yet, left out"), !counts, "{}", ran.stderr);
    }
}

#[test]
fn a_batch_shows_position_and_order_after_the_last_bar_of_each() {
    let sandbox = with_bars("=+=-");
    let bars = sandbox.read("data/1d/TOYUSDT.csv");
    sandbox.write("data/1d/UPUSDT.csv", bars.replace(",99,", ",100,"));
    let ran = sandbox.backtest("batch --all --strategy ./toy.toml --last").ran().done();
    let line = |symbol: &str| {
        let line = ran.stdout.lines().find(|line| line.contains(symbol)).expect(symbol);
        line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("TOYUSDT"), "2024-01-04 long sell");
    assert_eq!(line("UPUSDT"), "2024-01-04 long -");
}

#[test]
fn an_entry_that_waits_for_its_price_is_shown_with_its_price_and_the_bars_that_it_is_valid() {
    // Signals at the close of 101; the next bars lie above 98.
    let shown = |bars: &str, more: &str| -> Option<serde_json::Value> {
        let sandbox = with_bars(bars);
        let words = format!("run --crypto TOY --strategy ./toy.toml --entry-limit 5% --entry-valid 3 {more}");
        let document = sandbox.backtest(&format!("{words} --format json")).ran().done().json();
        let text = sandbox.backtest(&words).ran().done().stdout;
        let waiting = document["last_bar"].get("waiting_entry").cloned();
        assert_eq!(text.contains("waiting order: limit buy at 95.95"), waiting.is_some(), "{text}");
        waiting
    };
    let waiting = |bars: u64| serde_json::json!({"side": "long", "order": "limit", "price": 101.0 * (1.0 - 0.05), "valid_bars": bars});
    for fill in ["", "--fill close"] {
        assert_eq!(shown("==+", fill), Some(waiting(3)), "placed by the last bar");
        assert_eq!(shown("=+==", fill), Some(waiting(1)), "two bars later");
        assert_eq!(shown("+===", fill), None, "its time is over");
        assert_eq!(shown("=+=-", fill), None, "an exit signal voids it");
        assert_eq!(shown("====", fill), None);
    }
    let sandbox = with_bars("==+");
    let ran = sandbox.backtest("batch --all --strategy ./toy.toml --entry-limit 5% --last").ran().done();
    assert!(ran.stdout.contains("limit buy at 95.95, valid for the next bar"), "{}", ran.stdout);
}

#[test]
fn a_hit_says_the_order_that_was_stored_and_one_that_lacks_it_gets_it() {
    let (server, sandbox) = (RedisServer::start(&[]), with_bars("==+"));
    let strategy = "--strategy ./toy.toml --entry-limit 5%";
    let ran = |words: &str| sandbox.backtest(&format!("{words} {strategy}")).redis(&server).ran().done().stdout;
    let stored = || sandbox.backtest("cache stats --format json").redis(&server).ran().done().json()["stored"].clone();
    ran("batch --all");
    assert_eq!(stored(), 1, "nobody asked for an order");
    let waiting = "waiting order: limit buy at 95.95";
    for _ in 0..2 {
        let text = ran("run --crypto TOY");
        assert!(text.contains("cache hit") && text.contains(waiting), "{text}");
        assert_eq!(stored(), 2, "stored with its order once");
    }
    let text = ran("batch --all --last");
    assert!(text.contains("limit buy at 95.95"), "{text}");
    assert_eq!(stored(), 2, "for batch it is a hit too");
    let key = server.entries("result:TOYUSDT:toy").remove(0);
    let show = |form: &str| sandbox.backtest(&format!("cache show {key} {form}")).redis(&server).ran().done();
    assert_eq!(show("--format json").json()["last_bar"]["waiting_entry"]["side"], "long");
    assert!(show("").stdout.contains("limit buy at 95.95"));
}
