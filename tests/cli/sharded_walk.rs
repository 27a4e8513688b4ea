//! A walk over many assets in shards is the walk on one machine, to the byte.

use std::fs;

use serde_json::Value;

use crate::candles::csv;
use crate::fixture::Sandbox;
use crate::ran::Ran;

const GRID: &str = "--strategy ma --param fast=3,5,8 --param slow=10..30:10";

/// Three assets of 400 bars, and one that is too short for any window.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    sandbox.write("data/1d/NEWUSDT.csv", csv("NEWUSDT", 8));
    sandbox
}

/// The document without what depends on time and cache.
fn document(stdout: &str) -> Value {
    let mut json: Value = serde_json::from_str(stdout).expect("JSON");
    for walk in json["results"].as_array_mut().into_iter().flatten() {
        for name in ["hits", "misses", "load_ms", "compute_ms"] {
            walk["summary"][name] = Value::Null;
        }
    }
    json
}

fn planned(sandbox: &Sandbox, walk: &str, shards: u32) -> u32 {
    let words = format!("walk plan {walk} --shards {shards} --out plan.json --format json");
    let json = sandbox.backtest(&words).ran().done().json();
    json["shards"].as_u64().and_then(|shards| u32::try_from(shards).ok()).expect("a number of shards")
}

fn run(sandbox: &Sandbox, shard: u32, more: &str) -> Ran {
    sandbox.backtest(&format!("walk run --plan plan.json --shard {shard} {more}")).ran()
}

/// Walks at once and in shards, the last first and on several numbers of threads; both must be the same.
fn compare(sandbox: &Sandbox, walk: &str, shards: u32) {
    let count = planned(sandbox, walk, shards);
    for shard in (0..count).rev() {
        run(sandbox, shard, &format!("--threads {}", shard % 3 + 1)).done();
    }
    let merge = "walk merge --plan plan.json";
    for (name, format) in [("windows.csv", "table"), ("windows.parquet", "csv"), ("windows.json", "json")] {
        let whole = sandbox.backtest(&format!("walk {walk} --out whole-{name} --format {format}")).ran();
        let merged = sandbox.backtest(&format!("{merge} --out merged-{name} --format {format}")).ran();
        assert_eq!(merged.code, whole.code, "{walk}: {}", merged.stderr);
        let errors =
            |ran: &Ran| ran.stderr.lines().filter(|line| line.starts_with("error")).collect::<Vec<_>>().join("\n");
        assert_eq!(errors(&merged), errors(&whole), "{walk}");
        let bytes = |place: &str| fs::read(sandbox.here().join(format!("{place}-{name}"))).expect("a file");
        if format == "json" {
            assert_eq!(document(&merged.stdout), document(&whole.stdout), "{walk} in {count} shards");
            let text = |place: &str| String::from_utf8(bytes(place)).expect("text");
            assert_eq!(document(&text("merged")), document(&text("whole")), "{walk} in {count} shards");
        } else {
            assert_eq!(merged.stdout, whole.stdout, "{walk} in {count} shards");
            assert!(bytes("merged") == bytes("whole"), "{walk} in {count} shards: {name} differs");
        }
    }
    fs::remove_dir_all(sandbox.here().join("plan.parts")).expect("the parts");
}

#[test]
fn a_walk_in_shards_is_the_walk_on_one_machine_whatever_is_asked_of_it() {
    let sandbox = sandbox();
    let three = "--all --exclude NEW";
    for (walk, shards) in [
        (format!("{three} {GRID} --train 150b --test 60b"), 3),
        (
            format!(
                "{three} {GRID} --train 4mo --test 30d --anchored --gap 5b --holdout 10% --border flat --sort calmar"
            ),
            2,
        ),
        (format!("{three} {GRID} --cpcv 6,2 --pick plateau"), 3),
        (
            format!(
                "{three} --strategy ma,rsi --param fast=3,5 --param slow=90 --param period=7,14 --random 3 --seed 9 --cpcv 4,1 --gap 3b"
            ),
            2,
        ),
        (
            format!(
                "{three} {GRID} --stop-loss 5%,9% --direction both --where trades>=2 --windows 4 --train 50% --min-trades 3"
            ),
            1,
        ),
        // One asset has no window: both say so, and end with 1.
        (format!("--all {GRID} --train 150b --test 60b"), 4),
    ] {
        compare(&sandbox, &walk, shards);
    }
}

#[test]
fn a_shard_of_a_walk_that_is_done_is_not_done_again_and_verifying_finds_one_that_was_computed_wrongly() {
    let sandbox = sandbox();
    assert_eq!(planned(&sandbox, &format!("--all --exclude NEW {GRID} --train 150b --test 60b"), 3), 3);
    assert_eq!(sandbox.backtest("walk status --plan plan.json --missing").ran().done().stdout, "0-2\n");
    for shard in 0..2 {
        run(&sandbox, shard, "").done();
    }
    let merge = || sandbox.backtest("walk merge --plan plan.json --format json");
    merge().ran().failed(&["not all shards are done; missing are 2", "backtest walk run --shard"]);
    let partial = merge().arg("--partial").ran();
    assert!(partial.stderr.contains("not the whole walk: 2 of 3 shards"), "{}", partial.stderr);
    let before = run(&sandbox, 2, "").done();
    assert!(before.stderr.contains("shard 2 is done: 1 asset, in "), "{}", before.stderr);
    assert!(run(&sandbox, 2, "").done().stderr.contains("shard 2 is done already"));
    assert!(
        merge().arg("--verify").arg("100%").ran().stderr.contains("3 shards computed here once more: the same bytes")
    );
    // As if the processor had erred: another figure, and the digest that belongs to it.
    let path = sandbox.here().join("plan.parts/00000.part");
    let mut bytes = fs::read(&path).expect("a part");
    let (digit, end) = (bytes.iter().position(u8::is_ascii_digit).expect("a digit"), bytes.len() - 40);
    bytes[digit] = if bytes[digit] == b'7' { b'6' } else { b'7' };
    let digest = *blake3::hash(&bytes[..end]).as_bytes();
    bytes[end..end + 32].copy_from_slice(&digest);
    fs::write(&path, bytes).expect("a part");
    merge().arg("--verify").arg("100%").ran().failed(&["the part of shard 0 is not what is computed here"]);
}

#[test]
fn a_walk_of_one_asset_and_a_plan_of_another_command_are_refused_and_other_candles_are_an_error() {
    let sandbox = sandbox();
    let windows = "--train 150b --test 60b --out plan.json";
    sandbox.backtest(&format!("walk plan --crypto BTC {GRID} {windows}")).ran().refused(&["this is of one", "--all"]);
    sandbox
        .backtest(&format!("walk plan --all {GRID} {windows} --report page.html"))
        .ran()
        .refused(&["draws one asset"]);
    let priced = format!("walk plan --all {GRID} {windows} --price 3600 --budget 0.000001");
    sandbox.backtest(&priced).ran().refused(&["--budget 0.000001: the walk would cost about"]);
    let text = sandbox.backtest(&format!("walk plan --all {GRID} {windows} --shards 2")).ran().done().stdout;
    assert!(text.contains("next          backtest walk run --plan plan.json --shard 0    (to 1)"), "{text}");
    assert!(!text.contains("rows"), "{text}");
    for command in ["run --shard 0", "status", "merge"] {
        let ran = sandbox.backtest(&format!("sweep {command} --plan plan.json")).ran();
        ran.refused(&["is the plan of a walk, not of a sweep: type `backtest walk` in front"]);
    }
    sandbox.write("data/1d/SOLUSDT.csv", csv("SOLUSDT", 399));
    let last = run(&sandbox, 1, "");
    last.refused(&["SOLUSDT: the candles here are not those of the plan (400 bars then, 399 here)"]);
    fs::remove_file(sandbox.here().join("data/1d/SOLUSDT.csv")).expect("a file");
    run(&sandbox, 1, "").refused(&["SOLUSDT"]);
    assert!(!sandbox.here().join("plan.parts/00001.part").exists());
}
