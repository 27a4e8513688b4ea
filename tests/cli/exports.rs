//! `--trades-out` and `--equity-out`: a run's history for other tools.

use insta::assert_snapshot;

use crate::fixture::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::with(&["BTCUSDT"])
}

/// One column of a CSV file as numbers.
fn column(csv: &str, at: usize) -> Vec<f64> {
    csv.lines()
        .skip(1)
        .map(|row| row.split(',').nth(at).and_then(|cell| cell.parse().ok()).expect("a number"))
        .collect()
}

#[test]
fn the_last_equity_is_the_final_equity_to_the_bit_and_the_lowest_drawdown_the_deepest() {
    let sandbox = sandbox();
    for strategy in
        ["rsi", "ma --param fast=5 --param slow=20", "macd --direction both", "bollinger --fill close --fee 0"]
    {
        let call = format!("run --crypto BTC --equity-out equity.csv --format json --strategy {strategy}");
        let document = sandbox.backtest(&call).ran().done_quietly().json();
        let metric = |name: &str| document["metrics"][name].as_f64().expect("a number");
        let csv = sandbox.read("equity.csv");
        let equity = column(&csv, 1);
        assert_eq!(equity.len(), 400);
        assert_eq!(equity[399].to_bits(), metric("final_equity").to_bits(), "{strategy}");
        let lowest = column(&csv, 2).into_iter().fold(0.0, f64::min);
        assert!((lowest - metric("max_drawdown")).abs() < 1e-12, "{strategy}: {lowest}");
        let hold = column(&csv, 3);
        assert!((hold[399] / 10_000.0 - 1.0 - metric("buy_hold_return")).abs() < 1e-12, "{strategy}");
    }
}

#[test]
fn the_files_have_the_names_of_the_contract() {
    let sandbox = sandbox();
    sandbox
        .backtest("run --crypto BTC --strategy rsi --trades-out trades.csv --equity-out equity.csv")
        .ran()
        .done_quietly();
    let first = |name: &str| sandbox.read(name).lines().next().unwrap_or_default().to_owned();
    assert_snapshot!(first("trades.csv"), @"side,entry_time,entry_price,exit_time,exit_price,size,fees,pnl,return,bars,open,exit_reason,mae,mfe,symbol,strategy");
    assert_snapshot!(first("equity.csv"), @"timestamp,equity,drawdown,buy_hold");
    assert!(
        sandbox
            .read("equity.csv")
            .lines()
            .nth(1)
            .is_some_and(|row| row.starts_with("2022-01-01T00:00:00Z,10000,0,10000"))
    );
    let printed = sandbox.backtest("run --crypto BTC --strategy rsi --trades --format csv").ran().done_quietly();
    assert_eq!(sandbox.read("trades.csv"), printed.stdout);
}

#[test]
fn parquet_is_written_by_its_ending_and_what_is_printed_stays_the_same() {
    let sandbox = sandbox();
    let plain = sandbox.backtest("run --crypto BTC --strategy rsi").ran().done_quietly().data();
    let ran = sandbox
        .backtest("run --crypto BTC --strategy rsi --trades-out t.parquet --equity-out e.parquet")
        .ran()
        .done_quietly();
    assert_eq!(ran.data(), plain);
    for name in ["t.parquet", "e.parquet"] {
        let bytes = std::fs::read(sandbox.here().join(name)).expect("a file");
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_any_work() {
    let sandbox = sandbox();
    let run = "run --crypto BTC --strategy rsi";
    sandbox.backtest(&format!("{run} --equity-out e.xlsx")).ran().refused(&["--equity-out e.xlsx", ".csv or .parquet"]);
    sandbox
        .backtest(&format!("{run} --trades-out no/t.csv"))
        .ran()
        .refused(&["--trades-out no/t.csv", "no such folder"]);
    sandbox.backtest(&format!("{run} --trades-out x.csv --equity-out x.csv")).ran().refused(&["same file"]);
    sandbox.backtest(&format!("{run} --report page.pdf")).ran().refused(&["--report page.pdf", "use .html"]);
    sandbox.backtest("batch --all --report no/p.html").ran().refused(&["--report no/p.html"]);
    sandbox.backtest("sweep --all --strategy rsi --param period=5..6 --report data").ran().refused(&["--report data"]);
    assert_eq!(sandbox.names("."), ["data"]);
}

#[test]
fn the_trades_of_a_batch_are_those_of_its_runs_one_after_the_other() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for options in ["", "--stop-loss 4% --size 50%", "--direction both --top 3"] {
        let batch =
            format!("batch --all --strategy macd,rsi --param period=5 {options} --trades-out all.csv --format json");
        let shown = sandbox.backtest(&batch).ran().done_quietly().json();
        let mut runs = String::new();
        for row in shown["results"].as_array().expect("results") {
            let [symbol, strategy] = ["symbol", "strategy"].map(|name| row[name].as_str().expect("a text"));
            let period = if strategy == "rsi" { "--param period=5" } else { "" };
            let options = options.trim_end_matches("--top 3");
            let run = format!("run --crypto {symbol} --strategy {strategy} {period} {options} --trades-out one.csv");
            sandbox.backtest(&run).ran().done_quietly();
            let one = sandbox.read("one.csv");
            let (header, trades) = one.split_once('\n').expect("a header");
            if runs.is_empty() {
                runs = format!("{header}\n");
            }
            runs.push_str(trades);
        }
        assert_eq!(sandbox.read("all.csv"), runs, "{options}");
        assert!(runs.lines().count() > 20, "{runs}");
    }
}

#[test]
fn trades_of_many_results_are_written_as_parquet_too_and_not_at_all_where_that_fails() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    sandbox.backtest("batch --all --trades-out all.parquet").ran().done_quietly();
    let bytes = std::fs::read(sandbox.here().join("all.parquet")).expect("a file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    sandbox.backtest("batch --all --trades-out x.json").ran().refused(&["--trades-out x.json", ".csv or .parquet"]);
    sandbox.backtest("batch --all --trades-out no/x.csv").ran().refused(&["--trades-out no/x.csv", "no such folder"]);
    assert_eq!(sandbox.names("."), ["all.parquet", "data"]);
}
