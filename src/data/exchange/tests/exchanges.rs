//! The ways of each exchange, from the first question to the file.

use serde_json::{Value, json};

use super::fakes::{Desk, HOUR, LAST, NOW, bar, hours, number, word};
use super::web_server::{Answer, WebServer};
use crate::date::show_moment;
use crate::sim::Millis;

/// 2024-02-21
const BIRTH: Millis = LAST - 2_423 * HOUR;
const DAY: Millis = 24 * HOUR;

fn text(values: [f64; 5]) -> [String; 5] {
    values.map(|value| value.to_string())
}

fn pages(server: &WebServer, word: &str) -> Vec<String> {
    server.asked().into_iter().filter(|path| path.contains(word)).collect()
}

/// Bybit: what lies between two times, the newest of it, newest first; 200 where no limit is said.
fn bybit(path: &str) -> Answer {
    if path.starts_with("/v5/market/instruments-info?category=spot") {
        let pair = |base: &str| json!({"symbol": format!("{base}USDT"), "baseCoin": base, "quoteCoin": "USDT"});
        let (list, next) = if path.contains("cursor=second") { (pair("BTC"), "") } else { (pair("ETH"), "second") };
        return Answer::json(json!({"retCode": 0, "retMsg": "OK", "result": {"list": [list], "nextPageCursor": next}}));
    }
    let step = match word(path, "interval") {
        Some("60") => HOUR,
        Some("W") => 7 * DAY,
        _ => return Answer::json(json!({"retCode": 10001, "retMsg": "Invalid period!"})),
    };
    let (from, to) = (number(path, "start").unwrap(), number(path, "end").unwrap());
    let limit = number(path, "limit").unwrap_or(200) as usize;
    let times = hours(from.max(BIRTH)..to + 1);
    let row = |time: Millis| {
        let [open, high, low, close, volume] = text(bar(time));
        json!([time.to_string(), open, high, low, close, volume, "1"])
    };
    let list: Value = times.into_iter().rev().filter(|time| (time - BIRTH) % step == 0).take(limit).map(row).collect();
    Answer::json(json!({"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": list}, "time": NOW}))
}

#[test]
fn bybit_is_asked_for_windows_from_its_first_week_on() {
    let (desk, server) = (Desk::at("bybit", "1h"), WebServer::start(|path, _| bybit(path)));
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").time, hours(BIRTH..LAST + 1));
    let asked = pages(&server, "kline");
    // One question tells where it begins, three are its 2,424 hours.
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked[0].contains("interval=W"), "{asked:?}");
    assert_eq!(number(&asked[1], "start"), Some(BIRTH));
    assert!(asked[1..].iter().all(|path| path.contains("category=spot&symbol=BTCUSDT&interval=60")), "{asked:?}");
    assert_eq!(number(&asked[1], "end"), Some(BIRTH + 1_000 * HOUR - 1));
}

#[test]
fn what_bybit_says_in_an_answer_of_status_200_is_heard() {
    let server = WebServer::start(|path, before| match (path.contains("kline"), before) {
        (true, 0) => Answer::json(json!({"retCode": 10006, "retMsg": "Too many visits!"})),
        _ => bybit(path),
    });
    let desk = Desk::at("bybit", "1h").from(LAST - HOUR);
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").len(), 2);
    assert!(!desk.clock.waited().is_zero());
    let server = WebServer::start(|path, _| {
        if path.contains("kline") {
            Answer::json(json!({"retCode": 10001, "retMsg": "Not supported symbols"}))
        } else {
            bybit(path)
        }
    });
    let error = Desk::at("bybit", "1h").fetch(&server).1.unwrap_err().to_string();
    assert_eq!(error, "Bybit refuses: 10001 Not supported symbols.");
    let frequent = Answer::status(403, "access too frequent");
    let server = WebServer::start(move |path, before| if before == 0 { frequent.clone() } else { bybit(path) });
    let desk = Desk::at("bybit", "1h").from(LAST - HOUR);
    desk.fetch(&server).1.unwrap();
    assert!(desk.clock.waited().as_secs() >= 1_800, "ten minutes for each of three first questions");
}

/// Coinbase: what lies between two times, newest first, but for bars without a trade; some from before may come too.
fn coinbase(path: &str, quiet: &dyn Fn(Millis) -> bool) -> Answer {
    if path == "/products" {
        let pair = |base: &str, quote: &str| json!({"id": format!("{base}-{quote}"), "base_currency": base, "quote_currency": quote, "status": "online"});
        return Answer::json(json!([pair("BTC", "EUR"), pair("BTC", "USD")]));
    }
    if !path.starts_with("/products/BTC-USD/candles?") {
        return Answer::status(404, r#"{"message":"NotFound"}"#);
    }
    let moment = |name: &str| word(path, name).unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let (from, to, step) = (moment("start"), moment("end"), number(path, "granularity").unwrap() * 1_000);
    if (to - from) / step >= 300 {
        let said = "granularity too small for the requested time range. Count of aggregations requested exceeds 300";
        return Answer::status(400, json!({"message": said}));
    }
    let row = |time: Millis| {
        let [open, high, low, close, volume] = bar(time);
        json!([time / 1_000, low, high, open, close, volume])
    };
    let mut times = hours(from.max(BIRTH)..to + 1);
    times.retain(|time| time % step == 0 && !quiet(*time));
    if from > BIRTH + HOUR {
        times.insert(0, (from - step).div_euclid(step) * step);
    }
    Answer::json(times.into_iter().rev().map(row).collect::<Value>())
}

#[test]
fn coinbase_is_asked_for_no_more_than_300_bars_and_its_silent_hours_are_gaps() {
    let quiet = |time: Millis| (400..1_100).contains(&((time - BIRTH) / HOUR));
    let server = WebServer::start(move |path, _| coinbase(path, &quiet));
    let desk = Desk::at("coinbase", "1h");
    desk.fetch(&server).1.unwrap();
    let expected: Vec<Millis> = hours(BIRTH..LAST + 1).into_iter().filter(|time| !quiet(*time)).collect();
    assert_eq!(desk.stored("BTCUSD").time, expected);
    // Its first day was found by asking for days.
    let asked = pages(&server, "granularity=3600");
    assert_eq!(asked.len(), 9, "{asked:?}");
    assert!(asked[0].contains(&format!("start={}", show_moment(BIRTH))), "{asked:?}");
}

#[test]
fn an_update_of_a_market_without_trades_is_no_fault() {
    let quiet = |time: Millis| time > LAST - 50 * HOUR;
    let server = WebServer::start(move |path, _| coinbase(path, &quiet));
    let desk = Desk::at("coinbase", "1h").from(LAST - 100 * HOUR);
    desk.fetch(&server).1.unwrap();
    let (fetched, result) = desk.update().fetch(&server);
    result.unwrap();
    assert_eq!((fetched.bars, fetched.stored.unwrap().added), (51, 0));
}

/// Kraken: the newest 720 and the one that is not finished, whatever it is asked for.
fn kraken(path: &str) -> Answer {
    if path == "/0/public/AssetPairs" {
        let pair = json!({"altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD"});
        return Answer::json(json!({"error": [], "result": {"XXBTZUSD": pair}}));
    }
    if word(path, "pair") != Some("XXBTZUSD") || word(path, "interval") != Some("60") {
        return Answer::json(json!({"error": ["EQuery:Unknown asset pair"]}));
    }
    let since = number(path, "since").unwrap() * 1_000;
    let times = hours((LAST - 719 * HOUR).max(since + 1)..NOW);
    let row = |time: &Millis| {
        let [open, high, low, close, volume] = text(bar(*time));
        json!([time / 1_000, open, high, low, close, "1.5", volume, 7])
    };
    let rows: Value = times.iter().map(row).collect();
    Answer::json(json!({"error": [], "result": {"XXBTZUSD": rows, "last": LAST / 1_000}}))
}

#[test]
fn kraken_gives_its_newest_720_bars_and_the_user_is_told() {
    let server = WebServer::start(|path, _| kraken(path));
    let desk = Desk::at("kraken", "1h");
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!(desk.stored("BTCUSD").time, hours(LAST - 719 * HOUR..LAST + 1));
    assert_eq!(fetched.notes.len(), 1);
    for word in ["Kraken gives its newest 720 bars alone", "begin about 2024-05-02:", "import"] {
        assert!(fetched.notes[0].contains(word), "{:?}", fetched.notes);
    }
    assert_eq!(pages(&server, "OHLC").len(), 1);
    let (fetched, result) = desk.update().fetch(&server);
    result.unwrap();
    assert_eq!((fetched.bars, fetched.notes.len()), (720, 0));
}

#[test]
fn a_gap_that_kraken_can_no_longer_fill_is_told() {
    let server = WebServer::start(|path, _| kraken(path));
    let desk = Desk::at("kraken", "1h").from(LAST - 800 * HOUR);
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!((fetched.bars, fetched.notes.len()), (720, 1));
    let desk = Desk::at("kraken", "1h").from(LAST - 700 * HOUR);
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    assert_eq!((fetched.bars, fetched.notes.len()), (701, 0));
}

#[test]
fn what_kraken_says_in_an_answer_of_status_200_is_heard() {
    let server = WebServer::start(|path, before| match (path.contains("OHLC"), before) {
        (true, 0) => Answer::json(json!({"error": ["EGeneral:Too many requests"]})),
        (true, 1) => Answer::json(json!({"error": ["EService:Unavailable"]})),
        _ => kraken(path),
    });
    let desk = Desk::at("kraken", "1h").from(LAST - HOUR);
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSD").len(), 2);
    assert!(desk.clock.waited().as_millis() >= 2_250);
    let server = WebServer::start(|path, _| {
        if path.contains("OHLC") { Answer::json(json!({"error": ["EQuery:Unknown asset pair"]})) } else { kraken(path) }
    });
    let error = desk.update().fetch(&server).1;
    assert!(error.is_ok(), "nothing can be new, so nothing was asked: {error:?}");
    let error = Desk::at("kraken", "1h").fetch(&server).1.unwrap_err().to_string();
    assert_eq!(error, "Kraken refuses: EQuery:Unknown asset pair.");
}
