//! Kraken, spot. <https://docs.kraken.com/api-reference/market-data/get-ohlc-data>
//!
//! The newest 720 bars, whatever `since` says, oldest first, in seconds, prices as text, the volume behind its average
//! price. The last bar is never finished; `last` is the time of the last one that is. What is wrong stands in `error`,
//! in an answer of status 200. One question a second and address. Bitcoin is XBT, Dogecoin XDG.
//!
//! Its weeks begin on Thursday and are not offered here: all others begin on Monday, and what is made of days does too.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, CandlePage, Exchange, Reach};
use super::pairs::{Pair, text};
use super::rows::{self, RowShape};
use crate::sim::Millis;

/// See the module.
pub(super) struct Kraken;

/// Time, open, high, low, close, average price, volume, count.
const SHAPE: RowShape = RowShape { width: 8..=8, unit: 1_000, places: [1, 2, 3, 4, 6] };

impl Exchange for Kraken {
    fn name(&self) -> &'static str {
        "kraken"
    }

    fn title(&self) -> &'static str {
        "Kraken"
    }

    fn base_url(&self) -> &'static str {
        "https://api.kraken.com"
    }

    fn quote(&self) -> &'static str {
        "USD"
    }

    fn intervals(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("1m", "1"),
            ("5m", "5"),
            ("15m", "15"),
            ("30m", "30"),
            ("1h", "60"),
            ("4h", "240"),
            ("1d", "1440"),
            ("15d", "21600"),
        ]
    }

    fn page_bars(&self) -> i64 {
        720
    }

    fn reach(&self) -> Reach {
        Reach::Newest
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn pairs_path(&self, _next: Option<&str>) -> String {
        "/0/public/AssetPairs".to_owned()
    }

    fn pairs(&self, document: &Value) -> Option<(Vec<Pair>, Option<String>)> {
        // The key, XXBTZUSD, is what answers are named by; `wsname`, XBT/USD, tells the assets without prefixes. Pairs
        // without one are no markets of their own.
        let one = |(code, pair): (&String, &Value)| {
            let (base, quote) = text(pair, "wsname")?.split_once('/')?;
            Some(Pair::new(code, usual(base), usual(quote)))
        };
        Some((document["result"].as_object()?.iter().filter_map(one).collect(), None))
    }

    fn page_path(&self, pair: &Pair, code: &str, range: &Range<Millis>) -> String {
        // Bars after `since`, not from it on.
        let since = range.start.div_euclid(1_000) - 1;
        format!("/0/public/OHLC?pair={}&interval={code}&since={}", pair.code, since.max(0))
    }

    fn page(&self, document: &Value) -> Result<CandlePage, String> {
        let result = document["result"].as_object().ok_or("there is no result")?;
        let rows = result.iter().find(|(name, _)| *name != "last").map(|(_, rows)| rows);
        let candles = rows::candles(rows.ok_or("there is no list of bars")?, &SHAPE)?;
        // Without it, the last bar is the one that is not finished.
        let before_last = candles.len().checked_sub(2).map(|at| candles.time[at]);
        let last = result.get("last").and_then(Value::as_i64).map(|seconds| seconds.saturating_mul(1_000));
        Ok(CandlePage { closed: Some(last.or(before_last).unwrap_or(Millis::MIN)), candles })
    }

    fn api_error(&self, document: &Value) -> Option<ApiError> {
        let errors: Vec<&str> = document["error"].as_array()?.iter().filter_map(Value::as_str).collect();
        let said = errors.join(", ");
        // <https://docs.kraken.com/api/docs/guides/spot-errors>
        Some(match errors.first()? {
            error if error.contains("Rate limit") || error.contains("Too many") => ApiError::TooOften(said),
            error if error.starts_with("EService:") || error.contains("Internal error") => ApiError::Trouble(said),
            // A warning comes with an answer.
            error if error.starts_with('W') => return None,
            _ => ApiError::Wrong(said),
        })
    }
}

/// As everyone else calls it.
fn usual(asset: &str) -> &str {
    match asset {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        _ => asset,
    }
}
