//! Names of our keys in Redis: `PREFIX:v1:KIND:SYMBOL:STRATEGY:HASH`.
//!
//! Only the hash decides what is found. Kind, symbol and strategy are there for people: statistics and clears can be
//! narrowed by them with a plain SCAN.

use jiff::Timestamp;

use super::filter::Filter;
use super::glob;
use super::key::{Key, Kind};
use crate::sim::model::Millis;

/// Longest symbol or strategy in a name; the rest is cut off.
const MAX_PART: usize = 64;
const HASH_DIGITS: usize = 64;

/// Makes and reads the names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// `PREFIX:v1:`
    root: String,
}

/// A name taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Everything behind the prefix and the version: what a pattern goes over.
    pub rest: &'a str,
    pub kind: &'a str,
    pub symbol: &'a str,
    pub strategy: &'a str,
    pub hash: &'a str,
}

impl Names {
    pub fn new(prefix: &str) -> Self {
        Self { root: format!("{prefix}:v1:") }
    }

    pub fn entry(&self, kind: Kind, symbol: &str, strategy: &str, key: &Key) -> String {
        format!("{}{}:{}:{}:{key}", self.root, kind.name(), plain(symbol), plain(strategy))
    }

    /// The counters of all time.
    pub fn stats(&self) -> String {
        format!("{}stats", self.root)
    }

    /// The counters of the UTC day that this moment lies in, and that day as `2026-01-31`.
    pub fn day(&self, moment: Millis) -> (String, String) {
        let time = Timestamp::from_millisecond(moment).unwrap_or(Timestamp::UNIX_EPOCH);
        let day = time.strftime("%Y-%m-%d").to_string();
        (format!("{}stats:{day}", self.root), day)
    }

    /// A name beside those of our entries, to see what may be done there.
    pub fn probe(&self) -> String {
        format!("{}probe", self.root)
    }

    /// `PREFIX:v1:`
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Glob for SCAN that matches the wanted entries, and maybe others: check each with [`Names::parse`].
    pub fn pattern(&self, filter: &Filter) -> String {
        let root = glob::escape(&self.root);
        if let Some(pattern) = &filter.pattern {
            return root + pattern;
        }
        let kind = filter.kind.map_or("*", Kind::name);
        let part = |part: &Option<String>| part.as_deref().map_or_else(|| "*".to_owned(), plain);
        format!("{root}{kind}:{}:{}:*", part(&filter.symbol), part(&filter.strategy))
    }

    /// `None` when the name is not one of our entries, whatever its prefix.
    pub fn parse<'a>(&self, name: &'a [u8]) -> Option<Parts<'a>> {
        let rest = std::str::from_utf8(name).ok()?.strip_prefix(self.root.as_str())?;
        let mut parts = rest.split(':');
        let (kind, symbol, strategy, hash) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let whole = parts.next().is_none();
        let is_ours = is_kind && is_hash && whole && is_plain(symbol) && is_plain(strategy);
        is_ours.then_some(Parts { rest, kind, symbol, strategy, hash })
    }
}

impl Parts<'_> {
    /// Whether a filter, as the user wrote it, lets this entry through.
    pub fn pass(&self, filter: &Filter) -> bool {
        let is = |wanted: &Option<String>, part: &str| wanted.as_ref().is_none_or(|wanted| plain(wanted) == part);
        filter.kind.is_none_or(|kind| kind.name() == self.kind)
            && is(&filter.symbol, self.symbol)
            && is(&filter.strategy, self.strategy)
            && filter.pattern.as_ref().is_none_or(|pattern| glob::matches(pattern, self.rest))
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
            let filter = |symbol: &str| Filter { symbol: Some(symbol.to_owned()), ..Filter::default() };
            assert!(parts.pass(&Filter { strategy: Some(strategy.to_owned()), ..filter(symbol) }), "{name}");
            assert!(!parts.pass(&filter("ETH")));
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
        let filter = Filter { strategy: Some("rsi".into()), ..Filter::default() };
        assert_eq!(Names::new("a*[b]?\\").pattern(&filter), r"a\*\[b\]\?\\:v1:*:*:rsi:*");
        let filter = Filter { pattern: Some("result:*".into()), ..Filter::default() };
        assert_eq!(Names::new("a").pattern(&filter), "a:v1:result:*");
    }

    #[test]
    fn counters_of_a_day_are_named_by_it() {
        let (name, day) = Names::new("backtest").day(1_700_000_000_000);
        assert_eq!((name.as_str(), day.as_str()), ("backtest:v1:stats:2023-11-14", "2023-11-14"));
    }
}
