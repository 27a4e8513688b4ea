//! What results are measured against: `--benchmark`, `--risk-free`; and in which parts: `--breakdown`.

use serde_json::Value;

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy ma --param fast=5 --param slow=20 --format json";

fn metrics(sandbox: &Sandbox, options: &str) -> Value {
    sandbox.backtest(&format!("{RUN} {options}")).ran().done().json()["metrics"].clone()
}

fn number(metrics: &Value, name: &str) -> f64 {
    metrics[name].as_f64().unwrap_or_else(|| panic!("{name} in {metrics}"))
}

#[test]
fn a_benchmark_changes_what_compares_with_it_and_nothing_else() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let (own, other) = (metrics(&sandbox, ""), metrics(&sandbox, "--benchmark ETH"));
    for (name, value) in own.as_object().unwrap() {
        let compares = ["beta", "alpha", "information_ratio", "tracking_error"].contains(&name.as_str());
        assert_eq!(other[name] == *value, !compares, "{name}: {value} and {}", other[name]);
    }
    assert_eq!(metrics(&sandbox, "--benchmark BTC"), own, "the asset itself is the default");
    let document = sandbox.backtest(&format!("{RUN} --benchmark eth")).ran().done().json();
    assert_eq!(document["settings"]["benchmark"], "ETHUSDT");
}

#[test]
fn holding_the_benchmark_has_a_beta_of_1_and_no_tracking_error() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("hold.toml", "name = \"hold\"\n[rules]\nentry = \"close > 0\"\nexit = \"close < 0\"\n");
    let run = "run --crypto BTC --strategy ./hold.toml --fill close --fee 0 --format json";
    let held = sandbox.backtest(run).ran().done().json()["metrics"].clone();
    assert!((number(&held, "beta") - 1.0).abs() < 1e-12, "{held}");
    assert!(number(&held, "alpha").abs() < 1e-9, "{held}");
    assert_eq!((number(&held, "tracking_error").to_bits(), &held["information_ratio"]), (0, &Value::Null));
    for name in ["volatility", "sharpe", "max_drawdown"] {
        let (own, market) = (number(&held, name), number(&held, &format!("buy_hold_{name}")));
        assert!((own - market).abs() < 1e-9 * own.abs(), "{name}: {own} and {market}");
    }
}

#[test]
fn a_risk_free_rate_lowers_ratios_and_leaves_equity_and_trades_alone() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let (without, with) = (metrics(&sandbox, ""), metrics(&sandbox, "--risk-free 4%"));
    for name in ["sharpe", "sortino", "omega", "buy_hold_sharpe"] {
        assert!(number(&with, name) < number(&without, name), "{name}");
    }
    let volatility = number(&with, "volatility") / number(&without, "volatility") - 1.0;
    assert!(volatility.abs() < 1e-12, "{volatility}");
    for name in ["total_return", "max_drawdown", "beta", "skew", "value_at_risk", "expectancy", "turnover"] {
        assert_eq!(with[name], without[name], "{name}");
    }
    assert_eq!(metrics(&sandbox, "--risk-free 0.04"), with);
    assert_eq!(metrics(&sandbox, "--risk-free 0"), without);
}

#[test]
fn a_sweep_has_the_figures_of_runs_when_it_is_asked_for_them_and_no_column_when_it_is_not() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let sweep = "sweep --crypto BTC --strategy ma --param fast=5,8 --param slow=20,30 --format json --benchmark ETH --risk-free 3%";
    let plain = sandbox.backtest(sweep).ran().done().json();
    let first = plain["results"][0]["metrics"].as_object().unwrap();
    assert!(first.contains_key("kelly") && !first.contains_key("beta"), "{first:?}");
    for option in ["--sort ulcer_index", "--sort beta", "--where turnover>0"] {
        let asked = sandbox.backtest(&format!("{sweep} {option}")).ran().done().json();
        for result in asked["results"].as_array().unwrap() {
            let values = |name: &str| result["params"][name].as_f64().unwrap();
            let run = format!(
                "--param fast={} --param slow={} --benchmark ETH --risk-free 3%",
                values("fast"),
                values("slow")
            );
            let run =
                sandbox.backtest(&format!("run --crypto BTC --strategy ma --format json {run}")).ran().done().json();
            let asked = result["metrics"].as_object().unwrap();
            assert!(asked.contains_key("beta") && !asked.contains_key("tail_ratio"), "{asked:?}");
            for (name, value) in asked {
                assert_eq!(run["metrics"][name], *value, "{option}: {name}");
            }
            assert_eq!(run["key"], result["key"]);
        }
    }
    for option in ["--sort value_at_risk", "--where tail_ratio>1"] {
        let refused = sandbox.backtest(&format!("{sweep} {option}")).ran();
        refused.refused(&[option.split(' ').next().unwrap(), "which a sweep does not keep", "ulcer_index"]);
    }
}

#[test]
fn a_file_of_a_sweep_has_the_columns_that_were_worked_out_and_reads_back() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let sweep = "sweep --crypto BTC --strategy ma --param fast=5,8 --param slow=20,30";
    sandbox.backtest(&format!("{sweep} --out plain.csv")).ran().done_quietly();
    sandbox.backtest(&format!("{sweep} --sort alpha --out asked.csv")).ran().done_quietly();
    let header = |name: &str| sandbox.read(name).lines().next().unwrap().to_owned();
    assert!(header("plain.csv").contains(",kelly,recovery_factor,start,"), "{}", header("plain.csv"));
    assert!(header("asked.csv").contains(",max_losses,start,"), "{}", header("asked.csv"));
    for option in ["", "--sort alpha"] {
        sandbox.backtest(&format!("{sweep} {option} --out sweep.parquet")).ran().done_quietly();
        sandbox.backtest("report sweep.parquet --out sweep.html").ran();
        assert!(sandbox.read("sweep.html").contains("Recovery factor"));
    }
}

#[test]
fn a_hit_has_the_bits_of_a_recompute_whatever_it_is_measured_against() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let server = RedisServer::start(&[]);
    let mut keys = Vec::new();
    for options in ["", "--benchmark ETH", "--risk-free 5%", "--benchmark ETH --risk-free 5%"] {
        let run = || sandbox.backtest(&format!("{RUN} {options}")).redis(&server).ran();
        let (first, second) = (run(), run());
        assert_eq!((&first.json()["cache"], &second.json()["cache"]), (&"miss".into(), &"hit".into()), "{options}");
        assert_eq!(first.data(), second.data(), "{options}");
        keys.push(first.json()["key"].to_string());
    }
    let verified =
        "cache verify --crypto BTC --strategy ma --param fast=5 --param slow=20 --benchmark ETH --risk-free 5%";
    sandbox.backtest(verified).redis(&server).ran().done_quietly();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
    sandbox
        .backtest("cache verify --crypto BTC --strategy ma --param fast=5 --param slow=20")
        .redis(&server)
        .ran()
        .done_quietly();
}

#[test]
fn a_benchmark_without_candles_in_the_range_is_refused_and_one_with_some_is_remarked() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let rows = |days: std::ops::Range<u32>, year: u32| {
        let rows = days.map(|day| format!("{year}-01-{day:02},{0},{0},{0},{0},1\n", 100 + day % 7));
        "timestamp,open,high,low,close,volume\n".to_owned() + &rows.collect::<String>()
    };
    let start = sandbox.backtest("run --crypto BTC --strategy rsi --format json").ran().done().json()["start"].clone();
    let year: u32 = start.as_str().unwrap()[..4].parse().unwrap();
    sandbox.write("data/1d/OLDUSDT.csv", rows(1..20, 1999));
    sandbox.write("data/1d/PARTUSDT.csv", rows(10..30, year + 1));
    let run = |name: &str| sandbox.backtest(&format!("{RUN} --benchmark {name}")).ran();
    run("OLD").failed(&["BTCUSDT: the benchmark OLDUSDT has no candles while these have", "--benchmark"]);
    run("PART").says(&["note: the candles of the benchmark PARTUSDT are from", "are of these bars"]);
    // A result that is saved is found again, though its range is then that of its own bars.
    sandbox.write("data/1d/LONGUSDT.csv", candles_around(&sandbox.read("data/1d/BTCUSDT.csv")));
    sandbox.backtest(&format!("{RUN} --benchmark LONG --out long.json")).ran().done();
    let report = sandbox.backtest("report long.json --out long.html").ran().done();
    assert_eq!(report.stderr, "note: wrote long.html\n");
    assert!(sandbox.read("long.html").contains("--benchmark LONGUSDT"));
    run("XYZ").refused(&["error: --benchmark: 'XYZ' is not among the candles"]);
    run("*USDT").refused(&["--benchmark", "it takes one"]);
}

/// The same candles, and some before and after them.
fn candles_around(csv: &str) -> String {
    let (header, rows) = csv.split_once('\n').unwrap();
    let times: Vec<i64> = rows.lines().map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    let (first, last, day) = (times[0], times[times.len() - 1], times[1] - times[0]);
    let one = |time: i64| format!("{time},50,50,50,50,1\n");
    let before: String = (1..20).rev().map(|days| one(first - days * day)).collect();
    let after: String = (1..20).map(|days| one(last + days * day)).collect();
    format!("{header}\n{before}{}\n{after}", rows.trim_end())
}

#[test]
fn rates_that_are_none_and_words_of_other_tools_are_refused_with_what_to_write() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for (options, words) in [
        ("--risk-free 4", ["--risk-free", "from -0.1 to 1; 4 % is written 0.04 or 4%"]),
        ("--risk-free -20%", ["--risk-free", "from -0.1 to 1"]),
        ("--risk-free tbill", ["--risk-free", "is not a rate per year"]),
        ("--rf 0.04", ["--rf", "the option is --risk-free 0.04"]),
        ("--risk-free-rate 0.04", ["--risk-free-rate", "the option is --risk-free 0.04"]),
        ("--bench ETH", ["--bench", "the option is --benchmark ETH"]),
        ("--breakdown monthly", ["--breakdown", "did you mean 'month'?"]),
        ("--breakdown day", ["--breakdown", "did you mean 'weekday'?"]),
        ("--breakdown xyz", ["--breakdown", "must be month, year, weekday, hour or exit_reason"]),
        ("--breakdown hour", ["--breakdown", "does not tell bars of 1d apart"]),
        ("--breakdown month --against rsi", ["--against", "--breakdown"]),
    ] {
        sandbox.backtest(&format!("run --crypto BTC --strategy ma {options}")).ran().refused(&words);
    }
}

#[test]
fn the_parts_of_a_result_come_to_the_whole_in_every_output() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let options = "--breakdown month,weekday,exit-reason";
    let document = sandbox.backtest(&format!("{RUN} {options}")).ran().done().json();
    let metrics = &document["metrics"];
    let parts = |by: &str| document["breakdown"][by].as_array().unwrap().clone();
    for by in ["month", "weekday"] {
        let growth: f64 = parts(by).iter().map(|part| 1.0 + part["return"].as_f64().unwrap()).product();
        assert!((growth - 1.0 - number(metrics, "total_return")).abs() < 1e-9, "{by}: {growth}");
        let trades: u64 = parts(by).iter().map(|part| part["trades"].as_u64().unwrap()).sum();
        assert_eq!(Some(trades), metrics["trades"].as_u64(), "{by}");
    }
    let profit: f64 = parts("exit_reason").iter().map(|part| part["profit"].as_f64().unwrap()).sum();
    let gained = number(metrics, "final_equity") - 10_000.0;
    assert!((profit - gained).abs() < 1e-6, "{profit} and {gained}");
    assert_eq!(parts("weekday").len(), 7);
    assert_eq!(parts("weekday")[0]["part"], "Monday");

    let run = RUN.replace(" --format json", "");
    let table = sandbox.backtest(&format!("{run} {options}")).ran();
    assert!(["Month", "Weekday", "Exit reason", "Monday"].iter().all(|word| table.stdout.contains(word)), "{table:#?}");
    let csv = sandbox.backtest(&format!("{run} {options} --format csv")).ran();
    assert!(csv.stdout.starts_with("by,part,return,trades,win_rate,profit\nmonth,"), "{}", csv.stdout);
    assert!(csv.stdout.contains("\nexit_reason,rule,"), "{}", csv.stdout);
    sandbox.backtest(&format!("{run} {options} --report run.html")).ran();
    assert!(sandbox.read("run.html").contains("\"breakdowns\":[{\"by\":\"month\",\"parts\":[["));
}
