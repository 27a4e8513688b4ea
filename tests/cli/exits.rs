//! Stops, targets, trailing stops and times: the examples of docs/backtest.md, sweeps over them, and what is refused.

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::toy::{RUN, near, sandbox};

fn trades(sandbox: &Sandbox, options: &str) -> Vec<Value> {
    let ran = sandbox.backtest(&format!("{RUN} {options}")).ran().done();
    ran.json()["trades"].as_array().unwrap().clone()
}

const RUN_MACD: &str = "run --crypto BTC --strategy macd --format json";

#[test]
fn the_examples_of_the_docs_end_where_they_say() {
    let sandbox = sandbox();
    for (options, day, price, reason) in [
        ("", "2024-01-06", 98.0, "rule"),
        ("--take-profit 10%", "2024-01-04", 121.0, "target"),
        ("--take-profit 5%", "2024-01-04", 120.0, "target"),
        ("--stop-loss 1% --take-profit 1%", "2024-01-03", 108.9, "stop"),
        ("--stop-loss 1%", "2024-01-03", 108.9, "stop"),
        ("--stop-loss 1% --fill close", "2024-01-05", 103.95, "stop"),
        ("--trailing-stop 10%", "2024-01-05", 112.5, "trailing"),
        ("--break-even-after 10%", "2024-01-05", 110.0, "break_even"),
        ("--trailing-stop 10% --trailing-after 15%", "2024-01-06", 98.0, "rule"),
        ("--max-bars 2", "2024-01-05", 121.0, "time"),
        ("--stop-loss 1% --slippage 0.001", "2024-01-03", 110.11 * 0.99 * 0.999, "stop"),
        ("--direction both --stop-loss 12%", "2024-01-06", 98.0, "reverse"),
        ("--stop-loss 10%", "2024-01-05", 99.0, "stop"),
    ] {
        let first = &trades(&sandbox, options)[0];
        assert!(near(&first["exit_price"], price), "{options}: {first}");
        assert!(first["exit_time"].as_str().unwrap().starts_with(day), "{options}: {first}");
        assert_eq!(first["exit_reason"], reason, "{options}");
    }
    let trailed = &trades(&sandbox, "--trailing-stop 10%")[0];
    assert!(near(&trailed["mae"], 108.0 / 110.0 - 1.0) && near(&trailed["mfe"], 125.0 / 110.0 - 1.0), "{trailed}");
    let again = trades(&sandbox, "--take-profit 10%");
    assert!(again[1]["entry_time"].as_str().unwrap().starts_with("2024-01-05"), "{again:?}");
    assert_eq!(trades(&sandbox, "--take-profit 10% --cooldown 1").len(), 1);
}

#[test]
fn a_run_counts_trades_by_what_ended_them_and_says_which_the_candles_leave_in_doubt() {
    let ran = sandbox()
        .backtest("run --crypto TOY --strategy ./toy.toml --no-cache --stop-loss 1% --take-profit 1%")
        .ran()
        .done();
    for words in ["Ended by", "stop loss", "2 trades touched stop and target in one bar", "the stop was taken"] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    let plain = sandbox().backtest("run --crypto TOY --strategy ./toy.toml --no-cache").ran().done();
    assert!(!plain.stdout.contains("Ended by"), "{}", plain.stdout);
}

#[test]
fn exits_are_axes_of_a_sweep_whose_points_are_the_runs() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let sweep =
        "sweep --crypto BTC --strategy rsi --no-cache --format json --stop-loss 2%..10%:2% --max-bars 5,20 --top 100";
    let swept = sandbox.backtest(sweep).ran().done().json();
    let results = swept["results"].as_array().unwrap();
    assert_eq!(results.len(), 10);
    for result in results {
        let (stop, bars) = (&result["params"]["stop_loss"], &result["params"]["max_bars"]);
        let run =
            format!("run --crypto BTC --strategy rsi --no-cache --format json --stop-loss {stop} --max-bars {bars}");
        let run = sandbox.backtest(&run).ran().done().json();
        // A sweep works out fewer metrics, the same figures.
        for (name, value) in result["metrics"].as_object().unwrap() {
            assert_eq!(run["metrics"][name], *value, "{stop} {bars} {name}");
        }
        let same =
            format!("run --crypto BTC --strategy rsi --no-cache --format json -p stop_loss={stop} -p max_bars={bars}");
        assert_eq!(sandbox.backtest(&same).ran().done().json()["key"], run["key"]);
    }
    let rows = sandbox.backtest(&format!("{sweep} --format csv").replace("--format json ", "")).ran().done().stdout;
    assert!(rows.lines().next().unwrap().contains(",overbought,stop_loss,max_bars,"), "{rows}");
}

#[test]
fn every_exit_is_part_of_the_key() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let key = |options: &str| {
        let run = format!("run --crypto BTC --strategy ma --no-cache --format json {options}");
        sandbox.backtest(&run).ran().done().json()["key"].as_str().unwrap().to_owned()
    };
    let mut keys = vec![key("")];
    for options in [
        "--stop-loss 0.05",
        "--stop-loss 0.06",
        "--take-profit 0.05",
        "--trailing-stop 0.05",
        "--trailing-stop 0.05 --trailing-after 0.05",
        "--break-even-after 0.05",
        "--max-bars 5",
        "--cooldown 5",
        "-p min_profit=0.05",
        "-p stop_distance=5",
        "-p target_distance=5",
        "-p trailing_distance=5",
    ] {
        let next = key(options);
        assert!(!keys.contains(&next), "{options}");
        keys.push(next);
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_any_work() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |options: &str| sandbox.backtest(&format!("run --crypto BTC --strategy rsi {options}")).ran();
    run("--stop-loss 0").refused(&["--stop-loss 0", "must be a number from 0.000001 to 0.999999"]);
    run("--stop-loss 100%").refused(&["--stop-loss 100%", "not 1"]);
    run("--take-profit -0.1").refused(&["--take-profit -0.1", "from 0.000001"]);
    run("--max-bars 1.5").refused(&["--max-bars 1.5", "a whole number from 1"]);
    run("--stop-loss x").refused(&["--stop-loss x", "is not a number"]);
    run("--stop-loss 1,2%").refused(&["--stop-loss", "% behind each number"]);
    run("--stop-loss 1%,2%").refused(&["--stop-loss", "has several values", "sweep"]);
    run("--trailing-after 0.05").refused(&["`trailing_after` needs a `trailing_stop`"]);
    run("--param sl_stop=0.1").refused(&["sl_stop", "did you mean `stop_loss`?"]);
    run("--tp-stop 0.1").refused(&["--tp-stop", "the option is --take-profit 0.1"]);
    run("--stoploss 0.1").refused(&["--stoploss", "the option is --stop-loss 0.1"]);
}

#[test]
fn a_strategy_may_end_by_its_exits_alone_and_its_distances_may_be_series() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write(
        "mine.toml",
        "name = \"mine\"\n[params]\nreach = 2\n[rules]\nentry = \"crosses_above(close, sma(close, 20))\"\n[exits]\n\
         stop_distance = \"reach * atr(14)\"\ntake_profit = [[0, 0.1], [10, 0.02]]\nmax_bars = 30\n",
    );
    let check = sandbox.backtest("strategies check mine.toml").ran().done().stdout;
    assert!(check.contains("stop_distance: (reach * atr(high, low, close, 14"), "{check}");
    let run = sandbox
        .backtest("run --crypto BTC --strategy ./mine.toml --no-cache --format json --trades")
        .ran()
        .done()
        .json();
    let reasons: Vec<&str> =
        run["trades"].as_array().unwrap().iter().map(|trade| trade["exit_reason"].as_str().unwrap()).collect();
    assert!(reasons.iter().all(|reason| ["stop", "target", "time", "open"].contains(reason)), "{reasons:?}");
    assert!(reasons.contains(&"target"), "{reasons:?}");
    let near = sandbox
        .backtest("run --crypto BTC --strategy ./mine.toml --no-cache --format json --trades -p reach=0.2")
        .ran()
        .done()
        .json();
    assert!(near["trades"].as_array().unwrap().iter().any(|trade| trade["exit_reason"] == "stop"), "{near}");
    let stopped = sandbox
        .backtest("run --crypto BTC --strategy ./mine.toml --no-cache --format json --stop-loss 5%")
        .ran()
        .done()
        .json();
    assert_eq!(stopped["params"]["stop_loss"], 0.05, "in place of the distance");
}

#[test]
fn sizes_are_those_that_the_docs_work_out() {
    let sandbox = sandbox();
    for (options, size) in [
        ("--size 50%", 50.0),
        ("--size 0.5", 50.0),
        ("--size 1111", 10.0),
        ("--size 7BTC", 7.0),
        ("--risk 1% --stop-loss 5%", 0.01 * 11110.0 / 5.5),
        ("--size 50% --lot 3", 48.0),
        ("--leverage 10 --size 500%", 500.0),
        ("--leverage 5 --size 500%", 5.0 * 11110.0 / (110.0 * 1.05)),
        ("--size 300%", 100.0),
    ] {
        let first = &trades(&sandbox, options)[0];
        assert!(near(&first["size"], size), "{options}: {first}");
    }
    assert!(trades(&sandbox, "--size 7BTC --min-notional 1000").is_empty());
    let ran = sandbox.backtest(&format!("{RUN} --size 7BTC --min-notional 1000")).ran().done().json();
    assert_eq!(ran["metrics"]["rejected"], 3, "the entries of three bars");
}

#[test]
fn a_leveraged_position_loses_its_margin_and_no_more() {
    let sandbox = sandbox();
    let ran = sandbox.backtest(&format!("{RUN} --leverage 10 --size 500%")).ran().done().json();
    let trade = &ran["trades"][0];
    assert_eq!(trade["exit_reason"], "liquidation");
    assert!(near(&trade["exit_price"], 110.0 * 0.9 / 0.995), "{trade}");
    // 500 units at 110 with a margin of 5,500 and a fee of 550.
    assert!(near(&trade["pnl"], -6050.0) && near(&ran["metrics"]["final_equity"], 5060.0), "{ran}");
    assert_eq!(ran["metrics"]["liquidations"], 1);
}

#[test]
fn funding_is_paid_on_what_is_carried_over_the_open() {
    let sandbox = sandbox();
    let ran = sandbox.backtest(&format!("{RUN} --funding 0.01%")).ran().done().json();
    // Held from the open of Jan 3 to that of Jan 6: carried over three opens, each with three payments.
    let paid = 100.0 * 0.0003 * (120.0 + 121.0 + 98.0);
    assert!(near(&ran["metrics"]["funding"], paid), "{ran}");
    assert!(near(&ran["trades"][0]["pnl"], -1408.0 - paid), "{ran}");
    let short = sandbox.backtest(&format!("{RUN} --borrow 36.5% --direction short")).ran().done().json();
    assert!(short["metrics"]["borrow"].as_f64().unwrap() > 0.0, "{short}");
}

#[test]
fn sizes_that_make_no_sense_are_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |options: &str| sandbox.backtest(&format!("run --crypto BTC --strategy rsi {options}")).ran();
    run("--risk 1%").refused(&["`risk` needs a stop"]);
    run("--leverage 0.5").refused(&["--leverage 0.5", "from 1 to 1000"]);
    run("--size 0").refused(&["--size 0", "must be a number"]);
    run("--maintenance 0.01").refused(&["`maintenance` needs `leverage`"]);
    run("--size 50% --risk 1%").refused(&["--risk", "--size"]);
    sandbox.write(
        "mine.toml",
        "name = \"mine\"\n[rules]\nentry = \"close > 1\"\nexit = \"close < 1\"\n[size]\nstop_loss = 0.1\n",
    );
    sandbox.backtest("strategies check mine.toml").ran().refused(&["`stop_loss`", "in [exits]"]);
}

#[test]
fn exits_and_sizes_come_from_environment_and_settings_too_and_the_nearer_place_wins() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let key = |call: crate::fixture::Call| call.ran().done().json()["key"].clone();
    let plain = |words: &str| key(sandbox.backtest(&format!("{RUN_MACD} {words}")));
    let with_stop = plain("--stop-loss 5%");
    assert_ne!(with_stop, plain(""));
    let run = |words: &str| sandbox.backtest(&format!("{RUN_MACD} {words}"));
    assert_eq!(key(run("").env("BACKTEST_STOP_LOSS", "5%")), with_stop);
    assert_eq!(key(run("--stop-loss 5%").env("BACKTEST_STOP_LOSS", "1%")), with_stop);
    assert_eq!(key(run("--param stop_loss=0.05").env("BACKTEST_STOP_LOSS", "1%")), with_stop);
    assert_eq!(key(run("").env("BACKTEST_FUNDING", "0.01%")), plain("--funding 0.01%"));
    assert_eq!(key(run("").env("BACKTEST_SIZE", "0.1BTC")), plain("--size 0.1BTC"));
    sandbox.write("backtest.toml", "stop_loss = 0.05\nsize = \"50%\"\nmax_bars = 9\n");
    let set = plain("");
    std::fs::remove_file(sandbox.here().join("backtest.toml")).expect("it is there");
    assert_eq!(set, plain("--stop-loss 5% --size 50% --max-bars 9"));
    // What says the same in another way gives way as well.
    sandbox.write("backtest.toml", "stop_loss = 0.05\nsize = \"50%\"\n");
    let by_risk = [plain("--risk 1%"), key(run("").env("BACKTEST_RISK", "1%"))];
    let bare = plain("--no-default-exits");
    let compared = sandbox.backtest("run --crypto BTC --strategy macd --against rsi --format json").ran().done().json();
    std::fs::remove_file(sandbox.here().join("backtest.toml")).expect("it is there");
    let expected = plain("--stop-loss 5% --risk 1%");
    assert_eq!(by_risk, [expected.clone(), expected]);
    assert_eq!(bare, plain(""));
    assert_eq!(compared["results"][1]["params"]["stop_loss"], 0.05, "of all that are compared");
    for (line, says) in [
        ("stop_loss = 5", "stop_loss in backtest.toml 5: must be a number from"),
        ("cooldown = \"x\"", "cooldown in backtest.toml x"),
        ("risk = 0.01", "`risk` needs a stop"),
    ] {
        sandbox.write("backtest.toml", line);
        run("").ran().refused(&[says]);
    }
}
