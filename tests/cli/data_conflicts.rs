//! Bars of one time with other values: refused, named, and decided where that is said.

use std::fs;

use crate::candles::{csv, with_cell};
use crate::fixture::Sandbox;

#[test]
fn files_that_disagree_are_refused_with_the_bars_and_decided_where_that_is_said() {
    let sandbox = Sandbox::empty();
    sandbox.write("a_BTCUSDT_1d.csv", csv("BTCUSDT", 30));
    sandbox.write("b_BTCUSDT_1d.csv", with_cell(&csv("BTCUSDT", 30), 3, 5, "777"));
    sandbox.backtest("data import a_BTCUSDT_1d.csv").ran().done_quietly();
    let before = fs::read(sandbox.here().join("data/1d/BTCUSDT.parquet")).expect("a file");
    let ran = sandbox.backtest("data import b_BTCUSDT_1d.csv").ran();
    ran.failed(&["data/1d/BTCUSDT.parquet", "1 bar is there with other values: 2022-01-02", "--on-conflict first"]);
    assert!(fs::read(sandbox.here().join("data/1d/BTCUSDT.parquet")).expect("a file") == before);
    let volume = || {
        let rows = sandbox.backtest("data export --format csv --crypto BTC").ran().done_quietly().stdout;
        rows.lines().nth(2).and_then(|line| line.rsplit(',').next()).map(str::to_owned)
    };
    sandbox.backtest("data import b_BTCUSDT_1d.csv --on-conflict first").ran().done();
    assert_ne!(volume().as_deref(), Some("777"));
    sandbox.backtest("data import b_BTCUSDT_1d.csv --on-conflict last").ran().done();
    assert_eq!(volume().as_deref(), Some("777"));
}

#[test]
fn files_that_contradict_each_other_are_both_named_and_neither_is_stored() {
    let sandbox = Sandbox::empty();
    sandbox.write("a/BTCUSDT_1d.csv", csv("BTCUSDT", 30));
    sandbox.write("b/BTCUSDT_1d.csv", with_cell(&csv("BTCUSDT", 30), 3, 5, "777"));
    sandbox.write("ETHUSDT_1d.csv", csv("ETHUSDT", 30));
    let [a, b, c] = ["a/BTCUSDT_1d.csv", "b/BTCUSDT_1d.csv", "ETHUSDT_1d.csv"];
    for (files, named) in [([a, b, c], [a, b]), ([c, b, a], [b, a])] {
        for dry_run in ["", "--dry-run"] {
            let words = format!("data import --data-dir data{dry_run} {} {dry_run} --format", files.join(" "));
            let ran = sandbox.backtest(&format!("{words} table")).ran();
            let said =
                format!("{} and {} contradict each other in 1 bar of BTCUSDT 1d: 2022-01-02 has", named[0], named[1]);
            let ran = ran.failed(&[&said, "No file of BTCUSDT 1d was stored", "--on-conflict"]);
            assert_eq!(ran.stdout.matches("refused, not stored").count(), 2, "{}", ran.stdout);
            let json = sandbox.backtest(&format!("{words} json")).ran().json();
            let stored = json["files"].as_array().expect("a list").iter().filter(|file| file["stored"] == true).count();
            assert_eq!(stored, usize::from(dry_run.is_empty()), "the third is stored, but for a dry run");
        }
    }
    assert_eq!(sandbox.names("data/1d"), ["ETHUSDT.parquet"]);
    sandbox.backtest(&format!("data import {a} {b} --on-conflict last")).ran().done_quietly();
    let rows = sandbox.backtest("data export --format csv --crypto BTC").ran().done_quietly().stdout;
    assert!(rows.lines().nth(2).is_some_and(|row| row.ends_with(",777")), "{rows}");
}

#[test]
fn a_dry_run_is_refused_what_the_import_would_be() {
    let sandbox = Sandbox::empty();
    sandbox.write("a_BTCUSDT_1d.csv", csv("BTCUSDT", 30));
    sandbox.write("b_BTCUSDT_1d.csv", with_cell(&csv("BTCUSDT", 40), 3, 5, "777"));
    sandbox.backtest("data import a_BTCUSDT_1d.csv").ran().done_quietly();
    let before = fs::read(sandbox.here().join("data/1d/BTCUSDT.parquet")).expect("a file");
    let errors = ["--dry-run", ""].map(|flag| {
        let ran = sandbox.backtest(&format!("data import b_BTCUSDT_1d.csv {flag}")).ran();
        let ran = ran.failed(&["data/1d/BTCUSDT.parquet: 1 bar is there with other values: 2022-01-02"]);
        assert!(ran.stdout.contains("refused, not stored"), "{}", ran.stdout);
        ran.stderr.replace("note: this was a dry run: nothing was written\n", "")
    });
    assert_eq!(errors[0], errors[1]);
    let ran = sandbox.backtest("data import b_BTCUSDT_1d.csv --dry-run --on-conflict last").ran().done();
    assert!(!ran.stdout.contains("refused"), "{}", ran.stdout);
    assert!(fs::read(sandbox.here().join("data/1d/BTCUSDT.parquet")).expect("a file") == before);
    assert_eq!(sandbox.names("data/1d"), ["BTCUSDT.parquet"]);
}
