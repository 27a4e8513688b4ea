//! `data fetch`, from an exchange of the test's own.

use std::process::Stdio;
use std::sync::mpsc::channel;

use serde_json::{Value, json};

use crate::common::certificates::Signer;
use crate::fixture::Sandbox;
use crate::tls_front;
use crate::web_server::{Answer, WebServer};

const DAY: i64 = 86_400_000;
/// 2024-01-01
const FIRST: i64 = 1_704_067_200_000;
/// 2024-04-10: the last day of this market, which was then closed down.
const LAST: i64 = FIRST + 100 * DAY;

fn number(path: &str, name: &str) -> i64 {
    let found = path.split(['?', '&']).find_map(|part| part.strip_prefix(&format!("{name}=")[..]));
    found.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Binance with days of BTC and ETH; half a year of them.
fn binance(path: &str) -> Answer {
    if path.starts_with("/api/v3/exchangeInfo") {
        let pair = |base: &str| json!({"symbol": format!("{base}USDT"), "baseAsset": base, "quoteAsset": "USDT"});
        return Answer::json(json!({"symbols": [pair("BTC"), pair("ETH"), pair("DOGE")]}));
    }
    if path.contains("symbol=DOGE") {
        return Answer::status(400, json!({"code": -1121, "msg": "Invalid symbol."}));
    }
    let (from, to) = (number(path, "startTime").max(FIRST), number(path, "endTime").min(LAST));
    let row = |day: i64| {
        let price = 40_000 + day % 700;
        let time = day * DAY;
        json!([
            time,
            price.to_string(),
            (price + 9).to_string(),
            (price - 9).to_string(),
            (price + 1).to_string(),
            "12.5",
            time + DAY - 1,
            "1",
            3,
            "1",
            "1",
            "0"
        ])
    };
    let first = from / DAY + i64::from(from % DAY > 0);
    Answer::json((first..=to / DAY).take(1_000).map(row).collect::<Value>())
}

fn server() -> WebServer {
    WebServer::start(|path, _| binance(path))
}

fn fetch(server: &WebServer, words: &str) -> String {
    format!("data fetch --exchange binance --base-url {} {words}", server.url())
}

#[test]
fn from_nothing_to_a_backtest_in_two_commands() {
    let (sandbox, server) = (Sandbox::empty(), server());
    let ran = sandbox.backtest(&fetch(&server, "--crypto BTC,ETH --format json")).ran().done_quietly();
    let json = ran.json();
    assert_eq!(
        (&json[0]["symbol"], &json[0]["added"], &json[0]["bars"]),
        (&"BTCUSDT".into(), &101.into(), &101.into())
    );
    assert_eq!((&json[0]["start"], &json[0]["end"]), (&"2024-01-01T00:00:00Z".into(), &"2024-04-10T00:00:00Z".into()));
    assert_eq!((&json[1]["file"], &json[1]["pair"]), (&"data/1d/ETHUSDT.parquet".into(), &"ETHUSDT".into()));
    let run = sandbox.backtest("run --crypto BTC --strategy rsi --format json").ran().done().json();
    assert_eq!((&run["bars"], &run["symbol"]), (&101.into(), &"BTCUSDT".into()));
}

#[test]
fn a_second_time_adds_what_is_new_and_says_so() {
    let (sandbox, server) = (Sandbox::empty(), server());
    let table = sandbox.backtest(&fetch(&server, "--crypto btc --to 2024-03-01")).ran().done_quietly().stdout;
    for word in ["Asset", "New bars", "BTCUSDT", "60", "2024-01-01", "2024-02-29"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let csv = sandbox.backtest(&fetch(&server, "--crypto BTC --update --format csv")).ran().done_quietly().stdout;
    let expected = "BTCUSDT,1d,BTCUSDT,41,101,2024-01-01T00:00:00Z,2024-04-10T00:00:00Z,data/1d/BTCUSDT.parquet,";
    assert_eq!(csv.lines().nth(1), Some(expected));
    let again = sandbox.backtest(&fetch(&server, "--crypto BTC --update")).ran().done_quietly().stdout;
    assert!(again.contains("nothing new"), "{again}");
}

#[test]
fn one_pair_that_fails_does_not_keep_the_others_from_coming() {
    let (sandbox, server) = (Sandbox::empty(), server());
    let ran = sandbox.backtest(&fetch(&server, "--crypto DOGE,BTC --format json")).ran();
    let json = ran.json();
    ran.failed(&["DOGEUSDT: Binance refuses: -1121 Invalid symbol."]);
    assert!(json[0]["error"].as_str().is_some_and(|error| error.contains("-1121")), "{json}");
    assert_eq!((&json[1]["bars"], &json[1]["error"]), (&101.into(), &Value::Null));
}

#[test]
fn a_request_that_cannot_be_fulfilled_is_refused_before_anything_is_fetched() {
    let (sandbox, server) = (Sandbox::empty(), server());
    let refused = |words: &str, says: &[&str]| {
        sandbox.backtest(words).ran().refused(says);
    };
    refused("data fetch --exchange binanze --crypto BTC", &["'binanze'", "did you mean 'binance'?", "bybit, coinbase"]);
    refused("data fetch --exchange coinbase --crypto BTC --interval 4h", &["no bars of 4h", "1m, 5m, 15m, 1h, 6h, 1d"]);
    refused("data fetch --exchange binance --crypto BTC --interval 5x", &["'5x' is not an interval"]);
    refused("data fetch --exchange binance", &["--crypto"]);
    let range = "--from 2024-02-01 --to 2024-01-01";
    refused(
        &fetch(&server, &format!("--crypto BTC {range}")),
        &["--from '2024-02-01' is not before --to '2024-01-01'"],
    );
    refused(&fetch(&server, "--crypto BTC --from 2999-01-01"), &["is in the future"]);
    refused("data fetch --exchange binance --crypto BTC --base-url localhost", &["--base-url", "https://host"]);
    assert_eq!(server.asked(), [""; 0]);
    refused(&fetch(&server, "--crypto BTC,ETHH"), &["--crypto: Binance has no 'ETHH'", "Did you mean ETH"]);
    refused(&fetch(&server, "--crypto BTC --quote EUR"), &["no 'BTC' in EUR", "USDT", "--quote"]);
    assert!(server.asked().iter().all(|path| path.contains("exchangeInfo")), "{:?}", server.asked());
    assert!(!sandbox.here().join("data").exists());
}

#[test]
fn without_a_connection_there_is_one_line_and_it_says_what_to_do() {
    let sandbox = Sandbox::empty();
    // Reserved: never a host.
    let ran = sandbox.backtest("data fetch --exchange kraken --crypto BTC --base-url http://kraken.invalid").ran();
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    ran.failed(&["kraken.invalid is not known", "offline", "--base-url"]);
}

#[test]
fn too_many_questions_are_waited_out() {
    let server = WebServer::start(|path, before| match before {
        0 => Answer::status(429, "slow down").header("Retry-After", 0),
        _ => binance(path),
    });
    let sandbox = Sandbox::empty();
    let ran = sandbox.backtest(&fetch(&server, "--crypto BTC --from 2024-04-01 --format json")).ran().done();
    assert_eq!(ran.json()[0]["bars"], 10);
}

#[test]
fn a_bar_that_is_there_with_other_values_is_named_and_decided_by_the_user() {
    let (sandbox, server) = (Sandbox::empty(), server());
    let file = "timestamp,open,high,low,close,volume\n2024-04-08,40000,40009,39991,40000.5,12.5\n\
                2024-04-09,40000,40009,39991,40000.5,12.5\n";
    sandbox.write("data/1d/BTCUSDT.csv", file);
    let update = fetch(&server, "--crypto BTC --update");
    sandbox.backtest(&update).ran().failed(&["BTCUSDT.csv", "2024-04-09 has", "--on-conflict"]);
    assert_eq!(sandbox.read("data/1d/BTCUSDT.csv"), file);
    let ran = sandbox.backtest(&format!("{update} --on-conflict last --format json")).ran().done();
    assert_eq!((&ran.json()[0]["bars"], &ran.json()[0]["differing"]), (&3.into(), &1.into()));
    ran.says(&["note: BTCUSDT: what was there is now data/1d/BTCUSDT.csv.bak"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_came_and_ends_with_130() {
    let (sender, receiver) = channel();
    let sender = std::sync::Mutex::new(sender);
    let server = WebServer::start(move |path, _| {
        if path.contains("symbol=ETHUSDT") {
            sender.lock().expect("no panic").send(()).expect("the test waits");
            return Answer::Silence;
        }
        binance(path)
    });
    let sandbox = Sandbox::empty();
    let child = sandbox.backtest(&fetch(&server, "--crypto BTC,ETH --format csv")).spawn(Stdio::piped());
    receiver.recv().expect("it asks for ETH");
    sandbox.shell(&format!("kill -INT {}", child.id())).ran().done();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert!(stdout.contains("BTCUSDT,1d,BTCUSDT,101,101,"), "{stdout}");
    assert_eq!(sandbox.names("data/1d"), ["BTCUSDT.parquet"]);
}

#[test]
fn only_binance_has_an_archive() {
    let words = "data fetch --exchange kraken --crypto BTC --from-archive";
    Sandbox::empty().backtest(words).ran().refused(&["--from-archive: Kraken has no archive", "binance"]);
}

#[test]
fn an_exchange_is_believed_by_whom_this_machine_trusts() {
    let (sandbox, server, signer) = (Sandbox::empty(), server(), Signer::new());
    let behind = server.url().replace("http://", "");
    let port = tls_front::start(&signer.sign("localhost"), &behind);
    let words =
        format!("data fetch --exchange binance --base-url https://localhost:{port} --crypto BTC --to 2024-03-01");
    let trusting = sandbox.backtest(&words).env("SSL_CERT_FILE", signer.ca());
    assert!(trusting.ran().done_quietly().stdout.contains("60"));
    let ca = Signer::new().ca();
    sandbox.backtest(&words).env("SSL_CERT_FILE", ca).ran().failed(&["localhost", "certificate"]);
}

/// Binance's contracts, whose rates are paid three times a day.
fn binance_futures(path: &str) -> Answer {
    if path == "/fapi/v1/exchangeInfo" {
        let pair = json!({"symbol": "BTCUSDT", "contractType": "PERPETUAL", "baseAsset": "BTC", "quoteAsset": "USDT"});
        return Answer::json(json!({"symbols": [pair]}));
    }
    let (from, to) = (number(path, "startTime").max(FIRST), number(path, "endTime").min(LAST + DAY - 1));
    let times = (0..303).map(|eighth| FIRST + eighth * DAY / 3).filter(|time| (from..=to).contains(time));
    let row = |time: i64| json!({"symbol": "BTCUSDT", "fundingTime": time + 3, "fundingRate": "0.00010000"});
    Answer::json(times.take(1_000).map(row).collect::<Value>())
}

#[test]
fn funding_rates_are_fetched_and_then_paid() {
    let (sandbox, candles) = (Sandbox::empty(), server());
    sandbox.backtest(&fetch(&candles, "--crypto BTC")).ran().done();
    let futures = WebServer::start(|path, _| binance_futures(path));
    let ran = sandbox.backtest(&fetch(&futures, "--crypto BTC --funding --format json")).ran().done_quietly().json();
    assert_eq!((&ran[0]["symbol"], &ran[0]["added"], &ran[0]["rates"]), (&"BTCUSDT".into(), &303.into(), &303.into()));
    assert!(sandbox.read("data/funding/BTCUSDT.csv").starts_with("timestamp,rate\n2024-01-01T00:00:00Z,0.0001\n"));
    sandbox.write("hold.toml", "name = \"hold\"\n[rules]\nentry = \"close > 0\"\nexit = \"close < 0\"\n");
    let words = "run --crypto BTC --strategy ./hold.toml --no-cache --format json";
    let paid = |funding: &str| {
        sandbox.backtest(&format!("{words} --funding {funding}")).ran().done().json()["metrics"]["funding"].as_f64()
    };
    let (file, constant) = (paid("file").unwrap(), paid("0.01%").unwrap());
    assert!(file.abs() > 0.0 && (file - constant).abs() < 1e-9 * file.abs(), "{file} {constant}");
    let again = sandbox.backtest(&fetch(&futures, "--crypto BTC --funding")).ran().done().stdout;
    assert!(again.contains("nothing new"), "{again}");
    let refused = |words: &str| sandbox.backtest(words).ran();
    refused("data fetch --exchange kraken --crypto BTC --funding").refused(&["Kraken", "binance, bybit"]);
    refused(&fetch(&futures, "--crypto BTC --funding --from-archive")).refused(&["--from-archive", "from the API"]);
}
