//! A clock that does not tick, and exchanges with a market of their own.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::web_server::{Answer, WebServer};
use crate::exchange::{
    Clock, FetchError, FetchProgress, Fetched, Fetcher, HttpTimeouts, HttpTransport, Pair, Request, find_exchange,
};
use crate::sim::{Candles, Millis, TimeRange};
use crate::store::{OnConflict, read};

pub(super) const HOUR: Millis = 3_600_000;
/// 2024-06-01T00:30:00Z: the bar of midnight is not finished.
pub(super) const NOW: Millis = 1_717_201_800_000;
/// The last bar of one hour that is closed then.
pub(super) const LAST: Millis = NOW - HOUR - HOUR / 2;

/// Time passes only by waiting.
pub(super) struct StillClock {
    passed: AtomicU64,
    pub waits: Mutex<Vec<Duration>>,
}

impl StillClock {
    pub(super) fn new() -> Self {
        Self { passed: AtomicU64::new(0), waits: Mutex::default() }
    }

    /// All the time that was waited.
    pub(super) fn waited(&self) -> Duration {
        Duration::from_millis(self.passed.load(Ordering::SeqCst))
    }
}

impl Clock for StillClock {
    fn now(&self) -> Millis {
        NOW + self.passed.load(Ordering::SeqCst) as i64
    }

    fn wait(&self, time: Duration) {
        self.waits.lock().unwrap().push(time);
        self.passed.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Remembers what it was told, and stops when so many bars have come.
#[derive(Default)]
pub(super) struct Ears {
    pub said: Mutex<Vec<String>>,
    pub expected: AtomicU64,
    pub advanced: AtomicU64,
    pub stop_at: Option<u64>,
    pub stop_when_waiting: bool,
    stop: AtomicBool,
}

impl FetchProgress for Ears {
    fn expect(&self, bars: u64) {
        self.expected.fetch_add(bars, Ordering::SeqCst);
    }

    fn advance(&self, bars: u64) {
        let so_far = self.advanced.fetch_add(bars, Ordering::SeqCst) + bars;
        if self.stop_at.is_some_and(|stop| so_far >= stop) {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    fn waiting(&self, why: &str) {
        self.said.lock().unwrap().push(why.to_owned());
        if self.stop_when_waiting {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// A user's folder, a clock and an exchange to ask.
pub(super) struct Desk {
    /// Kept as long as it is used.
    _folder: TempDir,
    pub clock: StillClock,
    pub ears: Ears,
    pub request: Request,
    pub timeouts: HttpTimeouts,
}

impl Desk {
    pub(super) fn at(name: &str, interval: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let request = Request {
            exchange: find_exchange(name).unwrap(),
            base_url: None,
            from_archive: false,
            interval: interval.parse().unwrap(),
            range: TimeRange::default(),
            update: false,
            conflict: OnConflict::Refuse,
            data_dir: folder.path().to_owned(),
        };
        Self {
            _folder: folder,
            clock: StillClock::new(),
            ears: Ears::default(),
            request,
            timeouts: HttpTimeouts::default(),
        }
    }

    pub(super) fn from(mut self, time: Millis) -> Self {
        self.request.range.from = Some(time);
        self
    }

    pub(super) fn to(mut self, time: Millis) -> Self {
        self.request.range.to = Some(time);
        self
    }

    pub(super) fn of_archive(mut self) -> Self {
        self.request.from_archive = true;
        self
    }

    pub(super) fn update(mut self) -> Self {
        self.request.update = true;
        self
    }

    /// Fetches BTC from this server.
    pub(super) fn fetch(&self, server: &WebServer) -> (Fetched, Result<(), FetchError>) {
        let request = Request { base_url: Some(server.url().to_owned()), ..self.request.clone() };
        let web = HttpTransport::new(self.timeouts);
        let mut fetcher = Fetcher::new(request, &web, &self.clock, &self.ears);
        let pairs = match fetcher.pairs(&["BTC".to_owned()], None) {
            Ok(pairs) => pairs.unwrap(),
            Err(error) => return (Fetched::default(), Err(error)),
        };
        fetcher.fetch(&pairs[0])
    }

    /// Asks for pairs at any address.
    pub(super) fn pairs_at(&self, url: String) -> Result<Vec<Pair>, FetchError> {
        let request = Request { base_url: Some(url), ..self.request.clone() };
        let web = HttpTransport::new(self.timeouts);
        Fetcher::new(request, &web, &self.clock, &self.ears).pairs(&["BTC".to_owned()], None).map(Result::unwrap)
    }

    pub(super) fn stored(&self, symbol: &str) -> Candles {
        read(&self.request.data_dir, symbol, self.request.interval).unwrap().unwrap_or_default()
    }
}

/// Open, high, low, close and volume of the market at a time, each different.
pub(super) fn bar(time: Millis) -> [f64; 5] {
    let price = 20_000.0 + (time / 60_000 % 997) as f64 * 0.25;
    [price, price + 9.5, price - 7.25, price + 1.5, (time / 60_000 % 89) as f64 + 0.125]
}

/// The hours of the market that lie in this range, the one that is not finished too.
pub(super) fn hours(range: Range<Millis>) -> Vec<Millis> {
    let first = range.start.div_euclid(HOUR) + i64::from(range.start.rem_euclid(HOUR) > 0);
    (first..=NOW / HOUR).map(|hour| hour * HOUR).take_while(|time| *time < range.end).collect()
}

/// A number in the query of a path.
pub(super) fn number(path: &str, name: &str) -> Option<i64> {
    word(path, name)?.parse().ok()
}

/// A word in the query of a path.
pub(super) fn word<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    path.split(['?', '&']).find_map(|part| part.strip_prefix(&format!("{name}=")[..]))
}

/// Binance's answer to any path, with a market of hours that opened at `birth`.
pub(super) fn binance(path: &str, birth: Millis) -> Answer {
    if path.starts_with("/api/v3/exchangeInfo") {
        let pair = |base: &str, quote: &str| {
            json!({"symbol": format!("{base}{quote}"), "status": "TRADING", "baseAsset": base, "quoteAsset": quote,
                "filters": [{"filterType": "PRICE_FILTER", "minPrice": "0.01"}]})
        };
        let symbols = [pair("BTC", "USDT"), pair("ETH", "USDT"), pair("ETH", "BTC"), pair("DOGE", "EUR")];
        return Answer::json(json!({"timezone": "UTC", "serverTime": NOW, "symbols": symbols}));
    }
    if word(path, "symbol") != Some("BTCUSDT") || word(path, "interval") != Some("1h") {
        return Answer::status(400, json!({"code": -1121, "msg": "Invalid symbol."}));
    }
    let (from, to) = (number(path, "startTime").unwrap(), number(path, "endTime").unwrap());
    let limit = number(path, "limit").unwrap_or(500).min(1_000) as usize;
    let times = hours(from.max(birth)..to + 1);
    Answer::json(times.into_iter().take(limit).map(kline).collect::<Value>())
}

/// One row of Binance's.
pub(super) fn kline(time: Millis) -> Value {
    let [open, high, low, close, volume] = bar(time).map(|value| format!("{value:.8}"));
    json!([time, open, high, low, close, volume, time + HOUR - 1, "1.00000000", 308, "1.0", "28.4", "0"])
}
