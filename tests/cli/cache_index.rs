//! The index of candle files: with it a hit opens no file; without it nothing changes but time.

use std::fs;
use std::time::Duration;

use crate::candles::{BARS, csv};
use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const BATCH: &str = "batch --all --format json";

/// Two assets, all of whose results are stored and whose files are in the index.
fn warm() -> (RedisServer, Sandbox) {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    // A file changed less than 2 s ago is not remembered: the next change might leave the same times.
    std::thread::sleep(Duration::from_millis(2_200));
    sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
    assert!(sandbox.index().is_file());
    (server, sandbox)
}

#[test]
fn a_missing_or_broken_index_changes_nothing() {
    let (server, sandbox) = warm();
    let batch = || {
        let ran = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
        assert_eq!(ran.json()["summary"]["hits"], 4);
        ran.data()
    };
    let plain = batch();
    let whole = fs::read(sandbox.index()).expect("an index");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    for bytes in [&b""[..], b"nonsense", &whole[..whole.len() - 1], &whole[..whole.len() / 2], &flipped] {
        fs::write(sandbox.index(), bytes).expect("written");
        assert_eq!(batch(), plain);
        assert_eq!(fs::read(sandbox.index()).expect("an index").len(), whole.len(), "it was built anew");
    }
    fs::remove_file(sandbox.index()).expect("removed");
    assert_eq!(batch(), plain);
    fs::remove_file(sandbox.index()).expect("built anew");
    fs::create_dir(sandbox.index()).expect("a folder in its place");
    assert_eq!(batch(), plain);
}

#[test]
fn a_hit_loads_no_candles() {
    let (server, sandbox) = warm();
    let summary = sandbox.backtest(BATCH).redis(&server).ran().done_quietly().json()["summary"].clone();
    assert_eq!((&summary["hits"], &summary["load_ms"]), (&4.into(), &0.0.into()));
    assert_eq!(summary["bars"], 2 * BARS);
}

/// Root reads what nobody else may: so root fills the cache, and a user without any right to the files is served.
#[cfg(unix)]
#[test]
fn a_hit_opens_no_candle_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if fs::metadata("/proc/self").map_or(1, |process| process.uid()) != 0 {
        return;
    }
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT", "ETHUSDT"]));
    sandbox.open_to_all();
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        let path = sandbox.here().join(format!("data/1d/{symbol}.csv"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("root may");
    }
    std::thread::sleep(Duration::from_millis(2_200));
    let miss = sandbox.backtest(BATCH).redis(&server).ran().done_quietly();
    let denied = sandbox.backtest(BATCH).by_nobody().ran().failed(&["BTCUSDT.csv", "cannot be read"]);
    assert_eq!(denied.json()["results"].as_array().map(Vec::len), Some(0));
    let hit = sandbox.backtest(BATCH).redis(&server).by_nobody().ran().done_quietly();
    assert_eq!(hit.data(), miss.data());
    assert_eq!(hit.json()["summary"]["hits"], 4);
}

#[test]
fn a_file_changed_under_the_same_name_size_and_mtime_is_seen() {
    let (server, sandbox) = warm();
    let path = sandbox.here().join("data/1d/BTCUSDT.csv");
    let before = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let volume_changed = {
        let text = csv("BTCUSDT", BARS);
        let last = text.trim_end().chars().last().expect("a digit");
        let other = if last == '9' { '8' } else { '9' };
        format!("{}{other}\n", &text[..text.len() - 2])
    };
    fs::write(&path, volume_changed).expect("written");
    let file = fs::File::options().append(true).open(&path).expect("open");
    file.set_modified(before).expect("set back");
    let summary = sandbox.backtest(BATCH).redis(&server).ran().done_quietly().json()["summary"].clone();
    assert_eq!((&summary["hits"], &summary["misses"]), (&2.into(), &2.into()));
}

#[test]
fn without_a_folder_for_the_index_all_goes_on() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let run = |folder: &str| {
        let call = sandbox.backtest("run --crypto BTC --strategy rsi --format json").redis(&server);
        call.env("XDG_CACHE_HOME", folder).ran().done_quietly().json()["cache"].clone()
    };
    assert_eq!(run("/proc/nowhere"), "miss");
    assert_eq!(run("/dev/null"), "hit");
}
