//! Finer bars inside bars, entries that wait for a price, and the market's own funding: the examples of docs/backtest.md,
//! and what is refused.

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::toy::{self, CANDLES, RUN, STRATEGY, near};

/// The halves of Jan 3, in which the price rose before it fell.
const HALVES: &str = "timestamp,open,high,low,close,volume\n2024-01-03T00:00:00Z,110,112,109.5,111.5,5\n\
    2024-01-03T12:00:00Z,111.5,111.5,108,110,5\n";
fn sandbox() -> Sandbox {
    let sandbox = toy::sandbox();
    sandbox.write("data/12h/TOY.csv", HALVES);
    sandbox
}

fn run(sandbox: &Sandbox, options: &str) -> Value {
    sandbox.backtest(&format!("{RUN} {options}")).ran().done().json()
}

/// Whether a sweep's metrics are those of a run; it lacks those that need every bar.
fn agree(swept: &Value, run: &Value) -> bool {
    let mut known = swept.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    known.all(|(name, value)| run[name] == *value)
}

#[test]
fn finer_bars_say_which_of_two_levels_was_first() {
    let sandbox = sandbox();
    let first = |options: &str| {
        let first = run(&sandbox, options)["trades"][0].clone();
        (first["exit_price"].as_f64().unwrap(), first["exit_reason"].as_str().unwrap().to_owned())
    };
    let (price, reason) = first("--stop-loss 1% --take-profit 1%");
    assert!((price - 108.9).abs() < 1e-9 && reason == "stop", "{price} {reason}");
    let (price, reason) = first("--stop-loss 1% --take-profit 1% --detail 12h");
    assert!((price - 111.1).abs() < 1e-9 && reason == "target", "{price} {reason}");
    // A stop trails within the bar: 112 * 0.98 is above the low of the second half.
    let (price, reason) = first("--trailing-stop 2% --detail 12h");
    assert!((price - 112.0 * 0.98).abs() < 1e-9 && reason == "trailing", "{price} {reason}");
    let document = run(&sandbox, "--stop-loss 1% --take-profit 1% --detail 12h");
    assert_eq!(document["settings"]["detail"], "12h");
}

#[test]
fn excursions_count_the_finer_bars_between_the_fills() {
    let sandbox = sandbox();
    let is = |options: &str, mae: f64, mfe: f64| {
        let trade = run(&sandbox, options)["trades"][0].clone();
        assert!(near(&trade["mae"], mae) && near(&trade["mfe"], mfe), "{options}: {trade}");
    };
    // Bought at 110; the stop trails from 112 into the second half and sells at 109.76 there.
    is("--trailing-stop 2% --detail 12h", 109.5 / 110.0 - 1.0, 112.0 / 110.0 - 1.0);
    // The target is touched in the first half, before which there is only the open.
    is("--stop-loss 1% --take-profit 1% --detail 12h", 0.0, 0.01);
}

#[test]
fn bars_without_finer_ones_are_counted_and_stand_for_themselves() {
    let sandbox = sandbox();
    let words = "run --crypto TOY --strategy ./toy.toml --no-cache --stop-loss 1% --take-profit 1% --detail 12h";
    let ran = sandbox.backtest(words).ran().done();
    assert!(ran.stderr.contains("TOY: 6 bars have no finer bars that make them up"), "{}", ran.stderr);
    assert!(ran.stdout.contains("levels by bars of 12h"), "{}", ran.stdout);
    // Nothing is looked at inside bars where there are no levels.
    let plain = sandbox.backtest("run --crypto TOY --strategy ./toy.toml --no-cache --detail 12h").ran().done();
    assert!(!plain.stderr.contains("finer bars"), "{}", plain.stderr);
    // Halves of another market make up no bar.
    sandbox.write("data/12h/TOY.csv", HALVES.replace("112,109.5", "113,109.5"));
    let other = run(&sandbox, "--stop-loss 1% --take-profit 1% --detail 12h");
    assert_eq!(other["trades"][0]["exit_reason"], "stop", "{other}");
}

#[test]
fn a_result_is_known_by_the_finer_bars_that_it_was_found_with() {
    let sandbox = sandbox();
    let key = |options: &str| run(&sandbox, options)["key"].as_str().unwrap().to_owned();
    let (plain, with) = (key("--stop-loss 1%"), key("--stop-loss 1% --detail 12h"));
    assert_ne!(plain, with);
    assert_eq!(key(""), key("--detail 12h"), "without levels they say nothing");
    sandbox.write("data/12h/TOY.csv", HALVES.replace("111.5,5", "111.5,6"));
    assert_ne!(with, key("--stop-loss 1% --detail 12h"));
}

#[test]
fn batch_sweep_and_compare_look_inside_bars_as_run_does() {
    let sandbox = sandbox();
    let options = "--capital 11110 --fee 0.01 --no-cache --format json --take-profit 1% --detail 12h";
    let run = run(&sandbox, "--stop-loss 1% --take-profit 1% --detail 12h");
    let batch = format!("batch --crypto TOY --strategy ./toy.toml --stop-loss 1% {options}");
    let batch = sandbox.backtest(&batch).ran().done().json();
    let sweep = format!("sweep --crypto TOY --strategy ./toy.toml --stop-loss 1%,2% {options}");
    let sweep = sandbox.backtest(&sweep).ran().done().json();
    let of_stop = |row: &&Value| row["params"]["stop_loss"] == 0.01;
    let swept = sweep["results"].as_array().unwrap().iter().find(of_stop).unwrap().clone();
    for other in [&batch["results"][0], &swept] {
        assert_eq!(other["key"], run["key"]);
        assert!(agree(&other["metrics"], &run["metrics"]), "{other} {run}");
    }
    let compare = format!("compare ./toy.toml:stop_loss=0.01 ./toy.toml:stop_loss=0.02 --crypto TOY {options}");
    let compare = sandbox.backtest(&compare).ran().done().stdout;
    assert!(compare.contains(run["key"].as_str().unwrap()), "{compare}");
}

#[test]
fn finer_bars_that_no_strategy_looks_at_are_remarked() {
    let sandbox = sandbox();
    for words in
        ["run --strategy ma --param fast=2 --param slow=3", "sweep --strategy ma --param fast=2,3 --param slow=4"]
    {
        let words = format!("{words} --crypto TOY --detail 12h --no-cache");
        sandbox.backtest(&words).ran().says(&["--detail 12h changes nothing here"]);
    }
}

#[test]
fn detail_that_makes_no_sense_is_refused() {
    let sandbox = sandbox();
    let run = |options: &str| sandbox.backtest(&format!("{RUN} --stop-loss 1% {options}")).ran();
    run("--detail 1d").refused(&["--detail 1d", "must be shorter than --interval 1d"]);
    run("--detail 5h").refused(&["--detail 5h", "whole bars of it must make one of 1d"]);
    run("--detail 1m").refused(&["--detail 1m"]);
    run("--detail soon").refused(&["--detail: 'soon' is not an interval"]);
    sandbox.write("data/1d/OTHER.csv", CANDLES);
    let other = RUN.replace("TOY", "OTHER");
    let ran = sandbox.backtest(&format!("{other} --stop-loss 1% --detail 12h")).ran();
    ran.failed(&["there are no 12h bars of OTHER", "without --detail"]);
}

#[test]
fn entries_wait_for_the_prices_that_the_docs_work_out() {
    let sandbox = sandbox();
    for (options, day, price, exit_day, exit, reason) in [
        ("--entry-limit 1%", "2024-01-05", 121.0 * 0.99, "2024-01-06", 98.0, "rule"),
        ("--entry-limit 1% --stop-loss 5%", "2024-01-05", 121.0 * 0.99, "2024-01-05", 121.0 * 0.99 * 0.95, "stop"),
        ("--entry-limit 1% --take-profit 1%", "2024-01-05", 121.0 * 0.99, "2024-01-06", 98.0, "rule"),
        ("--entry-stop 1%", "2024-01-03", 110.0, "2024-01-06", 98.0, "rule"),
        ("--entry-stop 5%", "2024-01-03", 110.25, "2024-01-06", 98.0, "rule"),
        ("--entry-stop 5% --take-profit 1%", "2024-01-03", 110.25, "2024-01-03", 110.25 * 1.01, "target"),
        ("--entry-stop 5% --take-profit 1% --stop-loss 1%", "2024-01-03", 110.25, "2024-01-03", 110.25 * 0.99, "stop"),
        ("--entry-stop 5% --slippage 0.001", "2024-01-03", 110.25 * 1.001, "2024-01-06", 98.0 * 0.999, "rule"),
        ("--entry-limit 1% --slippage 0.001", "2024-01-05", 121.0 * 0.99, "2024-01-06", 98.0 * 0.999, "rule"),
        ("--entry-limit 9% --fill close", "2024-01-05", 121.0 * 0.91, "2024-01-05", 99.0, "rule"),
        ("-p entry_limit_distance=2", "2024-01-05", 119.0, "2024-01-06", 98.0, "rule"),
        ("-p entry_stop_distance=5", "2024-01-03", 110.0, "2024-01-06", 98.0, "rule"),
    ] {
        let document = run(&sandbox, options);
        let first = &document["trades"][0];
        assert!(near(&first["entry_price"], price) && near(&first["exit_price"], exit), "{options}: {first}");
        assert!(first["entry_time"].as_str().unwrap().starts_with(day), "{options}: {first}");
        assert!(first["exit_time"].as_str().unwrap().starts_with(exit_day), "{options}: {first}");
        assert_eq!(first["exit_reason"], reason, "{options}");
    }
    let waited = run(&sandbox, "--entry-limit 1%");
    assert_eq!(waited["metrics"]["unfilled"], 2, "the orders of Jan 2 and Jan 3: {waited}");
    // Four bars are enough for the order of Jan 2, were it not replaced by the next signal.
    let long = run(&sandbox, "--entry-limit 6% --entry-valid 4");
    assert!(long["trades"][0]["entry_time"].as_str().unwrap().starts_with("2024-01-05"), "{long}");
    let short = run(&sandbox, "--entry-limit 1% --direction short");
    // Jan 5 orders a short sale at 99.99; Jan 6 has a high of 100.
    assert!(near(&short["trades"][0]["entry_price"], 99.0 * 1.01), "{short}");
}

#[test]
fn a_limit_order_pays_the_fee_of_makers_or_receives_their_rebate() {
    let sandbox = sandbox();
    let size = |options: &str| run(&sandbox, options)["trades"][0]["size"].as_f64().unwrap();
    let price = 121.0 * 0.99;
    assert!((size("--entry-limit 1%") - 11110.0 / (price * 1.01)).abs() < 1e-9);
    assert!((size("--entry-limit 1% --maker-fee 0.002") - 11110.0 / (price * 1.002)).abs() < 1e-9);
    assert!((size("--entry-limit 1% --maker-fee -0.01%") - 11110.0 / (price * 0.9999)).abs() < 1e-9);
    let rebate = format!("{} --entry-limit 1% --maker-fee -0.01%", RUN.replace("--fee 0.01", "--fee -0.005"));
    let rebate = sandbox.backtest(&rebate).ran().done().json();
    assert!(rebate["metrics"]["fees_paid"].as_f64().unwrap() < 0.0, "{rebate}");
    assert_eq!(rebate["settings"]["maker_fee"], -0.0001);
    let key = |options: &str| run(&sandbox, options)["key"].clone();
    assert_ne!(key("--entry-limit 1%"), key("--entry-limit 1% --maker-fee 0.002"));
    sandbox.backtest(&format!("{RUN} --maker-fee -2%")).ran().refused(&["--maker-fee '-2%'", "from -0.01"]);
    sandbox.backtest(&RUN.replace("--fee 0.01", "--fee -2%")).ran().refused(&["--fee '-2%'", "from -0.01"]);
    let by_variable = sandbox.backtest(&format!("{RUN} --entry-limit 1%")).env("BACKTEST_MAKER_FEE", "0.002").ran();
    assert_eq!(by_variable.done().json()["settings"]["maker_fee"], 0.002);
}

#[test]
fn entry_orders_stand_in_strategy_files_and_are_axes_of_a_sweep() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let file = |order: &str| {
        format!(
            "name = \"mine\"\n[params]\nreach = 1\n[rules]\nentry = \"crosses_above(close, sma(close, 20))\"\n\
             exit = \"crosses_below(close, sma(close, 20))\"\n[entry_order]\n{order}\n"
        )
    };
    sandbox.write("mine.toml", file("limit_distance = \"reach * atr(14)\"\nvalid = 6"));
    let words = "--crypto BTC --strategy ./mine.toml --no-cache --format json";
    let far = sandbox.backtest(&format!("run {words} -p reach=40")).ran().done().json();
    assert_eq!(far["metrics"]["trades"], 0);
    assert!(far["metrics"]["unfilled"].as_f64().unwrap() > 0.0, "{far}");
    let swept = sandbox.backtest(&format!("sweep {words} -p reach=0.1,0.5 --entry-valid 1,5")).ran().done().json();
    for point in swept["results"].as_array().unwrap() {
        let (reach, valid) = (&point["params"]["reach"], &point["params"]["entry_valid"]);
        let run = format!("run {words} -p reach={reach} --entry-valid {valid}");
        let run = sandbox.backtest(&run).ran().done().json();
        assert_eq!(run["key"], point["key"]);
        assert!(agree(&point["metrics"], &run["metrics"]), "{point} {run}");
    }
    for (order, says) in [
        ("limit = 0.01\nstop = 0.01", "say the same in two ways"),
        ("valid = 5", "`entry_valid` needs a limit or a stop"),
        ("limit = \"atr(14)\"\nvalid = \"reach\"", "a distance in price is `limit_distance`"),
        ("limit = 0.01\nvalid = 0.5", "a whole number from 1"),
        ("limit = 0.01\nstop_loss = 0.1", "did you mean `stop_loss` in [exits]?"),
        ("limt = 0.01", "did you mean `limit`?"),
    ] {
        sandbox.write("mine.toml", file(order));
        sandbox.backtest("strategies check mine.toml").ran().refused(&[says]);
    }
}

/// Rates of three times a day, from Jan 1 until the end of Jan 7, but for those that `gap` names.
fn rates(gap: &str) -> String {
    let day = |day: u32| ["00", "08", "16"].map(|hour| format!("2024-01-{day:02}T{hour}:00:00Z,0.0001\n"));
    let rows: Vec<String> = (1..8).flat_map(day).filter(|row| gap.is_empty() || !row.starts_with(gap)).collect();
    format!("timestamp,rate\n{}", rows.concat())
}

#[test]
fn funding_rates_of_a_file_are_paid_each_at_its_time() {
    let sandbox = sandbox();
    sandbox.write("data/funding/TOY.csv", rates(""));
    let (constant, file) = (run(&sandbox, "--funding 0.01%"), run(&sandbox, "--funding file"));
    let paid = 100.0 * 0.0003 * (120.0 + 121.0 + 98.0);
    assert!(near(&file["metrics"]["funding"], paid) && near(&constant["metrics"]["funding"], paid), "{file}");
    assert_eq!(file["settings"]["funding"], "file");
    assert_ne!(file["key"], constant["key"]);
    sandbox.write(
        "data/funding/TOY.csv",
        rates("").replace("2024-01-04T08:00:00Z,0.0001", "2024-01-04T08:00:00Z,-0.0004"),
    );
    let other = run(&sandbox, "--funding file");
    assert!(near(&other["metrics"]["funding"], paid - 100.0 * 0.0005 * 120.0), "{other}");
    assert_ne!(file["key"], other["key"]);
    // A strategy may say so itself, and a swept grid pays what a run does.
    sandbox.write("own.toml", format!("{STRATEGY}[size]\nfunding_rate = \"file\"\n"));
    let own = RUN.replace("toy.toml", "own.toml");
    assert_eq!(sandbox.backtest(&own).ran().done().json()["metrics"], other["metrics"]);
    let sweep = "sweep --crypto TOY --strategy ./toy.toml --capital 11110 --fee 0.01 --no-cache --format json --funding file --max-bars 1,50";
    let sweep = sandbox.backtest(sweep).ran().done().json();
    let long = sweep["results"].as_array().unwrap().iter().find(|row| row["params"]["max_bars"] == 50).unwrap();
    assert_eq!(long["metrics"]["funding"], other["metrics"]["funding"]);
}

#[test]
fn funding_rates_with_a_gap_in_the_range_are_refused() {
    let sandbox = sandbox();
    let ran = |options: &str| sandbox.backtest(&format!("{RUN} --funding file {options}")).ran();
    ran("").failed(&["there are no funding rates of 'TOY'", "data fetch --exchange binance --crypto BTC --funding"]);
    sandbox.write("data/funding/TOY.csv", rates("2024-01-02"));
    ran("").failed(&[
        "no rate between 2024-01-01T16:00:00Z and 2024-01-03",
        "data fetch --exchange binance --crypto BTC --funding",
    ]);
    ran("--from 2024-01-03").done();
}
