//! `backtest sweep` as a user meets it.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixture::Sandbox;

type Cells = Vec<(String, String)>;

fn rows(text: &str) -> Vec<Cells> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let pair = |(name, value): (&&str, &str)| ((*name).to_owned(), value.to_owned());
    lines.map(|line| header.iter().zip(line.split(',')).map(pair).collect()).collect()
}

fn cell<'a>(row: &'a Cells, name: &str) -> &'a str {
    row.iter().find(|(column, _)| column == name).map_or("", |(_, value)| value)
}

#[test]
fn every_row_of_the_file_is_the_run_with_its_parameters() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let grid = "sweep --all --strategy ma --param fast=3,7,20 --param slow=10..30:10 --out grid.csv";
    sandbox.backtest(grid).ran().done();
    let rows = rows(&sandbox.read("grid.csv"));
    assert_eq!(rows.len(), 14, "nine points less two that break fast < slow, on two assets");
    for row in &rows {
        let run = format!(
            "run --crypto {} --strategy ma --param fast={} --param slow={} --format csv",
            cell(row, "symbol"),
            cell(row, "fast"),
            cell(row, "slow")
        );
        let run = self::rows(&sandbox.backtest(&run).ran().done().stdout);
        // A sweep works out fewer metrics, in the same order.
        let shared: Cells = run[0].iter().filter(|(name, _)| row.iter().any(|(own, _)| own == name)).cloned().collect();
        assert_eq!(&shared, row);
    }
}

#[test]
fn the_best_are_shown_with_the_median_and_the_worst_beside_them() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let table = sandbox.backtest("sweep --crypto BTC --strategy rsi --param period=5..24 --top 3").ran().done().stdout;
    let ranks: Vec<&str> = table.lines().skip(2).filter_map(|line| line.split_whitespace().next()).take(5).collect();
    assert_eq!(ranks, ["1", "2", "3", "median", "worst"]);
    assert!(table.contains("20 combinations on 1 asset"), "{table}");
}

#[test]
fn the_summary_counts_what_was_computed_and_what_was_skipped() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy ma --param fast=5..14 --param slow=10 --format json";
    let json: Value = serde_json::from_str(&sandbox.backtest(words).ran().done().stdout).expect("JSON");
    let summary = &json["summary"];
    assert_eq!((summary["combinations"].as_u64(), summary["skipped"].as_u64()), (Some(10), Some(5)));
    assert_eq!((summary["misses"].as_u64(), summary["hits"].as_u64()), (Some(5), Some(0)));
    assert_eq!(json["results"].as_array().map(Vec::len), Some(5));
    assert_eq!(summary["best"]["params"], json["results"][0]["params"]);
}

#[test]
fn a_random_sample_is_the_same_for_the_same_seed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let sample = |seed: &str| {
        let words =
            "sweep --crypto BTC --strategy rsi --param period=2..400 --param oversold=10..40 --random 30 --out r.csv";
        sandbox.backtest(words).arg("--seed").arg(seed).ran().done();
        sandbox.read("r.csv")
    };
    let (one, again, other) = (sample("1"), sample("1"), sample("2"));
    assert_eq!(one.lines().count(), 31);
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn grids_that_make_no_sense_are_refused_before_any_work() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (param, words) in [
        ("fast=5..50:0", ["fast", "step"]),
        ("fast=50..5", ["fast", "backwards"]),
        ("fast=nan..5", ["fast", "nan"]),
        ("fast=", ["fast", "value"]),
        ("fsat=5..9", ["fsat", "fast"]),
        ("fast=0..9", ["fast", "1"]),
        ("fast=5.5..9", ["fast", "whole"]),
    ] {
        sandbox.backtest("sweep --crypto BTC --strategy ma --param").arg(param).ran().refused(&words);
    }
    let sweep = |words: &str| sandbox.backtest(&format!("sweep --crypto BTC --strategy ma {words}")).ran();
    sweep("--sort shrpe").refused(&["shrpe", "sharpe"]);
    sweep("--where shrpe>1").refused(&["shrpe", "sharpe"]);
    sweep("--param fast=5..6 --out missing/grid.parquet").refused(&["missing/grid.parquet"]);
    sweep("--param fast=5..6 --out grid.json").refused(&["grid.json", ".parquet"]);
    sweep("--param fast=5..6 --random 0").refused(&["--random"]);
}

#[test]
fn a_billion_combinations_are_counted_and_need_a_yes() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy rsi --param period=2..401 --param oversold=0..50:0.02 --param overbought=50..100:0.05";
    sandbox.backtest(words).ran().refused(&["1,001,400,400 combinations", "--yes", "--random"]);
    let told = sandbox.backtest(words).arg("--dry-run").ran().done().stdout;
    assert!(told.contains("1,001,400,400") && told.contains("memory"), "{told}");
}

#[test]
fn a_full_disk_leaves_no_half_file() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    // A limit on the size of files stands for the full disk, which needs no mount.
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec {} sweep --crypto BTC --strategy rsi --param period=2..200 --out grid.csv",
        crate::fixture::program().display()
    );
    let before = sandbox.names(".");
    sandbox.shell(&script).ran().failed(&["grid.csv"]);
    assert_eq!(sandbox.names("."), before);
}

#[test]
fn ctrl_c_ends_it_at_once_and_leaves_no_file() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words =
        "sweep --crypto BTC --strategy rsi --param period=2..400 --param oversold=10..45:0.01 --yes --out grid.parquet";
    let before = sandbox.names(".");
    let mut child = sandbox.backtest(words).spawn(Stdio::piped());
    // Its file is begun once it computes.
    while sandbox.names(".") == before {
        std::thread::sleep(Duration::from_millis(10));
    }
    let begun = Instant::now();
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let status = child.wait().expect("it ends");
    // It would go on for minutes.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(status.code(), Some(130));
    let mut printed = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut printed).expect("text");
    assert_eq!(printed, "");
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    assert!(said.contains("stopped; nothing of it is cached"), "no cache, and so no promise: {said}");
    assert_eq!(sandbox.names("."), before);
}

#[test]
fn what_was_computed_is_found_again_and_a_wider_grid_computes_the_rest() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/LONGUSDT.csv", crate::candles::csv("LONGUSDT", 5_000));
    let redis = crate::common::redis_server::RedisServer::start(&[]);
    let sweep = |slow: &str| {
        let words = format!("sweep --crypto LONG --strategy ma --param fast=32..63 --param slow={slow} --format json");
        let ran = sandbox.backtest(&words).redis(&redis).ran().done();
        let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        (json["summary"]["hits"].as_u64(), json["summary"]["misses"].as_u64(), json["results"].clone())
    };
    let (_, misses, first) = sweep("96..127");
    assert_eq!(misses, Some(1024));
    let (hits, misses, second) = sweep("96..127");
    assert_eq!((hits, misses), (Some(1024), Some(0)));
    for (a, b) in first.as_array().expect("rows").iter().zip(second.as_array().expect("rows")) {
        assert_eq!((&a["metrics"], &a["key"], &a["params"]), (&b["metrics"], &b["key"], &b["params"]));
    }
    assert_eq!(sweep("96..159").0, Some(1024));
}

#[test]
fn where_nothing_is_best_the_reason_is_named() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let sweep =
        |words: &str| sandbox.backtest(&format!("sweep --crypto BTC --strategy ma {words}")).ran().done().stdout;
    let table = sweep("--param fast=5..9 --param slow=20 --where sharpe>100");
    assert!(table.starts_with("None of 5 combinations fulfils --where 'sharpe>100'.\n"), "{table}");
    assert!(table.contains("median") && table.contains("worst"), "{table}");
    let table = sweep("--param fast=50..59 --param slow=20");
    assert!(table.starts_with("No result to show; every combination is skipped like the first: "), "{table}");
    assert!(table.contains("fast < slow") && table.contains("10 skipped"), "{table}");
    let batch = sandbox.backtest("batch --all --where sharpe>100").ran().done().stdout;
    assert!(batch.starts_with("None of 2 results fulfils --where 'sharpe>100'.\n"), "{batch}");
}

#[test]
fn points_that_never_trade_count_in_median_and_worst_and_few_trades_do_not_lead_the_ranking() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy rsi --param period=14 --param oversold=1..14 --param overbought=70";
    let sweep = |more: &str| sandbox.backtest(&format!("{words} {more}")).ran().done_quietly();
    let json = sweep("--top 40 --format json").json();
    let trades = |result: &Value| result["metrics"]["trades"].as_f64().expect("a number");
    let results = json["results"].as_array().expect("results");
    let summary = &json["summary"];
    let never = results.iter().filter(|r| trades(r) + r["metrics"]["open_trades"].as_f64().unwrap_or(0.0) == 0.0);
    let never = never.count();
    assert!(never > 7, "most of these 14 levels are never reached: {never}");
    assert_eq!(summary["never_traded"].as_u64(), Some(never as u64));
    assert_eq!(summary["worst"]["value"], Value::Null, "a point that never traded is among the worst");
    assert_eq!(summary["median"]["value"], Value::Null, "and so is the median, where most never traded");
    let few = results.iter().filter(|result| trades(result) < 5.0).count();
    assert_eq!(summary["below_min_trades"].as_u64(), Some(few as u64));
    let first_few = results.iter().position(|result| trades(result) < 5.0).unwrap_or(results.len());
    assert_eq!(first_few + few, results.len(), "those with few trades come last");
    let table = sweep("").stdout;
    let remark = format!("{few} combinations with fewer than 5 closed trades rank after the others (--min-trades)");
    assert!(table.contains(&remark) && table.contains(&format!("{never} combinations never traded")), "{table}");
    let alone = sweep("--min-trades 0 --top 40 --format json").json();
    let sharpe = |result: &Value| result["metrics"]["sharpe"].as_f64().unwrap_or(f64::NEG_INFINITY);
    let ranked: Vec<f64> = alone["results"].as_array().expect("results").iter().map(sharpe).collect();
    assert!(ranked.windows(2).all(|pair| pair[0] >= pair[1]), "{ranked:?}");
    assert_eq!(alone["summary"]["below_min_trades"], 0);
    sandbox.backtest(&format!("{words} --min-trades x")).ran().refused(&["--min-trades 'x'", "0 ranks by the metric"]);
}

#[test]
fn what_skipped_a_point_is_said_as_it_is() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let own = "name = \"half\"\n[params]\nn = { default = 10, min = 2, max = 40 }\n[rules]\n\
        entry = \"close > sma(close, n / 2)\"\nexit = \"close < sma(close, n / 2)\"\n";
    sandbox.write("half.toml", own);
    let sweep = |words: &str| sandbox.backtest(&format!("sweep --crypto BTC {words}")).ran().done().stdout;
    let half = sweep("--strategy ./half.toml --param n=4..15");
    assert!(half.contains("6 skipped because an indicator does not take their values"), "{half}");
    let ma = sweep("--strategy ma --param fast=5..14 --param slow=10");
    assert!(ma.contains("5 skipped by the strategy's require"), "{ma}");
    assert!(sweep("--strategy rsi --param period=5..9").contains("none skipped"));
}

#[test]
fn several_strategies_share_one_ranking_and_one_file_and_every_row_is_the_run() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let words = "sweep --all --strategy ma,rsi,ema_cross --param fast=3,7 --param slow=10..30:10 --param period=5..7 --stop-loss 3%,6%";
    let ran = sandbox.backtest(&format!("{words} --top 100 --min-trades 0 --out grid.csv --format json")).ran().done();
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    // Two averages each, 2 x 3 values, and three periods; each with two stops, on two assets.
    assert_eq!((&json["summary"]["strategies"], &json["summary"]["combinations"]), (&3.into(), &60.into()));
    let results = json["results"].as_array().expect("results");
    assert_eq!(results.len(), 60);
    let sharpe = |row: &Value| row["metrics"]["sharpe"].as_f64().unwrap_or(f64::NEG_INFINITY);
    assert!(results.windows(2).all(|pair| sharpe(&pair[0]) >= sharpe(&pair[1])), "one ranking");
    let names: std::collections::BTreeSet<&str> = results.iter().filter_map(|row| row["strategy"].as_str()).collect();
    assert_eq!(names.len(), 3);
    let rows = rows(&sandbox.read("grid.csv"));
    assert_eq!(rows.len(), 60);
    for row in rows.iter().step_by(7) {
        let params =
            ["fast", "slow", "period", "oversold", "overbought", "stop_loss"].map(|name| (name, cell(row, name)));
        let params = params.into_iter().filter(|(_, value)| !value.is_empty());
        let params = params.map(|(name, value)| format!(" --param {name}={value}")).collect::<Vec<_>>().concat();
        let (symbol, strategy) = (cell(row, "symbol"), cell(row, "strategy"));
        let run = sandbox.backtest(&format!("run --crypto {symbol} --strategy {strategy}{params} --format json")).ran();
        let run = run.done().json();
        let found = results.iter().find(|result| result["key"] == run["key"]).expect("the run is among the results");
        for (name, value) in found["metrics"].as_object().expect("metrics") {
            assert_eq!(run["metrics"][name], *value, "{name}");
        }
        assert_eq!(cell(row, "final_equity").parse().ok(), run["metrics"]["final_equity"].as_f64());
    }
    let table = sandbox.backtest(words).ran().done().stdout;
    assert!(table.contains("60 combinations on 2 assets"), "{table}");
    let one = |threads: &str| {
        sandbox.backtest(words).arg("--threads").arg(threads).arg("--out").arg("t.csv").ran().done();
        sandbox.read("t.csv")
    };
    assert!(one("1") == one("2"), "whatever the threads");
}

#[test]
fn pages_charts_samples_and_estimates_take_several_strategies_too() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let words = "sweep --crypto BTC --strategy ma,rsi --param fast=3..9 --param slow=10..30:5 --param period=5..7";
    let ran = sandbox.backtest(&format!("{words} --report page.html --chart")).ran().done();
    let maps: Vec<&str> = ran.stdout.lines().filter(|line| ["ma", "rsi"].contains(line)).collect();
    assert_eq!(maps, ["ma", "rsi"], "{}", ran.stdout);
    assert!(sandbox.read("page.html").contains("Shown are the best 20 of 38 combinations"));
    let sample = sandbox.backtest(&format!("{words} --random 10 --format json")).ran().done().json();
    assert_eq!(sample["summary"]["combinations"], 10);
    let estimate = sandbox.backtest(&format!("{words} --dry-run")).ran().done().stdout;
    assert!(estimate.starts_with("combinations  38 (38 points on 1 asset)\nblocks        2\n"), "{estimate}");
    sandbox.backtest(&format!("{words} --out grid.parquet")).ran().done();
    sandbox.backtest("report grid.parquet --out rows.html").ran().done();
    for (words, says) in [
        ("--strategy ma,ma --param fast=3,4", "'ma' is named twice"),
        (
            "--strategy ma,rsi --param width=1,2",
            "strategy `ma` has no parameter `width`; it has fast, slow; strategy `rsi` has",
        ),
        (
            "--strategy ma,rsi",
            "a sweep needs parameters to vary, as in: backtest sweep --strategy ma,rsi --param fast=50..70",
        ),
    ] {
        sandbox.backtest(&format!("sweep --crypto BTC {words}")).ran().refused(&[says]);
    }
}
