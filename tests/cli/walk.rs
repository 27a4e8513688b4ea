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
    let rank = windows[1]["rank"].as_u64().unwrap();
    assert!((1..=9).contains(&rank));
}

#[test]
fn windows_have_the_metrics_of_the_equity_that_a_run_writes_for_their_bars() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let json = sandbox.backtest(&format!("{WALK} --year 365 --format json")).ran().done().json();
    let windows = json["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 5);
    for (at, window) in windows.iter().enumerate() {
        let of = |name: &str| window[name].as_f64();
        let run = "run --crypto BTC --strategy ma --format json --equity-out equity.csv --year 365";
        let params = format!("--param fast={} --param slow={}", window["fast"], window["slow"]);
        sandbox.backtest(&format!("{run} {params}")).ran().done();
        let file = sandbox.read("equity.csv");
        let values = file.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap());
        // The equity before each bar comes first: before the first bar it is the capital.
        let equity: Vec<f64> = [10_000.0].into_iter().chain(values).collect();
        let start = 60 * at;
        for (bars, metric, total) in [
            (start..start + 150, "in_sample", "return_in_sample"),
            (start + 150..(start + 210).min(400), "out_of_sample", "return_out_of_sample"),
        ] {
            let equity = &equity[bars.start..=bars.end];
            let expected = equity[bars.len()] / equity[0] - 1.0;
            assert!((of(total).unwrap() - expected).abs() < 1e-9, "{total} of window {at}: {expected}");
            let returns: Vec<f64> = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
            let count = f64::from(u32::try_from(bars.len()).expect("few bars"));
            let mean = returns.iter().sum::<f64>() / count;
            let variance = returns.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
            let sharpe = (variance > 1e-18).then(|| mean / variance.sqrt() * 365_f64.sqrt());
            match (of(metric), sharpe) {
                (Some(found), Some(sharpe)) => assert!((found - sharpe).abs() < 1e-9, "{found} {sharpe}"),
                (found, sharpe) => assert_eq!(found, sharpe, "{metric} of window {at}"),
            }
        }
    }
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
        ("--strategy ma,nope", &["nope"]),
        ("--random 0", &["--random is 0"]),
        ("--cpcv 6", &["--cpcv '6' must be two numbers", "6,2"]),
        ("--cpcv 6,6", &["--cpcv '6,6' must be two groups or more"]),
        ("--cpcv 20,10", &["at most 1,000 ways"]),
        ("--cpcv 6,2 --train 150b --test 60b", &["cannot be used with"]),
        ("--cpcv 6,2 --gap 1mo", &["--gap '1mo' must be of a fixed length"]),
        ("--cpcv 6,2 --chart", &["--report draws them all"]),
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

#[test]
fn several_strategies_are_walked_as_one_choice() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let given =
        "walk --crypto BTC -s ma,rsi --param fast=3 --param slow=90 --param period=7,14 --train 150b --test 60b";
    let json = sandbox.backtest(&format!("{given} --format json")).ran().done().json();
    assert_eq!((&json["strategy"], &json["walk"]["points"]), (&Value::from("ma, rsi"), &Value::from(3)));
    let chosen: Vec<&str> =
        json["windows"].as_array().unwrap().iter().map(|window| window["strategy"].as_str().unwrap()).collect();
    assert!(chosen.contains(&"ma") && chosen.contains(&"rsi"), "{chosen:?}");
    for window in json["windows"].as_array().unwrap() {
        let is_ma = window["strategy"] == "ma";
        assert_eq!((window["fast"].is_null(), window["period"].is_null()), (!is_ma, is_ma), "{window}");
        // Each choice is the better one of what each strategy alone chooses.
        let number = window["window"].as_u64().unwrap();
        let alone = ["ma", "rsi"].map(|name| {
            let params = if name == "ma" { "--param fast=3 --param slow=90" } else { "--param period=7,14" };
            let text = format!("walk --crypto BTC -s {name} {params} --train 150b --test 60b --format json");
            let own = sandbox.backtest(&text).ran().done().json();
            own["windows"][usize::try_from(number).unwrap() - 1]["in_sample"].as_f64().unwrap_or(f64::NEG_INFINITY)
        });
        assert_eq!(window["in_sample"].as_f64().map(f64::to_bits), Some(alone[0].max(alone[1]).to_bits()));
    }
    let table = sandbox.backtest(given).ran().done().stdout;
    assert!(table.contains("ma, rsi, walk-forward") && table.contains("rsi 7") | table.contains("rsi 14"), "{table}");
    assert!(table.contains("ma, rsi (period) chosen among 3 points by sharpe"), "what varies: {table}");
}

#[test]
fn a_sampled_grid_is_walked_and_a_dry_run_says_where_the_windows_lie() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let given = "walk --crypto BTC --strategy ma --param fast=3..12 --param slow=20..40 --train 150b --test 60b";
    let walk = |options: &str| sandbox.backtest(&format!("{given} {options} --format json")).ran().done().json();
    let sampled = walk("--random 25 --seed 3");
    assert_eq!(sampled["walk"]["points"], 25);
    assert_eq!(walk("--random 25 --seed 3")["windows"], sampled["windows"]);
    assert_ne!(walk("--random 25 --seed 4")["windows"], sampled["windows"]);
    let dry = sandbox.backtest(&format!("{given} --dry-run")).ran().done().stdout;
    for words in
        ["combinations  210 (210 points on 1 asset)", "windows       5 of 150 bars to choose on and 60 to be tested on"]
    {
        assert!(dry.contains(words), "no '{words}' in {dry}");
    }
    let dry =
        sandbox.backtest(&format!("{} --cpcv 6,2 --dry-run", given.split(" --train").next().unwrap())).ran().done();
    assert!(dry.stdout.contains("splits        15 of 6 groups, which make 5 paths"), "{}", dry.stdout);
}

#[test]
fn cross_validation_shows_each_path_and_each_split() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let given = "walk --crypto BTC --strategy ma --param fast=3,5,8 --param slow=10..30:10 --cpcv 6,2";
    let text = sandbox.backtest(given).ran().done().stdout;
    for words in [
        "15 splits of 6 groups of 66 bars, 2 tested in each",
        "Sharpe ratio of 5 paths: mean",
        "(PBO ",
        "a path is no account that could have been traded",
    ] {
        assert!(text.contains(words), "no '{words}' in {text}");
    }
    let json = sandbox.backtest(&format!("{given} --gap 4b --format json --out splits.csv")).ran().done().json();
    let (splits, paths) = (json["splits"].as_array().unwrap(), json["paths"].as_array().unwrap());
    assert_eq!((splits.len(), paths.len(), &json["cpcv"]["gap_bars"]), (15, 5, &Value::from(4)));
    assert_eq!((&splits[0]["tested"], &splits[14]["tested"]), (&Value::from("1 2"), &Value::from("5 6")));
    // Groups 1 and 2 are tested: group 3 loses four bars.
    assert_eq!((splits[0]["train_bars"].as_u64(), splits[0]["test_bars"].as_u64()), (Some(400 - 133 - 4), Some(133)));
    let sharpes: Vec<f64> = paths.iter().map(|path| path["metrics"]["sharpe"].as_f64().unwrap()).collect();
    let mean = sharpes.iter().sum::<f64>() / 5.0;
    assert!((json["sharpe"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert_eq!(sandbox.read("splits.csv").lines().count(), 16);
    sandbox.backtest(&format!("{given} --report cpcv.html --quiet --out splits.parquet")).ran().done();
    assert!(sandbox.read("cpcv.html").contains("\"kind\":\"cpcv\""));
    let table = sandbox.backtest(&given.replace("--crypto BTC", "--all")).ran().done().stdout;
    assert!(table.contains("ETHUSDT") && table.contains("on every path"), "{table}");
    let refused = sandbox.backtest(&format!("{given} --gap 70b")).ran();
    refused.failed(&["leave nothing to choose on", "fewer groups"]);
    sandbox.backtest(&given.replace("6,2", "50,1")).ran().failed(&["50 groups need 500 bars", "400"]);
}

#[test]
fn of_one_point_nothing_is_said_of_picking_at_random() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let given = "walk --crypto BTC --strategy ma --param fast=3 --param slow=10 --train 150b --test 60b";
    let text = sandbox.backtest(given).ran().done().stdout;
    assert!(!text.contains("at random in each window"), "{text}");
    let json = sandbox.backtest(&format!("{given} --format json")).ran().done().json();
    assert!(json["honesty"]["random_picker_p"].is_null() && json["honesty"]["trials"] == 1);
}
