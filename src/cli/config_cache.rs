//! The settings file's words about the cache that are not plain texts.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// `cache`: whether there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUse {
    /// `true`: what `cache_url` says.
    Yes,
    /// `false`: as `--no-cache`.
    No,
    /// `"file"`: a file in the user's cache folder, unless `cache_url` says otherwise.
    File,
}

impl<'de> Deserialize<'de> for CacheUse {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(value)? {
            toml::Value::Boolean(true) => Ok(Self::Yes),
            toml::Value::Boolean(false) => Ok(Self::No),
            toml::Value::String(word) if word == "file" => Ok(Self::File),
            _ => Err(D::Error::custom("must be true, false or \"file\"")),
        }
    }
}

/// `ttl`: how long values live. Times are texts, or numbers of seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TtlConfig {
    /// One time for all kinds.
    All(String),
    /// Each kind its own; the usual one where it is left out.
    Kinds {
        /// Of metrics.
        result: Option<String>,
        /// Of lists of trades.
        trades: Option<String>,
        /// Of blocks of sweeps.
        block: Option<String>,
    },
}

impl<'de> Deserialize<'de> for TtlConfig {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let mut table = match toml::Value::deserialize(value)? {
            toml::Value::Table(table) => table,
            all => return span(all).map(Self::All),
        };
        let mut take = |kind: &str| table.remove(kind).map(span).transpose();
        let kinds = Self::Kinds { result: take("result")?, trades: take("trades")?, block: take("block")? };
        if table.is_empty() {
            Ok(kinds)
        } else {
            Err(D::Error::custom("holds another key than result, trades and block"))
        }
    }
}

fn span<E: serde::de::Error>(value: toml::Value) -> Result<String, E> {
    match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(seconds) => Ok(seconds.to_string()),
        _ => Err(E::custom("must be a text such as \"24h\", a whole number of seconds, or a table of these by kind")),
    }
}
