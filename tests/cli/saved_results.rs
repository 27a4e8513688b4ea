//! `report`: what it takes and what it refuses.

use crate::fixture::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::with(&["BTCUSDT"])
}

#[test]
fn the_page_stands_beside_the_result_unless_another_place_is_named() {
    let sandbox = sandbox();
    sandbox.backtest("run --crypto BTC --strategy rsi --out saved.json").ran().done_quietly();
    sandbox.backtest("report saved.json").ran().done().says(&["wrote saved.html"]);
    sandbox.backtest("report saved.json --out other.html --quiet").ran().done_quietly();
    assert_eq!(sandbox.names("."), ["data", "other.html", "saved.html", "saved.json"]);
    assert_eq!(sandbox.read("saved.html"), sandbox.read("other.html"));
}

#[test]
fn the_page_of_a_saved_run_is_that_of_the_run_itself() {
    let sandbox = sandbox();
    let range = "--from 2022-01-01 --to 2023-02-04T00:00:00.001Z";
    sandbox
        .backtest(&format!("run --crypto BTC --strategy rsi {range} --out saved.json --report page.html"))
        .ran()
        .done_quietly();
    sandbox.backtest("report saved.json").ran().done();
    assert!(sandbox.read("saved.html") == sandbox.read("page.html"), "the same bits");
}

#[test]
fn pages_are_the_same_bits_from_the_cache_and_with_any_number_of_threads() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let commands = ["batch --all", "sweep --all --strategy rsi --param period=5..30 --param oversold=20..40:2"];
    for command in commands {
        let page = |threads: usize| {
            sandbox.backtest(&format!("{command} --threads {threads} --report page.html")).ran().done_quietly();
            sandbox.read("page.html")
        };
        assert!(page(1) == page(2), "{command}");
    }
}

#[test]
fn files_that_are_no_results_are_refused_by_name() {
    let sandbox = sandbox();
    sandbox.write("a.json", "{\"x\": 1}");
    sandbox.write("b.json", "nonsense");
    sandbox.write("c.parquet", "nonsense");
    sandbox.write("d.txt", "");
    sandbox.backtest("run --crypto BTC --strategy rsi --equity-out e.parquet --out old.json").ran().done_quietly();
    sandbox.write("old.json", sandbox.read("old.json").replace("\"omega\"", "\"omicron\""));
    for (file, says) in [
        ("a.json", "usable"),
        ("b.json", "is not JSON"),
        ("c.parquet", "no Parquet file"),
        ("d.txt", ".json"),
        ("e.parquet", "no column"),
        ("gone.json", "there is no such file"),
        ("data", ".json"),
        ("old.json", "another version"),
    ] {
        sandbox.backtest(&format!("report {file}")).ran().refused(&[file, says]);
    }
    sandbox.backtest("report old.json --sort nothing").ran().refused(&["nothing"]);
    assert!(sandbox.names(".").iter().all(|name| !name.contains("html")));
}

#[test]
fn stacked_rows_of_sweeps_that_were_tested_differently_are_ranked_each_with_its_own_command() {
    use polars::prelude::{ParquetReader, ParquetWriter, SerReader};
    let sandbox = sandbox();
    let rows = |fee: &str| {
        let words =
            format!("sweep --crypto BTC --strategy rsi --param period=5,6 --fee {fee} --year 365 --out rows.parquet");
        sandbox.backtest(&words).ran().done_quietly();
        let file = std::fs::File::open(sandbox.here().join("rows.parquet")).expect("a file");
        ParquetReader::new(file).finish().expect("rows")
    };
    let mut both = rows("0.001").vstack(&rows("0.002")).expect("files can be stacked");
    let file = std::fs::File::create(sandbox.here().join("both.parquet")).expect("a file");
    ParquetWriter::new(file).finish(&mut both).expect("it is written");
    sandbox.backtest("report both.parquet --out both.html").ran().done();
    let page = sandbox.read("both.html");
    assert!(page.contains("\"kind\":\"batch\""), "no map of two sweeps");
    for fee in ["--fee 0.001 ", "--fee 0.002 "] {
        assert_eq!(page.matches(fee).count(), 2, "{fee}");
    }
    assert!(page.contains("--year 365 "));
    sandbox.backtest("report rows.parquet --out one.html").ran().done();
    assert!(sandbox.read("one.html").contains("\"kind\":\"sweep\""));
}
