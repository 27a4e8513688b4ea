//! Which entries are meant, when only some are.

use thiserror::Error;

use super::glob;
use super::key::Kind;
use super::name::Names;

/// Which entries are meant: those that match all that is given; all of ours when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this symbol.
    pub symbol: Option<String>,
    /// Only of this strategy.
    pub strategy: Option<String>,
    /// Only those whose `KIND:SYMBOL:STRATEGY:KEY` this pattern matches, as Redis has patterns.
    pub pattern: Option<String>,
}

/// A pattern that no entry of ours can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "it can match nothing of ours: entries are called KIND:ASSET:STRATEGY:KEY, where KIND is result, trades or block"
)]
pub struct Foreign;

impl Filter {
    /// Whether it lets everything of ours through.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The pattern that a user wrote, without the prefix that the names of these entries begin with, if it is there.
    ///
    /// # Errors
    /// [`Foreign`] when it begins as no entry does: whoever writes it expects something else.
    pub fn pattern(text: &str, prefix: &str) -> Result<String, Foreign> {
        let names = Names::new(prefix);
        let pattern = text.strip_prefix(names.root()).unwrap_or(text);
        let literal = glob::literal(pattern);
        let is_whole = literal.len() == pattern.len();
        let begins = |kind: Kind| {
            let kind = format!("{}:", kind.name());
            literal.starts_with(&kind) || (kind.starts_with(literal) && !is_whole)
        };
        if Kind::ALL.into_iter().any(begins) { Ok(pattern.to_owned()) } else { Err(Foreign) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_may_have_our_prefix_or_not() {
        for text in ["result:BTC*", "backtest:v1:result:BTC*"] {
            assert_eq!(Filter::pattern(text, "backtest").as_deref(), Ok("result:BTC*"));
        }
    }

    #[test]
    fn a_pattern_that_begins_as_no_entry_does_is_refused() {
        for text in ["", "BTC*", "session:*", "backtest:v2:result:*", "backtest2:*", "stats", "result", "re:*"] {
            assert_eq!(Filter::pattern(text, "backtest"), Err(Foreign), "{text}");
        }
        for text in ["*", "*:BTC*", "r*", "?esult:*", "[rt]*", "trades:*", "block:BTCUSDT:ma:5a"] {
            assert_eq!(Filter::pattern(text, "backtest").as_deref(), Ok(text));
        }
    }
}
