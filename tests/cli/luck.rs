//! How much of a result may be luck: `run --monte-carlo`, the lines below a sweep, `strategies prove`.

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::own_strategies::MINE;

/// The sample candles of the repository.
const SAMPLE: &str = concat!("--data-dir ", env!("CARGO_MANIFEST_DIR"), "/data");

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/validation.json")).expect("JSON")
}

#[track_caller]
fn near(value: &Value, wanted: &Value) {
    let (value, wanted) = (value.as_f64().expect("a number"), wanted.as_f64().expect("a number"));
    assert!((value - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{value} is not {wanted}");
}

#[test]
fn a_run_says_how_sure_its_sharpe_ratio_is_and_how_shifted_positions_do() {
    let sandbox = Sandbox::empty();
    for sweep in golden()["sweeps"].as_array().expect("a list") {
        let (symbol, fast, slow) = (sweep["symbol"].as_str().unwrap(), &sweep["best"][0], &sweep["best"][1]);
        let words = format!(
            "run {SAMPLE} --crypto {symbol} --strategy ma --param fast={fast} --param slow={slow} --format json --monte-carlo 20"
        );
        let document = sandbox.backtest(&words).ran().done().json();
        near(&document["honesty"]["psr"], &sweep["psr"]);
        near(&document["honesty"]["min_trl_bars"], &sweep["min_trl_bars"]);
        near(&document["monte_carlo"]["random_entry"]["p"], &sweep["random_entry"]);
        assert_eq!(document["monte_carlo"]["random_entry"]["shifts"], sweep["bars"]);
    }
}

#[test]
fn resampling_depends_on_its_seed_and_on_no_thread() {
    let sandbox = Sandbox::empty();
    let run = |more: &str| {
        let words =
            format!("run {SAMPLE} --crypto BTC --strategy rsi --param period=5 --format json --monte-carlo 200 {more}");
        sandbox.backtest(&words).ran().done().json()["monte_carlo"].clone()
    };
    let one = run("--threads 1");
    assert_eq!(one, run("--threads 5 --seed 1"));
    assert_ne!(one["bootstrap"], run("--seed 2")["bootstrap"]);
    assert_eq!((&one["repetitions"], &one["seed"]), (&200.into(), &1.into()));
    let drawdown = &one["trade_shuffle"]["max_drawdown"];
    let deep = |name: &str| drawdown[name].as_f64().expect("a number");
    assert!(deep("p99") <= deep("p95") && deep("p95") <= deep("p50") && deep("p50") < 0.0, "{drawdown}");
}

#[test]
fn the_card_of_a_run_and_its_page_say_what_resampling_found() {
    let sandbox = Sandbox::empty();
    let words =
        format!("run {SAMPLE} --crypto BTC --strategy rsi --param period=5 --monte-carlo 50 --report page.html");
    let ran = sandbox.backtest(&words).ran().done();
    let table = ran.data();
    for line in ["PSR 0.", "Bars drawn anew", "Trades in another order", "Random entries: ", "50 repetitions, seed 1"] {
        assert!(table.contains(line), "{line} in {table}");
    }
    let page = sandbox.read("page.html");
    assert!(page.contains("Bars drawn anew 50 times") && page.contains("Random entries: "));
}

#[test]
fn fewer_than_ten_trades_are_not_shuffled_and_fewer_than_thirty_bars_are_not_resampled() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let run = |more: &str| sandbox.backtest(&format!("run --crypto BTC --strategy rsi --monte-carlo 10 {more}")).ran();
    let ran = run("");
    let ran = ran.done();
    assert!(ran.data().contains("at least 10 closed trades"), "{}", ran.data());
    run("--to 2022-01-21").failed(&["at least 30 bars", "there are 20", "--from and --to"]);
    run("--monte-carlo 0").refused(&["--monte-carlo"]);
    let alone = sandbox.backtest("run --crypto BTC --strategy rsi --seed 3").ran();
    alone.refused(&["--monte-carlo"]);
}

#[test]
fn no_strategy_looks_ahead_and_each_says_how_long_its_indicators_take_to_settle() {
    let sandbox = Sandbox::empty();
    sandbox.write("mine.toml", MINE);
    for strategy in ["mine.toml", "rsi", "donchian"] {
        for more in ["", "--direction both --fill close", "--stop-loss 3%"] {
            let words = format!("strategies prove {strategy} {SAMPLE} --crypto BTC {more}");
            let ran = sandbox.backtest(&words).ran().done();
            assert!(ran.data().starts_with("20 cuts: trades and equity"), "{}", ran.data());
        }
    }
    let words = format!("strategies prove rsi {SAMPLE} --crypto BTC --format json");
    let proof = sandbox.backtest(&words).ran().done().json();
    assert_eq!((&proof["looks_ahead"], &proof["difference"]), (&false.into(), &Value::Null));
    assert_eq!(proof["cuts"].as_array().map(Vec::len), Some(20));
    let rsi = &proof["indicators"][0];
    assert_eq!(rsi["name"], "rsi(close, 14)");
    let moved: Vec<f64> = (0..4).map(|at| rsi["started"][at]["moved"].as_f64().expect("a number")).collect();
    assert!(moved[0] > moved[1] && moved[3] < 1e-12 && moved[0] < 1e-3, "a longer start is nearer: {moved:?}");
    assert_eq!(rsi["started"][4]["moved"], Value::Null, "there are fewer than 2,000 bars");
}
