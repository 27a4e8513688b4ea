//! TLS with a real redis-server: who is believed, and every way in which the two ends misunderstand each other.

use std::io::Read;
use std::net::TcpListener;
use std::time::Instant;

use backtest::cache::{CacheLocation, CacheReport, Endpoint, Options, Results, TlsConfig};

use crate::common::certificates::{Pair, Signer};
use crate::common::fault_proxy::{Break, FaultProxy};
use crate::common::redis_server::{RedisServer, free_port};
use crate::{BUDGET, TWICE, run, run_in_trouble, value, wanted};

/// A server with a plain port for the test, and an encrypted one.
struct Server {
    plain: RedisServer,
    port: u16,
}

impl Server {
    fn start(signer: &Signer, pair: &Pair, args: &[&str]) -> Self {
        let (port, ca) = (free_port(), signer.ca());
        let (certificate, key) = (&pair.certificate, &pair.key);
        let (number, ca) = (port.to_string(), ca.to_str().expect("a path"));
        let mut all = vec!["--tls-port", &number, "--tls-ca-cert-file", ca];
        all.extend(["--tls-cert-file", certificate.to_str().expect("a path")]);
        all.extend(["--tls-key-file", key.to_str().expect("a path")]);
        all.extend(args);
        Self { plain: RedisServer::start(&all), port }
    }

    fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}/0", self.port)
    }
}

fn endpoint(url: &str) -> Endpoint {
    url.parse().expect("a URL")
}

const OPEN: [&str; 2] = ["--tls-auth-clients", "no"];

fn trusting(signer: &Signer) -> TlsConfig {
    TlsConfig::from_files(Some(&signer.ca()), None, |path| std::fs::read(path)).expect("a signer's file")
}

fn run_trusting(endpoint: Endpoint, count: usize) -> CacheReport {
    let options = Options { timeout: BUDGET, ..Options::default() };
    let results = Results::new(&CacheLocation::Redis(endpoint), options);
    let wanted: Vec<_> = (0..count).map(wanted).collect();
    for (n, found) in results.get(&wanted).into_iter().enumerate() {
        match found {
            Some(found) => assert_eq!(found, value(n)),
            None => results.put(&wanted[n], &value(n)),
        }
    }
    results.finish()
}

/// As [`run_in_trouble`], with somebody to trust.
fn trouble(url: &str, trust: TlsConfig, words: &[&str]) -> CacheReport {
    let begun = Instant::now();
    let report = run_trusting(endpoint(url).with_tls(trust), 5);
    let took = begun.elapsed();
    assert!(took < TWICE, "{words:?} took {took:?}");
    let warning = report.warning.clone().unwrap_or_else(|| panic!("{words:?} gives no warning")).to_string();
    for word in words.iter().chain(&["Redis at 127.0.0.1:", "continuing without cache"]) {
        assert!(warning.contains(word), "'{warning}' does not say '{word}'");
    }
    report
}

#[test]
fn results_are_shared_over_an_encrypted_connection() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &OPEN);
    let at = |trust| endpoint(&server.url()).with_tls(trust);
    let cold = run_trusting(at(trusting(&signer)), 702);
    assert_eq!((cold.hits, cold.stored, cold.warning), (0, 702, None));
    let warm = run_trusting(at(trusting(&signer)), 702);
    assert_eq!((warm.hits, warm.stored, warm.warning), (702, 0, None));
    assert_eq!(run(&server.plain.url(), 702).hits, 702, "the same entries as without encryption");
}

#[test]
fn passwords_and_databases_work_as_without() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &[&OPEN[..], &["--requirepass", "canary"]].concat());
    let url = |password: &str| format!("rediss://:{password}@127.0.0.1:{}/3", server.port);
    assert_eq!(run_trusting(endpoint(&url("canary")).with_tls(trusting(&signer)), 5).stored, 5);
    assert_eq!(run_trusting(endpoint(&url("canary")).with_tls(trusting(&signer)), 5).hits, 5);
    let report = trouble(&url("canary2"), trusting(&signer), &["auth", "WRONGPASS"]);
    assert!(!format!("{report:?}").contains("canary"));
}

#[test]
fn a_certificate_that_nobody_we_trust_has_signed_is_refused() {
    let (signer, other) = (Signer::new(), Signer::new());
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &OPEN);
    trouble(&server.url(), trusting(&other), &["tls", "nobody whom this machine trusts", "BACKTEST_CACHE_CA"]);
    // ExportFormat the machine trusts takes a while to read; either way it is not this one.
    trouble(&server.url(), TlsConfig::default(), &[]);
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("redis.example"), &OPEN);
    trouble(&server.url(), trusting(&signer), &["tls", "another host name"]);
}

#[test]
fn a_certificate_that_has_expired_is_refused() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign_until("127.0.0.1", 2001), &OPEN);
    trouble(&server.url(), trusting(&signer), &["tls", "expired"]);
}

#[test]
fn a_server_may_want_a_certificate_of_ours() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &[]);
    trouble(&server.url(), trusting(&signer), &["tls", "wants a certificate of ours", "BACKTEST_CACHE_CERT"]);
    let shown = |by: &Signer| {
        let pair = by.sign("ann");
        TlsConfig::from_files(Some(&signer.ca()), Some((&pair.certificate, &pair.key)), |path| std::fs::read(path))
            .expect("all three are good")
    };
    trouble(&server.url(), shown(&Signer::new()), &["tls", "does not accept our certificate"]);
    assert_eq!(run_trusting(endpoint(&server.url()).with_tls(shown(&signer)), 5).stored, 5);
}

#[test]
fn a_server_without_tls_is_named_as_that() {
    let signer = Signer::new();
    let server = RedisServer::start(&[]);
    let url = format!("rediss://127.0.0.1:{}", server.port());
    trouble(&url, trusting(&signer), &["a server without TLS needs redis://"]);
}

#[test]
fn a_server_with_tls_behind_a_plain_url_is_named_as_that() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &OPEN);
    run_in_trouble(&server.url().replace("rediss", "redis"), 5, &["closed", "a server with TLS needs rediss://"]);
}

#[test]
fn a_server_that_stalls_or_hangs_up_at_any_byte_costs_no_more_than_the_budget() {
    let signer = Signer::new();
    let server = Server::start(&signer, &signer.sign("127.0.0.1"), &OPEN);
    let _ = run_trusting(endpoint(&server.url()).with_tls(trusting(&signer)), 5);
    for k in [0, 1, 5, 90, 130, 400, 700, 1_500] {
        let proxy = FaultProxy::start(server.port, k, Break::Stall);
        trouble(&proxy.url().replace("redis", "rediss"), trusting(&signer), &["timeout"]);
        let proxy = FaultProxy::start(server.port, k, Break::Cut);
        trouble(&proxy.url().replace("redis", "rediss"), trusting(&signer), &[]);
        assert_eq!(proxy.connections(), 1, "no retry storm");
    }
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("bound").port();
    trouble(&format!("rediss://127.0.0.1:{port}"), trusting(&signer), &["timeout", "no answer to TLS"]);
}

#[test]
fn nothing_is_said_before_the_server_has_shown_who_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let heard = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut heard = Vec::new();
        let _ = client.read_to_end(&mut heard);
        heard
    });
    let url = format!("rediss://ann:canary@127.0.0.1:{port}/1");
    trouble(&url, TlsConfig::default(), &[]);
    let heard = heard.join().expect("it has listened");
    assert!(!heard.is_empty() && !heard.windows(6).any(|window| window == b"canary" || window == b"SELECT"));
}
