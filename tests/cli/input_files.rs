//! Candle files as users have them: which are computed, which with a warning, and which fail by file and row.

use crate::candles::{csv, lines, with_cell};
use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi --format json";
const CLOSE: usize = 4;

/// A run on this file fails, names it, and says these words.
#[track_caller]
fn fails(content: impl AsRef<[u8]>, words: &[&str]) {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BTCUSDT.csv", content);
    let ran = sandbox.backtest(RUN).ran();
    assert_eq!(ran.stdout, "");
    ran.failed(words).says(&["data/1d/BTCUSDT.csv: "]);
}

/// A run on this file gives what a run on the plain file gives, with the words on stderr.
#[track_caller]
fn same_as_plain(content: impl AsRef<[u8]>, words: &[&str]) {
    let plain = Sandbox::with(&["BTCUSDT"]).backtest(RUN).ran().done_quietly();
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BTCUSDT.csv", content);
    let ran = sandbox.backtest(RUN).ran().done();
    assert_eq!(ran.data(), plain.data());
    if words.is_empty() {
        ran.done_quietly()
    } else {
        ran.warned_once(words)
    };
}

fn plain() -> String {
    csv("BTCUSDT", crate::candles::BARS)
}

#[test]
fn a_price_that_no_market_has_fails_with_file_and_row() {
    for cell in ["0", "-1", "NaN", "inf", "1e999", ""] {
        fails(with_cell(&plain(), 7, CLOSE, cell), &["row 7", "close", "Correct or remove the row"]);
    }
    fails(with_cell(&plain(), 400, 2, "0.01"), &["row 400"]);
    fails(with_cell(&plain(), 2, 5, "-1"), &["row 2", "volume"]);
    fails(with_cell(&plain(), 2, CLOSE, "12a"), &["row 2", "close is '12a'", "not a number"]);
}

#[test]
fn a_file_without_candles_fails() {
    fails("", &["is empty"]);
    fails("timestamp,open,high,low,close,volume\n", &["no rows"]);
    fails("timestamp,open,high,low,volume\n1,2,3,4,5\n", &["close"]);
    fails(plain().replacen("volume", "close", 1), &["close"]);
    fails(lines(&plain(), |number, line| if number == 5 { "1,2".into() } else { line.into() }), &["row 5", "2 fields"]);
    fails(plain().replace(',', ";"), &["semicolons", "commas"]);
    fails(b"\xff\xfet\0i\0m\0e\0", &["UTF-16"]);
    fails(b"timestamp,open,high,low,close,volume\n\xff,1,1,1,1,1\n", &["UTF-8"]);
}

#[test]
fn two_different_bars_of_one_time_fail_with_both_rows() {
    let first = plain().lines().nth(5).expect("a row").split(',').next().expect("a time").to_owned();
    fails(with_cell(&plain(), 7, 0, &first), &["row 7", "row 6", "Keep the right one"]);
}

#[test]
fn forms_that_mean_the_same_give_the_same() {
    same_as_plain(format!("\u{feff}{}", plain().replace('\n', "\r\n")), &[]);
    same_as_plain(plain().trim_end(), &[]);
    same_as_plain(
        plain().replacen("timestamp,open,high,low,close,volume", "Timestamp, Open ,HIGH,Low,Close,Volume", 1),
        &[],
    );
    same_as_plain(lines(&plain(), |_, line| format!("{line},extra")), &[]);
    same_as_plain(
        lines(&plain(), |number, line| if number == 1 { line.into() } else { line.replacen("000,", ",", 1) }),
        &[],
    );
}

#[test]
fn rows_out_of_order_are_sorted_and_told() {
    let mut rows: Vec<String> = plain().lines().map(str::to_owned).collect();
    rows.swap(10, 11);
    same_as_plain(rows.join("\n"), &["BTCUSDT", "1 row out of order, sorted"]);
}

#[test]
fn a_repeated_row_is_dropped_and_told() {
    let twice = lines(&plain(), |number, line| if number == 9 { format!("{line}\n{line}") } else { line.into() });
    same_as_plain(twice, &["BTCUSDT", "1 duplicate row dropped"]);
}

#[test]
fn a_gap_is_told_and_not_filled() {
    let sandbox = Sandbox::empty();
    let mut rows: Vec<String> = plain().lines().map(str::to_owned).collect();
    rows.remove(9);
    sandbox.write(
        "data/1d/BTCUSDT.csv",
        rows.join(
            "
",
        ),
    );
    let ran = sandbox.backtest(RUN).ran().done().warned_once(&["BTCUSDT", "1 bar missing"]);
    assert_eq!(ran.json()["bars"], 399);
}

#[test]
fn fewer_bars_than_an_indicator_needs_are_a_result_without_trades() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BTCUSDT.csv", csv("BTCUSDT", 1));
    let ran = sandbox.backtest(RUN).ran().done().says(&["undefined at every bar"]);
    assert_eq!((&ran.json()["bars"], &ran.json()["metrics"]["trades"]), (&1.into(), &0.into()));
    assert!(ran.json()["metrics"]["sharpe"].is_null() && ran.json()["metrics"]["win_rate"].is_null());
}

#[test]
fn a_constant_price_gives_no_nan() {
    let sandbox = Sandbox::empty();
    let constant = lines(&plain(), |number, line| {
        let time = line.split(',').next().expect("a time");
        if number == 1 { line.into() } else { format!("{time},1e-12,1e-12,1e-12,1e-12,1") }
    });
    sandbox.write("data/1d/BTCUSDT.csv", constant);
    for strategy in ["rsi", "ma", "ema_cross", "macd", "bollinger", "donchian", "momentum", "rsi_trend"] {
        let ran = sandbox.backtest("run --crypto BTC --format csv --strategy").arg(strategy).ran().done_quietly();
        let mut cells = ran.stdout.split([',', '\n']);
        assert!(!cells.any(|cell| ["NaN", "inf", "-inf"].contains(&cell)), "{}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_or_folder_with_a_candle_file_s_name_fails_and_does_not_hang() {
    let sandbox = Sandbox::with(&["ETHUSDT"]);
    std::fs::create_dir(sandbox.here().join("data/1d/ADAUSDT.csv")).expect("a folder");
    let made = std::process::Command::new("mkfifo").arg(sandbox.here().join("data/1d/BTCUSDT.csv")).status();
    assert!(made.expect("mkfifo is everywhere").success());
    let ran = sandbox
        .backtest("batch --all --format json")
        .ran()
        .failed(&["ADAUSDT.csv: is not a regular file", "BTCUSDT.csv: is not"]);
    assert_eq!(ran.json()["summary"]["failed"].as_array().map(Vec::len), Some(2));
    assert_eq!(ran.json()["results"].as_array().map(Vec::len), Some(2));
}

#[test]
fn two_files_of_one_symbol_fail_naming_both() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/BTCUSDT.parquet", "x");
    sandbox.backtest(RUN).ran().failed(&["BTCUSDT.csv", "BTCUSDT.parquet", "Keep one"]);
}
