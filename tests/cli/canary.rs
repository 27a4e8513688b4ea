//! One word as password, as user's password file and as secret, over every command, all its output, logs and files.

use std::path::{Path, PathBuf};

use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox};

const CANARY: &str = "c4n4ry";

const COMMANDS: [&str; 26] = [
    "run --crypto BTC --strategy rsi --trades",
    "run --crypto BTC --strategy rsi --format json --out run.json",
    "run --crypto BTC --strategy rsi --refresh",
    "run --crypto NOPE --strategy rsi",
    "batch --all --out batch.csv",
    "batch --all --format json",
    "batch --all --out batch.parquet",
    "sweep --crypto BTC --strategy rsi --param period=2..40 --out sweep.csv",
    "sweep --crypto BTC --strategy rsi --param period=2..40 --dry-run",
    "strategies list",
    "data list",
    "cache info",
    "cache info --format json",
    "cache ping",
    "cache ping --format json",
    "cache stats",
    "cache stats --format json",
    "cache stats --format csv",
    "cache keys",
    "cache keys --format json",
    "cache warm --all --strategy macd",
    "cache verify --format json",
    "cache clear nothing:*",
    "cache clear --crypto BTC",
    "cache clear --yes --format json",
    "completions man",
];

/// Every way in which a password can be said, with a server that lets it in, and one that does not.
fn ways(port: u16, folder: &Path) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let plain = format!("redis://127.0.0.1:{port}/0");
    let file = folder.join("password").display().to_string();
    let settings = folder.join("settings.toml").display().to_string();
    vec![
        ("URL", vec![("BACKTEST_CACHE_URL", format!("redis://:{CANARY}@127.0.0.1:{port}/0"))]),
        ("REDIS_URL", vec![("REDIS_URL", format!("redis://default:{CANARY}@127.0.0.1:{port}/0"))]),
        ("variables", vec![("REDIS_PORT", port.to_string()), ("REDIS_PASSWORD", CANARY.to_owned())]),
        ("password", vec![("BACKTEST_CACHE_URL", plain.clone()), ("BACKTEST_CACHE_PASSWORD", CANARY.to_owned())]),
        ("file", vec![("BACKTEST_CACHE_URL", plain), ("BACKTEST_CACHE_PASSWORD_FILE", file)]),
        ("settings", vec![("BACKTEST_CONFIG", settings)]),
    ]
}

fn call(sandbox: &Sandbox, command: &str, way: &[(&str, String)]) -> Call {
    let call = sandbox.backtest(command).arg("-vvv").without("BACKTEST_NO_CACHE").env("BACKTEST_CACHE_SECRET", CANARY);
    way.iter().fold(call, |call, (name, value)| call.env(name, value))
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_secret_is_in_any_output_log_or_file_of_any_command() {
    for password in [CANARY, "another"] {
        let server = RedisServer::start(&["--requirepass", password]);
        let sandbox = Sandbox::with(&["BTCUSDT", "ETHUSDT"]);
        let ours = [sandbox.write("password", CANARY), sandbox.here().join("settings.toml")];
        let url = format!("redis://:{CANARY}@127.0.0.1:{}/0", server.port());
        sandbox.write("settings.toml", format!("cache_url = '{url}'\n"));
        for (way, variables) in ways(server.port(), &sandbox.here()) {
            for command in COMMANDS {
                let ran = call(&sandbox, command, &variables).ran();
                assert!(ran.code.is_some_and(|code| code <= 2), "{way}: {command}: {ran:#?}");
                assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{way}: {command}: {ran:#?}");
            }
        }
        let root = sandbox.here().parent().expect("it is in one").to_owned();
        for path in files(&root).into_iter().filter(|path| !ours.contains(path)) {
            let content = std::fs::read(&path).expect("a file");
            let is_there = content.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
            assert!(!is_there, "{} holds the secret", path.display());
        }
    }
}

#[test]
fn no_secret_is_in_the_names_or_values_of_the_store() {
    let server = RedisServer::start(&[]);
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox
        .backtest("run --crypto BTC --strategy rsi --trades")
        .redis(&server)
        .env("BACKTEST_CACHE_SECRET", CANARY)
        .ran()
        .done_quietly();
    let names = server.keys();
    assert!(names.len() >= 4 && !names.concat().contains(CANARY), "{names:?}");
    for name in names.iter().filter(|name| !name.contains(":stats")) {
        assert!(!server.command(&["GET", name]).contains(CANARY), "{name}");
    }
}
