//! Coinbase Exchange.
//! <https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles>
//!
//! Up to 300 bars between `start` and `end`, newest first, in seconds, low and high before open; more are refused. Bars
//! without a trade are not there at all, and some from before `start` may come with the others. 10 questions a second
//! and address.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, CandlePage, Exchange, Reach};
use super::pairs::{Pair, text};
use super::rows::{self, RowShape};
use crate::date::show_moment;
use crate::sim::Millis;

/// See the module.
pub(super) struct Coinbase;

/// Time, low, high, open, close, volume.
const SHAPE: RowShape = RowShape { width: 6..=6, unit: 1_000, places: [3, 2, 1, 4, 5] };
/// 2015-01-01: the exchange opened on the 26th.
const ORIGIN: Millis = 1_420_070_400_000;

impl Exchange for Coinbase {
    fn name(&self) -> &'static str {
        "coinbase"
    }

    fn title(&self) -> &'static str {
        "Coinbase"
    }

    fn base_url(&self) -> &'static str {
        "https://api.exchange.coinbase.com"
    }

    fn quote(&self) -> &'static str {
        "USD"
    }

    fn intervals(&self) -> &'static [(&'static str, &'static str)] {
        &[("1m", "60"), ("5m", "300"), ("15m", "900"), ("1h", "3600"), ("6h", "21600"), ("1d", "86400")]
    }

    fn page_bars(&self) -> i64 {
        300
    }

    fn reach(&self) -> Reach {
        Reach::Window { origin: ORIGIN }
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(120)
    }

    fn pairs_path(&self, _next: Option<&str>) -> String {
        "/products".to_owned()
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        let one = |pair: &Value| {
            Some(Pair::new(text(pair, "id")?, text(pair, "base_currency")?, text(pair, "quote_currency")?))
        };
        Some((document.as_array()?.iter().map(one).collect::<Option<_>>()?, None))
    }

    fn page_path(&self, pair: &Pair, code: &str, range: &Range<Millis>) -> String {
        // Both ends are in: a range of 300 bars ends with the open of the last of them.
        let [from, to] = [range.start, range.end - 1].map(show_moment);
        format!("/products/{}/candles?granularity={code}&start={from}&end={to}", pair.code)
    }

    fn page(&self, document: &Value) -> Result<CandlePage, String> {
        Ok(CandlePage { candles: rows::candles(document, &SHAPE)?, closed: None })
    }

    fn api_error(&self, document: &Value) -> Option<ApiError> {
        let said = text(document, "message")?.to_owned();
        let often = said.to_lowercase().contains("rate limit");
        Some(if often { ApiError::TooOften(said) } else { ApiError::Wrong(said) })
    }
}
