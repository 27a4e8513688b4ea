//! A batch: every named strategy on every asset; what fails is named and the others are printed.

use insta::assert_snapshot;

use crate::candles::{BARS, csv, with_cell};
use crate::fixture::Sandbox;

/// Four assets, two of them with a broken row.
fn with_broken_files() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.write("data/1d/BADUSDT.csv", with_cell(&csv("BADUSDT", BARS), 5, 4, "0"));
    sandbox.write("data/1d/NANUSDT.csv", with_cell(&csv("NANUSDT", BARS), 9, 1, "NaN"));
    sandbox
}

#[test]
fn broken_files_fail_by_file_and_row_while_the_others_are_printed() {
    let sandbox = with_broken_files();
    let bad = "data/1d/BADUSDT.csv: row 5 (2022-01-04";
    let nan = "data/1d/NANUSDT.csv: row 9 (2022-01-08";
    let table = sandbox.backtest("batch --all").ran().failed(&[bad, nan, "prices must be above zero"]);
    assert_eq!(table.lines_with("error: "), 2);
    assert!(table.stdout.contains("BTCUSDT") && table.stdout.contains("ETHUSDT") && table.stdout.contains("2 failed"));
    let rows = sandbox.backtest("batch --all --format csv").ran().failed(&[bad, nan]).stdout;
    assert_eq!(rows.lines().count(), 1 + 4);
    let document = sandbox.backtest("batch --all --format json").ran().failed(&[bad, nan]).json();
    assert_eq!(document["results"].as_array().map(Vec::len), Some(4));
    let failed = &document["summary"]["failed"];
    assert_eq!((&failed[0]["symbol"], &failed[1]["symbol"]), (&"BADUSDT".into(), &"NANUSDT".into()));
    assert!(failed[0]["reason"].as_str().is_some_and(|reason| reason.contains("row 5")), "{failed}");
}

#[test]
fn unsorted_rows_are_no_failure() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let mut rows: Vec<String> = csv("ETHUSDT", BARS).lines().map(str::to_owned).collect();
    rows.swap(10, 11);
    sandbox.write("data/1d/ETHUSDT.csv", rows.join("\n"));
    let ran = sandbox.backtest("batch --all --format json").ran().done().warned_once(&["ETHUSDT", "out of order"]);
    assert_eq!(ran.json()["summary"]["failed"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_batch_of_nothing_but_broken_files_still_prints_its_document() {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/BADUSDT.csv", "nonsense");
    let ran = sandbox.backtest("batch --all --format json").ran().failed(&["BADUSDT.csv"]);
    assert_eq!(ran.json()["results"], serde_json::json!([]));
    assert!(ran.json()["summary"]["best"].is_null());
    let ran = sandbox.backtest("batch --all").ran().failed(&["BADUSDT.csv"]);
    assert!(ran.stdout.starts_with("No result"), "{}", ran.stdout);
}

#[test]
fn the_same_kind_of_warning_is_said_once_for_all_assets() {
    let sandbox = Sandbox::empty();
    for symbol in ["BTCUSDT", "ETHUSDT", "SOLUSDT"] {
        sandbox.write(&format!("data/1d/{symbol}.csv"), with_cell(&csv(symbol, BARS), 9, 5, "0"));
    }
    sandbox.backtest("batch --all").ran().done().warned_once(&["BTCUSDT: 1 bar without volume", "in 2 other assets"]);
}

#[test]
fn the_summary_counts_what_was_asked_and_done() {
    let sandbox = with_broken_files();
    let document = sandbox.backtest("batch --all --strategy rsi,ma,macd --format json").ran().failed(&[]).json();
    let names: Vec<&str> = document["summary"].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_snapshot!(names.join(" "), @"assets strategies combinations skipped failed hits misses bars load_ms compute_ms elapsed_ms best median worst never_traded below_min_trades by_strategy");
    let summary = &document["summary"];
    let count = |name: &str| summary[name].as_u64().expect(name);
    assert_eq!((count("assets"), count("strategies"), count("combinations"), count("skipped")), (4, 3, 12, 0));
    assert_eq!((count("hits"), count("misses"), count("bars")), (0, 6, 800));
    assert!(summary["elapsed_ms"].as_f64() >= summary["compute_ms"].as_f64());
    assert_eq!(summary["best"]["metric"], "sharpe");
}

#[test]
fn an_asset_named_twice_is_tested_once() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let ran = sandbox.backtest("batch --crypto BTC,ETH,btcusdt --strategy rsi --format json").ran().done_quietly();
    assert_eq!(ran.json()["summary"]["assets"], 2);
}

#[test]
fn a_parameter_goes_to_the_strategies_that_have_it() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let ran = sandbox.backtest("batch --all --param period=7 --param fast=3 --param slow=9 --format json").ran().done();
    let params = |strategy: &str| {
        let results = ran.json()["results"].as_array().cloned().unwrap_or_default();
        results.into_iter().find(|result| result["strategy"] == strategy).expect("a result")["params"].to_string()
    };
    assert_eq!(params("rsi"), r#"{"period":7,"oversold":30,"overbought":70}"#);
    assert_eq!(params("ma"), r#"{"fast":3,"slow":9}"#);
}

#[test]
fn a_batch_result_is_the_run_s_result() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let run = sandbox.backtest("run --crypto ETH --strategy rsi --fee 0.002 --format json").ran().done().json();
    let batch = sandbox.backtest("batch --all --strategy rsi --fee 0.002 --format json").ran().done().json();
    let results = batch["results"].as_array().expect("results");
    let same = results.iter().find(|result| result["symbol"] == "ETHUSDT").expect("a result");
    for name in ["start", "end", "bars", "params", "settings", "metrics", "key"] {
        assert_eq!(same[name], run[name], "{name}");
    }
}

#[test]
fn the_table_is_ranked_and_ends_with_the_totals() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let ran = sandbox.backtest("batch --all").ran().done_quietly();
    assert_snapshot!(ran.data(), @r#"
          #   Asset     Strategy       Return     CAGR   Sharpe   Sortino   Max drawdown   Buy & hold   Exposure   Trades   Win rate   Profit factor   Cache
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          1   ETHUSDT   rsi 14 30 70   +40.2%   +36.2%     1.60      2.55         -20.6%       +20.7%      34.5%        5      80.0%           39.97
          2   BTCUSDT   rsi 14 30 70   -12.0%   -11.0%    -0.37     -0.51         -43.5%        -4.7%      45.5%        4      50.0%            0.72
          3   BTCUSDT   ma 50 200      -24.6%   -22.7%    -1.30     -1.66         -35.6%        -4.7%      29.2%        1       0.0%            0.00
          4   ETHUSDT   ma 50 200        0.0%     0.0%        -         -           0.0%       +20.7%       0.0%        0          -               -
     median   BTCUSDT   ma 50 200      -24.6%   -22.7%    -1.30     -1.66         -35.6%        -4.7%      29.2%        1       0.0%            0.00
      worst   ETHUSDT   ma 50 200        0.0%     0.0%        -         -           0.0%       +20.7%       0.0%        0          -               -
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    3 results with fewer than 5 closed trades rank after the others (--min-trades); 1 result never traded
     Strategy       Results   Profitable   Beat buy & hold   Never traded   Median Sharpe   Return     CAGR   Drawdown   Trades
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     rsi 14 30 70         2        50.0%             50.0%              0            0.62   +14.1%   +12.6%     -32.1%      4.5
     ma 50 200            2         0.0%              0.0%              1           -1.30   -12.3%   -11.4%     -17.8%      0.5
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    2 assets, 2 strategies: 4 results, 0 failed
    "#);
    let totals = ran.stdout.lines().last().unwrap_or_default();
    assert!(
        totals.starts_with("2 assets, 2 strategies: 4 results, 0 from cache, 4 computed, 0 failed, in "),
        "{totals}"
    );
}

#[test]
fn a_batch_shows_median_and_worst_of_all_results_whatever_is_shown() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let summary = sandbox.backtest("batch --all --top 1 --format json").ran().done_quietly().json()["summary"].clone();
    assert_eq!(summary["worst"]["value"], serde_json::Value::Null);
    assert_eq!(summary["median"]["symbol"], "BTCUSDT");
    assert_eq!((&summary["never_traded"], &summary["below_min_trades"]), (&1.into(), &3.into()));
    let table = sandbox.backtest("batch --all --top 1").ran().done_quietly().stdout;
    assert!(table.contains(" median ") && table.contains(" worst "), "{table}");
    assert!(table.contains("3 results with fewer than 5 closed trades rank after the others"), "{table}");
}

#[test]
fn each_strategy_has_its_totals_over_all_assets_whatever_is_shown() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let call = "batch --all --strategy rsi,ma --param fast=5 --param slow=20 --top 1";
    let json = sandbox.backtest(&format!("{call} --format json")).ran().done_quietly().json();
    let all = sandbox.backtest("batch --all --strategy rsi,ma --param fast=5 --param slow=20 --format json");
    let rows = all.ran().done_quietly().json()["results"].as_array().cloned().expect("results");
    let totals = json["summary"]["by_strategy"].as_array().expect("totals");
    assert_eq!((totals.len(), &totals[0]["strategy"], &totals[1]["params"]["slow"]), (2, &"rsi".into(), &20.into()));
    for one in totals {
        let metric = |name: &str| {
            let of = rows.iter().filter(|row| row["strategy"] == one["strategy"]);
            of.map(|row| row["metrics"][name].as_f64()).collect::<Vec<_>>()
        };
        let (returns, hold) = (metric("total_return"), metric("buy_hold_return"));
        let third = |count: usize| Some([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0][count]);
        assert_eq!(one["results"], 3);
        assert_eq!(one["profitable"].as_f64(), third(returns.iter().filter(|value| **value > Some(0.0)).count()));
        assert_eq!(
            one["beat_buy_hold"].as_f64(),
            third(returns.iter().zip(&hold).filter(|(mine, its)| mine > its).count())
        );
        for name in ["sharpe", "total_return", "cagr", "max_drawdown"] {
            let mut values: Vec<f64> = metric(name).into_iter().flatten().collect();
            values.sort_by(f64::total_cmp);
            let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
            assert_eq!(one[format!("median_{name}")].as_f64(), Some(median), "{name} of {}", one["strategy"]);
        }
    }
    let csv = sandbox.backtest(&format!("{call} --by-strategy --format csv")).ran().done_quietly().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "strategy,period,oversold,overbought,fast,slow,results,profitable,beat_buy_hold,never_traded,median_sharpe,median_total_return,median_cagr,median_max_drawdown,median_trades"
    );
    assert!(lines.len() == 3 && lines[1].starts_with("rsi,14,30,70,,,3,") && lines[2].starts_with("ma,,,,5,20,3,"));
}

#[test]
fn the_totals_of_strategies_are_a_table_below_the_ranking_or_alone() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let alone = sandbox.backtest("batch --all --by-strategy").ran().done_quietly();
    assert_snapshot!(alone.data(), @r#"
     Strategy       Results   Profitable   Beat buy & hold   Never traded   Median Sharpe   Return     CAGR   Drawdown   Trades
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     rsi 14 30 70         3        33.3%             66.7%              0           -0.37   -12.0%   -11.0%     -43.5%      4.0
     ma 50 200            3         0.0%             33.3%              2           -1.30     0.0%     0.0%       0.0%      0.0
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    3 assets, 2 strategies: 6 results, 0 failed
    "#);
    let below = sandbox.backtest("batch --all").ran().done_quietly();
    assert!(below.data().ends_with(&alone.data()) && below.data().contains(" worst "), "{}", below.data());
    let one = sandbox.backtest("batch --crypto BTC").ran().done_quietly().stdout;
    assert!(!one.contains("Profitable"), "the totals of one asset are its results: {one}");
}
