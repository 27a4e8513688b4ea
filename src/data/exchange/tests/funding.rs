//! Funding rates, as the documents of Binance and Bybit say that they are answered.

use serde_json::{Value, json};

use super::fakes::{Desk, HOUR, NOW, number, word};
use super::web_server::{Answer, WebServer};
use crate::exchange::{FetchError, FetchedFunding, FundingFetcher, HttpTransport, Request};
use crate::sim::Millis;
use crate::store::read_funding;

const EIGHT: Millis = 8 * HOUR;
/// The market's 1,500 rates before the present moment; a few milliseconds late.
const LAST: Millis = NOW - NOW % EIGHT;
const FIRST: Millis = LAST - 1_499 * EIGHT;

fn rate(time: Millis) -> f64 {
    f64::from((time / EIGHT % 21) as i32 - 10) / 100_000.0
}

fn times(path: &str) -> Vec<Millis> {
    let (from, to) = (number(path, "startTime").unwrap_or(0), number(path, "endTime").unwrap_or(NOW));
    (0..1_500).map(|at| FIRST + at * EIGHT + 7).filter(|time| (from..=to).contains(time)).collect()
}

/// Oldest first from `startTime` on, 100 where no limit is said.
fn binance(path: &str) -> Answer {
    if path == "/fapi/v1/exchangeInfo" {
        let pair = |symbol: &str, kind: &str| json!({"symbol": symbol, "pair": "BTCUSDT", "contractType": kind, "baseAsset": "BTC", "quoteAsset": "USDT"});
        return Answer::json(
            json!({"symbols": [pair("BTCUSDT_240628", "CURRENT_QUARTER"), pair("BTCUSDT", "PERPETUAL")]}),
        );
    }
    if !path.starts_with("/fapi/v1/fundingRate?") || word(path, "symbol") != Some("BTCUSDT") {
        return Answer::status(400, json!({"code": -1121, "msg": "Invalid symbol."}));
    }
    let limit = number(path, "limit").unwrap_or(100) as usize;
    let row = |time: Millis| json!({"symbol": "BTCUSDT", "fundingTime": time, "fundingRate": format!("{:.8}", rate(time - 7)), "markPrice": "34287.54619963"});
    Answer::json(times(path).into_iter().take(limit).map(row).collect::<Value>())
}

/// The newest until `endTime`, newest first, 200 at most.
fn bybit(path: &str) -> Answer {
    if path.starts_with("/v5/market/instruments-info?category=linear") {
        let pair = |symbol: &str, kind: &str| json!({"symbol": symbol, "contractType": kind, "baseCoin": "BTC", "quoteCoin": "USDT"});
        let list = [pair("BTC-28JUN24", "LinearFutures"), pair("BTCUSDT", "LinearPerpetual")];
        return Answer::json(json!({"retCode": 0, "retMsg": "OK", "result": {"list": list, "nextPageCursor": ""}}));
    }
    if word(path, "startTime").is_some() && word(path, "endTime").is_none() {
        return Answer::json(json!({"retCode": 10001, "retMsg": "params error: endTime"}));
    }
    if !path.starts_with("/v5/market/funding/history?category=linear&symbol=BTCUSDT") {
        return Answer::json(json!({"retCode": 10001, "retMsg": "params error: symbol invalid"}));
    }
    let limit = number(path, "limit").unwrap_or(200).min(200) as usize;
    let row = |time: Millis| json!({"symbol": "BTCUSDT", "fundingRate": rate(time - 7).to_string(), "fundingRateTimestamp": time.to_string()});
    let list: Value = times(path).into_iter().rev().take(limit).map(row).collect();
    Answer::json(json!({"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": list}}))
}

fn fetch(desk: &Desk, server: &WebServer) -> (FetchedFunding, Result<(), FetchError>) {
    let request = Request { base_url: Some(server.url().to_owned()), ..desk.request.clone() };
    let web = HttpTransport::new(desk.timeouts);
    let mut fetcher = FundingFetcher::new(request, &web, &desk.clock, &desk.ears).unwrap();
    let pairs = fetcher.pairs(&["BTC".to_owned()], None).unwrap().unwrap();
    assert_eq!(pairs.len(), 1);
    fetcher.fetch(&pairs[0])
}

#[test]
fn all_rates_come_each_at_its_time_however_the_exchange_lists_them() {
    for (name, answer, pages) in [("binance", binance as fn(&str) -> Answer, 2), ("bybit", bybit, 8)] {
        let (desk, server) = (Desk::at(name, "1h"), WebServer::start(move |path, _| answer(path)));
        let (fetched, result) = fetch(&desk, &server);
        result.unwrap();
        assert_eq!((fetched.symbol.as_str(), fetched.added), ("BTCUSDT", 1_500), "{name}");
        let stored = read_funding(&desk.request.data_dir, "BTCUSDT").unwrap();
        assert_eq!(stored.time, (0..1_500).map(|at| FIRST + at * EIGHT).collect::<Vec<_>>(), "{name}");
        assert!(
            stored.time.iter().zip(&stored.rate).all(|(time, found)| (found - rate(*time)).abs() < 1e-12),
            "{name}"
        );
        assert_eq!(server.asked().iter().filter(|path| path.contains("unding")).count(), pages, "{name}");
        // What is there is not asked for again.
        let (again, result) = fetch(&desk, &server);
        result.unwrap();
        assert_eq!((again.added, again.rates.time.len()), (0, 1_500), "{name}");
    }
}

#[test]
fn a_range_of_rates_is_fetched_and_later_ones_are_added() {
    let (desk, server) = (Desk::at("binance", "1h"), WebServer::start(|path, _| binance(path)));
    let desk = desk.from(FIRST).to(FIRST + 10 * EIGHT);
    let (fetched, result) = fetch(&desk, &server);
    result.unwrap();
    assert_eq!(fetched.added, 10);
    let desk = desk.to(FIRST + 15 * EIGHT).update();
    let (fetched, result) = fetch(&desk, &server);
    result.unwrap();
    assert_eq!((fetched.added, fetched.rates.time.len()), (5, 15));
}

#[test]
fn rates_of_another_contract_and_answers_that_are_none_are_refused() {
    let answers = [
        (json!([{"symbol": "ETHUSDT", "fundingTime": FIRST, "fundingRate": "0.0001"}]), "is not one of BTCUSDT"),
        (json!([{"symbol": "BTCUSDT", "fundingTime": "x", "fundingRate": "0.0001"}]), "fundingTime is not a time"),
        (json!([{"symbol": "BTCUSDT", "fundingTime": FIRST, "fundingRate": "12"}]), "fundingRate is not a fraction"),
        (json!([{"symbol": "BTCUSDT", "fundingTime": 5, "fundingRate": "0.1"}]), "a time that was not asked for"),
        (json!({"rows": []}), "no list of funding rates"),
    ];
    for (answer, says) in answers {
        let server =
            WebServer::start(
                move |path, _| {
                    if path.contains("fundingRate") { Answer::json(answer.clone()) } else { binance(path) }
                },
            );
        let error = fetch(&Desk::at("binance", "1h"), &server).1.unwrap_err().to_string();
        assert!(error.contains(says) && error.starts_with("Binance answers with something else"), "{error}");
    }
    let server =
        WebServer::start(|path, _| if path.contains("fundingRate") { Answer::json(json!([])) } else { binance(path) });
    let error = fetch(&Desk::at("binance", "1h"), &server).1.unwrap_err().to_string();
    assert!(error.contains("has no funding rate of BTCUSDT in this time"), "{error}");
}
