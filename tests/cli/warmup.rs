//! `--warmup`: indicators know of the bars before `--from`, and the account starts with it.

use serde_json::Value;

use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy ma --param fast=5 --param slow=30 --trades --format json";

fn json(sandbox: &Sandbox, options: &str) -> Value {
    sandbox.backtest(&format!("{RUN} {options}")).ran().done().json()
}

/// What tells the trades of a result apart, but for their size: the equity before them is another one.
fn trades(result: &Value) -> Vec<String> {
    let facts =
        |trade: &Value| ["entry_time", "entry_price", "exit_time", "exit_price"].map(|name| trade[name].to_string());
    result["trades"].as_array().expect("trades").iter().map(|trade| facts(trade).join(" ")).collect()
}

#[test]
fn a_run_from_a_later_day_on_makes_the_trades_that_the_whole_run_makes_from_there_on() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let whole = json(&sandbox, "");
    assert_eq!(whole.get("warmup_bars"), None, "without --from there is nothing before it");
    let trade = |at: usize| whole["trades"][at]["entry_time"].as_str().expect("a time").to_owned();
    // From the bar of the signal of a trade in the middle on: the one before it is closed by then.
    let middle = trades(&whole).len() / 2;
    let day: jiff::civil::Date = trade(middle)[..10].parse().expect("a day");
    let from = day.yesterday().expect("a day");
    let warm = json(&sandbox, &format!("--from {from}"));
    assert_eq!(trades(&warm), trades(&whole)[middle..]);
    let bars = |result: &Value| result["bars"].as_u64().expect("a count");
    assert_eq!(warm["warmup_bars"].as_u64(), Some(bars(&whole) - bars(&warm)));
    assert_ne!(trades(&json(&sandbox, &format!("--from {from} --warmup 0"))), trades(&warm));
}

#[test]
fn bars_that_warm_up_are_part_of_the_key_and_a_hit_is_what_was_computed() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |options: &str| {
        let words = format!("{RUN} --from 2022-09-01 {options}");
        let result = sandbox.backtest(&words).cache_url("file:results.db").ran().done().json();
        (result["cache"].to_string(), result["key"].to_string(), trades(&result), result["warmup_bars"].clone())
    };
    let all = run("");
    assert_eq!((all.0.as_str(), &all.3), ("\"miss\"", &Value::from(243)));
    let again = run("");
    assert_eq!((again.0.as_str(), &again.1, &again.2), ("\"hit\"", &all.1, &all.2));
    let (auto, fewer, none) = (run("--warmup auto"), run("--warmup 30"), run("--warmup 0"));
    assert_eq!(auto.3, 30, "a window of 30 bars, and the bar before a crossing");
    assert_eq!((auto.1 == all.1, fewer.1 == auto.1, none.1 == all.1), (false, true, false));
    assert_eq!((&auto.2, &fewer.0[..]), (&all.2, "\"hit\""));
    assert_eq!(run("--warmup 243").1, all.1, "the same bars, however they were asked for");
    assert_eq!(run("--warmup 9999").1, all.1);
    let verified = sandbox
        .backtest("cache verify --crypto BTC --strategy ma --param fast=5 --param slow=30 --from 2022-09-01")
        .cache_url("file:results.db")
        .ran()
        .done();
    assert!(verified.stdout.contains("2 results checked of 2 stored"), "{}", verified.stdout);
}

#[test]
fn a_row_of_a_sweep_is_the_run_with_these_parameters_and_this_warm_up() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for warmup in ["all", "auto", "50", "0"] {
        let sweep = format!(
            "sweep --crypto BTC --strategy ma --param fast=3,5 --param slow=10,60 --from 2022-06-01 --warmup {warmup} --format json"
        );
        let rows = sandbox.backtest(&sweep).ran().done().json();
        for row in rows["results"].as_array().expect("results") {
            let bars = row["warmup_bars"].as_u64().unwrap_or(0);
            assert_eq!(
                bars,
                [("all", 151), ("auto", 60), ("50", 50), ("0", 0)]
                    .into_iter()
                    .find(|(name, _)| *name == warmup)
                    .unwrap()
                    .1
            );
            let (fast, slow) = (&row["params"]["fast"], &row["params"]["slow"]);
            let run = format!(
                "run --crypto BTC --strategy ma --param fast={fast} --param slow={slow} --from 2022-06-01 --warmup {bars} --format json"
            );
            let run = sandbox.backtest(&run).ran().done().json();
            assert_eq!((&run["key"], &run["metrics"]["sharpe"]), (&row["key"], &row["metrics"]["sharpe"]), "{warmup}");
        }
    }
}

#[test]
fn a_rule_that_is_never_defined_is_named_with_the_bars_that_it_needs() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |options: &str| sandbox.backtest(&format!("run --crypto BTC --strategy ma {options}")).ran().done();
    let short = run("--from 2022-12-01 --warmup 0");
    short.warned_once(&[
        "BTCUSDT, ma: entry and exit are undefined at every bar",
        "201 bars are needed, and there are 66",
    ]);
    assert_eq!(run("--from 2022-12-01").stderr, "");
    assert!(run("--from 2022-12-01").stdout.contains(" after 334 to warm up; long,"));
}

#[test]
fn a_warm_up_that_is_none_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.backtest(&format!("{RUN} --warmup long")).ran().refused(&["--warmup", "all, auto, or a number of bars"]);
    sandbox.write("backtest.toml", "warmup = 7\n");
    assert_eq!(json(&sandbox, "--from 2022-09-01")["warmup_bars"], 7);
}
