//! `backtest walk` as a user meets it: windows, outputs, and what is refused.

use serde_json::Value;

use crate::fixture::Sandbox;

const WALK: &str = "walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10 --train 150b --test 60b";

#[test]
fn the_windows_the_account_and_the_verdict_are_on_one_screen() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let text = sandbox.backtest(WALK).ran().done().stdout;
    for words in [
        "walk-forward: 5 windows of 60 bars",
        "fast, slow chosen among 9 points by sharpe",
        "(shorter)",
        "walk-forward efficiency",
        "Out of sample ma made",
        "picking at random",
    ] {
        assert!(text.contains(words), "no '{words}' in {text}");
    }
}

#[test]
fn the_document_has_windows_the_stitched_account_and_honesty() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let json = sandbox.backtest(&format!("{WALK} --holdout 10% --format json")).ran().done().json();
    let windows = json["windows"].as_array().unwrap();
    assert_eq!((json["bars"].as_u64(), windows.len()), (Some(400), 4));
    assert_eq!(windows[0]["train_bars"], 150);
    assert_eq!(windows.last().unwrap()["partial"], true);
    assert_eq!(json["walk"]["border"], "adopt");
    assert_eq!(json["stitched"]["bars"], 210);
    assert_eq!(json["holdout"]["test_bars"], 40);
    assert_eq!(json["honesty"]["trials"], 9);
    assert!(json["honesty"]["random_picker_p"].is_number() && json["stitched"]["metrics"]["sharpe"].is_number());
    assert!(json["borders"]["adopt"].is_object() && json["borders"]["flat"].is_object());
    // A chosen point's own account in a window is the run with its parameters over these bars.
    let of = |name: &str| windows[1][name].as_f64().unwrap();
    assert!(of("rank") >= 1.0 && of("rank") <= 9.0);
    let equity = "run --crypto BTC --strategy ma --format json --equity-out equity.csv";
    let run = format!("{equity} --param fast={} --param slow={}", of("fast"), of("slow"));
    sandbox.backtest(&run).ran().done();
    let curve = sandbox.read("equity.csv");
    let at = |bar: usize| curve.lines().nth(bar + 1).unwrap().split(',').nth(1).unwrap().parse::<f64>().unwrap();
    // Bars 210 to 269 are tested on.
    let expected = at(269) / at(209) - 1.0;
    assert!((of("return_out_of_sample") - expected).abs() < 1e-9, "{expected}");
}

#[test]
fn the_windows_are_rows_of_csv_and_of_files() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let all = WALK.replace("--crypto BTC", "--all");
    let csv = sandbox.backtest(&format!("{all} --format csv --out windows.csv")).ran().done().stdout;
    assert_eq!(csv, sandbox.read("windows.csv"));
    assert_eq!(csv.lines().count(), 11, "a header, and five windows of each of two assets");
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("symbol,interval,strategy,window,train_start"), "{header}");
    assert!(header.contains(",fast,slow,in_sample,out_of_sample,"), "{header}");
    sandbox.backtest(&format!("{all} --out windows.parquet --quiet")).ran().done();
    assert!(sandbox.names(".").contains(&"windows.parquet".to_owned()));
    let json = sandbox.backtest(&format!("{all} --format json")).ran().done().json();
    assert_eq!((json["results"].as_array().map(Vec::len), &json["summary"]["walked"]), (Some(2), &Value::from(2)));
    let table = sandbox.backtest(&all).ran().done().stdout;
    for words in ["BTCUSDT", "ETHUSDT", "gained out of sample"] {
        assert!(table.contains(words), "no '{words}' in {table}");
    }
}

#[test]
fn the_page_and_the_chart_show_the_stitched_account() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let text = sandbox.backtest(&format!("{WALK} --report walk.html --chart")).ran().done().stdout;
    assert!(text.starts_with("Equity\n"), "{text}");
    let page = sandbox.read("walk.html");
    assert!(page.contains("\"kind\":\"walk\"") && page.contains("walk-forward") | page.contains("walked forward"));
    sandbox.backtest(&WALK.replace("--crypto BTC", "--all")).arg("--chart").ran();
}

#[test]
fn without_windows_there_are_ten_and_sides_borders_and_picks_are_taken() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let short = "walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10";
    let text = sandbox.backtest(short).ran().done().stdout;
    assert!(text.contains("10 windows of 32 bars"), "{text}");
    for options in [
        "--direction both --border hold",
        "--direction short --border flat --anchored",
        "--fill close --pick plateau --gap 5b",
        "--stop-loss 5% --sort calmar --where 'trades>=1'",
        "--windows 4 --train 50%",
        "--train 4mo --test 30d",
    ] {
        let options = options.replace('\'', "");
        let ran = sandbox.backtest(&format!("{short} {options} --format json")).ran().done();
        assert!(ran.json()["stitched"]["metrics"]["total_return"].is_number(), "{options}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_remedy() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let base = "walk --crypto BTC --strategy ma --param fast=3,5 --param slow=10,20";
    for (options, words) in [
        ("--train 150b", &["--train 150b: pass --test too"][..]),
        ("--test 60b", &["pass --train too"]),
        ("--train 70% --test 60b", &["a share goes with --windows"]),
        ("--train 0b --test 60b", &["must be at least one bar"]),
        ("--train x --test 60b", &["--train: 'x' is not a length of time", "24mo"]),
        ("--windows 0", &["--windows is 0", "pass at least 1"]),
        ("--windows 5 --train 150b", &["it is the share of each window"]),
        ("--windows 5 --test 10b", &["cannot be used with"]),
        ("--holdout 95%", &["--holdout '95%'", "at most 90%"]),
        ("--sort max_drawdown_bars", &["--sort: max_drawdown_bars of a window does not follow from its parts"]),
        ("--where skew>0", &["--where: skew"]),
        ("--strategy ma,rsi", &["walk takes one strategy"]),
    ] {
        let base = if options.starts_with("--strategy") { base.replace("--strategy ma ", "") } else { base.to_owned() };
        sandbox.backtest(&format!("{base} {options}")).ran().refused(words);
    }
    sandbox.backtest(&format!("{base} --train 500b --test 60b")).ran().failed(&[
        "BTCUSDT: no window fits",
        "500 bars",
        "400",
        "pass a shorter --train",
    ]);
}

#[test]
fn what_can_hardly_be_trusted_is_remarked_on() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (options, words) in [
        ("--param fast=3 --param slow=10 --train 150b --test 60b", &["one point leaves nothing to choose"][..]),
        ("--param fast=3,5 --param slow=10 --train 300b --test 200b", &["one window says little"]),
        ("--param fast=3,5 --param slow=10 --train 20b --test 60b", &["fewer than 30 bars or 2 trades"]),
        (
            "--param fast=3,5 --param slow=10 --train 150b --test 60b --where trades>900",
            &["no point fulfils --where 'trades>900' in sample: cash"],
        ),
    ] {
        let text = sandbox.backtest(&format!("walk --crypto BTC --strategy ma {options}")).ran().done().stdout;
        for words in words {
            assert!(text.contains(words), "no '{words}' in {text}");
        }
    }
}
