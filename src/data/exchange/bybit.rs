//! Bybit, spot. <https://bybit-exchange.github.io/docs/v5/market/kline>
//!
//! Up to 1,000 bars (200 where `limit` is not said) between `start` and `end`, newest first, in ms, all as text. 600
//! questions in 5 s and address; more give 403 "access too frequent" for ten minutes, or `retCode` 10006 within an
//! answer of status 200. What is wrong with a question stands in `retCode` too.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, CandlePage, Exchange, FundingApi, Reach};
use super::pairs::{Pair, text};
use super::rows::{self, RowShape};
use crate::sim::Millis;

/// See the module.
pub(super) struct Bybit;

/// Start, open, high, low, close, volume, turnover.
const SHAPE: RowShape = RowShape { width: 7..=7, unit: 1, places: [1, 2, 3, 4, 5] };
/// 2018-01-01: Bybit was founded in March.
const ORIGIN: Millis = 1_514_764_800_000;

impl Exchange for Bybit {
    fn name(&self) -> &'static str {
        "bybit"
    }

    fn title(&self) -> &'static str {
        "Bybit"
    }

    fn base_url(&self) -> &'static str {
        "https://api.bybit.com"
    }

    fn funding(&self) -> Option<&'static dyn FundingApi> {
        Some(&BybitLinear)
    }

    fn quote(&self) -> &'static str {
        "USDT"
    }

    fn intervals(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("1m", "1"),
            ("3m", "3"),
            ("5m", "5"),
            ("15m", "15"),
            ("30m", "30"),
            ("1h", "60"),
            ("2h", "120"),
            ("4h", "240"),
            ("6h", "360"),
            ("12h", "720"),
            ("1d", "D"),
            ("1w", "W"),
        ]
    }

    fn page_bars(&self) -> i64 {
        1_000
    }

    fn reach(&self) -> Reach {
        Reach::Window { origin: ORIGIN }
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(50)
    }

    fn pairs_path(&self, next: Option<&str>) -> String {
        let next = next.map(|token| format!("&cursor={token}")).unwrap_or_default();
        format!("/v5/market/instruments-info?category=spot&limit=1000{next}")
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        let result = &document["result"];
        let one =
            |pair: &Value| Some(Pair::new(text(pair, "symbol")?, text(pair, "baseCoin")?, text(pair, "quoteCoin")?));
        let next = text(result, "nextPageCursor").filter(|token| !token.is_empty()).map(str::to_owned);
        Some((result["list"].as_array()?.iter().map(one).collect::<Option<_>>()?, next))
    }

    fn page_path(&self, pair: &Pair, code: &str, range: &Range<Millis>) -> String {
        let (from, to) = (range.start, range.end - 1);
        format!("/v5/market/kline?category=spot&symbol={}&interval={code}&start={from}&end={to}&limit=1000", pair.code)
    }

    fn page(&self, document: &Value) -> Result<CandlePage, String> {
        Ok(CandlePage { candles: rows::candles(&document["result"]["list"], &SHAPE)?, closed: None })
    }

    fn api_error(&self, document: &Value) -> Option<ApiError> {
        let code = document["retCode"].as_i64().filter(|code| *code != 0)?;
        let said = format!("{} {}", code, document["retMsg"].as_str().unwrap_or_default());
        // <https://bybit-exchange.github.io/docs/v5/error>
        Some(match code {
            10006 | 10018 | 10429 => ApiError::TooOften(said),
            10000 | 10016 | 10019 => ApiError::Trouble(said),
            _ => ApiError::Wrong(said),
        })
    }
}

/// Bybit, linear contracts. <https://bybit-exchange.github.io/docs/v5/market/history-fund-rate>
///
/// Up to 200 rates between `startTime` and `endTime`, the newest of them, newest first, in ms, all as text. A `startTime`
/// without an `endTime` is an error.
struct BybitLinear;

impl FundingApi for BybitLinear {
    fn base_url(&self) -> &'static str {
        Bybit.base_url()
    }

    fn pairs_path(&self, next: Option<&str>) -> String {
        let next = next.map(|token| format!("&cursor={token}")).unwrap_or_default();
        format!("/v5/market/instruments-info?category=linear&limit=1000{next}")
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        let (mut pairs, next) = Bybit.pairs(document)?;
        let list = document["result"]["list"].as_array()?;
        let mut is_perpetual = list.iter().map(|pair| text(pair, "contractType") == Some("LinearPerpetual"));
        pairs.retain(|_| is_perpetual.next() == Some(true));
        Some((pairs, next))
    }

    fn page_path(&self, pair: &Pair, range: &Range<Millis>) -> String {
        let (from, to) = (range.start, range.end - 1);
        let code = &pair.code;
        format!("/v5/market/funding/history?category=linear&symbol={code}&startTime={from}&endTime={to}&limit=200")
    }

    fn page<'a>(&self, document: &'a Value) -> Option<(&'a Vec<Value>, [&'static str; 2])> {
        Some((document["result"]["list"].as_array()?, ["fundingRateTimestamp", "fundingRate"]))
    }

    fn page_rates(&self) -> usize {
        200
    }

    fn is_newest_first(&self) -> bool {
        true
    }

    fn origin(&self) -> Millis {
        ORIGIN
    }
}
