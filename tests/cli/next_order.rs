//! The order that the last bar leaves for the next open, which no figure shows.

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
