//! A store in a file, for who has no server: the same promises as Redis, and files that are no store of ours.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::fixture::Sandbox;
use crate::ran::Ran;

const URL: &str = "file:results.db";
const BATCH: &str = "batch --all --format json";

fn ran(sandbox: &Sandbox, words: &str) -> Ran {
    sandbox.backtest(words).cache_url(URL).env("BACKTEST_CACHE_TIMEOUT", "20s").ran()
}

/// What came of a batch, without what may differ between a hit and a miss.
fn facts(ran: &Ran) -> String {
    let keep = |line: &&str| {
        !["\"cache\"", "elapsed_ms", "_ms\"", "\"hits\"", "\"misses\""].iter().any(|no| line.contains(no))
    };
    ran.stdout.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

fn summary(ran: &Ran, field: &str) -> u64 {
    ran.json()["summary"][field].as_u64().expect("a count")
}

/// Nothing but one warning, which says these words, differs from a run without cache.
fn undisturbed(sandbox: &Sandbox, url: &str, words: &[&str]) -> Ran {
    let plain = sandbox.backtest(BATCH).ran();
    let begun = Instant::now();
    let ran = sandbox.backtest(BATCH).cache_url(url).ran();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!((ran.code, facts(&ran)), (Some(0), facts(&plain)), "{words:?}");
    let warnings: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(warnings.len(), 1, "{words:?}: {}", ran.stderr);
    for word in words.iter().chain(&["cache file ", "continuing without cache"]) {
        assert!(warnings[0].contains(word), "'{}' does not say '{word}'", warnings[0]);
    }
    ran
}

#[test]
fn what_one_run_stores_the_next_finds_the_same() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let plain = sandbox.backtest(BATCH).ran().done_quietly();
    let cold = ran(&sandbox, BATCH).done_quietly();
    let warm = ran(&sandbox, BATCH).done_quietly();
    assert_eq!((summary(&cold, "misses"), summary(&warm, "hits")), (4, 4));
    assert_eq!(facts(&plain), facts(&cold));
    assert_eq!(facts(&cold), facts(&warm));
    let stats = ran(&sandbox, "cache stats --format json").done_quietly().json();
    assert_eq!((&stats["entries"], &stats["hits"], &stats["misses"]), (&4.into(), &4.into(), &4.into()));
    assert_eq!((&stats["stored"], &stats["corrupt"], &stats["errors"]), (&4.into(), &0.into(), &0.into()));
}

#[test]
fn the_commands_about_the_cache_work_on_a_file_too() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    ran(&sandbox, "cache stats").failed(&["cache file results.db: refused", "there is no such file"]);
    ran(&sandbox, BATCH).done_quietly();
    ran(&sandbox, "cache ping").done_quietly();
    assert!(ran(&sandbox, "cache info").done_quietly().stdout.contains("SQLite"));
    assert_eq!(ran(&sandbox, "cache keys --format csv").done_quietly().stdout.lines().count(), 1 + 4);
    ran(&sandbox, "cache verify --sample 100%").done_quietly();
    ran(&sandbox, "cache clear --crypto BTC").done_quietly();
    assert_eq!(ran(&sandbox, "cache stats --format json").done_quietly().json()["entries"], 2);
    ran(&sandbox, "cache clear --yes").done_quietly();
    let stats = ran(&sandbox, "cache stats --format json").done_quietly().json();
    assert_eq!((&stats["entries"], &stats["misses"]), (&0.into(), &0.into()));
}

#[test]
fn the_settings_file_can_ask_for_one_in_the_users_cache_folder() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("backtest.toml", "cache = \"file\"\n");
    let run = || sandbox.backtest(BATCH).without("BACKTEST_NO_CACHE").ran().done_quietly();
    assert_eq!((summary(&run(), "hits"), summary(&run(), "hits")), (0, 2));
    assert!(sandbox.index().with_file_name("results.db").is_file());
    sandbox.write("backtest.toml", "cache = \"files\"\n");
    sandbox.backtest(BATCH).ran().refused(&["must be true, false or \"file\""]);
}

#[test]
fn what_is_no_path_is_refused() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    for url in ["file:", "file://host/results.db", "file:folder/"] {
        for words in [BATCH, "cache stats"] {
            sandbox.backtest(words).cache_url(url).ran().refused(&["file:results.db"]);
        }
    }
}

#[test]
fn a_file_that_is_no_store_of_ours_disturbs_nothing_and_is_left_as_it_is() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    fs::create_dir(sandbox.here().join("folder")).expect("a folder");
    let text = "these are my notes\n".repeat(100);
    sandbox.write("notes.txt", &text);
    for (url, words) in [
        ("file:folder", ["refused", "is a folder"]),
        ("file:nowhere/results.db", ["refused", "no such folder"]),
        ("file:/dev/null", ["refused", "no ordinary file"]),
        ("file:notes.txt", ["corrupt", "no store of backtest"]),
    ] {
        undisturbed(&sandbox, url, &words);
        sandbox.backtest("cache stats").cache_url(url).ran().failed(&words);
    }
    assert_eq!(sandbox.read("notes.txt"), text);
    assert!(!sandbox.here().join("nowhere").exists());
    let up = ran(&sandbox, &format!("{BATCH} --cache-url file:data/../other.db")).done_quietly();
    assert_eq!(summary(&up, "misses"), 2);
    assert!(sandbox.here().join("other.db").is_file());
}

#[test]
fn a_store_of_a_newer_version_or_of_another_program_is_left_alone() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    ran(&sandbox, BATCH).done_quietly();
    let store = rusqlite::Connection::open(sandbox.here().join("results.db")).expect("SQLite");
    store.pragma_update(None, "user_version", 2).expect("a newer version");
    undisturbed(&sandbox, URL, &["version", "another version of backtest"]);
    store.execute_batch("PRAGMA user_version = 1; PRAGMA application_id = 7").expect("another program");
    undisturbed(&sandbox, URL, &["corrupt", "no store of backtest"]);
    let count: i64 = store.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).expect("untouched");
    assert_eq!(count, 2);
}

#[test]
fn a_store_that_another_program_holds_gives_hits_and_takes_no_writes() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    ran(&sandbox, BATCH).done_quietly();
    let store = rusqlite::Connection::open(sandbox.here().join("results.db")).expect("SQLite");
    store.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    sandbox.write("data/1d/ETHUSDT.csv", crate::candles::csv("ETHUSDT", crate::candles::BARS));
    let held = undisturbed(&sandbox, URL, &["locked", "another program holds it", "cache writes"]);
    assert_eq!((summary(&held, "hits"), summary(&held, "misses")), (2, 2));
    store.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(summary(&ran(&sandbox, BATCH).done_quietly(), "misses"), 2);
}

#[test]
#[cfg(unix)]
fn a_store_that_may_only_be_read_gives_hits_and_takes_no_writes() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    ran(&sandbox, BATCH).done_quietly();
    sandbox.open_to_all();
    fs::set_permissions(sandbox.here(), fs::Permissions::from_mode(0o555)).expect("it is ours");
    // Root may write anywhere, and others may not become nobody.
    let call = || {
        let call = sandbox.backtest(BATCH).cache_url(URL);
        if fs::write(sandbox.here().join("probe"), "").is_ok() { call.by_nobody() } else { call }
    };
    let warm = call().ran();
    assert_eq!((warm.code, summary(&warm, "hits")), (Some(0), 2), "{}", warm.stderr);
    fs::set_permissions(sandbox.here(), fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[test]
fn a_damaged_file_is_a_miss_or_right() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let plain = facts(&ran(&sandbox, BATCH).done_quietly());
    ran(&sandbox, "cache ping").done_quietly();
    let path = sandbox.here().join("results.db");
    let whole = fs::read(&path).expect("the store");
    let (mut quiet, mut warned) = (0, 0);
    let mut check = |bytes: &[u8], what: &str| {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", path.display()));
        }
        fs::write(&path, bytes).expect("a file");
        let ran = ran(&sandbox, BATCH);
        assert_eq!((ran.code, facts(&ran)), (Some(0), plain.clone()), "{what}: {}", ran.stderr);
        match ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count() {
            0 => quiet += 1,
            1 => warned += 1,
            more => panic!("{what}: {more} warnings"),
        }
    };
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        check(&bytes, &format!("a bit at {at}"));
        check(&whole[..at], &format!("cut at {at}"));
    }
    assert!(quiet > 0 && warned > 0, "{quiet} {warned}");
}

#[test]
fn a_value_copied_cut_or_forged_is_a_miss() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let plain = facts(&ran(&sandbox, BATCH).done_quietly());
    let change = |sql: &str| {
        let store = rusqlite::Connection::open(sandbox.here().join("results.db")).expect("SQLite");
        assert_eq!(store.execute(sql, []).expect("a change"), 1, "{sql}");
    };
    let oldest = "WHERE rowid = (SELECT min(rowid) FROM entries)";
    for value in
        ["x''", "'text'", "substr(value, 1, 100)", "value || x'00'", "zeroblob(length(value))", "zeroblob(5000000)"]
    {
        change(&format!("UPDATE entries SET value = {value} {oldest}"));
        let ran = ran(&sandbox, BATCH).done_quietly();
        assert_eq!((summary(&ran, "misses"), facts(&ran)), (1, plain.clone()), "{value}");
    }
    change(&format!("UPDATE entries SET value = (SELECT value FROM entries ORDER BY rowid DESC LIMIT 1) {oldest}"));
    assert_eq!(summary(&ran(&sandbox, BATCH).done_quietly(), "misses"), 1, "another key's value");
    let sealed = |sandbox: &Sandbox| sandbox.backtest(BATCH).cache_url(URL).env("BACKTEST_CACHE_SECRET", "ours").ran();
    assert_eq!(summary(&sealed(&sandbox).done_quietly(), "misses"), 4, "what was not sealed with the secret");
    assert_eq!(summary(&sealed(&sandbox).done_quietly(), "hits"), 4);
    let stats = ran(&sandbox, "cache stats --format json").done_quietly().json();
    assert_eq!(stats["corrupt"], 6 + 1 + 4);
}

#[test]
fn twenty_cold_processes_at_once_agree_and_count_right() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    let plain = facts(&sandbox.backtest(BATCH).ran().done_quietly());
    let spawn = |_| sandbox.backtest(BATCH).cache_url(URL).spawn(Stdio::piped());
    let children: Vec<_> = (0..20).map(spawn).collect();
    for child in children {
        let ran = Ran::of(&child.wait_with_output().expect("it ends"));
        assert_eq!((ran.code, facts(&ran)), (Some(0), plain.clone()), "{}", ran.stderr);
    }
    let stats = ran(&sandbox, "cache stats --format json").done_quietly().json();
    assert_eq!(stats["entries"], 6);
    ran(&sandbox, BATCH).done_quietly();
}

#[test]
#[cfg(unix)]
fn a_store_survives_processes_that_are_killed_while_writing() {
    let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
    let plain = facts(&sandbox.backtest(BATCH).ran().done_quietly());
    for delay in 0..40 {
        let words = format!("{BATCH} --refresh");
        let mut child = sandbox.backtest(&words).cache_url(URL).spawn(Stdio::null());
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().expect("ours");
        child.wait().expect("it has ended");
    }
    let after = ran(&sandbox, BATCH).done_quietly();
    assert_eq!(facts(&after), plain);
    assert_eq!(summary(&ran(&sandbox, BATCH).done_quietly(), "hits"), 4);
}
