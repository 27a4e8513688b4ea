//! Who decides where results and passwords go: the user's own settings, environment and options, and never a file that
//! came with a folder of candles. And files that never end.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::redis_server::RedisServer;
use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi --format json";

#[test]
fn a_settings_file_of_the_current_folder_sends_no_result_and_no_password_anywhere() {
    let (stranger, own) = (RedisServer::start(&[]), RedisServer::start(&[]));
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("password", "canary");
    let settings = format!("cache_url = '{}'\ncache_user = 'ann'\ncache_password_file = 'password'\n", stranger.url());
    sandbox.write("backtest.toml", format!("{settings}capital = 5000\n"));
    sandbox.own_settings(&format!("cache_url = '{}'\ncapital = 1\n", own.url()));
    let call = |words: &str| sandbox.backtest(words).without("BACKTEST_NO_CACHE");
    for expected in ["miss", "hit"] {
        let ran = call(RUN).ran().done();
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
        let ran = ran.says(&["note: cache_password_file, cache_url, cache_user in ./backtest.toml are ignored"]);
        assert_eq!((&ran.json()["cache"], &ran.json()["settings"]["capital"]), (&expected.into(), &5_000.into()));
    }
    assert_eq!((stranger.keys().len(), own.entries("result:BTCUSDT:rsi").len()), (0, 1));
    call("cache stats --format json").ran().done().says(&["ignored"]);
    call("data list").ran().done_quietly();
    // Named by an option it decides everything: the stranger has no user `ann`.
    call(RUN).arg("--config").arg("backtest.toml").ran().done().warned_once(&["auth"]);
}

#[test]
fn each_setting_about_credentials_is_ignored_in_the_current_folder() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    for key in ["cache_secret_file", "cache_password_file", "cache_ca", "cache_cert", "cache_key", "cache_user"] {
        sandbox.write("backtest.toml", format!("{key} = '/nowhere'\n"));
        let ran = sandbox.backtest(RUN).redis(&server).ran().done();
        ran.says(&[&format!("{key} in ./backtest.toml is ignored"), "config/backtest/backtest.toml"]);
    }
    sandbox.write("backtest.toml", "prefix = 'team-a'\nttl = '1h'\n");
    sandbox.backtest(RUN).redis(&server).ran().done_quietly();
}

#[test]
fn a_settings_file_in_the_users_config_folder_is_his_own_even_if_he_stands_there() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    let settings = sandbox.own_settings(&format!("cache_url = '{}'\n", server.url()));
    let script = format!(
        "cd {} && {} {RUN} --data-dir {}",
        settings.parent().expect("a folder").display(),
        crate::fixture::program().display(),
        sandbox.here().join("data").display()
    );
    let ran = sandbox.shell(&script).without("BACKTEST_NO_CACHE").ran().done_quietly();
    assert_eq!(ran.json()["cache"], "miss");
    assert_eq!(server.entries("result:BTCUSDT:rsi").len(), 1);
}

#[test]
fn a_variable_that_is_not_utf_8_is_refused_and_not_ignored() {
    let (server, sandbox) = (RedisServer::start(&[]), Sandbox::with(&["BTCUSDT"]));
    for name in ["BACKTEST_CACHE_SECRET", "BACKTEST_CACHE_PASSWORD", "BACKTEST_CACHE_URL", "REDIS_PASSWORD"] {
        let call = sandbox.backtest(RUN).redis(&server).env(name, OsStr::from_bytes(b"canary\xff"));
        let ran = call.ran().refused(&[&format!("{name} is not valid UTF-8")]);
        assert!(!ran.stderr.contains("canary"));
    }
    assert_eq!(server.keys(), [""; 0]);
}

#[test]
fn settings_secrets_and_certificates_that_never_end_are_refused_at_once() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    let pipe = sandbox.here().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let huge = sandbox.write("huge", "");
    std::fs::File::options().write(true).open(&huge).and_then(|file| file.set_len(2 << 30)).expect("a sparse file");
    let begun = Instant::now();
    for path in [pipe.as_path(), "/dev/zero".as_ref(), huge.as_path()] {
        let name = path.display().to_string();
        sandbox.backtest(RUN).arg("--config").arg(path).ran().refused(&["settings file", &name]);
        let secret = sandbox.backtest(RUN).cache_url("redis://127.0.0.1:1").env("BACKTEST_CACHE_SECRET_FILE", path);
        secret.ran().refused(&["BACKTEST_CACHE_SECRET_FILE", &name]);
        #[cfg(feature = "tls")]
        for variable in ["BACKTEST_CACHE_CA", "BACKTEST_CACHE_CERT"] {
            let call = sandbox.backtest(RUN).cache_url("rediss://localhost").env(variable, path);
            call.ran().refused(&[variable, &name]);
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}
