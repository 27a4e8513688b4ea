//! `data check`, `convert` and `export`: what is doubtful about stored candles, and the forms that they take.

use crate::candles::{BARS, csv, with_cell};
use crate::fixture::Sandbox;

#[test]
fn a_check_counts_what_is_doubtful_and_strict_makes_it_fail() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let clean = sandbox.backtest("data check --strict").ran().done_quietly();
    assert!(clean.stdout.contains("1 file: 1 without remarks, 0 with remarks"), "{}", clean.stdout);
    let whole = csv("ETHUSDT", BARS);
    let kept = (1..).zip(whole.lines()).filter(|(number, _)| !matches!(number, 100..=102 | 200));
    let gappy = kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    sandbox.write("data/1d/ETHUSDT.csv", with_cell(&gappy, 50, 5, "0"));
    sandbox.write("data/1d/LTCUSDT.csv", csv("LTCUSDT", 100));
    sandbox.backtest("data check").ran().done_quietly();
    let ran = sandbox.backtest("data check --strict --format json").ran();
    assert_eq!(ran.code, Some(1));
    let json = ran.json();
    assert_eq!((&json[0]["clean"], &json[1]["clean"]), (&true.into(), &false.into()));
    assert_eq!((&json[1]["gaps"], &json[1]["missing"], &json[1]["zero_volume"]), (&2.into(), &4.into(), &1.into()));
    assert_eq!(
        (&json[1]["longest_gap"]["bars"], &json[1]["longest_gap"]["time"]),
        (&3.into(), &"2022-04-08T00:00:00Z".into())
    );
    assert_eq!(json[2]["ends_early_days"], 300);
    let table = sandbox.backtest("data check --crypto ETH").ran().done_quietly().stdout;
    assert!(table.contains("longest gap 3 bars after 2022-04-08") && !table.contains("BTCUSDT"), "{table}");
    let rows = sandbox.backtest("data check --format csv").ran().done_quietly().stdout;
    assert!(rows.starts_with("symbol,interval,bars,start,end,gaps,missing,"), "{rows}");
}

#[test]
fn an_asset_ends_early_only_where_most_others_go_on() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (symbol, bars) in [("AUSDT", 100), ("BUSDT", 100), ("CUSDT", 100), ("DUSDT", 90), ("EUSDT", 96)] {
        sandbox.write(&format!("data/1d/{symbol}.csv"), csv(symbol, bars));
    }
    let json = sandbox.backtest("data check --format json").ran().done_quietly().json();
    let early =
        json.as_array().expect("a list").iter().map(|one| (one["symbol"].clone(), one["ends_early_days"].clone()));
    let early: Vec<_> = early.filter(|(_, days)| !days.is_null()).collect();
    assert_eq!(early, [("DUSDT".into(), 10.into())], "that BTCUSDT was fetched since makes no doubt of the others");
    let table = sandbox.backtest("data check").ran().done_quietly().stdout;
    assert_eq!(table.matches("ends 10 days before most others").count(), 1, "{table}");
}

#[test]
fn a_check_names_files_that_cannot_be_used_and_symbols_that_are_not_there() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", 50), 5, 4, "0"));
    sandbox.backtest("data check").ran().failed(&["data/1d/BADUSDT.csv: row 5"]);
    sandbox.backtest("data check --crypto XYZ").ran().refused(&["--crypto", "XYZ"]);
    sandbox.backtest("data check --interval 1x").ran().refused(&["--interval"]);
    Sandbox::empty().backtest("data check").ran().refused(&["no such data folder"]);
}

#[test]
fn many_assets_that_all_reach_the_end_are_remarked_on() {
    let symbols: Vec<String> = (0..20).map(|number| format!("A{number}USDT")).collect();
    let sandbox = Sandbox::with(&symbols.iter().map(String::as_str).collect::<Vec<_>>());
    sandbox.backtest("data check").ran().done().says(&["note: all 20 assets of 1d reach the same end", "delisted"]);
}

#[test]
fn converting_there_and_back_keeps_every_bit() {
    const RUN: &str = "run --crypto BTC --strategy rsi --format json";
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let before = sandbox.backtest(RUN).ran().done_quietly().data();
    let ran = sandbox.backtest("data convert --to parquet").ran().done_quietly();
    assert!(
        ran.stdout.contains("data/1d/BTCUSDT.parquet: 400 bars (before: data/1d/BTCUSDT.csv.bak)"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("2 files written, 0 left as they are\n"), "{}", ran.stdout);
    assert_eq!(sandbox.backtest(RUN).ran().done_quietly().data(), before);
    let again = sandbox.backtest("data convert --to parquet").ran().done_quietly();
    assert_eq!(again.stdout, "0 files written, 2 left as they are\n");
    sandbox.backtest("data convert --to csv --crypto BTC").ran().done_quietly();
    assert_eq!(sandbox.backtest(RUN).ran().done_quietly().data(), before);
    let names = ["BTCUSDT.csv", "BTCUSDT.csv.bak", "BTCUSDT.parquet.bak", "ETHUSDT.csv.bak", "ETHUSDT.parquet"];
    assert_eq!(sandbox.names("data/1d"), names);
}

#[test]
fn exports_are_imported_back_to_the_same_bytes() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest("data convert --to csv").ran().done_quietly();
    for (format, file) in [("binance", "BTCUSDT-1d.csv"), ("freqtrade", "BTC_USDT-1d.json"), ("csv", "BTCUSDT-1d.csv")]
    {
        let ran = sandbox.backtest(&format!("data export --format {format} --out {format}")).ran().done_quietly();
        assert_eq!(ran.stdout, format!("1 file written to {format}\n"));
        assert_eq!(sandbox.names(format), [file]);
        sandbox.backtest(&format!("data import {format}/{file} --data-dir back/{format}")).ran().done_quietly();
        let exported = |folder: &str| {
            sandbox.backtest(&format!("data export --format csv --data-dir {folder}")).ran().done_quietly().stdout
        };
        assert_eq!(exported(&format!("back/{format}")), exported("data"));
    }
}

#[test]
fn times_have_one_form_in_a_whole_file() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let days = csv("ETHUSDT", 30);
    let hour = |hour: u32| format!("2022-01-{:02}T{:02}:00:00Z,1,2,1,2,3", 1 + hour / 24, hour % 24);
    let hours: Vec<String> = (0..30).map(hour).collect();
    sandbox.write("data/1h/ETHUSDT.csv", format!("timestamp,open,high,low,close,volume\n{}\n", hours.join("\n")));
    // A day that does not begin at midnight.
    sandbox.write("data/1d/ETHUSDT.csv", days.replace("1641168000000,", "1641196800000,"));
    sandbox.backtest("data export --format csv --out out").ran().done();
    sandbox.backtest("data convert --to parquet").ran().done();
    sandbox.backtest("data convert --to csv").ran().done();
    for (exported, stored, is_day) in [
        ("out/BTCUSDT-1d.csv", "data/1d/BTCUSDT.csv", true),
        ("out/ETHUSDT-1d.csv", "data/1d/ETHUSDT.csv", false),
        ("out/ETHUSDT-1h.csv", "data/1h/ETHUSDT.csv", false),
    ] {
        let text = sandbox.read(exported);
        let times: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert!(times.iter().all(|time| time.ends_with('Z') != is_day && time.contains('T') != is_day), "{text}");
        assert_eq!(sandbox.read(stored), text, "both are the same bars in the same form");
    }
}

#[test]
fn an_export_of_one_asset_goes_to_stdout_and_one_of_many_wants_a_folder() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let words = "data export --format binance --crypto BTC --from 2022-01-02 --to 2022-01-04";
    let rows = sandbox.backtest(words).ran().done_quietly().stdout;
    assert_eq!(rows.lines().count(), 2);
    assert!(rows.starts_with("1641081600000,") && rows.lines().all(|line| line.split(',').count() == 12), "{rows}");
    sandbox.backtest("data export --format csv").ran().refused(&["2 files", "--out"]);
    sandbox.backtest("data export --format csv --crypto BTC --from 2040-01-01").ran().failed(&["--from"]);
    sandbox.backtest("data export").ran().refused(&["--format"]);
}
