//! From the names that a user writes to the pairs that an exchange has.

use serde_json::Value;

use crate::catalog::symbol::{joined, likeness, most_alike};
use crate::escape::{escape, quote};

/// Similarity (Jaro-Winkler) from which a name is worth suggesting.
const SIMILAR: f64 = 0.8;
/// Quotes that are told one by one.
const QUOTES_TOLD: usize = 12;

/// One asset priced in another, as an exchange trades it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What the exchange calls it in questions: `BTCUSDT`, `BTC-USD`, `XXBTZUSD`.
    pub code: String,
    /// The asset, as everyone calls it: `BTC`.
    pub base: String,
    /// In what it is priced.
    pub quote: String,
}

impl Pair {
    /// A pair.
    #[must_use]
    pub fn new(code: &str, base: &str, quote: &str) -> Self {
        Self { code: code.to_owned(), base: base.to_uppercase(), quote: quote.to_uppercase() }
    }

    /// The name under which its candles are stored: `BTCUSDT`, whatever the exchange writes between the two.
    #[must_use]
    pub fn symbol(&self) -> String {
        joined(&format!("{}{}", self.base, self.quote))
    }
}

/// Why a name is no pair of an exchange. Found before any candle is fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// There is the asset, and not in this quote.
    #[error("{title} has no {name} in {quote}; it has it in {}. Say --quote, or write the whole pair", .quotes.join(", "))]
    Quote {
        /// The exchange.
        title: &'static str,
        /// As written, quoted.
        name: String,
        /// The quote that was asked for.
        quote: String,
        /// Those there are, the first dozen.
        quotes: Vec<String>,
    },
    /// There is nothing of this name.
    #[error("{title} has no {name} among its {count} pairs.{}", suggestion(.nearest))]
    Unknown {
        /// The exchange.
        title: &'static str,
        /// As written, quoted.
        name: String,
        /// How many pairs it has.
        count: usize,
        /// Those with similar names.
        nearest: Vec<String>,
    },
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return " Write the name of an asset or pair, such as BTC or BTC-EUR".to_owned();
    }
    format!(" Did you mean {}?", nearest.join(", "))
}

/// The pairs that these names mean, each once.
pub(super) fn find_all(
    names: &[String],
    wanted: &str,
    all: &[Pair],
    title: &'static str,
) -> Result<Vec<Pair>, PairError> {
    let mut found: Vec<Pair> = Vec::new();
    for name in names {
        let pair = find(name, wanted, all, title)?;
        if !found.contains(&pair) {
            found.push(pair);
        }
    }
    Ok(found)
}

/// The pair that a name means: an asset in this quote, or else a whole pair, with or without a separator.
pub(super) fn find(name: &str, wanted: &str, all: &[Pair], title: &'static str) -> Result<Pair, PairError> {
    let whole = joined(&name.trim().replace(['/', ':'], "-"));
    let base = if whole == "XBT" { "BTC" } else { &*whole };
    let wanted = wanted.trim().to_uppercase();
    let asset = all.iter().find(|pair| pair.base == base && pair.quote == wanted);
    let pair = || all.iter().find(|pair| pair.symbol() == whole || joined(&pair.code) == whole);
    if let Some(pair) = asset.or_else(pair) {
        return Ok(pair.clone());
    }
    let mut quotes: Vec<String> = all.iter().filter(|pair| pair.base == base).map(|pair| escape(&pair.quote)).collect();
    let name = quote(name);
    if quotes.is_empty() {
        return Err(PairError::Unknown { title, name, count: all.len(), nearest: nearest(&whole, all) });
    }
    quotes.sort();
    quotes.dedup();
    if quotes.len() > QUOTES_TOLD {
        quotes.truncate(QUOTES_TOLD);
        quotes.push("..".to_owned());
    }
    Err(PairError::Quote { title, name, quote: escape(&wanted), quotes })
}

fn nearest(whole: &str, all: &[Pair]) -> Vec<String> {
    most_alike(SIMILAR, all.iter().map(|pair| (likeness(whole, &[&pair.base, &pair.symbol()]), &*pair.base)))
}

/// A member of a document that is text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str()
}
