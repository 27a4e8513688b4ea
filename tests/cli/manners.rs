//! Stdout is for data and stderr for people; pipes that close and disks that are full are met with grace.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::fixture::Sandbox;

const COMMANDS: [&str; 9] = [
    "run --crypto BTC --strategy rsi --trades",
    "batch --all --format json",
    "batch --all --format csv",
    "sweep --all --strategy rsi --param period=5..9",
    "strategies list",
    "strategies show rsi",
    "data list",
    "completions zsh",
    "completions man",
];

#[test]
fn a_pipe_that_closes_early_is_no_error() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for command in COMMANDS.iter().chain(&["--help", "--version"]) {
        let mut child = sandbox.backtest(command).spawn(Stdio::piped());
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        assert_eq!((child.wait().expect("ended").code(), stderr.as_str()), (Some(0), ""), "{command}");
    }
}

#[test]
fn a_reader_that_wants_one_line_gets_it() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let mut child = sandbox.backtest("run --crypto BTC --strategy rsi").spawn(Stdio::piped());
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("BTCUSDT 1d"), "{line}");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_an_error_that_names_stdout() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for command in COMMANDS {
        let full = File::options().write(true).open("/dev/full").expect("it is there");
        let mut child = sandbox.backtest(command).spawn(full.into());
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
        assert_eq!(child.wait().expect("ended").code(), Some(1), "{command}: {stderr}");
        assert!(stderr.starts_with("error: stdout: "), "{command}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn closed_streams_do_not_change_the_exit_code() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    let words = format!("exec '{}' batch --all --format csv <&- 2>&-", crate::fixture::program().display());
    let ran = sandbox.shell(&words).ran();
    assert_eq!((ran.code, ran.stdout.lines().count(), ran.stderr.as_str()), (Some(1), 3, ""));
}

#[test]
fn no_colour_and_no_bar_off_a_terminal() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for command in COMMANDS.iter().chain(&["--help", "run --nonsense", "batch --all --sort nonsense"]) {
        for colour in ["", "0", "1"] {
            let ran = sandbox.backtest(command).env("NO_COLOR", colour).env("TERM", "xterm-256color").ran();
            assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{command}: {ran:#?}");
            assert!(!ran.stderr.contains('\r'), "{command}: {ran:#?}");
        }
    }
}

/// `script` gives the program a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_coloured_unless_no_color_is_set() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = format!("'{}' run --crypto BTC --strategy rsi", crate::fixture::program().display());
    let on_terminal = || sandbox.shell(&format!("script -qec \"{run}\" /dev/null")).env("TERM", "xterm-256color");
    let coloured = on_terminal().without("NO_COLOR").ran();
    if coloured.code != Some(0) {
        return; // There is no `script` here.
    }
    assert!(coloured.stdout.contains("\u{1b}["), "{}", coloured.stdout);
    let plain = on_terminal().env("NO_COLOR", "1").ran().done();
    assert!(!plain.stdout.contains('\u{1b}'), "{:?}", plain.stdout);
}

#[test]
fn stdout_is_nothing_but_the_document_whatever_is_said_beside_it() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    for verbose in ["", "-v", "-vv", "-vvv"] {
        let ran = sandbox.backtest("batch --all --format json").arg("--trades").ran();
        ran.refused(&["--trades"]);
        let ran = sandbox.backtest(&format!("batch --all --format json {verbose}")).ran();
        assert_eq!(ran.json()["results"].as_array().map(Vec::len), Some(2));
        assert!(ran.stdout.ends_with("}\n"));
    }
}

#[test]
fn quiet_says_errors_and_nothing_else() {
    let sandbox = Sandbox::empty();
    sandbox.backtest("data sample --quiet").ran().done_quietly();
    sandbox.backtest("run --crypto BTC --strategy rsi -q").ran().done_quietly();
    let csv = crate::candles::csv("ODDUSDT", 50);
    sandbox.write("data/1d/ODDUSDT.csv", crate::candles::with_cell(&csv, 5, 5, "0"));
    sandbox.backtest("batch --all -q").ran().done_quietly();
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    let ran = sandbox.backtest("batch --all -q").ran().failed(&["BADUSDT.csv"]);
    assert_eq!(ran.stderr.lines().count(), 1);
    sandbox.backtest("run -q --crypto NOPE --strategy rsi").ran().refused(&["NOPE"]);
}
