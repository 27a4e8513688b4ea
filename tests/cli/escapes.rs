//! Text from the command line, from files and from file names cannot drive the terminal.

use crate::fixture::{Call, Sandbox};
use crate::ran::Ran;

/// Colours, sets the window's title, turns the direction of writing.
const EVIL: &str = "B\u{1b}[31m\u{1b}]0;x\u{7}\u{202e}";

/// The call's end, with nothing in its output that a terminal would obey.
#[track_caller]
fn harmless(call: Call) -> Ran {
    let ran = call.ran();
    let obeyed =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        assert!(!text.contains(obeyed), "{stream}: {text:?}");
    }
    ran
}

#[test]
fn values_of_options_are_shown_escaped() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let name = |suffix: &str| format!("{EVIL}{suffix}");
    for (option, value) in [
        ("--param", name("=3")),
        ("--param", format!("period={EVIL}")),
        ("--from", name("")),
        ("--to", name("")),
        ("--interval", name("")),
        ("--threads", name("")),
        ("--ttl", name("")),
        ("--data-dir", name("")),
        ("--config", name(".toml")),
        ("--out", name(".xlsx")),
        ("--out", name("/x.json")),
        ("--cache-url", name("")),
    ] {
        let call =
            sandbox.backtest("run --crypto BTC --strategy rsi").without("BACKTEST_NO_CACHE").arg(option).arg(&value);
        harmless(call).refused(&[]);
    }
}

#[test]
fn values_that_the_argument_parser_refuses_are_shown_escaped() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for option in ["--fee", "--capital", "--fill", "--format", EVIL, &format!("--{EVIL}")] {
        harmless(sandbox.backtest("run --crypto BTC --strategy rsi").arg(option).arg(EVIL)).refused(&[]);
    }
    harmless(sandbox.backtest("").arg(EVIL)).refused(&[]);
}

#[test]
fn names_of_assets_strategies_and_metrics_are_shown_escaped() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    harmless(sandbox.backtest("run --strategy rsi --crypto").arg(EVIL)).refused(&["--crypto", r"\u{1b}"]);
    harmless(sandbox.backtest("run --crypto BTC --strategy").arg(EVIL)).refused(&[r"\u{1b}"]);
    harmless(sandbox.backtest("run --crypto BTC --strategy").arg(format!("./{EVIL}.toml"))).refused(&[r"\u{1b}"]);
    harmless(sandbox.backtest("strategies show").arg(EVIL)).refused(&[r"\u{1b}"]);
    harmless(sandbox.backtest("batch --all --sort").arg(EVIL)).refused(&["--sort", r"\u{1b}"]);
    harmless(sandbox.backtest("batch --all --where").arg(format!("{EVIL} > 1"))).refused(&["--where", r"\u{1b}"]);
}

#[test]
fn a_file_name_with_escape_sequences_is_shown_escaped_everywhere() {
    let sandbox = Sandbox::with(&[EVIL, "ETHUSDT"]);
    for command in ["batch --all -v", "data list", "batch --crypto NOPE", "batch --crypto B"] {
        let ran = harmless(sandbox.backtest(command));
        assert!(ran.code != Some(0) || ran.stdout.contains(r"\u{1b}"), "{ran:#?}");
    }
    sandbox.write(&format!("data/1d/{EVIL}.csv"), "nonsense");
    for command in ["batch --all -v", "data list"] {
        harmless(sandbox.backtest(command)).failed(&[r"\u{1b}", "nonsense"]);
    }
}

#[test]
fn what_stands_in_files_is_shown_escaped() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let broken = crate::candles::with_cell(&crate::candles::csv("x", 9), 3, 4, EVIL);
    sandbox.write("data/1d/ADAUSDT.csv", broken);
    harmless(sandbox.backtest("batch --all")).failed(&["ADAUSDT.csv", "row 3", "close", r"\u{1b}"]);
    for toml in [format!("name = \"{EVIL}\""), format!("{EVIL} = 1"), "\"\\u001b[31m\" = 1".to_owned()] {
        sandbox.write("mine.toml", &toml);
        harmless(sandbox.backtest("strategies check mine.toml")).refused(&["mine.toml"]);
        sandbox.write("settings.toml", &toml);
        harmless(sandbox.backtest("batch --all --config settings.toml")).refused(&["settings.toml"]);
    }
    let about = crate::own_strategies::MINE.replace("Trend with a stop", "\\u001b[31m\\u202e");
    sandbox.own_strategy("my_breakout", &about);
    harmless(sandbox.backtest("strategies list")).done();
    harmless(sandbox.backtest("run --crypto BTC --strategy my_breakout")).done();
}

#[test]
fn text_that_a_spreadsheet_would_take_for_a_formula_is_quoted_in_csv() {
    let sandbox = Sandbox::with(&["=1+1", "@SUM", "+A", "-A", "BTCUSDT"]);
    let ran = sandbox.backtest("batch --all --strategy rsi --format csv").ran().done();
    for line in ran.stdout.lines().skip(1) {
        assert!(line.starts_with(['\'', 'B']), "{line}");
    }
    assert!(ran.stdout.contains("\n'=1+1,1d,rsi,"), "{}", ran.stdout);
    let listed = sandbox.backtest("data list --format csv").ran().done();
    assert!(listed.stdout.contains("\n'@SUM,1d,"), "{}", listed.stdout);
}
