//! `rediss://` from the command line: files of certificates named by environment and settings.

use crate::common::certificates::Signer;
use crate::common::redis_server::{RedisServer, free_port};
use crate::fixture::Sandbox;

const RUN: &str = "run --crypto BTC --strategy rsi --format json";

fn server(signer: &Signer, port: u16) -> RedisServer {
    let pair = signer.sign("localhost");
    let path = |path: &std::path::Path| path.display().to_string();
    let args =
        ["--tls-port", &port.to_string(), "--tls-auth-clients", "no", "--tls-cert-file", &path(&pair.certificate)];
    RedisServer::start(
        &[&args[..], &["--tls-key-file", &path(&pair.key), "--tls-ca-cert-file", &path(&signer.ca())]].concat(),
    )
}

#[test]
fn results_are_stored_and_found_over_tls() {
    let (signer, port, sandbox) = (Signer::new(), free_port(), Sandbox::with(&["BTCUSDT"]));
    let _server = server(&signer, port);
    let call = |words: &str| {
        let call = sandbox.backtest(words).cache_url(&format!("rediss://localhost:{port}/2"));
        call.env("BACKTEST_CACHE_CA", signer.ca())
    };
    assert_eq!(call(RUN).ran().done_quietly().json()["cache"], "miss");
    assert_eq!(call(RUN).ran().done_quietly().json()["cache"], "hit");
    let stats = call("cache stats --format json").ran().done_quietly().json();
    assert_eq!((&stats["entries"], &stats["hits"]), (&1.into(), &1.into()));
    let settings =
        sandbox.own_settings(&format!("cache_url = \"rediss://localhost:{port}/2\"\ncache_ca = \"ca.pem\"\n"));
    std::fs::copy(signer.ca(), settings.with_file_name("ca.pem")).expect("a file");
    assert_eq!(sandbox.backtest(RUN).without("BACKTEST_NO_CACHE").ran().done_quietly().json()["cache"], "hit");
}

#[test]
fn files_that_hold_no_certificates_are_refused_before_any_work() {
    let sandbox = Sandbox::with(&["BTCUSDT"]);
    sandbox.write("empty.pem", "");
    sandbox.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
    let call = |name: &str, value: &str| sandbox.backtest(RUN).cache_url("rediss://localhost").env(name, value).ran();
    call("BACKTEST_CACHE_CA", "nowhere.pem").refused(&["BACKTEST_CACHE_CA: nowhere.pem cannot be read"]);
    call("BACKTEST_CACHE_CA", "empty.pem").refused(&["empty.pem holds no certificate"]);
    call("BACKTEST_CACHE_CA", "cut.pem").refused(&["cut.pem is not whole PEM"]);
    call("BACKTEST_CACHE_KEY", "empty.pem").refused(&["BACKTEST_CACHE_KEY names a key without a certificate"]);
}
