//! `data import`: from files as they come to a result, and nothing lost on the way.

use std::fs;
use std::path::Path;

use crate::candles::{BARS, csv};
use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi --format json";

fn miniature(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name)).expect("a fixture")
}

/// A sandbox with these miniatures beside the data folder.
fn with(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    for name in names {
        sandbox.write(name, miniature(name));
    }
    sandbox
}

#[test]
fn from_nothing_to_a_result() {
    let sandbox = Sandbox::empty();
    sandbox.write("BTCUSDT_1d.csv", csv("BTCUSDT", BARS));
    let ran = sandbox.backtest("data import BTCUSDT_1d.csv").ran().done_quietly();
    assert!(
        ran.stdout.contains("BTCUSDT 1d: 400 bars added; 400 from 2022-01-01 to 2023-02-04 in data/1d/BTCUSDT.parquet")
    );
    let imported = sandbox.backtest(RUN).ran().done_quietly().data();
    assert_eq!(imported, Sandbox::with(&["BTCUSDT"]).backtest(RUN).ran().done_quietly().data());
}

#[test]
fn every_miniature_is_imported_by_one_command() {
    let names = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import")).expect("fixtures");
    let names = names.flatten().map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let names: Vec<String> = names.filter(|name| name != "README.md").collect();
    let sandbox = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut call = sandbox.backtest("data import --symbol BTCUSDT --format json");
    for name in &names {
        call = call.arg(name);
    }
    let json = call.ran().done_quietly().json();
    assert_eq!(json["files"].as_array().map(Vec::len), Some(names.len()));
    // All daily ones hold the same six bars, and so do the hourly ones but for one, which has another day's.
    assert_eq!((&json["written"][0]["bars"], &json["written"][1]["bars"]), (&6.into(), &12.into()));
    assert_eq!(sandbox.names("data"), ["1d", "1h"]);
}

#[test]
fn two_files_in_either_order_at_once_or_one_by_one_give_the_same_bytes() {
    let text = csv("BTCUSDT", BARS);
    let lines: Vec<&str> = text.lines().collect();
    let [early, late] = [lines[..250].join("\n"), [&lines[..1], &lines[200..]].concat().join("\n")];
    let written = |commands: &[&str]| {
        let sandbox = Sandbox::empty();
        sandbox.write("early_BTCUSDT_1d.csv", &early);
        sandbox.write("late_BTCUSDT_1d.csv", &late);
        for command in commands {
            sandbox.backtest(&format!("data import {command}")).ran().done_quietly();
        }
        fs::read(sandbox.here().join("data/1d/BTCUSDT.parquet")).expect("a file")
    };
    let one = written(&["early_BTCUSDT_1d.csv late_BTCUSDT_1d.csv"]);
    for other in [
        written(&["late_BTCUSDT_1d.csv early_BTCUSDT_1d.csv"]),
        written(&["early_BTCUSDT_1d.csv", "late_BTCUSDT_1d.csv"]),
        written(&["late_BTCUSDT_1d.csv", "early_BTCUSDT_1d.csv", "late_BTCUSDT_1d.csv"]),
    ] {
        assert!(other == one);
    }
}

#[test]
fn one_bad_file_does_not_keep_the_others_out() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv", "bybit_rest.json"]);
    sandbox.write("quotes.csv", "20150427 00:00,219,220,218,219,5,219,220,218,219,5\n");
    let ran = sandbox.backtest("data import quotes.csv BTCUSDT-1h-2024-03.csv nothing.csv bybit_rest.json").ran();
    let ran = ran.failed(&["quotes.csv: holds quotes (bid and ask), not trades", "nothing.csv: cannot be read"]);
    assert_eq!(ran.lines_with("error: "), 2);
    assert_eq!(sandbox.names("data/1h"), ["BTCUSDT.parquet"]);
}

#[test]
fn what_a_file_does_not_tell_is_asked_for_by_flag() {
    let sandbox = with(&["nautilus.csv"]);
    sandbox.backtest("data import nautilus.csv").ran().failed(&["nautilus.csv", "which symbol", "--symbol"]);
    sandbox.backtest("data import nautilus.csv --symbol BTC/USDT").ran().done_quietly();
    assert_eq!(sandbox.names("data/1h"), ["BTCUSDT.parquet"]);
    sandbox.backtest("data import nautilus.csv --symbol ../x").ran().refused(&["--symbol", "is not a symbol"]);
    sandbox.backtest("data import nautilus.csv --symbol BTC*").ran().refused(&["'BTC*' is not a symbol", "letters"]);
    sandbox.backtest("data import nautilus.csv --interval 7x").ran().refused(&["--interval", "'7x'"]);
    sandbox.backtest("data import nautilus.csv --symbol A --interval 1d").ran().failed(&["bars of 1h, not of 1d"]);
    sandbox.backtest("data import").ran().refused(&["FILES"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv"]);
    let ran = sandbox.backtest("data import BTCUSDT-1h-2024-03.csv --dry-run").ran().done();
    let ran = ran.says(&["note: this was a dry run: nothing was written"]);
    assert!(ran.stdout.contains("Binance klines") && !ran.stdout.contains("added"), "{}", ran.stdout);
    assert!(!sandbox.here().join("data").exists());
}

#[test]
fn what_was_found_and_changed_is_told_and_kept_in_the_file() {
    let sandbox = with(&["kraken_rest.json", "BTC-USD.csv"]);
    let ran = sandbox.backtest("data import kraken_rest.json BTC-USD.csv").ran().done_quietly();
    for word in ["Kraken REST", "1 unfinished bar dropped", "Yahoo Finance", "1 row without prices dropped"] {
        assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
    }
    let json = sandbox.backtest("data check --format json --interval 1d").ran().done().json();
    let source = json[0]["sources"][0].as_str().unwrap_or_default();
    assert!(
        source.starts_with("BTC-USD.csv (Yahoo Finance), 2024-03-01 to 2024-03-06; 1 row without prices"),
        "{source}"
    );
    sandbox.backtest("data import kraken_rest.json --keep-last").ran().done();
    let json = sandbox.backtest("data list --format json --interval 1h").ran().done().json();
    assert_eq!(json[0]["bars"], 7);
}

#[test]
fn a_symbol_that_is_not_the_file_s_is_taken_and_remarked_on() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv"]);
    let text = csv("ETHUSDT", 30).replace('\n', ",ETHUSDT\n").replacen(",ETHUSDT\n", ",symbol\n", 1);
    sandbox.write("candles.csv", text);
    let remark =
        |words: &str| sandbox.backtest(&format!("data import --symbol {words} --data-dir other")).ran().done().stdout;
    let named = remark("LTC/USDT BTCUSDT-1h-2024-03.csv");
    assert!(named.contains("named as BTCUSDT, and yet taken as LTCUSDT"), "{named}");
    let says = remark("LTC/USDT candles.csv");
    assert!(says.contains("says that it is of ETHUSDT, and yet taken as LTCUSDT"), "{says}");
    for same in ["btc-usdt", "BTC"] {
        let text = remark(&format!("{same} BTCUSDT-1h-2024-03.csv"));
        assert!(!text.contains("taken as"), "{text}");
    }
}

#[test]
fn a_folder_is_no_file_and_a_file_no_folder() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv"]);
    sandbox.write("many/BTCUSDT-1h-2024-03.csv", miniature("BTCUSDT-1h-2024-03.csv"));
    sandbox.backtest("data import many").ran().failed(&["many: is a folder; name the files in it: many/*"]);
    for command in ["data import many/BTCUSDT-1h-2024-03.csv", "data sample", "data list", "batch --all"] {
        let ran = sandbox.backtest(&format!("{command} --data-dir BTCUSDT-1h-2024-03.csv")).ran();
        ran.refused(&["BTCUSDT-1h-2024-03.csv: is a file and not a folder", "--data-dir"]);
    }
}

#[test]
fn a_csv_that_was_there_is_joined_and_set_aside() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let before = sandbox.read("data/1d/BTCUSDT.csv");
    sandbox.write("more_BTCUSDT_1d.csv", csv("BTCUSDT", BARS + 10));
    let ran = sandbox.backtest("data import more_BTCUSDT_1d.csv").ran().done();
    assert!(ran.stdout.contains("10 bars added, 400 there already; 410 from"), "{}", ran.stdout);
    ran.says(&["note: what was there before is now data/1d/BTCUSDT.csv.bak"]);
    assert_eq!(sandbox.read("data/1d/BTCUSDT.csv.bak"), before);
    sandbox.backtest(RUN).ran().done_quietly();
}

#[test]
fn candles_of_the_market_are_not_mixed_with_the_sample() {
    let sandbox = Sandbox::empty();
    sandbox.backtest("data sample").ran().done();
    sandbox.write("BTCUSDT_1d.csv", csv("BTCUSDT", 30));
    sandbox.backtest("data import BTCUSDT_1d.csv").ran().failed(&["synthetic sample candles", "--data-dir"]);
}

#[test]
fn names_from_outside_do_not_reach_the_terminal() {
    let sandbox = Sandbox::empty();
    sandbox.write("a\u{1b}[31m_BTCUSDT_1d.csv", csv("BTCUSDT", 30));
    let ran = sandbox.backtest("data import").arg("a\u{1b}[31m_BTCUSDT_1d.csv").ran().done();
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}

#[test]
fn processes_that_import_at_once_lose_nothing() {
    let sandbox = Sandbox::empty();
    let text = csv("BTCUSDT", BARS);
    let lines: Vec<&str> = text.lines().collect();
    let mut children = Vec::new();
    for part in 0..8 {
        let rows = [&lines[..1], &lines[1 + part * 50..][..50]].concat().join("\n");
        sandbox.write(&format!("{part}_BTCUSDT_1d.csv"), rows);
        let words = format!("data import {part}_BTCUSDT_1d.csv");
        children.push(sandbox.backtest(&words).spawn(std::process::Stdio::null()));
    }
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
    let json = sandbox.backtest("data list --format json").ran().done_quietly().json();
    assert_eq!(json[0]["bars"], 400);
    assert_eq!(sandbox.names("data/1d"), ["BTCUSDT.parquet"]);
}

const SEMICOLONS: &str = "Datum;Erster;Hoch;Tief;Schluss;St\u{fc}ck\n08.01.2024 10:00;100,5;101,5;99,5;101;5\n08.01.2024 11:00;101;102;100,5;101,5;6\n08.01.2024 12:00;101,5;103;101;102;7\n";

#[test]
fn a_preview_shows_how_each_column_is_understood_and_the_command_that_states_it_all() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv", "BTC-USD.csv"]);
    let ran = sandbox.backtest("data import BTCUSDT-1h-2024-03.csv BTC-USD.csv --dry-run").ran().done();
    for words in [
        "BTCUSDT-1h-2024-03.csv: Binance klines, 6 bars of BTCUSDT 1h",
        "BTC-USD.csv: Yahoo Finance, 6 bars of BTCUSD 1d",
        "first bar: 2024-03-01, open 61000.5, high 61500, low 60900.25, close 61400, volume 12.5",
        "Adj Close",
        "guessed: times are when the bars open (--time-is open)",
        "states it all: backtest data import BTC-USD.csv --columns time=Date,open=Open,high=High,low=Low,close=Close,volume=Volume",
    ] {
        assert!(ran.stdout.contains(words) != (words == "Adj Close"), "{words}: {}", ran.stdout);
    }
    // What it prints is a command that imports the same.
    let command =
        ran.stdout.lines().filter_map(|line| line.strip_prefix("states it all: ")).next_back().expect("a command");
    let words = command.strip_prefix("backtest ").expect("the program");
    sandbox.backtest(&format!("{words} --data-dir stated")).ran().done_quietly();
    sandbox.backtest("data import BTC-USD.csv --data-dir plain").ran().done_quietly();
    let bytes = |folder: &str| fs::read(sandbox.here().join(folder).join("1d/BTCUSD.parquet")).expect("a file");
    assert!(bytes("stated") == bytes("plain"));
    let json = sandbox.backtest("data import BTC-USD.csv --dry-run --format json").ran().done().json();
    assert_eq!(json["files"][0]["columns"][0]["column"], "Date");
}

#[test]
fn a_layout_of_the_settings_file_is_used_by_its_name_and_flags_win() {
    let sandbox = Sandbox::empty();
    sandbox.write("export.csv", SEMICOLONS);
    sandbox.backtest("data import export.csv --symbol DAX").ran().failed(&["dates such as 08/01/2024", "--date-order"]);
    let layout = "[import.broker]\nseparator = ';'\ndecimal = ','\ndate_order = 'dmy'\ntimezone = 'Europe/Berlin'\nsymbol = 'DAX'\ncolumns = { time = 'Datum', volume = 'St\u{fc}ck' }\n";
    sandbox.write("backtest.toml", layout);
    sandbox.backtest("data import export.csv --layout broker").ran().done_quietly();
    let json = sandbox.backtest("data list --interval 1h --format json").ran().done().json();
    assert_eq!((&json[0]["symbol"], &json[0]["start"]), (&"DAX".into(), &"2024-01-08T09:00:00Z".into()));
    sandbox
        .backtest("data import export.csv --layout broker --date-order mdy --symbol MDAX --timezone UTC")
        .ran()
        .done_quietly();
    let json = sandbox.backtest("data list --interval 1h --format json").ran().done().json();
    assert_eq!(json[1]["start"], "2024-08-01T10:00:00Z");
    sandbox.backtest("data import export.csv --layout other").ran().refused(&[
        "--layout",
        "[import.other]",
        "it has broker",
    ]);
    sandbox.write("backtest.toml", "[import.broker]\nseperator = ';'\n");
    sandbox.backtest("data import export.csv --layout broker").ran().refused(&["[import.broker]", "seperator"]);
}

#[test]
fn standard_input_is_a_file_without_a_name() {
    let sandbox = with(&["BTCUSDT-1h-2024-03.csv", "bybit_rest.json"]);
    for (file, symbol) in [("BTCUSDT-1h-2024-03.csv", "--symbol BTCUSDT"), ("bybit_rest.json", "")] {
        let program = crate::fixture::program().display().to_string();
        let script = format!("'{program}' data import - {symbol} --data-dir {file}-data < {file}");
        sandbox.shell(&script).ran().done_quietly();
        assert_eq!(sandbox.names(&format!("{file}-data/1h")), ["BTCUSDT.parquet"]);
    }
    let program = crate::fixture::program().display().to_string();
    sandbox
        .shell(&format!("'{program}' data import - < BTCUSDT-1h-2024-03.csv"))
        .ran()
        .failed(&["standard input", "--symbol"]);
    sandbox.backtest("data import - -").ran().refused(&["standard input", "once"]);
}

#[test]
fn what_cannot_be_meant_is_refused_before_any_file_is_read() {
    let sandbox = with(&["nautilus.csv"]);
    for (words, wanted) in [
        ("--columns when=x", "'when' is not the meaning of a column"),
        ("--columns time", "must be MEANING=COLUMN"),
        ("--timezone Mars/Olympus", "'Mars/Olympus' is not a time zone"),
        ("--separator ab", "--separator"),
        ("--time-format plain", "--time-format"),
        ("--price-scale 0", "--price-scale"),
        ("--max-unpacked much", "--max-unpacked"),
        ("--date-order myd", "--date-order"),
    ] {
        sandbox.backtest(&format!("data import nautilus.csv --symbol A {words}")).ran().refused(&[wanted]);
    }
    sandbox
        .backtest("data import nautilus.csv --symbol A --columns close=nothing")
        .ran()
        .failed(&["has no column 'nothing'", "it has: timestamp"]);
}

#[test]
fn bars_of_another_phase_are_never_joined() {
    let sandbox = Sandbox::empty();
    let days = |hour: u32| {
        let rows: Vec<String> = (1..9).map(|day| format!("2024-01-0{day} {hour:02}:00:00,1,2,0.5,1,3")).collect();
        format!("date,open,high,low,close,volume\n{}\n", rows.join("\n"))
    };
    sandbox.write("midnight.csv", days(0));
    sandbox.write("morning.csv", days(8));
    sandbox.backtest("data import midnight.csv --symbol A").ran().done_quietly();
    for words in ["", "--on-conflict last", "--dry-run"] {
        let ran = sandbox.backtest(&format!("data import morning.csv --symbol A {words}")).ran();
        ran.failed(&["the same periods at other times", "2024-01-01", "2024-01-01T08:00:00Z", "--timezone"]);
    }
    sandbox
        .backtest("data import midnight.csv morning.csv --symbol B")
        .ran()
        .failed(&["the same periods at other times"]);
}

#[test]
fn further_columns_of_an_imported_file_are_series_of_rules() {
    let sandbox = Sandbox::empty();
    let text = csv("BTCUSDT", BARS);
    let mut lines = text.lines();
    let header = format!("{},fundingRate,note", lines.next().expect("a header"));
    let rows = lines.enumerate().map(|(at, line)| format!("{line},{},x", if at % 20 < 10 { 0.5 } else { -0.5 }));
    sandbox.write("BTCUSDT_1d.csv", std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n"));
    sandbox.own_strategy("rate", "name = \"rate\"\n[rules]\nentry = \"funding > 0\"\nexit = \"funding < 0\"\n");
    let preview =
        sandbox.backtest("data import BTCUSDT_1d.csv --keep-columns funding=fundingRate --dry-run").ran().done();
    assert!(preview.stdout.contains("--keep-columns funding=fundingRate"), "{}", preview.stdout);
    sandbox.backtest("data import BTCUSDT_1d.csv --keep-columns funding=fundingRate").ran().done_quietly();
    let run = sandbox.backtest("run --crypto BTC --strategy rate --trades --format json").ran().done_quietly().json();
    assert_eq!(run["trades"].as_array().map(Vec::len), Some(20), "{run}");
    sandbox.backtest("data import BTCUSDT_1d.csv --keep-columns note").ran().failed(&["which is not a number"]);
}
