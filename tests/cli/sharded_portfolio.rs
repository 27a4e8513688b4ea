//! The grid of a portfolio in shards is the grid on one machine, to the byte; and what is wrong with a plan or a part is found.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::candles::csv;
use crate::fixture::Sandbox;
use crate::ran::Ran;

const WEIGHTS: &str = "name = \"rotation\"\n[params]\nlookback = 20\ntop = { default = 2, min = 1, max = 90 }\n\
                       [portfolio]\nscore = \"roc(close, lookback)\"\ntop = \"top\"\nevery = \"1w\"\n";
const SLOTS: &str = "name = \"trend\"\n[params]\nslots = { default = 2, min = 1, max = 9 }\nbars = 20\n[portfolio]\n\
                     max_positions = \"slots\"\nscore = \"roc(close, bars)\"\n[rules]\nrequire = \"slots * 3 <= bars\"\nentry = \"close > sma(close, bars)\"\n\
                     exit = \"close < sma(close, bars)\"\n";
const GRID: &str = "--all --strategy ./weights.toml --param lookback=5..40:5 --param top=1..6";

/// Four assets of 400 bars, and one that ends before the others begin to count where dates say so.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["XRPUSDT", "BTCUSDT", "ETHUSDT", "ADAUSDT"]);
    sandbox.write("data/1d/OLDUSDT.csv", csv("OLDUSDT", 60));
    sandbox.write("weights.toml", WEIGHTS);
    sandbox.write("slots.toml", SLOTS);
    sandbox
}

/// The document without what depends on time and cache.
fn document(text: &str) -> Value {
    let mut json: Value = serde_json::from_str(text).expect("JSON");
    for name in ["load_ms", "compute_ms", "elapsed_ms"] {
        json["summary"][name] = Value::Null;
    }
    let (rows, summary) = (json["results"].take(), json["summary"].take());
    json["results"] = without_cache(rows);
    json["summary"] = without_cache(summary);
    json
}

/// Rows, or an object of some, as if none had come from a cache.
fn without_cache(mut value: Value) -> Value {
    let rows: Box<dyn Iterator<Item = &mut Value>> = match &mut value {
        Value::Array(rows) => Box::new(rows.iter_mut()),
        Value::Object(named) => Box::new(named.values_mut()),
        _ => return value,
    };
    rows.filter(|row| row.is_object()).for_each(|row| row["cache"] = Value::Null);
    value
}

fn planned(sandbox: &Sandbox, grid: &str, shards: u32) -> u32 {
    let words = format!("portfolio plan {grid} --shards {shards} --out plan.json --format json");
    let json = sandbox.backtest(&words).ran().done().json();
    json["shards"].as_u64().and_then(|shards| u32::try_from(shards).ok()).expect("a number of shards")
}

fn run(sandbox: &Sandbox, shard: u32, more: &str) -> Ran {
    sandbox.backtest(&format!("portfolio run --plan plan.json --shard {shard} {more}")).ran()
}

fn part(sandbox: &Sandbox, shard: u32) -> PathBuf {
    sandbox.here().join(format!("plan.parts/{shard:05}.part"))
}

/// Twelve shards, all done.
fn twelve_parts() -> Sandbox {
    let sandbox = sandbox();
    assert_eq!(planned(&sandbox, GRID, 12), 12);
    (0..12).for_each(|shard| drop(run(&sandbox, shard, "").done()));
    sandbox
}

/// Does a grid at once and in shards, the last first and on several numbers of threads; both must be the same.
fn compare(sandbox: &Sandbox, grid: &str, shards: u32) {
    let count = planned(sandbox, grid, shards);
    assert!(count > 1, "{grid}");
    for shard in (0..count).rev() {
        run(sandbox, shard, &format!("--threads {}", shard % 3 + 1)).done();
    }
    for (name, format) in [("grid.csv", "csv"), ("grid.parquet", "table"), ("grid.json", "json")] {
        let whole =
            sandbox.backtest(&format!("portfolio {grid} --no-cache --out whole-{name} --format {format}")).ran().done();
        let merge = format!("portfolio merge --plan plan.json --out merged-{name} --format {format}");
        let merged = sandbox.backtest(&merge).ran().done();
        let bytes = |place: &str| fs::read(sandbox.here().join(format!("{place}-{name}"))).expect("a file");
        let text = |place: &str| String::from_utf8(bytes(place)).expect("text");
        match format {
            "json" => {
                assert_eq!(document(&merged.stdout), document(&whole.stdout), "{grid} in {count} shards");
                assert_eq!(document(&text("merged")), document(&text("whole")), "{grid} in {count} shards");
            }
            "table" => {
                // All but the line with times, and the column that says what the cache did.
                let lines = |ran: &Ran| -> Vec<String> {
                    let lines = ran.stdout.lines().filter(|line| !line.contains("configurations of"));
                    lines
                        .map(|line| line.trim_end_matches(" miss").trim_end_matches(" off").trim_end().to_owned())
                        .collect()
                };
                assert_eq!(lines(&merged), lines(&whole), "{grid} in {count} shards");
                assert!(bytes("merged") == bytes("whole"), "{grid} in {count} shards: {name} differs");
            }
            _ => {
                assert_eq!(merged.stdout, whole.stdout, "{grid} in {count} shards");
                assert!(bytes("merged") == bytes("whole"), "{grid} in {count} shards: {name} differs");
            }
        }
    }
    fs::remove_dir_all(sandbox.here().join("plan.parts")).expect("the parts");
}

#[test]
fn the_grid_of_a_portfolio_in_shards_is_the_grid_on_one_machine_whatever_is_asked_of_it() {
    let sandbox = sandbox();
    for (grid, shards) in [
        (GRID.to_owned(), 12),
        (
            "--all --strategy ./slots.toml --param slots=1..4 --param bars=5..20:5 --stop-loss 3%,8% --direction both"
                .to_owned(),
            11,
        ),
        // Without the one asset that has no bar in the range, with a condition, another metric and a benchmark.
        (format!("{GRID} --from 2022-06-01 --where trades>=20 --sort calmar --top 3 --benchmark BTC"), 5),
        (format!("{GRID} --random 20 --seed 9 --no-honesty --fee 0.002"), 3),
        ("--crypto ETH,BTC --strategy ./slots.toml --param slots=1,2 --param bars=5..9 --min-trades 40".to_owned(), 4),
    ] {
        compare(&sandbox, &grid, shards);
    }
}

#[test]
fn a_shard_of_a_portfolio_that_is_done_is_not_done_again_and_two_at_once_do_not_disturb_each_other() {
    let sandbox = twelve_parts();
    let before = fs::read(part(&sandbox, 3)).expect("a part");
    assert!(run(&sandbox, 3, "").done().stderr.contains("shard 3 is done already"));
    fs::remove_file(part(&sandbox, 3)).expect("a part");
    let start = || sandbox.backtest("portfolio run --plan plan.json --shard 3").spawn(Stdio::null());
    for child in [start(), start()] {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    assert!(fs::read(part(&sandbox, 3)).expect("a part") == before, "the same bytes whoever makes it");
    assert_eq!(sandbox.names("plan.parts").len(), 12);
}

#[test]
fn status_names_the_shards_of_a_portfolio_that_are_missing_or_damaged_and_merge_takes_the_others_if_told_so() {
    let sandbox = twelve_parts();
    let status = || sandbox.backtest("portfolio status --plan plan.json").ran().done().stdout;
    assert!(status().starts_with("done     12 of 12\nmissing  none\ncorrupt  none\n"), "{}", status());
    for shard in [4, 5, 11] {
        fs::remove_file(part(&sandbox, shard)).expect("a part");
    }
    assert_eq!(sandbox.backtest("portfolio status --plan plan.json --missing").ran().done().stdout, "4-5,11\n");
    let merge = || sandbox.backtest("portfolio merge --plan plan.json");
    merge().ran().failed(&["not all shards are done; missing are 4-5,11", "backtest portfolio run --shard"]);
    let partial = merge().arg("--partial").ran();
    assert!(partial.stderr.contains("not the whole portfolio: 9 of 12 shards"), "{}", partial.stderr);
    let mut bytes = fs::read(part(&sandbox, 7)).expect("a part");
    bytes[20] ^= 1;
    fs::write(part(&sandbox, 7), bytes).expect("a part");
    assert!(status().contains("corrupt  7\n"), "{}", status());
    assert!(run(&sandbox, 7, "").done().stderr.contains("damaged and is made again"));
    assert!(status().contains("corrupt  none\n"), "{}", status());
}

#[test]
fn verifying_a_portfolio_finds_a_part_that_another_machine_computed_wrongly() {
    let sandbox = twelve_parts();
    let merge = || sandbox.backtest("portfolio merge --plan plan.json --verify 100%").ran();
    assert!(merge().done().stderr.contains("12 shards computed here once more: the same bytes"));
    let mut bytes = fs::read(part(&sandbox, 2)).expect("a part");
    // Behind the number of configurations and of values, a value: another one, and the digest that belongs to it.
    let end = bytes.len() - 40;
    bytes[9] ^= 1;
    let digest = *blake3::hash(&bytes[..end]).as_bytes();
    bytes[end..end + 32].copy_from_slice(&digest);
    fs::write(part(&sandbox, 2), bytes).expect("a part");
    merge().failed(&["the part of shard 2 is not what is computed here"]);
}

#[test]
fn the_part_of_another_plan_and_the_plan_of_another_command_are_refused() {
    let sandbox = twelve_parts();
    sandbox.backtest(&format!("portfolio plan {GRID} --fee 0.002 --shards 12 --out other.json")).ran().done();
    let theirs = fs::read(part(&sandbox, 0)).expect("a part");
    let other = "--plan other.json --parts plan.parts";
    sandbox.backtest(&format!("portfolio run {other} --shard 0")).ran().refused(&["it is of another plan"]);
    assert!(fs::read(part(&sandbox, 0)).expect("a part") == theirs);
    sandbox
        .backtest(&format!("portfolio merge {other}"))
        .ran()
        .failed(&["the part of shard 0", "it is of another plan"]);
    fs::copy(part(&sandbox, 0), part(&sandbox, 1)).expect("a copy");
    run(&sandbox, 1, "").refused(&["it is the part of shard 0"]);
    run(&sandbox, 12, "").refused(&["the plan has shards 0 to 11"]);
    sandbox.write("edited.json", sandbox.read("plan.json").replace("\"fee\":0.001", "\"fee\":0.002"));
    sandbox.backtest("portfolio run --plan edited.json --shard 0").ran().refused(&["was changed after it was made"]);
    for command in ["run --shard 0", "status", "merge"] {
        let ran = sandbox.backtest(&format!("sweep {command} --plan plan.json")).ran();
        ran.refused(&["is the plan of a portfolio, not of a sweep: type `backtest portfolio` in front"]);
    }
}

#[test]
fn candles_of_a_portfolio_that_are_not_those_of_its_plan_are_an_error_and_never_another_number() {
    let sandbox = twelve_parts();
    fs::remove_dir_all(sandbox.here().join("plan.parts")).expect("the parts");
    let whole = sandbox.read("data/1d/ETHUSDT.csv");
    sandbox.write("data/1d/ETHUSDT.csv", csv("ETHUSDT", 399));
    run(&sandbox, 0, "").refused(&["ETHUSDT: the candles here are not those of the plan (400 bars then, 399 here)"]);
    let (line, rest) = whole.rsplit_once(',').expect("a volume");
    sandbox.write("data/1d/ETHUSDT.csv", format!("{line},7{rest}"));
    run(&sandbox, 0, "").refused(&["ETHUSDT: the candles here are not those of the plan (400 bars then, 400 here)"]);
    fs::remove_file(sandbox.here().join("data/1d/ETHUSDT.csv")).expect("a file");
    run(&sandbox, 0, "").refused(&["ETHUSDT"]);
    assert!(!part(&sandbox, 0).exists());
    sandbox.write("data/1d/ETHUSDT.csv", &whole);
    (0..12).for_each(|shard| drop(run(&sandbox, shard, "").done()));
    fs::remove_file(sandbox.here().join("data/1d/ETHUSDT.csv")).expect("a file");
    let merge = sandbox.backtest("portfolio merge --plan plan.json").ran();
    merge.refused(&["needs the candles of all assets, and those of ETHUSDT are not in", "--no-honesty"]);
}

#[test]
fn what_a_plan_of_a_portfolio_cannot_hold_is_said_and_what_it_costs_too() {
    let sandbox = sandbox();
    let plan = format!("portfolio plan {GRID} --out plan.json");
    for (option, says) in [
        ("--reality-check", "needs all points on one machine"),
        ("--report page.html", "is drawn by a grid on one machine"),
        ("--chart", "is drawn by a grid on one machine"),
        ("--trades", "is about one configuration"),
        ("--price 3600 --budget 0.000001", "--budget 0.000001: the portfolio would cost about"),
    ] {
        sandbox.backtest(&format!("{plan} {option}")).ran().refused(&[says]);
    }
    let single = "portfolio plan --all --strategy ./weights.toml --out plan.json";
    sandbox.backtest(single).ran().refused(&["shared out by its configurations, and this is one"]);
    sandbox.write("data/1d/BADUSDT.csv", "no candles\n");
    sandbox.backtest(&plan).ran().failed(&["BADUSDT", "1 asset cannot be used, and no plan was made"]);
    let text = sandbox.backtest(&format!("{plan} --exclude BAD --shards 2")).ran().done().stdout;
    for says in [
        "combinations  48 of one account over 5 assets",
        "next          backtest portfolio run --plan plan.json --shard 0    (to 1)",
    ] {
        assert!(text.contains(says), "{says}: {text}");
    }
}
