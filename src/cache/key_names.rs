//! Names of our entries in the store, `PREFIX:v2:KIND:KEY`, and filters over them.
//!
//! Nothing but kind and key decides what is found: whoever has the same candles, rules and settings finds the same
//! entry, whatever he calls his symbol and his strategy. Symbol and strategy of the run that stored a value are its
//! label (see `envelope`), by which `cache stats|keys|clear` can be narrowed.

use std::fmt::Display;

use jiff::Timestamp;
use thiserror::Error;

use super::key::{EntryKind, Key};
use crate::sim::Millis;
use crate::sim::text::glob;

/// Longest symbol or strategy in a label; the rest is cut off.
const MAX_PART: usize = 64;
/// Hexadecimal digits of a whole key.
pub(super) const KEY_DIGITS: usize = 64;

/// Makes and parses the names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct KeyNames {
    /// `PREFIX:v2:`
    root: String,
}

/// One of our entries: its name in parts, and the label of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntryName {
    pub kind: String,
    pub key: String,
    /// `_` where it is not known.
    pub symbol: String,
    pub strategy: String,
}

impl KeyNames {
    pub(super) fn new(prefix: &str) -> Self {
        Self { root: format!("{prefix}:v2:") }
    }

    pub(super) fn entry(&self, kind: EntryKind, key: &impl Display) -> String {
        format!("{}{}:{key}", self.root, kind.name())
    }

    /// The trials on candles with this digest.
    pub(super) fn trials(&self, candles: &[u8; 32]) -> String {
        format!("{}trials:{}", self.root, Key(*candles))
    }

    /// The counters of all time.
    pub(super) fn stats(&self) -> String {
        format!("{}stats", self.root)
    }

    /// The counters of the UTC day that this moment lies in, and that day as `2026-01-31`.
    pub(super) fn day(&self, moment: Millis) -> (String, String) {
        let time = Timestamp::from_millisecond(moment).unwrap_or(Timestamp::UNIX_EPOCH);
        let day = time.strftime("%Y-%m-%d").to_string();
        (format!("{}stats:{day}", self.root), day)
    }

    /// A name beside those of our entries, to find out what is permitted there.
    pub(super) fn probe(&self) -> String {
        format!("{}probe", self.root)
    }

    /// `PREFIX:v2:`
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// Glob for SCAN that matches the entries of a filter, and maybe others: check each with [`EntryName::passes`].
    pub(super) fn pattern(&self, filter: &EntryFilter) -> String {
        let kind = filter.kind.map_or("*", EntryKind::name);
        let key = filter.key.as_deref().map(glob::escape).unwrap_or_default();
        format!("{}{kind}:{key}*", glob::escape(&self.root))
    }

    /// `None` when the name is not one of our entries, whatever its prefix. `label` is that of its value.
    pub(super) fn parse(&self, name: &[u8], label: Option<&str>) -> Option<EntryName> {
        let rest = std::str::from_utf8(name).ok()?.strip_prefix(self.root.as_str())?;
        let (kind, key) = rest.split_once(':')?;
        let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_key = key.len() == KEY_DIGITS && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (symbol, strategy) = label.and_then(|label| label.split_once(':')).unwrap_or_default();
        (is_kind && is_key).then(|| EntryName {
            kind: kind.to_owned(),
            key: key.to_owned(),
            // Anybody may have written the value: only what a label of ours may hold is shown.
            symbol: plain(symbol),
            strategy: plain(strategy),
        })
    }
}

/// The label of a value: symbol and strategy of the run that stored it.
pub(super) fn label(symbol: &str, strategy: &str) -> String {
    format!("{}:{}", plain(symbol), plain(strategy))
}

impl EntryName {
    /// `KIND:SYMBOL:STRATEGY:KEY`: what a pattern is matched against.
    pub(super) fn full(&self) -> String {
        let Self { kind, symbol, strategy, key } = self;
        format!("{kind}:{symbol}:{strategy}:{key}")
    }

    /// Whether a filter, as the user wrote it, selects this entry.
    pub(super) fn passes(&self, filter: &EntryFilter) -> bool {
        let is = |wanted: &Option<String>, part: &str| wanted.as_ref().is_none_or(|wanted| plain(wanted) == part);
        filter.kind.is_none_or(|kind| kind.name() == self.kind)
            && filter.key.as_ref().is_none_or(|key| self.key.starts_with(key))
            && is(&filter.symbol, &self.symbol)
            && is(&filter.strategy, &self.strategy)
            && filter.pattern.as_ref().is_none_or(|pattern| glob::matches(pattern, &self.full()))
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
    /// Only those whose key begins with these hexadecimal digits.
    pub key: Option<String>,
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

    /// Whether it needs the labels of the values.
    pub(super) const fn needs_labels(&self) -> bool {
        self.symbol.is_some() || self.strategy.is_some() || self.pattern.is_some()
    }

    /// The pattern that a user wrote, without the prefix that names in the store begin with, if it is there.
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
