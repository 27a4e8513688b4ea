//! `data`: the candles there are, and sample ones that nobody takes for the market.

use std::fs;

use crate::candles::{csv, with_cell};
use crate::fixture::Sandbox;

#[test]
fn the_list_shows_symbol_bars_range_and_file() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1h/BTCUSDT.csv", csv("BTCUSDT", 30));
    let list = |words: &str| sandbox.backtest(&format!("data list --interval 1d {words}")).ran().done_quietly();
    let json = list("--format json").json();
    assert_eq!(
        (&json[0]["symbol"], &json[0]["bars"], &json[1]["symbol"]),
        (&"BTCUSDT".into(), &400.into(), &"ETHUSDT".into())
    );
    assert_eq!((&json[0]["start"], &json[0]["end"]), (&"2022-01-01T00:00:00Z".into(), &"2023-02-04T00:00:00Z".into()));
    assert_eq!((&json[0]["file"], &json[0]["synthetic"]), (&"data/1d/BTCUSDT.csv".into(), &false.into()));
    let rows = list("--format csv").stdout;
    assert!(
        rows.starts_with("symbol,interval,bars,start,end,size,file,remarks\nBTCUSDT,1d,400,2022-01-01T00:00:00Z,"),
        "{rows}"
    );
    let table = list("").stdout;
    for word in ["Asset", "BTCUSDT", "400", "2022-01-01", "2023-02-04", "data/1d/BTCUSDT.csv"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

#[test]
fn the_list_shows_every_interval_unless_one_is_named() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1h/ETHUSDT.csv", csv("ETHUSDT", 30));
    let intervals = |words: &str| {
        let json = sandbox.backtest(&format!("data list --format json {words}")).ran().done().json();
        json.as_array()
            .expect("a list")
            .iter()
            .map(|item| item["interval"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(intervals(""), ["1h", "1d"]);
    assert_eq!(intervals("--interval 1h"), ["1h"]);
}

#[test]
fn the_list_remarks_on_odd_files_and_names_broken_ones() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/ODDUSDT.csv", with_cell(&csv("ODDUSDT", 50), 5, 5, "0"));
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", 50), 5, 4, "0"));
    let ran = sandbox.backtest("data list --format json").ran().failed(&["data/1d/BADUSDT.csv: row 5"]);
    let json = ran.json();
    assert!(json[0]["error"].as_str().is_some_and(|error| error.contains("row 5")), "{json}");
    assert_eq!(json[2]["warnings"][0], "1 bar without volume");
    let table = sandbox.backtest("data list").ran().failed(&["BADUSDT.csv"]).stdout;
    assert!(table.contains("cannot be used") && table.contains("1 bar without volume"), "{table}");
}

#[test]
fn the_sample_is_the_same_each_time_and_another_with_another_seed() {
    let sandbox = Sandbox::empty();
    let sample = |folder: &str, words: &str| {
        let ran = sandbox.backtest(&format!("data sample --data-dir {folder} {words}")).ran().done();
        let names = sandbox.names(&format!("{folder}/1d"));
        let files: Vec<_> = names
            .iter()
            .map(|name| fs::read(sandbox.here().join(folder).join("1d").join(name)).expect("a file"))
            .collect();
        (ran.says(&["note: synthetic"]).stdout.replace(folder, "FOLDER"), names, files)
    };
    let first = sample("a", "");
    assert_eq!(first.1.len(), 24);
    assert_eq!(first.0, "24 files written to FOLDER/1d\n");
    assert!(sample("b", "") == first && sample("a", "") == first);
    assert!(sample("c", "--seed 7").2 != first.2);
}

#[test]
fn the_sample_in_the_project_is_what_the_command_writes() {
    let sandbox = Sandbox::empty();
    sandbox.backtest("data sample").ran().done();
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/1d");
    for name in sandbox.names("data/1d") {
        let written = fs::read(sandbox.here().join("data/1d").join(&name)).expect("a file");
        assert!(fs::read(project.join(&name)).is_ok_and(|bytes| bytes == written), "{name}");
    }
}

#[test]
fn a_run_on_sample_candles_says_that_they_are_synthetic() {
    let sandbox = Sandbox::empty();
    sandbox.backtest("data sample").ran().done();
    for command in ["run --crypto BTC --strategy rsi", "batch --all --format json"] {
        let ran = sandbox.backtest(command).ran().done();
        assert_eq!(ran.lines_with("note: "), 1, "{ran:#?}");
        let ran = ran.says(&["synthetic", "not the market", "--data-dir"]);
        assert!(!ran.stdout.contains("synthetic"), "stdout is data only");
    }
    let listed = sandbox.backtest("data list --format json").ran().done().json();
    assert!(listed.as_array().is_some_and(|all| all.len() == 24 && all.iter().all(|item| item["synthetic"] == true)));
}

#[test]
fn the_sample_never_overwrites_candles_of_the_market() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let before = sandbox.read("data/1d/BTCUSDT.csv");
    let ran = sandbox.backtest("data sample").ran().failed(&["data/1d/BTCUSDT.csv", "not of the sample generator"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        (sandbox.names("data/1d"), sandbox.read("data/1d/BTCUSDT.csv")),
        (vec!["BTCUSDT.csv".to_owned()], before)
    );
}

#[test]
fn a_sample_that_cannot_be_written_names_the_folder() {
    Sandbox::empty()
        .backtest("data sample --data-dir /proc/nowhere")
        .ran()
        .failed(&["/proc/nowhere/1d", "cannot be written"]);
}

#[test]
fn an_interval_folder_without_candles_does_not_hide_the_others() {
    let sandbox = Sandbox::empty();
    for folder in ["data/1d", "data/1h"] {
        std::fs::create_dir_all(sandbox.here().join(folder)).unwrap();
    }
    sandbox.backtest("data list").ran().refused(&["there are no candles"]);
    sandbox.backtest("data sample --data-dir data").ran().done();
    for command in ["data list", "data check"] {
        let listed = sandbox.backtest(&format!("{command} --format json")).ran().done().json();
        assert_eq!(listed.as_array().unwrap().len(), 24, "{command}");
    }
    sandbox.backtest("data check --interval 1h").ran().refused(&["no candles of 1h", "There are candles of 1d"]);
    sandbox.backtest("data check --crypto XYZ").ran().refused(&["--crypto", "XYZ"]);
    let ran = sandbox.backtest("data convert --to csv --crypto BTC,ETH").ran().done();
    assert!(ran.stdout.contains("2 files written"), "{}", ran.stdout);
}
