//! Every kind of table, in terminals of 80, 120 and 200 columns.

use super::{assert_expected, call_with, filtered, transcript};
use crate::candles::{csv, with_cell};
use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox, program};

const WIDTHS: [u16; 3] = [80, 120, 200];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("data/1d/NEWUSDT.csv", csv("NEWUSDT", 2));
    sandbox
}

/// The program in a terminal so wide, what is on stderr left out; None where there is no `script` of util-linux.
fn in_a_terminal(sandbox: &Sandbox, words: &str, width: u16, change: &dyn Fn(Call) -> Call) -> Option<String> {
    let util_linux = sandbox.shell("script --version").ran().stdout.contains("util-linux");
    if !util_linux {
        return None;
    }
    let command = format!("stty cols {width} rows 50; exec '{}' {words} 2>/dev/null", program().display());
    let script = format!("script -qec \"{}\" /dev/null", command.replace('"', "\\\""));
    let mut ran = change(sandbox.shell(&script)).ran();
    // The terminal's own part: line ends, and the echo of the end of input.
    ran.stdout = ran.stdout.replace("\r\n", "\n").replace("^D\u{8}\u{8}", "");
    assert_eq!(ran.stderr, "");
    Some(transcript(&format!("backtest {words}   # {width} columns"), &ran))
}

/// Without a terminal, and where one changes anything, at each width.
fn at_all_widths(sandbox: &Sandbox, commands: &[&str], change: &dyn Fn(Call) -> Call) -> String {
    let mut text = String::new();
    for words in commands {
        text += &call_with(sandbox, words, change);
        let body = |text: &str| {
            let text = filtered(text);
            text.lines().skip(1).filter(|line| !line.starts_with("2> ")).collect::<Vec<_>>().join("\n")
        };
        let mut shown = body(&text[text.rfind("$ backtest").expect("a call")..]);
        for width in WIDTHS {
            let terminal = in_a_terminal(sandbox, words, width, change).expect("script of util-linux");
            if body(&terminal) != shown {
                shown = body(&terminal);
                text += &terminal;
            }
        }
    }
    text
}

#[test]
fn tables_of_results() {
    let commands = [
        "run --crypto BTC --strategy rsi",
        "run --crypto ETH --strategy ma --param fast=5 --param slow=20 --direction both --trades",
        "run --crypto NEW --strategy rsi",
        "run --crypto BTC --strategy rsi --from 2022-02-01 --to 2022-10-01 --fill close --slippage 0.001",
        "batch --all --strategy ma,macd",
        "batch --all --strategy rsi --chart",
        "batch --all --sort cagr --top 2 --where 'trades >= 2'",
        "batch --all --where 'trades > 1000'",
        "sweep --crypto BTC --strategy ma --param fast=5,10,30 --param slow=20,50",
        "sweep --all --strategy bollinger --param period=10..30:10 --param width=1,2.5 --top 4",
        "sweep --crypto BTC --strategy ma --param fast=50..59 --param slow=20",
        "sweep --crypto BTC --strategy ma --param fast=5..9 --param slow=20 --where 'sharpe > 100'",
        "sweep --crypto BTC --strategy rsi --param period=5..30 --param oversold=10..40:10 --chart --top 1",
        "compare rsi rsi:period=21 ma:fast=5,slow=20 --crypto BTC",
        "compare rsi ma donchian macd bollinger momentum --crypto BTC",
    ];
    assert_expected("tables-results", &at_all_widths(&sandbox(), &commands, &|call| call));
}

#[test]
fn tables_of_walks() {
    let several = "--strategy ma,rsi,bollinger --param fast=3,5 --param slow=90 --param period=7,14 --param width=1,2";
    let commands = [
        "walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10 --train 150b --test 60b",
        &format!("walk --crypto BTC {several} --train 150b --test 60b"),
        &format!("walk --crypto BTC {several} --cpcv 4,1 --pick plateau"),
        "walk --all --exclude NEW --strategy rsi --param period=5..30 --train 150b --test 60b",
    ];
    assert_expected("tables-walks", &at_all_widths(&sandbox(), &commands, &|call| call));
}

#[test]
fn a_run_as_a_picture() {
    let sandbox = sandbox();
    let text = at_all_widths(&sandbox, &["run --crypto BTC --strategy rsi --chart"], &|call| call);
    assert_expected("tables-picture", &text);
}

#[test]
fn tables_about_candles_and_strategies() {
    let sandbox = sandbox();
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", 50), 5, 4, "0"));
    sandbox.write("data/1d/ODDUSDT.csv", with_cell(&csv("ODDUSDT", 50), 5, 5, "0"));
    let gap: String = csv("GAPUSDT", 60)
        .lines()
        .enumerate()
        .filter(|(at, _)| *at != 9 && *at != 20)
        .flat_map(|(_, line)| [line, "\n"])
        .collect();
    sandbox.write("data/1d/GAPUSDT.csv", gap);
    sandbox.write("data/1h/BTCUSDT.csv", csv("BTCUSDT", 100));
    sandbox.write("more_BTCUSDT_1d.csv", csv("BTCUSDT", 410));
    sandbox.write("new_DOGEUSDT_1d.csv", csv("DOGEUSDT", 30));
    sandbox.own_strategy("mine", crate::own_strategies::MINE);
    let commands = [
        "data list",
        "data list --interval 1h",
        "data check --interval 1d",
        "data check --crypto ETH",
        "data import more_BTCUSDT_1d.csv new_DOGEUSDT_1d.csv nothing.csv --dry-run",
        "strategies list",
        "strategies show donchian",
        "strategies check mine",
        "strategies indicators",
    ];
    let mut text = at_all_widths(&sandbox, &commands, &|call| call);
    for words in [
        "data import more_BTCUSDT_1d.csv new_DOGEUSDT_1d.csv --interval 1d",
        "data convert --to parquet --crypto ETH,SOL --interval 1d",
        "data export --format freqtrade --out there --crypto BTC --interval 1d",
        "data sample --data-dir sample",
        "run --crypto BTC --strategy rsi --data-dir sample",
        "run --crypto BTC --strategy rsi --interval 4h",
    ] {
        text += &call_with(&sandbox, words, |call| call);
    }
    assert_expected("tables-data", &text);
}

#[test]
fn tables_about_the_cache() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    let commands = [
        "cache warm --all --strategy rsi",
        "batch --all",
        "batch --all",
        "run --crypto BTC --strategy rsi",
        "cache verify",
        "cache keys --crypto BTC --strategy rsi",
    ];
    let mut text = String::new();
    for words in commands {
        text += &call_with(&sandbox, words, |call| call.redis(&server));
    }
    text += &at_all_widths(&sandbox, &["cache stats"], &|call| call.redis(&server));
    text += &at_all_widths(&sandbox, &["cache info"], &|call| call.redis(&server));
    for words in ["cache ping", "cache clear --crypto BTC", "cache clear", "cache clear --yes"] {
        text += &call_with(&sandbox, words, |call| call.redis(&server));
    }
    assert_expected("tables-cache", &text);
}
