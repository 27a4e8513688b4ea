//! Binance, spot. <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints>
//!
//! Up to 1,000 bars from `startTime` on, oldest first, in ms, prices as text. 6,000 units of weight a minute and address;
//! candles cost 2, the list of pairs 20. Too many give 429 with Retry-After, and who goes on gets 418 for minutes to days.
//! `data-api.binance.vision` serves the public part alone, and in more countries than `api.binance.com`.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, CandlePage, Exchange, FundingApi, Reach};
use super::pairs::{Pair, text};
use super::rows::{self, RowShape};
use crate::sim::Millis;

/// See the module.
pub(super) struct Binance;

/// Open time, open, high, low, close, volume, close time, and five more.
pub(super) const SHAPE: RowShape = RowShape { width: 12..=12, unit: 1, places: [1, 2, 3, 4, 5] };
pub(super) const INTERVALS: &[(&str, &str)] = &[
    ("1m", "1m"),
    ("3m", "3m"),
    ("5m", "5m"),
    ("15m", "15m"),
    ("30m", "30m"),
    ("1h", "1h"),
    ("2h", "2h"),
    ("4h", "4h"),
    ("6h", "6h"),
    ("8h", "8h"),
    ("12h", "12h"),
    ("1d", "1d"),
    ("3d", "3d"),
    ("1w", "1w"),
];

impl Exchange for Binance {
    fn name(&self) -> &'static str {
        "binance"
    }

    fn title(&self) -> &'static str {
        "Binance"
    }

    fn base_url(&self) -> &'static str {
        "https://data-api.binance.vision"
    }

    fn archive(&self) -> Option<&'static str> {
        Some("https://data.binance.vision")
    }

    fn funding(&self) -> Option<&'static dyn FundingApi> {
        Some(&BinanceFutures)
    }

    fn quote(&self) -> &'static str {
        "USDT"
    }

    fn intervals(&self) -> &'static [(&'static str, &'static str)] {
        INTERVALS
    }

    fn page_bars(&self) -> i64 {
        1_000
    }

    fn reach(&self) -> Reach {
        Reach::FirstFrom
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(50)
    }

    fn pairs_path(&self, _next: Option<&str>) -> String {
        // Pairs that are no longer traded are listed too, and their candles are still there.
        "/api/v3/exchangeInfo?showPermissionSets=false".to_owned()
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        let one =
            |pair: &Value| Some(Pair::new(text(pair, "symbol")?, text(pair, "baseAsset")?, text(pair, "quoteAsset")?));
        Some((document["symbols"].as_array()?.iter().map(one).collect::<Option<_>>()?, None))
    }

    fn page_path(&self, pair: &Pair, code: &str, range: &Range<Millis>) -> String {
        let (from, to) = (range.start.max(0), range.end - 1);
        format!("/api/v3/klines?symbol={}&interval={code}&startTime={from}&endTime={to}&limit=1000", pair.code)
    }

    fn page(&self, document: &Value) -> Result<CandlePage, String> {
        Ok(CandlePage { candles: rows::candles(document, &SHAPE)?, closed: None })
    }

    fn api_error(&self, document: &Value) -> Option<ApiError> {
        let code = document["code"].as_i64()?;
        let said = format!("{} {}", code, document["msg"].as_str().unwrap_or_default());
        // <https://developers.binance.com/docs/binance-spot-api-docs/errors>
        Some(match code {
            -1003 => ApiError::TooOften(said),
            -1000 | -1001 | -1006 | -1007 | -1008 | -1016 => ApiError::Trouble(said),
            _ => ApiError::Wrong(said),
        })
    }
}

/// Binance, USDT-margined contracts.
/// <https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Get-Funding-Rate-History>
///
/// Up to 1,000 rates (100 where `limit` is not said) from `startTime` on, oldest first, in ms, rates as text. 500 questions
/// in 5 minutes and address.
struct BinanceFutures;

/// 2019-09-01: the contracts began that month.
const FIRST_FUNDING: Millis = 1_567_296_000_000;

impl FundingApi for BinanceFutures {
    fn base_url(&self) -> &'static str {
        "https://fapi.binance.com"
    }

    fn pairs_path(&self, _next: Option<&str>) -> String {
        "/fapi/v1/exchangeInfo".to_owned()
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        let one =
            |pair: &Value| Some(Pair::new(text(pair, "symbol")?, text(pair, "baseAsset")?, text(pair, "quoteAsset")?));
        let is_perpetual = |pair: &&Value| text(pair, "contractType") == Some("PERPETUAL");
        let all = document["symbols"].as_array()?.iter().filter(is_perpetual);
        Some((all.map(one).collect::<Option<_>>()?, None))
    }

    fn page_path(&self, pair: &Pair, range: &Range<Millis>) -> String {
        let (from, to) = (range.start, range.end - 1);
        format!("/fapi/v1/fundingRate?symbol={}&startTime={from}&endTime={to}&limit=1000", pair.code)
    }

    fn page<'a>(&self, document: &'a Value) -> Option<(&'a Vec<Value>, [&'static str; 2])> {
        Some((document.as_array()?, ["fundingTime", "fundingRate"]))
    }

    fn page_rates(&self) -> usize {
        1_000
    }

    fn is_newest_first(&self) -> bool {
        false
    }

    fn origin(&self) -> Millis {
        FIRST_FUNDING
    }
}
