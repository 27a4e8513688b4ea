//! The settings file: defaults that a user or a project writes down once. Flags and environment win over it.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::cli::args::{DirectionArg, FillArg, OutputFormat};
use crate::cli::error::Error;
use crate::cli::settings::environment;

/// `backtest.toml`: every key is an option's name with `_` for `-`; all are optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsFile {
    pub data_dir: Option<PathBuf>,
    pub interval: Option<String>,
    pub from: Option<toml::Value>,
    pub to: Option<toml::Value>,
    pub capital: Option<f64>,
    pub fee: Option<f64>,
    pub slippage: Option<f64>,
    pub fill: Option<FillArg>,
    pub direction: Option<DirectionArg>,
    pub threads: Option<u32>,
    pub format: Option<OutputFormat>,
    pub cache_url: Option<String>,
    /// Who to be in Redis, where the URL does not say.
    pub cache_user: Option<String>,
    /// File with the password.
    pub cache_password_file: Option<PathBuf>,
    /// File with the secret that seals values.
    pub cache_secret_file: Option<PathBuf>,
    /// PEM files for an encrypted connection: who may sign the server's certificate, our own one, its key.
    pub cache_ca: Option<PathBuf>,
    pub cache_cert: Option<PathBuf>,
    pub cache_key: Option<PathBuf>,
    /// `false` is `--no-cache`.
    pub cache: Option<CacheUse>,
    /// First part of all names of entries.
    pub prefix: Option<String>,
    /// One time for all kinds of values, or one for each.
    pub ttl: Option<TtlConfig>,
    /// One, or a list.
    #[serde(default, deserialize_with = "one_or_more")]
    pub strategy: Option<Vec<String>>,
    pub sort: Option<String>,
    pub top: Option<usize>,
    pub quiet: Option<bool>,
    /// The file that all this is from.
    #[serde(skip)]
    pub path: PathBuf,
}

impl SettingsFile {
    /// What a message calls an option: the flag, or this file's key where the value comes from there.
    pub fn named(&self, flag: &str, is_from_file: bool) -> String {
        if !is_from_file {
            return flag.to_owned();
        }
        let key = flag.trim_start_matches('-').replace('-', "_");
        format!("{key} in {}", crate::data::escape(&self.path.display().to_string()))
    }
}

fn one_or_more<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<String>>, D::Error> {
    let wrong = || D::Error::custom("must be a name in quotes, or a list of such names");
    let text = |value: toml::Value| match value {
        toml::Value::String(text) => Ok(text),
        _ => Err(wrong()),
    };
    match toml::Value::deserialize(value)? {
        toml::Value::Array(names) if names.is_empty() => {
            Err(D::Error::custom("names no strategy; leave it out for the usual ones, rsi and ma"))
        }
        toml::Value::Array(names) => names.into_iter().map(text).collect::<Result<_, _>>().map(Some),
        value => Ok(Some(vec![text(value)?])),
    }
}

/// Reads the settings file: the named one, else `./backtest.toml`, else the one in the user's config folder.
///
/// # Errors
/// A named file that is not there; a file that cannot be read or understood, with the line.
pub fn load(named: Option<&Path>) -> Result<SettingsFile, Error> {
    let Some(path) = named.map(Path::to_owned).or_else(usual) else { return Ok(SettingsFile::default()) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::usage(format!("settings file {}: {}", path.display(), crate::cli::output::format::unreadable(&error)))
    })?;
    let config: SettingsFile = toml::from_str(&text)
        .map_err(|error| Error::usage(format!("settings file {}: {}", path.display(), told(&error, &text))))?;
    // A relative path is meant from where the file is, not from where the program was started.
    let base = path.parent().map(Path::to_owned).unwrap_or_default();
    let from_there = |path: Option<PathBuf>| path.map(|path| base.join(path));
    Ok(SettingsFile {
        data_dir: from_there(config.data_dir),
        cache_password_file: from_there(config.cache_password_file),
        cache_secret_file: from_there(config.cache_secret_file),
        cache_ca: from_there(config.cache_ca),
        cache_cert: from_there(config.cache_cert),
        cache_key: from_there(config.cache_key),
        path,
        ..config
    })
}

/// The settings file that is read when none is named, if it is there.
fn usual() -> Option<PathBuf> {
    let own = environment::config_dir().map(|dir| dir.join("backtest.toml"));
    [Some(PathBuf::from("backtest.toml")), own].into_iter().flatten().find(|path| path.is_file())
}

/// What is wrong and where. The line itself is not shown, as TOML's own message would: it may hold a password.
fn told(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().and_then(|span| text.get(..span.start)).map(|before| {
        let line = before.rsplit('\n').next().unwrap_or_default();
        format!("line {}, column {}: ", before.matches('\n').count() + 1, line.chars().count() + 1)
    });
    format!("{}{}{}", place.unwrap_or_default(), without_value(error.message()), hint(error))
}

/// serde repeats a value of the wrong kind, up to the `, expected` that says what is right.
fn without_value(message: &str) -> String {
    const EXPECTED: &str = ", expected ";
    let repeats = ["invalid type: string", "invalid value: string", "unknown variant"];
    let Some(kind) = repeats.into_iter().find(|kind| message.starts_with(kind)) else { return message.to_owned() };
    // The last one: an earlier one may stand in the value.
    message.rfind(EXPECTED).map_or_else(|| kind.to_owned(), |at| format!("{kind}{}", &message[at..]))
}

/// serde lists all keys of a settings file behind an unknown one; the nearest is what the user wants to know.
fn hint(error: &toml::de::Error) -> String {
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field").then(|| quoted.next()).flatten();
    let keys: Vec<&str> = quoted.collect();
    unknown
        .and_then(|unknown| crate::sim::strategy::nearest(unknown, keys.iter().copied()))
        .map(|key| format!("\ndid you mean `{key}`?"))
        .unwrap_or_default()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SettingsFile, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backtest.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path))
    }

    #[test]
    fn one_strategy_needs_no_list_and_seconds_no_quotes() {
        let config = read("strategy = 'rsi'\nttl = 60\nquiet = true").unwrap();
        assert_eq!(config.strategy, Some(vec!["rsi".to_owned()]));
        assert_eq!((config.ttl, config.quiet), (Some(TtlConfig::All("60".to_owned())), Some(true)));
        let config = read("strategy = ['rsi', 'ma']\nttl = '24h'").unwrap();
        assert_eq!(config.strategy.map(|names| names.len()), Some(2));
        assert_eq!(config.ttl, Some(TtlConfig::All("24h".to_owned())));
        assert_eq!(read("").unwrap().strategy, None);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_line() {
        for (text, wanted) in [
            ("strategy = 5", "a name in quotes, or a list"),
            ("fee = 0\nstrategy = ['rsi', 5]", "line 2"),
            ("ttl = 1.5", "a whole number of seconds"),
            ("fees = 0.1", "did you mean `fee`?"),
        ] {
            let message = read(text).unwrap_err().message().unwrap();
            assert!(message.contains(wanted), "{text}: {message}");
        }
    }

    #[test]
    fn no_value_is_repeated() {
        for line in [
            "cache_url = redis://canary@host",
            "cache_url = 'redis://canary@host",
            "cache_url = 'redis://canary@host' x",
            "fee = 'canary, expected'",
            "threads = 'canary'",
            "fill = 'canary'",
            "url = 'canary'",
            "strategy = []\ncache_url = 'canary'",
        ] {
            let message = read(line).unwrap_err().message().unwrap();
            assert!(message.contains("line 1, column ") && !message.contains("canary"), "{message}");
        }
        let message = read("fill = 'clos'").unwrap_err().message().unwrap();
        assert!(message.contains("`next-open` or `close`"), "{message}");
    }

    #[test]
    fn a_value_from_the_file_is_not_blamed_on_a_flag() {
        let config = SettingsFile { path: PathBuf::from("backtest.toml"), ..SettingsFile::default() };
        assert_eq!(config.named("--data-dir", true), "data_dir in backtest.toml");
        assert_eq!(config.named("--data-dir", false), "--data-dir");
    }
}
