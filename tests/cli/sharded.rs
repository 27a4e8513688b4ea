//! A sweep in shards is the sweep on one machine, to the byte; and what is wrong with a plan or a part is found.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::Sandbox;
use crate::ran::Ran;

/// The document without what depends on time and cache.
fn document(stdout: &str) -> Value {
    let mut json: Value = serde_json::from_str(stdout).expect("JSON");
    for name in ["load_ms", "compute_ms", "elapsed_ms"] {
        json["summary"][name] = Value::Null;
    }
    for row in json["results"].as_array_mut().into_iter().flatten() {
        row["cache"] = Value::Null;
    }
    for place in ["best", "median", "worst"] {
        if json["summary"][place].is_object() {
            json["summary"][place]["cache"] = Value::Null;
        }
    }
    json
}

fn planned(sandbox: &Sandbox, sweep: &str, shards: u32) -> u32 {
    let words = format!("sweep plan {sweep} --shards {shards} --out plan.json --format json");
    let json: Value = serde_json::from_str(&sandbox.backtest(&words).ran().done().stdout).expect("JSON");
    json["shards"].as_u64().and_then(|shards| u32::try_from(shards).ok()).expect("a number of shards")
}

fn run(sandbox: &Sandbox, shard: u32) -> Ran {
    sandbox.backtest(&format!("sweep run --plan plan.json --shard {shard}")).ran()
}

/// Three parts of a sweep of 300 points.
fn three_parts() -> Sandbox {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    assert_eq!(planned(&sandbox, "--all --strategy rsi --param period=2..101", 3), 3);
    (0..3).for_each(|shard| drop(run(&sandbox, shard).done()));
    sandbox
}

fn part(sandbox: &Sandbox, shard: u32) -> std::path::PathBuf {
    sandbox.here().join(format!("plan.parts/{shard:05}.part"))
}

/// Does a sweep at once and in shards, in any order and on several numbers of threads; both must be the same.
fn compare(sandbox: &Sandbox, sweep: &str, shards: u32, backwards: bool) {
    let whole = format!("sweep {sweep} --out whole.parquet --format json --threads 2");
    let whole = document(&sandbox.backtest(&whole).ran().done().stdout);
    let count = planned(sandbox, sweep, shards);
    for at in 0..count {
        let shard = if backwards { count - 1 - at } else { at };
        let words = format!("sweep run --plan plan.json --shard {shard} --threads {}", 1 + shard % 3);
        sandbox.backtest(&words).ran().done();
    }
    let merged = sandbox.backtest("sweep merge --plan plan.json --out merged.parquet --format json").ran().done();
    assert_eq!(document(&merged.stdout), whole, "{sweep} in {count} shards");
    let bytes = |name: &str| fs::read(sandbox.here().join(name)).expect("a file");
    assert!(bytes("merged.parquet") == bytes("whole.parquet"), "{sweep} in {count} shards: the files differ");
    fs::remove_dir_all(sandbox.here().join("plan.parts")).expect("the parts");
}

#[test]
fn a_sweep_in_shards_is_the_sweep_on_one_machine_whatever_is_asked_of_it() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    for (sweep, shards) in [
        ("--all --strategy ma --param fast=2..60 --param slow=40..160:3", 7),
        (
            "--all --strategy ma,rsi --param fast=5..9 --param slow=20..80:5 --param period=5..90 --sort total_return --top 3",
            5,
        ),
        ("--crypto ETH --strategy rsi --param period=2..41 --where trades>=3 --random 30 --seed 7 --no-honesty", 2),
        ("--all --strategy rsi --param period=5..24 --sort ulcer_index --min-trades 0 --from 2022-06", 4),
        ("--all --strategy rsi --param period=10..29 --stop-loss 2%..10%:2% --direction both --pbo-blocks 4", 3),
        // Two row groups, of which no shard has the first whole.
        (
            "--crypto BTC --to 2022-02 --strategy rsi --param period=2..101 --param oversold=10..44 --param overbought=50..89",
            3,
        ),
        ("--crypto BTC --strategy rsi --param period=14,21", 1),
        ("--crypto BTC --strategy ma --param fast=50..60 --param slow=5..9", 3),
    ] {
        compare(&sandbox, sweep, shards, false);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 4, ..ProptestConfig::default() })]
    #[test]
    fn any_grid_cut_anywhere_is_the_whole(
        first in 2_u32..40, fasts in 1_u32..40, slow in 10_u32..90, slows in 1_u32..50, shards in 2_u32..14, backwards: bool,
    ) {
        let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
        let sweep = format!(
            "--all --strategy ma --param fast={first}..{} --param slow={slow}..{}", first + fasts, slow + slows
        );
        compare(&sandbox, &sweep, shards, backwards);
    }
}

#[test]
fn a_shard_that_is_done_is_not_done_again_and_two_at_once_do_not_disturb_each_other() {
    let sandbox = three_parts();
    let before = fs::read(part(&sandbox, 1)).expect("a part");
    let again = run(&sandbox, 1).done();
    assert!(again.stderr.contains("shard 1 is done already"), "{}", again.stderr);
    fs::remove_file(part(&sandbox, 1)).expect("a part");
    let start = || sandbox.backtest("sweep run --plan plan.json --shard 1").spawn(Stdio::null());
    for child in [start(), start()] {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    assert!(fs::read(part(&sandbox, 1)).expect("a part") == before, "the same bytes whoever makes it");
    assert_eq!(sandbox.names("plan.parts"), ["00000.part", "00001.part", "00002.part"]);
}

#[test]
fn parts_that_are_cut_or_changed_are_reported_and_made_again() {
    let sandbox = three_parts();
    let whole = fs::read(part(&sandbox, 1)).expect("a part");
    let status = || sandbox.backtest("sweep status --plan plan.json").ran().done().stdout;
    assert!(status().starts_with("done     3 of 3\nmissing  none\ncorrupt  none\n"), "{}", status());
    let mut flipped = whole.clone();
    flipped[whole.len() / 3] ^= 4;
    for bytes in [&whole[..whole.len() / 2], &flipped[..], &[]] {
        fs::write(part(&sandbox, 1), bytes).expect("a part");
        assert!(status().starts_with("done     2 of 3\nmissing  none\ncorrupt  1\nshard 1: "), "{}", status());
        let merged = sandbox.backtest("sweep merge --plan plan.json --out rows.parquet").ran();
        merged.failed(&["the part of shard 1", "run the shard again"]);
        assert!(!sandbox.here().join("rows.parquet").exists());
        let again = run(&sandbox, 1).done();
        assert!(again.stderr.contains("damaged and is made again"), "{}", again.stderr);
        assert!(fs::read(part(&sandbox, 1)).expect("a part") == whole);
    }
}

#[test]
fn missing_shards_are_named_as_schedulers_write_them_and_what_there_is_can_be_merged() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let grid = "--crypto BTC --strategy ma --param fast=3..34 --param slow=40..295";
    let shards = planned(&sandbox, grid, 6);
    assert_eq!(shards, 6);
    for shard in [0, 4] {
        run(&sandbox, shard).done();
    }
    let missing = sandbox.backtest("sweep status --plan plan.json --missing").ran().done().stdout;
    assert_eq!(missing, "1-3,5\n");
    let json: Value =
        serde_json::from_str(&sandbox.backtest("sweep status --plan plan.json --format json").ran().done().stdout)
            .expect("JSON");
    assert_eq!((json["done"].as_u64(), json["missing"].as_str()), (Some(2), Some("1-3,5")));
    let merged = sandbox.backtest("sweep merge --plan plan.json").ran();
    merged.failed(&["not all shards are done"]);
    let partial =
        sandbox.backtest("sweep merge --plan plan.json --partial --out some.parquet --format json").ran().done();
    assert!(partial.stderr.contains("not the whole sweep: 2 of 6 shards"), "{}", partial.stderr);
    assert!(sandbox.here().join("some.parquet").exists());
}

#[test]
fn a_wrong_plan_or_shard_is_a_wrong_request_that_no_retry_mends() {
    let sandbox = three_parts();
    let refused = |words: &str, says: &str| {
        let ran = sandbox.backtest(words).ran();
        assert!(ran.stderr.contains(says), "{words}: {}", ran.stderr);
        ran.refused(&[]);
    };
    refused("sweep run --plan plan.json --shard 3", "the plan has shards 0 to 2");
    refused("sweep run --plan nothing.json --shard 0", "nothing.json");
    let plan = sandbox.read("plan.json");
    sandbox.write("edited.json", plan.replace("\"fee\":0.001", "\"fee\":0.002"));
    refused("sweep run --plan edited.json --shard 0", "was changed after it was made");
    sandbox.write(
        "older.json",
        plan.replace(&format!("\"program\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"program\":\"0.0.9\""),
    );
    refused("sweep run --plan older.json --shard 0", "was made by backtest 0.0.9");
    sandbox.write("text.json", "period=14");
    refused("sweep status --plan text.json", "is not a plan");
    // The part of another plan is nobody's to overwrite.
    sandbox.backtest("sweep plan --all --strategy rsi --param period=2..50 --shards 3 --out other.json").ran().done();
    let theirs = fs::read(part(&sandbox, 0)).expect("a part");
    refused("sweep run --plan other.json --parts plan.parts --shard 0", "it is of another plan");
    assert!(fs::read(part(&sandbox, 0)).expect("a part") == theirs);
    let status = sandbox.backtest("sweep status --plan other.json --parts plan.parts").ran().done().stdout;
    assert!(status.contains("corrupt  0-2\n"), "{status}");
    // A part under another name.
    fs::copy(part(&sandbox, 0), part(&sandbox, 2)).expect("a copy");
    refused("sweep run --plan plan.json --shard 2", "it is the part of shard 0");
}

#[test]
fn candles_that_are_not_those_of_the_plan_are_an_error_and_never_another_number() {
    let sandbox = three_parts();
    fs::remove_dir_all(sandbox.here().join("plan.parts")).expect("the parts");
    let text = sandbox.read("data/1d/ETHUSDT.csv");
    sandbox.write("data/1d/ETHUSDT.csv", text.lines().take(300).map(|line| line.to_owned() + "\n").collect::<String>());
    let ran = run(&sandbox, 1);
    assert!(ran.stderr.contains("ETHUSDT: the candles here are not those of the plan"), "{}", ran.stderr);
    ran.refused(&[]);
    assert!(!part(&sandbox, 1).exists());
    run(&sandbox, 0).done();
    fs::remove_file(sandbox.here().join("data/1d/ETHUSDT.csv")).expect("a file");
    run(&sandbox, 1).refused(&[]);
    run(&sandbox, 2).done();
}

#[test]
fn no_room_for_a_part_is_to_be_tried_again_and_leaves_nothing() {
    let sandbox = three_parts();
    let words = "sweep run --plan plan.json --shard 1 --parts /dev/full/parts";
    let full = sandbox.backtest(words).ran();
    full.failed(&["/dev/full"]);
    // A limit on the size of files is a disk that is full in the middle of a part.
    let program = crate::fixture::program().display();
    let limited =
        format!("ulimit -f 4; trap '' XFSZ; exec {program} sweep run --plan plan.json --shard 1 --parts small");
    let ran = sandbox.shell(&limited).ran();
    assert!(ran.stderr.contains("cannot be written"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(75));
    assert!(sandbox.names("small").is_empty(), "{:?}", sandbox.names("small"));
}

#[test]
fn no_room_for_the_merged_file_is_said_and_leaves_nothing() {
    let sandbox = three_parts();
    let program = crate::fixture::program().display();
    let limited = format!("ulimit -f 4; trap '' XFSZ; exec {program} sweep merge --plan plan.json --out rows.parquet");
    sandbox.shell(&limited).ran().failed(&["--out rows.parquet", "nothing was written under that name"]);
    assert!(!sandbox.here().join("rows.parquet").exists());
    sandbox.backtest("sweep merge --plan plan.json --out rows.parquet").ran().done();
}

#[test]
fn candles_in_a_bucket_are_only_read_and_a_place_without_a_way_to_it_is_a_wrong_request() {
    let sandbox = three_parts();
    let run = "sweep run --plan plan.json --shard 0 --parts others --data-dir";
    sandbox
        .backtest(&format!("{run} gs://candles/all"))
        .ran()
        .refused(&["gs:// is no place that this program has a way to"]);
    sandbox
        .backtest("data sample --data-dir s3://candles/all")
        .ran()
        .refused(&["`data sample` writes candles", "only read"]);
    if !cfg!(feature = "cloud") {
        let ran = sandbox.backtest(&format!("{run} s3://candles/all")).ran();
        ran.refused(&["this program was built without object stores", "--features cloud"]);
    }
    assert!(!sandbox.here().join("s3:").exists());
}

#[test]
fn a_shard_that_is_told_to_stop_says_so_by_75_and_leaves_nothing() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    planned(&sandbox, "--crypto BTC --strategy ma --param fast=2..200 --param slow=210..600", 1);
    let mut child = sandbox.backtest("sweep run --plan plan.json --shard 0").spawn(Stdio::null());
    // It has begun once its file is there.
    let parts = sandbox.here().join("plan.parts");
    let begun = std::time::Instant::now();
    while fs::read_dir(&parts).map_or(0, Iterator::count) == 0 && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(75));
    assert!(sandbox.names("plan.parts").is_empty());
}

#[test]
fn verifying_computes_shards_again_and_finds_a_part_that_another_machine_computed_wrongly() {
    let sandbox = three_parts();
    let verified = sandbox.backtest("sweep merge --plan plan.json --verify 50%").ran().done();
    assert!(verified.stderr.contains("2 shards computed here once more: the same bytes"), "{}", verified.stderr);
    // A part of the same plan id with other figures: as if the processor had erred.
    let mut bytes = fs::read(part(&sandbox, 0)).expect("a part");
    let end = bytes.len() - 40;
    bytes[100] ^= 1;
    let digest = *blake3::hash(&bytes[..end]).as_bytes();
    bytes[end..end + 32].copy_from_slice(&digest);
    fs::write(part(&sandbox, 0), bytes).expect("a part");
    let ran = sandbox.backtest("sweep merge --plan plan.json --verify 100%").ran();
    assert!(ran.stderr.contains("the part of shard 0 is not what is computed here"), "{}", ran.stderr);
    ran.failed(&[]);
}

#[test]
fn a_plan_says_what_it_costs_and_a_budget_refuses_it() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let grid = "sweep plan --crypto BTC --strategy rsi --param period=2..100 --out plan.json";
    let text = sandbox.backtest(&format!("{grid} --price 3600")).ran().done().stdout;
    for says in ["combinations  99 on 1 asset", "price         about ", "next          backtest sweep run --plan"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let ran = sandbox.backtest(&format!("{grid} --price 1e9 --budget 0.000001")).ran();
    assert!(ran.stderr.contains("--budget 0.000001: the sweep would cost about"), "{}", ran.stderr);
    ran.refused(&[]);
    for (option, says) in [
        ("--reality-check", "needs all points on one machine"),
        ("--report page.html", "backtest report FILE.parquet"),
        ("--budget 5", "--price"),
        ("--shard-seconds 0", "above 0"),
    ] {
        let ran = sandbox.backtest(&format!("{grid} {option}")).ran();
        assert!(ran.stderr.contains(says), "{option}: {}", ran.stderr);
        ran.refused(&[]);
    }
}

#[test]
fn without_rows_the_parts_are_small_and_the_summary_is_the_same() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let grid = "--all --strategy ma --param fast=3..40 --param slow=50..90:2";
    let whole = document(&sandbox.backtest(&format!("sweep {grid} --format json")).ran().done().stdout);
    planned(&sandbox, &format!("{grid} --no-rows"), 4);
    let count = planned(&sandbox, &format!("{grid} --no-rows"), 4);
    (0..count).for_each(|shard| drop(run(&sandbox, shard).done()));
    let merged = sandbox.backtest("sweep merge --plan plan.json --format json").ran().done();
    assert_eq!(document(&merged.stdout), whole);
    sandbox.backtest("sweep merge --plan plan.json --out rows.parquet").ran().refused(&[]);
}
