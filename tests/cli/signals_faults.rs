//! `signals` where something fails on the way: what was not told is told later, and what was told is not told again.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::certificates::Signer;
use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox, program};
use crate::signals::{after, put, rows};
use crate::tls_front;
use crate::web_server::{Answer, WebServer};

const DAY: i64 = 86_400_000;
const CROSS: &str = "name = \"cross\"\n[rules]\nentry = \"close > sma(close, 3)\"\nexit = \"close < sma(close, 3)\"\n";
const WORDS: &str = "signals --all --strategy ./cross.toml --format json --state file:store/signals.db";

/// Twenty bars of BTC are followed, and forty more have come.
fn followed(seed: u64, more: &str) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::empty();
    sandbox.write("cross.toml", CROSS);
    fs::create_dir(sandbox.here().join("store")).unwrap();
    let rows = rows(seed, 60);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    pass(&sandbox, 20, more).ran().done();
    put(&sandbox, "BTCUSDT", &rows);
    (sandbox, rows)
}

fn pass(sandbox: &Sandbox, bars: usize, more: &str) -> Call {
    sandbox.backtest(&format!("{WORDS} {more}")).env("BACKTEST_NOW", after(bars))
}

/// What one pass over the forty bars tells where nothing fails.
fn expected(seed: u64) -> String {
    let told = pass(&followed(seed, "").0, 60, "").ran().done().stdout;
    assert!(told.lines().count() > 5, "{told}");
    told
}

fn ids(lines: &str) -> Vec<String> {
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect()
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_tells_nothing_and_later_all() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, _) = followed(41, "");
    sandbox.open_to_all();
    let (folder, file) = (sandbox.here().join("store"), sandbox.here().join("store/signals.db"));
    let allow = |folder_mode: u32, file_mode: u32| {
        fs::set_permissions(&folder, fs::Permissions::from_mode(folder_mode)).expect("it is ours");
        fs::set_permissions(&file, fs::Permissions::from_mode(file_mode)).expect("it is ours");
    };
    allow(0o555, 0o444);
    // Root may write anywhere, and others may not become nobody.
    let call = pass(&sandbox, 60, "");
    let call = if fs::write(folder.join("probe"), "").is_ok() { call.by_nobody() } else { call };
    let ran = call.ran();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("signals.db") && ran.stderr.contains("--no-state"), "{}", ran.stderr);
    allow(0o755, 0o644);
    assert_eq!(ids(&pass(&sandbox, 60, "").ran().done().stdout), ids(&expected(41)));
}

#[cfg(unix)]
#[test]
fn a_full_disk_tells_nothing_and_later_all() {
    let (sandbox, _) = followed(42, "");
    // A limit on the size of files stands for the full disk.
    let script = format!("trap '' XFSZ; ulimit -f 1; exec '{}' {WORDS}", program().display());
    let full = sandbox.shell(&script).env("BACKTEST_NOW", after(60)).ran();
    assert_eq!((full.code, full.stdout.as_str()), (Some(1), ""), "{}", full.stderr);
    assert!(full.stderr.contains("signals.db"), "{}", full.stderr);
    assert_eq!(ids(&pass(&sandbox, 60, "").ran().done().stdout), ids(&expected(42)));
}

#[cfg(unix)]
#[test]
fn a_log_on_a_full_disk_has_each_signal_once_when_there_is_room() {
    let (sandbox, _) = followed(43, "--out told.jsonl");
    // Room for the store, and for a part of the signals: a log that is nearly as large as a file may be.
    let most = 512 * 1_024;
    let first = json!({"seq": 0, "padding": "x".repeat(1_000)}).to_string() + "\n";
    let lines = (most - 2_000) / first.len();
    sandbox.write("told.jsonl", first.repeat(lines));
    let blocks = if cfg!(target_os = "macos") { most / 512 } else { most / 1_024 };
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{}' {WORDS} --out told.jsonl", program().display());
    let full = sandbox.shell(&script).env("BACKTEST_NOW", after(60)).ran();
    assert_eq!(full.code, Some(1), "{}", full.stderr);
    assert!(full.stderr.contains("told.jsonl"), "{}", full.stderr);
    assert_eq!(ids(&full.stdout), ids(&expected(43)), "stdout has them all the same");
    thread::sleep(Duration::from_millis(10));
    pass(&sandbox, 60, "--out told.jsonl").ran().done();
    let log = sandbox.read("told.jsonl");
    let told: Vec<&str> = log.lines().skip(lines).collect();
    assert_eq!(ids(&told.join("\n")), ids(&full.stdout));
}

#[test]
fn a_webhook_with_a_wrong_certificate_gets_nothing_and_with_the_right_one_all() {
    let (server, signer) = (WebServer::start(|_, _| Answer::status(200, "")), Signer::new());
    let port = tls_front::start(&signer.sign("localhost"), &server.url().replace("http://", ""));
    let hook = format!("--webhook https://localhost:{port}/hook --deadline 5s");
    let (sandbox, _) = followed(44, &hook);
    let wrong = pass(&sandbox, 60, &hook).env("SSL_CERT_FILE", Signer::new().ca()).ran();
    assert_eq!(wrong.code, Some(1), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("certificate"), "{}", wrong.stderr);
    assert!(server.posted().is_empty());
    pass(&sandbox, 60, &hook).env("SSL_CERT_FILE", signer.ca()).ran().done();
    let bodies: Vec<String> = server.posted().into_iter().map(|posted| posted.body).collect();
    assert_eq!(ids(&bodies.join("\n")), ids(&wrong.stdout));
}

#[cfg(unix)]
#[test]
fn watching_tells_of_candles_that_come_and_ends_after_the_pass_when_asked() {
    let (sandbox, rows) = followed(45, "");
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let mut child = pass(&sandbox, 60, "--watch --out told.jsonl --quiet").spawn(Stdio::null());
    let until = Instant::now() + Duration::from_secs(50);
    let told = || fs::read_to_string(sandbox.here().join("told.jsonl")).unwrap_or_default();
    let mut seen = 0;
    for bars in [40, 60] {
        // Its first pass may not have been yet: the folder has to change after it.
        while told().lines().count() <= seen && Instant::now() < until {
            thread::sleep(Duration::from_millis(300));
            put(&sandbox, "BTCUSDT", &rows[..bars]);
        }
        thread::sleep(Duration::from_millis(300));
        seen = told().lines().count();
    }
    let expected = ids(&expected(45));
    while ids(&told()).len() < expected.len() && Instant::now() < until {
        thread::sleep(Duration::from_millis(100));
    }
    let asked = std::process::Command::new("kill").arg(child.id().to_string()).status().expect("it is ours");
    assert!(asked.success());
    let ended = loop {
        match child.try_wait().expect("it is ours") {
            Some(status) => break status,
            None if Instant::now() > until => {
                child.kill().expect("it is ours");
                panic!("it did not end");
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    assert_eq!(ended.code(), Some(0));
    assert_eq!(ids(&told()), expected);
    assert_eq!(pass(&sandbox, 60, "").ran().done().stdout.lines().count(), 0, "stdout was a sink of it as well");
}

/// Binance with days of BTC up to one that moves on.
fn binance(path: &str, last: i64) -> Answer {
    if path.starts_with("/api/v3/exchangeInfo") {
        let pair = |base: &str| json!({"symbol": format!("{base}USDT"), "baseAsset": base, "quoteAsset": "USDT"});
        return Answer::json(json!({"symbols": [pair("BTC"), pair("DOGE")]}));
    }
    if path.contains("symbol=DOGE") {
        return Answer::status(400, json!({"code": -1121, "msg": "Invalid symbol."}));
    }
    let number = |name: &str| {
        let found = path.split(['?', '&']).find_map(|part| part.strip_prefix(&format!("{name}=")));
        found.and_then(|text| text.parse::<i64>().ok()).unwrap_or_default()
    };
    let all = rows(46, 60);
    let first: i64 = all[0].split(',').next().unwrap().parse().unwrap();
    let row = |row: &String| {
        let cells: Vec<&str> = row.trim().split(',').collect();
        let time: i64 = cells[0].parse().unwrap();
        let within = (number("startTime")..=number("endTime")).contains(&time) && time < first + last * DAY;
        within.then(|| {
            json!([time, cells[1], cells[2], cells[3], cells[4], cells[5], time + DAY - 1, "1", 3, "1", "1", "0"])
        })
    };
    Answer::json(all.iter().filter_map(row).take(1_000).collect::<Value>())
}

#[test]
fn bars_are_fetched_before_a_pass_and_an_asset_that_cannot_be_is_late_while_others_go_on() {
    let last = Arc::new(AtomicI64::new(20));
    let server = WebServer::start({
        let last = Arc::clone(&last);
        move |path, _| binance(path, last.load(Ordering::Relaxed))
    });
    let sandbox = Sandbox::empty();
    sandbox.write("cross.toml", CROSS);
    fs::create_dir(sandbox.here().join("store")).unwrap();
    let fetched = |bars: i64, crypto: &str| {
        last.store(bars, Ordering::Relaxed);
        let words = format!("{} --fetch binance", WORDS.replace("--all", &format!("--crypto {crypto}")));
        let now = after(usize::try_from(bars).unwrap());
        sandbox.backtest(&words).env("BACKTEST_FETCH_URL", server.url()).env("BACKTEST_NOW", now).ran()
    };
    assert_eq!(fetched(20, "BTC").done().stdout, "");
    let told = fetched(60, "BTC").done().stdout;
    assert_eq!(ids(&told).len(), ids(&expected(46)).len());
    assert_eq!(fetched(60, "BTC").done().stdout, "");
    put(&sandbox, "DOGEUSDT", &rows(47, 30));
    let both = fetched(60, "BTC,DOGE");
    assert_eq!(both.code, Some(1), "{}", both.stderr);
    assert!(both.stderr.contains("DOGEUSDT: not fetched, so its bars are late"), "{}", both.stderr);
    assert!(both.stderr.contains("1 state followed from now on"), "{}", both.stderr);
}

#[test]
fn a_redis_that_may_evict_the_state_is_warned_of() {
    let careless = RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let (sandbox, _) = followed(48, "");
    let warned = |server: &RedisServer| {
        let words = WORDS.replace("file:store/signals.db", &server.url());
        let ran = sandbox.backtest(&words).env("BACKTEST_NOW", after(60)).ran().done();
        ran.stderr.contains("its eviction policy allkeys-lru may evict the state")
    };
    assert!(warned(&careless));
    assert!(!warned(&RedisServer::start(&["--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"])));
    assert!(!warned(&RedisServer::start(&[])));
}

#[test]
fn a_clock_that_goes_back_an_hour_tells_nothing_again() {
    let (sandbox, _) = followed(49, "");
    let hour_ago = (after(60).parse::<i64>().unwrap() - 3_600_000).to_string();
    let told = pass(&sandbox, 60, "").ran().done().stdout;
    let back = pass(&sandbox, 60, "").env("BACKTEST_NOW", hour_ago).ran().done();
    assert_eq!(back.stdout, "");
    assert!(back.stderr.contains("the candles end before the last bar that is known"), "{}", back.stderr);
    assert_eq!(pass(&sandbox, 60, "").ran().done().stdout, "");
    assert_eq!(ids(&told), ids(&expected(49)));
}

#[test]
fn a_torn_line_of_candles_fails_its_asset_and_its_bars_are_told_once_it_is_whole() {
    let (sandbox, rows) = followed(50, "");
    let torn = format!("{}{}", rows[..50].concat(), &rows[50][..25]);
    put(&sandbox, "BTCUSDT", &[torn]);
    put(&sandbox, "ETHUSDT", &rows[..20]);
    let failed = pass(&sandbox, 60, "").ran();
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), ""), "{}", failed.stderr);
    assert!(failed.stderr.contains("BTCUSDT.csv: row 52"), "{}", failed.stderr);
    put(&sandbox, "BTCUSDT", &rows);
    let told = pass(&sandbox, 60, "").ran().done().stdout;
    assert_eq!(ids(&told), ids(&expected(50)));
}

#[test]
fn an_asset_that_is_gone_is_late_and_the_others_go_on() {
    let (sandbox, rows) = followed(51, "");
    put(&sandbox, "ETHUSDT", &rows);
    pass(&sandbox, 60, "").ran().done();
    fs::remove_file(sandbox.here().join("data/1d/ETHUSDT.csv")).unwrap();
    pass(&sandbox, 60, "").ran().done();
    let status = |bars: usize| {
        let words = "signals status --state file:store/signals.db --format json";
        let ran = sandbox.backtest(words).env("BACKTEST_NOW", after(bars)).ran();
        let status: Value = serde_json::from_str(&ran.stdout).unwrap();
        let late = status["states"].as_array().unwrap().iter().filter(|state| state["late"] == true).count();
        (ran.code, late)
    };
    assert_eq!(status(60), (Some(0), 0));
    assert_eq!(status(62), (Some(1), 2));
}
