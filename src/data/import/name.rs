//! What a file's name tells: the symbol, and the length of a bar.

use crate::data::pair::{QUOTES, joined};
use crate::sim::model::Interval;

/// Words that exchanges and tools put into names, and that are no assets.
const WORDS: [&str; 22] = [
    "BINANCE",
    "BINANCEUS",
    "BITFINEX",
    "BITSTAMP",
    "BYBIT",
    "COINBASE",
    "CRYPTO",
    "DATA",
    "FREQTRADE",
    "FUTURES",
    "GEMINI",
    "HISTORICAL",
    "KRAKEN",
    "KUCOIN",
    "OHLC",
    "OHLCV",
    "OKX",
    "POLONIEX",
    "PRICE",
    "SPOT",
    "TRADE",
    "USDM",
];
const MINUTES: [(&str, i64); 10] = [
    ("1", 1),
    ("3", 3),
    ("5", 5),
    ("15", 15),
    ("30", 30),
    ("60", 60),
    ("240", 240),
    ("720", 720),
    ("1440", 1_440),
    ("10080", 10_080),
];
const SPELLED: [(&str, i64); 11] = [
    ("minute", 1),
    ("minutes", 1),
    ("1min", 1),
    ("5min", 5),
    ("15min", 15),
    ("30min", 30),
    ("hour", 60),
    ("hourly", 60),
    ("1hour", 60),
    ("daily", 1_440),
    ("weekly", 10_080),
];
const MINUTE: i64 = 60_000;
/// Longest base asset: `1000000BABYDOGE`.
const LONGEST: usize = 16;

/// The one symbol in these names, the innermost name first. `None` where there is none, or where there are several.
pub(super) fn symbol(names: &[String]) -> Option<String> {
    names.iter().rev().find_map(|name| {
        let mut found = pairs(stem(name));
        found.dedup();
        (found.len() == 1).then(|| found.swap_remove(0))
    })
}

/// The interval in these names, the innermost name first; `numbers` are minutes, as Kraken writes them.
pub(super) fn interval(names: &[String], numbers: bool) -> Option<Interval> {
    names.iter().rev().find_map(|name| {
        let words = words(stem(name));
        words.iter().skip(1).rev().find_map(|word| of_word(word, numbers))
    })
}

/// The symbol as a file's name: capitals, no separators.
#[must_use]
pub fn normal(symbol: &str) -> String {
    // freqtrade writes BTC/USDT:USDT for a future that is settled in USDT.
    let symbol = symbol.split(':').next().unwrap_or_default();
    joined(&symbol.replace('/', "-"))
}

/// The name without folders and endings.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let ends = [".gz", ".zst", ".zip", ".csv", ".json", ".parquet", ".feather", ".txt"];
    let mut stem = name;
    while let Some(end) = ends.iter().find(|end| stem.len() > end.len() && stem.to_ascii_lowercase().ends_with(*end)) {
        stem = &stem[..stem.len() - end.len()];
    }
    stem
}

fn words(stem: &str) -> Vec<&str> {
    stem.split(['_', '-', ' ', ',', '.', '(', ')']).filter(|word| !word.is_empty()).collect()
}

fn pairs(stem: &str) -> Vec<String> {
    let words: Vec<String> = words(stem).into_iter().map(str::to_uppercase).collect();
    let is_asset = |word: &str| {
        let letters = word.chars().any(char::is_alphabetic);
        letters && word.len() <= LONGEST && word.chars().all(char::is_alphanumeric) && !WORDS.contains(&word)
    };
    let is_quote = |word: &str| QUOTES.contains(&word);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        let apart = words.get(at + 1).filter(|next| is_quote(next) && is_asset(word) && of_word(word, false).is_none());
        if let Some(quote) = apart {
            found.push(format!("{word}{quote}"));
            // The asset that a future is settled in is no pair with the quote.
            at += if words.get(at + 2) == Some(quote) { 3 } else { 2 };
            continue;
        }
        let has_quote = |quote: &&str| word.len() > quote.len() + 1 && word.ends_with(quote);
        if is_asset(word) && QUOTES.iter().any(has_quote) {
            found.push(word.clone());
        }
        at += 1;
    }
    found
}

fn of_word(word: &str, numbers: bool) -> Option<Interval> {
    if let Some((_, minutes)) = MINUTES.iter().find(|(name, _)| numbers && *name == word) {
        return Interval::of_millis(minutes * MINUTE);
    }
    if let Some((_, minutes)) = SPELLED.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)) {
        return Interval::of_millis(minutes * MINUTE);
    }
    if word.eq_ignore_ascii_case("monthly") || matches!(word, "1M" | "1mo") {
        return Some(Interval::MONTH);
    }
    let short = word.len() <= 4 && word.starts_with(|c: char| c.is_ascii_digit());
    let lower = if word.ends_with('M') { return None } else { word.to_ascii_lowercase() };
    if short { lower.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> (Option<String>, Option<String>) {
        let names = [name.to_owned()];
        (symbol(&names), interval(&names, true).map(|interval| interval.to_string()))
    }

    #[test]
    fn names_as_tools_write_them_give_symbol_and_interval() {
        for (name, symbol, interval) in [
            ("BTCUSDT-1h-2023-01.zip", "BTCUSDT", "1h"),
            ("BTCUSDT-1m-2021-11-27.csv", "BTCUSDT", "1m"),
            ("Binance_BTCUSDT_1h.csv", "BTCUSDT", "1h"),
            ("BTC_USDT-5m.feather", "BTCUSDT", "5m"),
            ("BTC_USDT_USDT-1h-futures.feather", "BTCUSDT", "1h"),
            ("XBTUSD_1440.csv", "XBTUSD", "1d"),
            ("XBTUSD_60.csv.gz", "XBTUSD", "1h"),
            ("BINANCE_ETHUSDT, 1D.csv", "ETHUSDT", "1d"),
            ("ETH-USD_weekly.csv", "ETHUSD", "1w"),
            ("downloads/20131001_btcusd_minute_trade.csv", "BTCUSD", "1m"),
            ("1000SHIBUSDT_1M.json", "1000SHIBUSDT", "1mo"),
        ] {
            assert_eq!(of(name), (Some(symbol.into()), Some(interval.into())), "{name}");
        }
    }

    #[test]
    fn names_that_tell_nothing_or_two_things_are_not_guessed_from() {
        for name in [
            "candles.csv",
            "Bitcoin Historical Data.csv",
            "BTCUSDT_ETHUSDT.csv",
            "GOOG.csv",
            "freqtrade_1m.json",
            "",
            ".csv",
            "2023.zip",
            "USDT.csv",
        ] {
            assert_eq!(of(name).0, None, "{name}");
        }
        assert_eq!(of("BTC-USD.csv"), (Some("BTCUSD".into()), None));
    }

    #[test]
    fn a_symbol_becomes_a_name_without_separators() {
        for symbol in ["BTC/USDT", "btc-usdt", "BTC_USDT", "BTC/USDT:USDT"] {
            assert_eq!(normal(symbol), "BTCUSDT");
        }
    }
}
