//! `signals`: each order told once, the same ones as the fills of a run.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox};
use crate::web_server::{Answer, WebServer};

const DAY: i64 = 86_400_000;
/// 2020-01-01.
const FIRST: i64 = 1_577_836_800_000;
const HEADER: &str = "timestamp,open,high,low,close,volume\n";
const CROSS: &str = "name = \"cross\"\n[rules]\nentry = \"close > sma(close, 3)\"\nexit = \"close < sma(close, 3)\"\n";

/// Days of a price that wanders, in cents.
pub(crate) fn rows(seed: u64, bars: usize) -> Vec<String> {
    let (mut state, mut price) = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, 10_000_i64);
    let mut random = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        i64::try_from(state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0)
    };
    let cents = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    let mut row = |bar: i64| {
        let open = price;
        price = (price + random() % 401 - 200).max(500);
        let (high, low) = (open.max(price) + 20, open.min(price) - 20);
        let [open, high, low, close] = [open, high, low, price].map(cents);
        format!("{},{open},{high},{low},{close},{}\n", FIRST + bar * DAY, bar % 9 + 1)
    };
    (0..).take(bars).map(&mut row).collect()
}

pub(crate) fn put(sandbox: &Sandbox, symbol: &str, rows: &[String]) {
    sandbox.write(&format!("data/1d/{symbol}.csv"), format!("{HEADER}{}", rows.concat()));
}

/// The moment at which so many bars have settled.
pub(crate) fn after(bars: usize) -> String {
    (FIRST + DAY * i64::try_from(bars).unwrap() + 5_000).to_string()
}

fn cross(bars: usize, seed: u64) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::empty();
    sandbox.write("cross.toml", CROSS);
    let rows = rows(seed, bars);
    (sandbox, rows)
}

fn pass(sandbox: &Sandbox, bars: usize, more: &str) -> Call {
    let words = format!("signals --all --strategy ./cross.toml --state file:signals.db --format json {more}");
    sandbox.backtest(&words).env("BACKTEST_NOW", after(bars))
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What orders say whoever found them, and when.
fn facts(event: &Value) -> String {
    let names = ["id", "kind", "side", "symbol", "bar", "fill", "price_ref", "stop", "target", "equity"];
    names.map(|name| event[name].to_string()).join(" ")
}

#[test]
fn bar_by_bar_all_orders_are_the_fills_of_a_run() {
    let (sandbox, rows) = cross(60, 1);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let first = pass(&sandbox, 20, "").ran().done();
    assert_eq!(first.stdout, "", "nothing of the past");
    assert!(first.stderr.contains("1 state followed from now on"), "{}", first.stderr);
    let mut all = Vec::new();
    for bars in 21..=60 {
        put(&sandbox, "BTCUSDT", &rows[..bars]);
        all.extend(events(&pass(&sandbox, bars, "").ran().done().stdout));
        assert_eq!(pass(&sandbox, bars, "").ran().done().stdout, "", "and not again");
    }
    let run = sandbox.backtest("run --crypto BTC --strategy ./cross.toml --trades --format json");
    let run: Value = serde_json::from_str(&run.env("BACKTEST_NOW", after(60)).ran().done().stdout).unwrap();
    let mut fills: Vec<(String, &str)> = Vec::new();
    for trade in run["trades"].as_array().unwrap() {
        fills.push((trade["entry_time"].as_str().unwrap().to_owned(), "entry"));
        if trade["open"] == false {
            fills.push((trade["exit_time"].as_str().unwrap().to_owned(), "exit"));
        }
    }
    fills.sort();
    // An order of a bar's close fills at the open of the next bar, which is the time of the close.
    let mut told: Vec<(String, &str)> = all
        .iter()
        .map(|event| {
            (event["close_time"].as_str().unwrap().to_owned(), if event["kind"] == "entry" { "entry" } else { "exit" })
        })
        .collect();
    let last = "2020-02-29T00:00:00Z";
    let pending = told.iter().filter(|(time, _)| time.as_str() > last).count();
    told.retain(|(time, _)| time.as_str() <= last);
    let begun = "2020-01-21T00:00:00Z".to_owned();
    assert_eq!(told, fills.into_iter().filter(|(time, _)| *time > begun).collect::<Vec<_>>());
    assert!(told.len() > 8 && pending <= 1, "{told:?}");
    let seqs: Vec<u64> = all.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_pass_over_missed_bars_tells_in_order_how_late_they_are() {
    let (sandbox, rows) = cross(60, 2);
    put(&sandbox, "BTCUSDT", &rows[..30]);
    pass(&sandbox, 30, "").ran().done();
    let other = Sandbox::empty();
    other.write("cross.toml", CROSS);
    put(&other, "BTCUSDT", &rows[..30]);
    pass(&other, 30, "").ran().done();
    let mut each = Vec::new();
    for bars in 31..=60 {
        put(&other, "BTCUSDT", &rows[..bars]);
        each.extend(events(&pass(&other, bars, "").ran().done().stdout));
    }
    put(&sandbox, "BTCUSDT", &rows);
    let at_once = events(&pass(&sandbox, 60, "--max-late 3").ran().done().stdout);
    assert_eq!(at_once.iter().map(facts).collect::<Vec<_>>(), each.iter().map(facts).collect::<Vec<_>>());
    for event in &at_once {
        let late = event["bars_late"].as_u64().unwrap();
        assert_eq!(event["stale"] == true, late > 3, "{event}");
    }
}

#[test]
fn revised_candles_give_corrections_and_giving_them_back_gives_others() {
    let (sandbox, mut rows) = cross(60, 3);
    put(&sandbox, "BTCUSDT", &rows);
    let first = pass(&sandbox, 60, "--since 2020-01-01").ran().done();
    let told = events(&first.stdout);
    assert!(told.len() > 8 && told.iter().all(|event| event["replayed"] == true && event["stale"] == true));
    // The bar of an entry closes far below its open now: it is no entry any more.
    let entry = told.iter().rev().find(|event| event["kind"] == "entry").unwrap();
    let bar = entry["bar"].as_str().unwrap().to_owned();
    let at = usize::try_from((bar.parse::<jiff::Timestamp>().unwrap().as_millisecond() - FIRST) / DAY).unwrap();
    let before = std::mem::replace(
        &mut rows[at],
        format!("{},50,50,40,45,1\n", FIRST + DAY * i64::try_from(at).expect("few rows")),
    );
    put(&sandbox, "BTCUSDT", &rows);
    let revised = events(&pass(&sandbox, 60, "").ran().done().stdout);
    assert!(!revised.is_empty() && revised.iter().all(|event| event["kind"] == "correction"), "{revised:?}");
    assert!(
        revised.iter().any(|event| event["bar"] == *bar && event["order"] == "entry" && event["change"] == "removed")
    );
    assert_eq!(pass(&sandbox, 60, "").ran().done().stdout, "");
    rows[at] = before;
    put(&sandbox, "BTCUSDT", &rows);
    let back = events(&pass(&sandbox, 60, "").ran().done().stdout);
    assert!(back.iter().any(|event| event["bar"] == *bar && event["order"] == "entry" && event["change"] == "added"));
    let ids: std::collections::BTreeSet<String> =
        revised.iter().chain(&back).map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), revised.len() + back.len(), "each is told once");
}

#[test]
fn a_clock_that_goes_back_and_a_bar_that_is_not_over_tell_nothing() {
    let (sandbox, rows) = cross(40, 4);
    put(&sandbox, "BTCUSDT", &rows);
    // The last bar is still open.
    pass(&sandbox, 39, "").ran().done();
    let told = events(&pass(&sandbox, 40, "").ran().done().stdout);
    assert!(told.iter().all(|event| event["bar"].as_str().unwrap().starts_with("2020-02-09")), "{told:?}");
    let back = pass(&sandbox, 39, "").ran().done();
    assert_eq!(back.stdout, "");
    assert!(back.stderr.contains("the candles end before the last bar that is known"), "{}", back.stderr);
    assert_eq!(pass(&sandbox, 40, "").ran().done().stdout, "");
}

#[test]
fn a_new_asset_is_followed_from_then_on_and_one_that_ends_does_not_stop_the_others() {
    let (sandbox, rows_of_btc) = cross(60, 5);
    let rows_of_eth = rows(6, 60);
    put(&sandbox, "BTCUSDT", &rows_of_btc[..30]);
    pass(&sandbox, 30, "").ran().done();
    put(&sandbox, "ETHUSDT", &rows_of_eth[..40]);
    put(&sandbox, "BTCUSDT", &rows_of_btc[..40]);
    let new = pass(&sandbox, 40, "").ran().done();
    assert!(new.stderr.contains("1 state followed from now on"), "{}", new.stderr);
    assert!(events(&new.stdout).iter().all(|event| event["symbol"] == "BTCUSDT"));
    put(&sandbox, "ETHUSDT", &rows_of_eth);
    sandbox.write("data/1d/BTCUSDT.csv", "gone wrong");
    let last = pass(&sandbox, 60, "").ran();
    assert_eq!(last.code, Some(1), "{}", last.stderr);
    assert!(events(&last.stdout).iter().all(|event| event["symbol"] == "ETHUSDT") && !last.stdout.is_empty());
    let status =
        sandbox.backtest("signals status --state file:signals.db --format json").env("BACKTEST_NOW", after(60)).ran();
    assert_eq!(status.code, Some(1), "an asset is late: {}", status.stdout);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let late: BTreeMap<&str, bool> = status["states"]
        .as_array()
        .unwrap()
        .iter()
        .map(|state| (state["symbol"].as_str().unwrap(), state["late"] == true))
        .collect();
    assert_eq!(late, BTreeMap::from([("BTCUSDT", true), ("ETHUSDT", false)]));
}

#[test]
fn an_asset_that_is_late_for_long_enough_counts_as_delisted_and_is_no_fault_any_more() {
    let (sandbox, of_btc) = cross(60, 16);
    put(&sandbox, "BTCUSDT", &of_btc[..30]);
    put(&sandbox, "ETHUSDT", &rows(17, 60)[..30]);
    pass(&sandbox, 30, "").ran().done();
    put(&sandbox, "BTCUSDT", &of_btc);
    let metrics = |more: &str| {
        pass(&sandbox, 60, &format!("--metrics signals.prom {more}")).ran().done();
        let text = sandbox.read("signals.prom");
        let figure = |name: &str| {
            let start = format!("backtest_signals_{name} ");
            text.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned)).expect("it is there")
        };
        [figure("late_states"), figure("delisted_states")]
    };
    assert_eq!(metrics(""), ["1", "0"]);
    assert_eq!(metrics("--delisted-after 40"), ["1", "0"]);
    assert_eq!(metrics("--delisted-after 20"), ["0", "1"]);
    let status = |more: &str| {
        let words = format!("signals status --state file:signals.db --format json {more}");
        let ran = sandbox.backtest(&words).env("BACKTEST_NOW", after(60)).ran();
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let eth = document["states"].as_array().unwrap().iter().find(|state| state["symbol"] == "ETHUSDT").unwrap();
        (ran.code, eth["late"] == true, eth["delisted"] == true)
    };
    assert_eq!(status(""), (Some(1), true, false));
    assert_eq!(status("--delisted-after 40"), (Some(1), true, false));
    assert_eq!(status("--delisted-after 20"), (Some(0), false, true));
    sandbox.backtest("signals status --state file:signals.db --delisted-after 0").ran().refused(&["--delisted-after"]);
}

#[test]
fn a_file_has_each_signal_once_and_a_torn_line_is_cut() {
    let (sandbox, rows) = cross(60, 7);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    pass(&sandbox, 20, "--out told.jsonl").ran().done();
    put(&sandbox, "BTCUSDT", &rows[..40]);
    let first = pass(&sandbox, 40, "--out told.jsonl").ran().done().stdout;
    assert_eq!(sandbox.read("told.jsonl"), first);
    // As after a crash of the machine in the middle of a line.
    let torn = &first[..first.len() - 40];
    sandbox.write("told.jsonl", torn);
    put(&sandbox, "BTCUSDT", &rows);
    let second = pass(&sandbox, 60, "--out told.jsonl").ran().done().stdout;
    let whole = torn.rfind('\n').map_or("", |at| &torn[..=at]);
    let all = sandbox.read("told.jsonl");
    assert!(all.starts_with(whole) && all.ends_with(&second));
    let seqs: Vec<u64> = events(&all).iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
}

#[test]
fn redis_and_a_file_tell_the_same() {
    let server = RedisServer::start(&[]);
    let rows = rows(8, 60);
    let told = |state: &str| {
        let (sandbox, _) = cross(1, 8);
        let mut all = Vec::new();
        for bars in [30, 31, 45, 60] {
            put(&sandbox, "BTCUSDT", &rows[..bars]);
            let words = format!("signals --all --strategy ./cross.toml --state {state} --format json");
            let ran = sandbox.backtest(&words).env("BACKTEST_NOW", after(bars)).ran().done();
            all.extend(events(&ran.stdout));
        }
        all
    };
    let (file, redis) = (told("file:signals.db"), told(&server.url()));
    assert!(file.len() > 5);
    assert_eq!(file, redis);
}

#[test]
fn without_its_store_nothing_is_told_and_without_state_it_may_be_told_again() {
    let (sandbox, rows) = cross(60, 9);
    put(&sandbox, "BTCUSDT", &rows);
    let words = "signals --all --strategy ./cross.toml --format json --state redis://127.0.0.1:1";
    let down = sandbox.backtest(words).env("BACKTEST_NOW", after(60)).ran();
    assert_eq!((down.code, down.stdout.as_str()), (Some(1), ""), "{}", down.stderr);
    assert!(down.stderr.contains("--no-state"), "{}", down.stderr);
    let bare = |bars: usize| {
        let words = "signals --all --strategy ./cross.toml --format json --no-state";
        let ran = sandbox.backtest(words).env("BACKTEST_NOW", after(bars)).ran().done();
        assert!(ran.stderr.contains("may be repeated"), "{}", ran.stderr);
        ran.stdout
    };
    put(&sandbox, "BTCUSDT", &rows[..59]);
    assert_eq!(bare(59), bare(59));
}

#[test]
fn a_webhook_gets_each_signal_signed_and_with_its_identity_and_again_after_a_failure() {
    let server = WebServer::start(|_, before| match before {
        0 => Answer::status(500, ""),
        1 => Answer::status(429, "").header("Retry-After", 0),
        _ => Answer::status(200, ""),
    });
    let (sandbox, rows) = cross(60, 10);
    let hook = format!("--webhook {}/hook", server.url());
    let pass = |bars: usize| pass(&sandbox, bars, &hook).env("BACKTEST_WEBHOOK_SECRET", "key").ran().done().stdout;
    put(&sandbox, "BTCUSDT", &rows[..20]);
    assert_eq!(pass(20), "");
    put(&sandbox, "BTCUSDT", &rows);
    let told = pass(60);
    let posted = server.posted();
    let ids = |from: usize| -> Vec<String> {
        let id = |posted: &crate::web_server::Posted| {
            let event: Value = serde_json::from_str(&posted.body).unwrap();
            let id = event["id"].as_str().unwrap().to_owned();
            assert!(posted.headers.contains(&format!("idempotency-key: {id}\r\n")), "{}", posted.headers);
            id
        };
        posted[from..].iter().map(id).collect()
    };
    let expected: Vec<String> = events(&told).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids(2), expected);
    assert_eq!(ids(0)[..2], [&*expected[0], &*expected[0]], "the same one three times");
    let signature = posted[2].headers.lines().find_map(|line| line.strip_prefix("x-signature: sha256=")).unwrap();
    let openssl = sandbox.shell("openssl dgst -sha256 -hmac key < body | sed 's/.* //'");
    sandbox.write("body", &posted[2].body);
    assert_eq!(openssl.ran().done().stdout.trim(), signature);
}

#[test]
fn a_webhook_whose_answer_comes_too_late_gets_the_same_identity_again() {
    let server = WebServer::start(|_, before| if before == 0 { Answer::Silence } else { Answer::status(200, "") });
    let (sandbox, rows) = cross(60, 16);
    let hook = format!("--webhook {}/hook --deadline 500ms", server.url());
    put(&sandbox, "BTCUSDT", &rows[..20]);
    pass(&sandbox, 20, &hook).ran().done();
    put(&sandbox, "BTCUSDT", &rows);
    assert_eq!(pass(&sandbox, 60, &hook).ran().code, Some(1));
    pass(&sandbox, 60, &hook).ran().done();
    let posted = server.posted();
    assert_eq!(posted[0].body, posted[1].body);
    let bodies: std::collections::BTreeSet<&str> = posted.iter().map(|posted| posted.body.as_str()).collect();
    assert_eq!(bodies.len(), posted.len() - 1, "each but the first once");
}

#[test]
fn what_a_webhook_refuses_for_good_is_a_dead_letter_and_the_next_ones_go_on() {
    let server = WebServer::start(|_, before| Answer::status(if before == 0 { 400 } else { 204 }, ""));
    let (sandbox, rows) = cross(60, 11);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let hook = format!("--webhook {}/hook", server.url());
    pass(&sandbox, 20, &hook).ran().done();
    put(&sandbox, "BTCUSDT", &rows);
    let ran = pass(&sandbox, 60, &hook).ran();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("refused 1 signal for good"), "{}", ran.stderr);
    assert_eq!(server.asked().len(), events(&ran.stdout).len());
    let status = sandbox
        .backtest("signals status --state file:signals.db --format json")
        .env("BACKTEST_NOW", after(60))
        .ran()
        .done();
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let sink = status["sinks"].as_array().unwrap().iter().find(|sink| sink["dead"] == 1).unwrap();
    assert_eq!(sink["dead_letters"][0]["why"], "it answered 400");
}

#[test]
fn a_webhook_that_never_answers_is_left_alone_and_loses_nothing() {
    let (sandbox, rows) = cross(60, 12);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let hook = "--webhook http://127.0.0.1:1/hook --deadline 1s";
    pass(&sandbox, 20, hook).ran().done();
    put(&sandbox, "BTCUSDT", &rows);
    let first = pass(&sandbox, 60, hook).ran();
    assert_eq!(first.code, Some(1));
    assert!(!first.stdout.is_empty(), "stdout has them all the same");
    let second = pass(&sandbox, 60, hook).ran();
    assert!(second.stderr.contains("it is left alone for 30 s"), "{}", second.stderr);
    let status = sandbox.backtest("signals status --state file:signals.db").env("BACKTEST_NOW", after(60)).ran();
    assert_eq!(status.code, Some(1), "{}", status.stdout);
    assert!(status.stdout.contains("open"), "{}", status.stdout);
}

#[cfg(unix)]
#[test]
fn a_command_has_each_signal_on_its_input_until_it_ends_with_0() {
    let (sandbox, rows) = cross(60, 13);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let run = |bars: usize, command: &str| {
        let words = "signals --all --strategy ./cross.toml --state file:signals.db --format json --exec";
        sandbox.backtest(words).arg(command).env("BACKTEST_NOW", after(bars)).ran()
    };
    let takes = "test -e ready && cat >> got.jsonl";
    run(20, takes).done();
    put(&sandbox, "BTCUSDT", &rows);
    let refused = run(60, takes);
    assert_eq!(refused.code, Some(1));
    sandbox.write("ready", "");
    let again = run(60, takes).done();
    assert_eq!(again.stdout, "", "stdout has had them");
    assert_eq!(sandbox.read("got.jsonl"), refused.stdout);
}

#[test]
fn conditions_are_told_where_they_become_true_whether_or_not_an_account_would_act() {
    let (sandbox, rows) = cross(60, 17);
    // The exit is true at once, and never becomes true again.
    sandbox.write("cross.toml", CROSS.replace("close < sma(close, 3)", "close > 0"));
    put(&sandbox, "BTCUSDT", &rows[..20]);
    let conditions = |bars: usize| events(&pass(&sandbox, bars, "--conditions").ran().done().stdout);
    assert_eq!(conditions(20), Vec::<Value>::new());
    let mut told = Vec::new();
    for bars in [21, 22, 40, 60] {
        put(&sandbox, "BTCUSDT", &rows[..bars]);
        told.extend(conditions(bars));
        assert_eq!(conditions(bars), Vec::<Value>::new(), "each once");
    }
    let close = |bar: usize| rows[bar].split(',').nth(4).unwrap().parse::<f64>().unwrap();
    let above = |bar: usize| close(bar) > (bar - 2..=bar).map(close).sum::<f64>() / 3.0;
    let expected: Vec<f64> = (20..60).filter(|bar| above(*bar) && !above(bar - 1)).map(close).collect();
    assert!(expected.len() > 4);
    assert_eq!(told.iter().map(|event| event["price_ref"].as_f64().unwrap()).collect::<Vec<_>>(), expected);
    for event in &told {
        assert_eq!((&event["kind"], &event["fill"]), (&"entry".into(), &"condition".into()), "{event}");
        assert!(event["equity"].is_null() && event["position_before"].is_null(), "{event}");
    }
    // They are followed beside the orders of the account, and not instead of them.
    let orders = pass(&sandbox, 60, "").ran().done();
    assert!(orders.stderr.contains("1 state followed from now on"), "{}", orders.stderr);
    let status = sandbox.backtest("signals status --state file:signals.db").env("BACKTEST_NOW", after(60)).ran().done();
    assert!(status.stdout.contains("rules alone") && status.stdout.contains("flat"), "{}", status.stdout);
    let bare = sandbox.backtest("signals --all --strategy ./cross.toml --conditions --no-state --format json");
    let last = bare.env("BACKTEST_NOW", after(60)).ran().done().stdout;
    assert_eq!(events(&last).len(), usize::from(above(59) && !above(58)));
}

#[test]
fn bars_that_warm_up_are_part_of_what_is_followed() {
    let (sandbox, rows) = cross(60, 18);
    put(&sandbox, "BTCUSDT", &rows);
    for (more, first) in [
        ("--from 2020-02-01", true),
        ("--from 2020-02-01 --warmup 0", true),
        ("--from 2020-02-01 --warmup 5", true),
        ("--from 2020-02-01 --warmup 5", false),
        ("--warmup 5", true),
        ("--warmup 0", false),
    ] {
        let told = pass(&sandbox, 60, more).ran().done();
        assert_eq!(told.stderr.contains("followed from now on"), first, "{more}: {}", told.stderr);
        assert_eq!(told.stdout, "", "{more}");
    }
}

#[test]
fn a_replay_of_what_is_followed_already_is_refused_aloud() {
    let (sandbox, rows) = cross(60, 19);
    put(&sandbox, "BTCUSDT", &rows);
    pass(&sandbox, 60, "").ran().done();
    let again = pass(&sandbox, 60, "--since 2020-01-01").ran().done();
    assert_eq!(again.stdout, "");
    assert!(
        again.stderr.contains("--since: 1 state already followed, of which nothing is replayed"),
        "{}",
        again.stderr
    );
}

#[test]
fn metrics_are_a_text_that_prometheus_reads() {
    let (sandbox, rows) = cross(60, 14);
    put(&sandbox, "BTCUSDT", &rows[..20]);
    pass(&sandbox, 20, "--metrics signals.prom").ran().done();
    put(&sandbox, "BTCUSDT", &rows);
    let told = events(&pass(&sandbox, 60, "--metrics signals.prom").ran().done().stdout).len();
    let text = sandbox.read("signals.prom");
    for line in [
        "backtest_signals_passes_total 2".to_owned(),
        format!("backtest_signals_events_total {told}"),
        "backtest_signals_states 1".to_owned(),
        "backtest_signals_late_states 0".to_owned(),
        format!("backtest_signals_delivered_total{{sink=\"stdout\"}} {told}"),
        "backtest_signals_pass_seconds_bucket{le=\"+Inf\"} 2".to_owned(),
    ] {
        assert!(text.lines().any(|there| there == line), "{line}:\n{text}");
    }
}

/// The type of a family of metrics, and its samples with their labels.
type MetricFamily<'a> = (&'a str, Vec<(&'a str, f64)>);

/// The families of a text in Prometheus' format; panics where it breaks the rules of the
/// format, or those of names that promtool checks.
fn families(text: &str) -> BTreeMap<&str, MetricFamily<'_>> {
    let mut families = BTreeMap::new();
    let mut rest = text.lines().peekable();
    assert!(text.ends_with('\n'), "the last line ends, too");
    while let Some(line) = rest.next() {
        let (name, help) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')).expect(line);
        assert!(help.ends_with('.') && !help.contains('\\'), "{help}");
        let typed = rest.next().and_then(|line| line.strip_prefix("# TYPE ")).expect(name);
        let kind = typed.strip_prefix(name).and_then(|kind| kind.strip_prefix(' ')).expect(typed);
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        let mut samples = Vec::new();
        while let Some(line) = rest.next_if(|line| !line.starts_with('#')) {
            let (sample, value) = line.rsplit_once(' ').expect(line);
            let suffix = sample.strip_prefix(name).expect(line).split('{').next().unwrap();
            let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(suffixes.contains(&suffix), "{line}");
            if let Some((_, labels)) = sample.split_once('{') {
                let value = labels.strip_suffix("\"}").and_then(|label| label.split_once("=\"")).expect(line).1;
                let plain = value.replace("\\\\", "").replace("\\\"", "").replace("\\n", "");
                assert!(!plain.contains(['\\', '"', '\n']), "what is not escaped: {line}");
            }
            samples.push((sample, value.parse().expect(line)));
        }
        let mut names: Vec<&str> = samples.iter().map(|(sample, _)| *sample).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a sample is there twice: {names:?}");
        assert!(families.insert(name, (kind, samples)).is_none(), "{name} is there twice");
    }
    families
}

#[test]
#[cfg(unix)]
fn metrics_keep_to_the_format_whatever_a_sink_is_called_and_are_replaced_whole() {
    use std::os::unix::fs::MetadataExt;
    let (sandbox, rows) = cross(60, 18);
    let prom = sandbox.here().join("signals.prom");
    let mut files = Vec::new();
    for (at, (bars, passes)) in [(20, 1.0), (30, 2.0), (60, 3.0)].into_iter().enumerate() {
        put(&sandbox, "BTCUSDT", &rows[..bars]);
        let call =
            sandbox.backtest("signals --all --strategy ./cross.toml --state file:signals.db --metrics signals.prom");
        call.env("BACKTEST_NOW", after(bars)).arg("--out").arg("a \"b\" \\ c\nd.jsonl").ran().done();
        // Another file each time: whoever reads the one before goes on reading that.
        files.push((std::fs::File::open(&prom).unwrap(), prom.metadata().unwrap().ino()));
        assert!(files[..at].iter().all(|(_, before)| *before != files[at].1), "it was written over in place");
        let text = sandbox.read("signals.prom");
        let families = families(&text);
        assert_eq!(families.len(), 14);
        let sinks = &families["backtest_signals_delivered_total"].1;
        assert!(sinks.len() == 2 && sinks[0].0.ends_with("a \\\"b\\\" \\\\ c\\nd.jsonl\"}"), "{sinks:?}");
        let (kind, of_passes) = &families["backtest_signals_pass_seconds"];
        let (buckets, ends) = of_passes.split_at(of_passes.len() - 2);
        assert_eq!(*kind, "histogram");
        assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{buckets:?}");
        let most = buckets.last().unwrap();
        assert_eq!((most.0, most.1), ("backtest_signals_pass_seconds_bucket{le=\"+Inf\"}", passes));
        assert_eq!(ends[1], ("backtest_signals_pass_seconds_count", most.1));
    }
    // What is under construction has no name that a collector reads.
    let is_read = |name: &&String| Path::new(name).extension().is_some_and(|extension| extension == "prom");
    assert_eq!(sandbox.names(".").iter().filter(is_read).count(), 1);
}

#[test]
fn a_wrong_request_is_found_before_any_work() {
    let (sandbox, rows) = cross(60, 15);
    put(&sandbox, "BTCUSDT", &rows);
    for (more, what) in [
        ("--webhook http://example.com/x", "--webhook must be https"),
        ("--webhook nonsense", "--webhook is no address"),
        ("--out signals.csv", "use .jsonl"),
        ("--metrics m.txt", "use .prom"),
        ("--to 2020-02-01", "--to: signals are about the last bars"),
        ("--fetch nowhere", "--fetch: unknown exchange"),
        ("--deadline 5", "is not a length of time"),
    ] {
        let ran = pass(&sandbox, 60, more).ran();
        assert_eq!(ran.code, Some(2), "{more}: {}", ran.stderr);
        assert!(ran.stderr.contains(what), "{more}: {}", ran.stderr);
    }
}
