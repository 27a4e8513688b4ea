//! Answers as the exchanges' documents show them, word for word.

use serde_json::{Value, json};

use crate::exchange::api::{ApiError, CandlePage};
use crate::exchange::{Pair, find_exchange};

fn page(name: &str, text: &str) -> CandlePage {
    find_exchange(name).unwrap().page(&serde_json::from_str(text).unwrap()).unwrap()
}

#[track_caller]
fn holds(page: &CandlePage, bars: &[(i64, [f64; 5])]) {
    let found: Vec<_> =
        page.candles.rows().map(|bar| (bar.time, [bar.open, bar.high, bar.low, bar.close, bar.volume])).collect();
    assert_eq!(found, bars);
}

fn api_error(name: &str, document: &Value) -> Option<ApiError> {
    find_exchange(name).unwrap().api_error(document)
}

fn pairs(name: &str, document: &Value) -> Vec<Pair> {
    find_exchange(name).unwrap().pairs(document).unwrap().0
}

#[test]
fn binance() {
    let reply = r#"[[1499040000000, "0.01634790", "0.80000000", "0.01575800", "0.01577100", "148976.11427815",
        1499644799999, "2434.19055334", 308, "1756.87402397", "28.46694368", "0"]]"#;
    holds(
        &page("binance", reply),
        &[(1_499_040_000_000, [0.016_347_9, 0.8, 0.015_758, 0.015_771, 148_976.114_278_15])],
    );
    let known = pairs("binance", &json!({"symbols": [{"symbol": "ETHBTC", "baseAsset": "ETH", "quoteAsset": "BTC"}]}));
    assert_eq!(known, [Pair::new("ETHBTC", "ETH", "BTC")]);
    let said = json!({"code": -1003, "msg": "Too many requests"});
    assert_eq!(api_error("binance", &said), Some(ApiError::TooOften("-1003 Too many requests".into())));
    assert!(matches!(api_error("binance", &json!({"code": -1001, "msg": "x"})), Some(ApiError::Trouble(_))));
    assert!(matches!(api_error("binance", &json!({"code": -1121, "msg": "x"})), Some(ApiError::Wrong(_))));
    assert_eq!(api_error("binance", &json!([])), None);
}

#[test]
fn bybit() {
    let reply = r#"{"retCode": 0, "retMsg": "OK", "result": {"symbol": "BTCUSD", "category": "inverse", "list": [
        ["1670608800000", "17071", "17073", "17027", "17055.5", "268611", "15.74462667"],
        ["1670605200000", "17071.5", "17071.5", "17061", "17071", "4177", "0.24469757"],
        ["1670601600000", "17086.5", "17088", "16978", "17071.5", "6356", "0.37288112"]]},
        "retExtInfo": {}, "time": 1672025956592}"#;
    holds(
        &page("bybit", reply),
        &[
            (1_670_601_600_000, [17_086.5, 17_088.0, 16_978.0, 17_071.5, 6_356.0]),
            (1_670_605_200_000, [17_071.5, 17_071.5, 17_061.0, 17_071.0, 4_177.0]),
            (1_670_608_800_000, [17_071.0, 17_073.0, 17_027.0, 17_055.5, 268_611.0]),
        ],
    );
    let spot = json!({"retCode": 0, "result": {"category": "spot", "nextPageCursor": "",
        "list": [{"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading"}]}});
    assert_eq!(
        find_exchange("bybit").unwrap().pairs(&spot).unwrap(),
        (vec![Pair::new("BTCUSDT", "BTC", "USDT")], None)
    );
    assert_eq!(api_error("bybit", &spot), None);
    let often = json!({"retCode": 10006, "retMsg": "Too many visits!", "result": {}});
    assert_eq!(api_error("bybit", &often), Some(ApiError::TooOften("10006 Too many visits!".into())));
    assert!(matches!(api_error("bybit", &json!({"retCode": 10016})), Some(ApiError::Trouble(_))));
    let wrong = json!({"retCode": 10001, "retMsg": "Not supported symbols"});
    assert_eq!(api_error("bybit", &wrong), Some(ApiError::Wrong("10001 Not supported symbols".into())));
}

#[test]
fn coinbase() {
    let reply = "[[1415398768, 0.32, 4.2, 0.35, 4.2, 12.3], [1415398708, 0.31, 4.1, 0.35, 0.32, 1]]";
    holds(
        &page("coinbase", reply),
        &[(1_415_398_708_000, [0.35, 4.1, 0.31, 0.32, 1.0]), (1_415_398_768_000, [0.35, 4.2, 0.32, 4.2, 12.3])],
    );
    let products = json!([{"id": "BTC-USD", "base_currency": "BTC", "quote_currency": "USD", "status": "online"}]);
    assert_eq!(pairs("coinbase", &products), [Pair::new("BTC-USD", "BTC", "USD")]);
    assert_eq!(api_error("coinbase", &products), None);
    let often = json!({"message": "Public rate limit exceeded"});
    assert!(matches!(api_error("coinbase", &often), Some(ApiError::TooOften(_))));
    assert_eq!(api_error("coinbase", &json!({"message": "NotFound"})), Some(ApiError::Wrong("NotFound".into())));
}

#[test]
fn kraken() {
    let reply = r#"{"error": [], "result": {"XXBTZUSD": [
        [1688671200, "30306.1", "30306.2", "30305.7", "30305.7", "30306.1", "3.39243896", 23],
        [1688671260, "30304.5", "30304.5", "30300.0", "30300.0", "30300.0", "4.42996871", 18],
        [1688671320, "30300.3", "30300.4", "30291.4", "30291.4", "30294.7", "2.13024789", 25]], "last": 1688671260}}"#;
    let found = page("kraken", reply);
    assert_eq!(found.closed, Some(1_688_671_260_000));
    holds(
        &found,
        &[
            (1_688_671_200_000, [30_306.1, 30_306.2, 30_305.7, 30_305.7, 3.392_438_96]),
            (1_688_671_260_000, [30_304.5, 30_304.5, 30_300.0, 30_300.0, 4.429_968_71]),
            (1_688_671_320_000, [30_300.3, 30_300.4, 30_291.4, 30_291.4, 2.130_247_89]),
        ],
    );
    let silent = reply.replace(r#", "last": 1688671260"#, "");
    assert_eq!(page("kraken", &silent).closed, Some(1_688_671_260_000), "the last bar is never finished");
    let all = json!({"error": [], "result": {
        "XXBTZUSD": {"altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD"},
        "XDGEUR": {"altname": "XDGEUR", "wsname": "XDG/EUR", "base": "XXDG", "quote": "ZEUR"},
        "XXBTZUSD.d": {"altname": "XBTUSD.d", "base": "XXBT", "quote": "ZUSD"}}});
    assert_eq!(pairs("kraken", &all), [Pair::new("XXBTZUSD", "BTC", "USD"), Pair::new("XDGEUR", "DOGE", "EUR")]);
    let says = |error: &str| api_error("kraken", &json!({"error": [error]}));
    assert_eq!(api_error("kraken", &all), None);
    assert_eq!(says("EAPI:Rate limit exceeded"), Some(ApiError::TooOften("EAPI:Rate limit exceeded".into())));
    assert!(matches!(says("EGeneral:Too many requests"), Some(ApiError::TooOften(_))));
    assert!(matches!(says("EService:Unavailable"), Some(ApiError::Trouble(_))));
    assert_eq!(says("EQuery:Unknown asset pair"), Some(ApiError::Wrong("EQuery:Unknown asset pair".into())));
}

#[test]
fn a_number_is_the_nearest_to_its_digits_however_it_is_written() {
    // Readers of JSON that are quick and not exact miss these by one bit.
    for digits in ["0.8797279984160002", "70.37822399999999", "148976.11427815", "0.1"] {
        let [text, number] = [format!("\"{digits}\""), digits.to_owned()].map(|cell| {
            let row = format!("[[1415398768, 1e-9, 1e9, {cell}, 4.2, 12.3]]");
            page("coinbase", &row).candles.open[0]
        });
        assert_eq!(text.to_bits(), number.to_bits(), "{digits}");
        assert_eq!(text.to_bits(), digits.parse::<f64>().unwrap().to_bits());
    }
}
