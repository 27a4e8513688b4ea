//! How much of a result may be luck: `run --monte-carlo`, the lines below a sweep, `strategies prove`.

use serde_json::Value;

use crate::common::redis_server::RedisServer;
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

/// The grid of the golden figures.
const GRID: &str = "--strategy ma --param fast=5..50:5 --param slow=60..200:20";

#[test]
fn the_lines_below_a_sweep_are_those_that_other_programs_compute() {
    let sandbox = Sandbox::empty();
    for sweep in golden()["sweeps"].as_array().expect("a list") {
        let words = format!("sweep {SAMPLE} --crypto {} {GRID} --format json", sweep["symbol"].as_str().unwrap());
        let document = sandbox.backtest(&words).ran().done().json();
        let honesty = &document["summary"]["honesty"];
        let names: Vec<&String> = honesty.as_object().expect("an object").keys().collect();
        let wanted = [
            "trials",
            "trials_team",
            "dsr",
            "psr",
            "min_trl_bars",
            "pbo",
            "pbo_splits",
            "slope",
            "p_oos_loss",
            "plateau",
            "random_picker_p",
        ];
        assert_eq!(names, wanted);
        for name in ["trials", "dsr", "psr", "min_trl_bars", "plateau"] {
            near(&honesty[name], &sweep[name]);
        }
        let cscv = &sweep["cscv"]["8"];
        for (name, other) in [
            ("pbo", "pbo"),
            ("pbo_splits", "splits"),
            ("slope", "slope"),
            ("p_oos_loss", "loss"),
            ("random_picker_p", "random_picker"),
        ] {
            near(&honesty[name], &cscv[other]);
        }
        let four = sandbox.backtest(&format!("{words} --pbo-blocks 4")).ran().done().json();
        near(&four["summary"]["honesty"]["pbo"], &sweep["cscv"]["4"]["pbo"]);
        assert_eq!(document["results"][0]["params"]["fast"], sweep["best"][0]);
        assert!(honesty["trials_team"].is_null(), "no store counts");
    }
}

#[test]
fn a_sweep_says_in_three_lines_how_much_of_its_best_may_be_luck_unless_that_is_not_wanted() {
    let sandbox = Sandbox::empty();
    let sweep =
        |more: &str| sandbox.backtest(&format!("sweep {SAMPLE} --crypto BTC {GRID} {more}")).ran().done().data();
    let with = sweep("--report page.html --out grid.parquet");
    let lines: Vec<&str> = with.lines().rev().take(3).collect();
    assert!(lines[2].starts_with("DSR 0.92 over 80 trials: "), "{with}");
    assert!(lines[1].starts_with("PBO 0.69 (S=8): the in-sample winner falls below the median out of sample in 69 % "));
    assert_eq!(lines[0], "neighbours keep 76 % of the Sharpe ratio");
    assert!(sandbox.read("page.html").contains("PBO 0.69 (S=8)"));
    let file = std::fs::read(sandbox.here().join("grid.parquet")).expect("the file is there");
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("\"pbo_splits\":70"), "the file of all rows has it too");
    let without = sweep("--no-honesty");
    assert!(with.starts_with(without.split("in ").next().unwrap()) && !without.contains("DSR"), "{without}");
    let json = sweep("--no-honesty --format json");
    assert!(!json.contains("honesty"), "{json}");
}

#[test]
fn one_combination_is_no_choice_and_few_bars_say_little() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let sweep =
        |more: &str| sandbox.backtest(&format!("sweep --crypto BTC --strategy rsi {more} --min-trades 0")).ran().done();
    let honesty = sweep("--param period=10 --format json").json()["summary"]["honesty"].clone();
    assert_eq!((&honesty["trials"], &honesty["dsr"]), (&1.into(), &honesty["psr"]));
    assert!(honesty["pbo"].is_null() && honesty["plateau"].is_null() && honesty["psr"].is_f64());
    let few = sweep("--param period=2..4 --to 2022-01-21");
    assert!(few.data().contains("say little") && few.data().contains("--from and --to"), "{}", few.data());
    let tiny = sweep("--param period=2..4 --to 2022-01-11");
    assert!(tiny.data().contains("16 bars or more") && tiny.data().contains("--pbo-blocks"), "{}", tiny.data());
    for blocks in ["7", "0", "18", "x"] {
        let words = format!("sweep --crypto BTC --strategy rsi --param period=2..4 --pbo-blocks {blocks}");
        sandbox.backtest(&words).ran().refused(&["even number from 2 to 16"]);
    }
}

#[test]
fn many_assets_are_one_choice_and_threads_change_nothing() {
    let sandbox = Sandbox::empty();
    let sweep = |more: &str| {
        let words = format!("sweep {SAMPLE} --crypto BTC,ETH,SOL {GRID} --format json {more}");
        sandbox.backtest(&words).ran().done().json()
    };
    let one = sweep("--threads 1");
    assert_eq!(one["summary"]["honesty"], sweep("--threads 4")["summary"]["honesty"]);
    assert_eq!(one["summary"]["honesty"]["trials"], 240);
    let symbol = one["summary"]["best"]["symbol"].as_str().expect("a symbol").to_owned();
    let alone = sandbox.backtest(&format!("sweep {SAMPLE} --crypto {symbol} {GRID} --format json")).ran().done().json();
    let (of_all, of_one) = (&one["summary"]["honesty"], &alone["summary"]["honesty"]);
    assert_eq!((&of_all["pbo"], &of_all["psr"]), (&of_one["pbo"], &of_one["psr"]), "of the asset of the best");
    assert!(of_all["dsr"].as_f64() < of_one["dsr"].as_f64(), "three times as many trials");
}

#[test]
fn the_reality_check_is_the_same_each_time_and_needs_bars() {
    let sandbox = Sandbox::empty();
    let sweep = |more: &str| {
        let words = format!("sweep {SAMPLE} --crypto BTC {GRID} --reality-check {more}");
        sandbox.backtest(&words).ran()
    };
    let check = |more: &str| sweep(&format!("--format json {more}")).done().json()["summary"]["reality_check"].clone();
    let found = check("--threads 1");
    assert_eq!(found, check("--threads 3"));
    assert_eq!((&found["points"], &found["segments"], &found["segment_bars"]), (&80.into(), &150.into(), &10.into()));
    let p = |value: &Value| value.as_f64().expect("a number");
    let spa = &found["spa"];
    assert!(p(&spa["lower"]) <= p(&spa["consistent"]) && p(&spa["consistent"]) <= p(&spa["upper"]), "{found}");
    assert!(sweep("").done().data().contains("reality check p = "));
    // Where it cannot be done, everything else is shown still.
    let short = sweep("--from 2024-06-01").failed(&["--reality-check needs at least 320 bars", "--from and --to"]);
    assert!(short.stdout.contains("DSR ") && short.stdout.contains("neighbours keep"), "{short:#?}");
    assert!(!short.stdout.contains("reality check p"), "{short:#?}");
    let json = sweep("--from 2024-06-01 --format json").failed(&["at least 320 bars"]).json();
    assert!(json["summary"]["honesty"]["dsr"].is_number() && json["summary"]["reality_check"].is_null(), "{json}");
}

#[test]
fn with_csv_the_lines_on_luck_are_notes_and_the_rows_are_alone_on_stdout() {
    let sandbox = Sandbox::empty();
    let sweep = |more: &str| sandbox.backtest(&format!("sweep {SAMPLE} --crypto BTC {GRID} --format csv {more}")).ran();
    let ran = sweep("").done().says(&["note: DSR ", "note: PBO ", "note: neighbours keep"]);
    assert!(ran.stdout.lines().all(|line| line.starts_with("symbol,") || line.starts_with("BTCUSDT,")), "{ran:#?}");
    assert!(!sweep("--no-honesty").done().stderr.contains("DSR"));
    assert!(!sweep("--quiet").done().stderr.contains("DSR"));
}

#[test]
fn the_team_s_trials_are_counted_once_each_however_often_and_by_whom() {
    let sandbox = Sandbox::empty();
    let sweep = |more: &str| {
        let words = format!("sweep {SAMPLE} --crypto BTC --cache-timeout 20s {more}");
        sandbox.backtest(&words).cache_url("file:trials.cache").ran().done()
    };
    let team = |more: &str| sweep(&format!("{more} --format json")).json()["summary"]["honesty"]["trials_team"].clone();
    assert_eq!(team(GRID), 80);
    assert_eq!(team(GRID), 80, "the same points again");
    assert_eq!(
        team("--strategy ma --param fast=5..60:5 --param slow=60..200:20"),
        95,
        "two more rows of the grid, of which a point is skipped"
    );
    assert_eq!(team(&format!("{GRID} --fee 0.002")), 175, "other costs are other trials");
    assert_eq!(team("--strategy rsi --param period=7..20"), 189);
    let table = sweep("--strategy rsi --param period=7..20").stdout;
    assert!(table.contains("over 14 trials here, 189 by everyone on this data"), "{table}");
    sandbox.backtest("cache clear --yes").cache_url("file:trials.cache").ran().done();
    assert_eq!(team(GRID), 80, "clearing the cache clears the count");
}

#[test]
fn redis_counts_the_trials_of_everyone_and_one_that_fails_leaves_the_sweep_its_own() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::empty());
    let sweep = |more: &str| sandbox.backtest(&format!("sweep {SAMPLE} --crypto BTC {more} --format json"));
    let team = |more: &str| {
        let ran = sweep(&format!("{more} --cache-timeout 20s")).redis(&server).ran().done();
        ran.json()["summary"]["honesty"]["trials_team"].as_u64().expect("a number")
    };
    for (more, wanted) in
        [(GRID, 80), (GRID, 80), ("--strategy ema_cross --param fast=5..44 --param slow=60..159", 4_080)]
    {
        assert!(team(more).abs_diff(wanted) * 50 <= wanted, "{wanted}");
    }
    let name = server.keys().into_iter().find(|key| key.starts_with("backtest:v2:trials:")).expect("a key");
    let ttl: i64 = server.command(&["TTL", &name]).trim().trim_start_matches(':').parse().expect("a number");
    assert!(ttl > 360 * 86_400, "{ttl}");
    server.command(&["SET", &name, "something else"]);
    let ran = sweep(GRID).redis(&server).ran().done();
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    assert!(ran.json()["summary"]["honesty"]["trials_team"].is_null());
    assert_eq!(ran.json()["summary"]["honesty"]["trials"], 80);
}
