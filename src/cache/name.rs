//! Names of our keys in Redis: `PREFIX:v1:KIND:SYMBOL:STRATEGY:HASH`.
//!
//! Only the hash decides what is found. Kind, symbol and strategy are there for people: statistics and clears can be
//! narrowed by them with a plain SCAN.

use super::key::{Key, Kind};

/// Longest symbol or strategy in a name; the rest is cut off.
const MAX_PART: usize = 64;
const HASH_DIGITS: usize = 64;

/// Makes and reads the names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// `PREFIX:v1:`
    root: String,
}

/// A name taken apart; everything but the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub kind: &'a str,
    pub symbol: &'a str,
    pub strategy: &'a str,
}

impl Names {
    pub fn new(prefix: &str) -> Self {
        Self { root: format!("{prefix}:v1:") }
    }

    pub fn entry(&self, kind: Kind, symbol: &str, strategy: &str, key: &Key) -> String {
        format!("{}{}:{}:{}:{key}", self.root, kind.name(), plain(symbol), plain(strategy))
    }

    /// The hash of our own counters.
    pub fn stats(&self) -> String {
        format!("{}stats", self.root)
    }

    /// Glob for SCAN that matches the wanted entries, and maybe others: check each with [`Names::parse`].
    pub fn pattern(&self, symbol: Option<&str>, strategy: Option<&str>) -> String {
        let part = |part: Option<&str>| part.map_or_else(|| "*".to_owned(), plain);
        format!("{}*:{}:{}:*", escape(&self.root), part(symbol), part(strategy))
    }

    /// `None` when the name is not one of our entries, whatever its prefix.
    pub fn parse<'a>(&self, name: &'a [u8]) -> Option<Parts<'a>> {
        let rest = std::str::from_utf8(name).ok()?.strip_prefix(self.root.as_str())?;
        let mut parts = rest.split(':');
        let (kind, symbol, strategy, hash) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let whole = parts.next().is_none();
        (is_kind && is_hash && whole && is_plain(symbol) && is_plain(strategy)).then_some(Parts {
            kind,
            symbol,
            strategy,
        })
    }
}

impl Parts<'_> {
    /// Whether a filter by symbol and strategy, as the user wrote them, lets this entry through.
    pub fn matches(&self, symbol: Option<&str>, strategy: Option<&str>) -> bool {
        symbol.is_none_or(|wanted| plain(wanted) == self.symbol)
            && strategy.is_none_or(|wanted| plain(wanted) == self.strategy)
    }
}

/// Only letters that mean nothing to Redis, to globs, to shells and to terminals.
fn plain(text: &str) -> String {
    let plain: String = text.chars().take(MAX_PART).map(|c| if is_plain_char(c) { c } else { '_' }).collect();
    if plain.is_empty() { "_".to_owned() } else { plain }
}

const fn is_plain_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn is_plain(part: &str) -> bool {
    !part.is_empty() && part.len() <= MAX_PART && part.chars().all(is_plain_char)
}

/// Makes a text match only itself in a Redis glob.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([0x5a; 32]);

    #[test]
    fn a_name_says_kind_symbol_and_strategy() {
        let name = Names::new("backtest").entry(Kind::Result, "BTCUSDT", "rsi", &KEY);
        assert_eq!(name, format!("backtest:v1:result:BTCUSDT:rsi:{}", "5a".repeat(32)));
    }

    #[test]
    fn a_name_can_be_taken_apart_again() {
        let names = Names::new("team:a");
        for (symbol, strategy) in [("BTC/USDT", "./mine.toml"), ("", ""), ("a:b\r\n", "*"), (&"x".repeat(99), "é")] {
            let name = names.entry(Kind::Trades, symbol, strategy, &KEY);
            let parts = names.parse(name.as_bytes()).expect("one of ours");
            assert_eq!(parts.kind, "trades");
            assert!(parts.matches(Some(symbol), Some(strategy)), "{name}");
            assert!(!parts.matches(Some("ETH"), None));
        }
    }

    #[test]
    fn names_of_others_are_not_ours() {
        let names = Names::new("backtest");
        let hash = "5a".repeat(32);
        for name in [
            "backtest".to_owned(),
            "backtest:v1:stats".to_owned(),
            "backtest:v1:result:BTC:rsi:short".to_owned(),
            format!("backtest:v1:result:BTC:{hash}"),
            format!("backtest:v1:result:BTC:rsi:{hash}:more"),
            format!("backtest:v1:result:B*C:rsi:{hash}"),
            format!("backtest2:v1:result:BTC:rsi:{hash}"),
            format!("backtest:v2:result:BTC:rsi:{hash}"),
            format!("backtest:v1:result:BTC:rsi:{}", "5A".repeat(32)),
        ] {
            assert_eq!(names.parse(name.as_bytes()), None, "{name}");
        }
        assert_eq!(names.parse(b"backtest:v1:\xff"), None);
    }

    #[test]
    fn a_prefix_with_glob_characters_matches_only_itself() {
        assert_eq!(Names::new("a*[b]?\\").pattern(None, Some("rsi")), r"a\*\[b\]\?\\:v1:*:*:rsi:*");
    }
}
