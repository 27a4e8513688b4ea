//! Names of our entries in the store: `PREFIX:v1:KIND:SYMBOL:STRATEGY:KEY`, and filters over them.
//!
//! Only the key decides what is found. Kind, symbol and strategy are there for people: `cache stats|keys|clear` can be
//! narrowed by them with a plain SCAN.

pub(super) mod glob;

use jiff::Timestamp;
use thiserror::Error;

use super::key::{EntryKind, Key};
use crate::sim::model::Millis;

/// Longest symbol or strategy in a name; the rest is cut off.
const MAX_PART: usize = 64;
const KEY_DIGITS: usize = 64;

/// Makes and parses the names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct KeyNames {
    /// `PREFIX:v1:`
    root: String,
}

/// A name in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParsedName<'a> {
    /// Everything after the prefix and the version: what a pattern is matched against.
    pub rest: &'a str,
    pub kind: &'a str,
    pub symbol: &'a str,
    pub strategy: &'a str,
    pub key: &'a str,
}

impl KeyNames {
    pub fn new(prefix: &str) -> Self {
        Self { root: format!("{prefix}:v1:") }
    }

    pub fn entry(&self, kind: EntryKind, symbol: &str, strategy: &str, key: &Key) -> String {
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

    /// A name beside those of our entries, to find out what is permitted there.
    pub fn probe(&self) -> String {
        format!("{}probe", self.root)
    }

    /// `PREFIX:v1:`
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Glob for SCAN that matches the wanted entries, and maybe others: check each with [`KeyNames::parse`].
    pub fn pattern(&self, filter: &EntryFilter) -> String {
        let root = glob::escape(&self.root);
        if let Some(pattern) = &filter.pattern {
            return root + pattern;
        }
        let kind = filter.kind.map_or("*", EntryKind::name);
        let part = |part: &Option<String>| part.as_deref().map_or_else(|| "*".to_owned(), plain);
        format!("{root}{kind}:{}:{}:*", part(&filter.symbol), part(&filter.strategy))
    }

    /// `None` when the name is not one of our entries, whatever its prefix.
    pub fn parse<'a>(&self, name: &'a [u8]) -> Option<ParsedName<'a>> {
        let rest = std::str::from_utf8(name).ok()?.strip_prefix(self.root.as_str())?;
        let mut parts = rest.split(':');
        let (kind, symbol, strategy, key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_key = key.len() == KEY_DIGITS && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let whole = parts.next().is_none();
        let is_ours = is_kind && is_key && whole && is_plain(symbol) && is_plain(strategy);
        is_ours.then_some(ParsedName { rest, kind, symbol, strategy, key })
    }
}

impl ParsedName<'_> {
    /// Whether a filter, as the user wrote it, lets this entry through.
    pub fn passes(&self, filter: &EntryFilter) -> bool {
        let is = |wanted: &Option<String>, part: &str| wanted.as_ref().is_none_or(|wanted| plain(wanted) == part);
        filter.kind.is_none_or(|kind| kind.name() == self.kind)
            && is(&filter.symbol, self.symbol)
            && is(&filter.strategy, self.strategy)
            && filter.pattern.as_ref().is_none_or(|pattern| glob::matches(pattern, self.rest))
    }
}

/// Only characters without a meaning to Redis, globs, shells and terminals.
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

/// Selects entries: those that match all that is given; all of ours when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Only of this kind.
    pub kind: Option<EntryKind>,
    /// Only of this symbol.
    pub symbol: Option<String>,
    /// Only of this strategy.
    pub strategy: Option<String>,
    /// Only those whose `KIND:SYMBOL:STRATEGY:KEY` matches this pattern, in Redis's syntax.
    pub pattern: Option<String>,
}

/// A pattern that no entry of ours can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "it can match nothing of ours: entries are called KIND:ASSET:STRATEGY:KEY, where KIND is result, trades or block"
)]
pub struct PatternError;

impl EntryFilter {
    /// Whether it selects all of ours.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The pattern that a user wrote, without the prefix that the names of these entries begin with, if it is there.
    ///
    /// # Errors
    /// [`PatternError`] when it begins as no entry does: whoever writes it expects something else.
    pub fn pattern(text: &str, prefix: &str) -> Result<String, PatternError> {
        let names = KeyNames::new(prefix);
        let pattern = text.strip_prefix(names.root()).unwrap_or(text);
        let literal = glob::literal(pattern);
        let is_whole = literal.len() == pattern.len();
        let begins = |kind: EntryKind| {
            let kind = format!("{}:", kind.name());
            literal.starts_with(&kind) || (kind.starts_with(literal) && !is_whole)
        };
        if EntryKind::ALL.into_iter().any(begins) { Ok(pattern.to_owned()) } else { Err(PatternError) }
    }
}

#[cfg(test)]
mod tests;
