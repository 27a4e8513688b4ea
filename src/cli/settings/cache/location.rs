//! Where the cache is: flag, environment, settings file, or the Redis of this machine.

use std::path::PathBuf;

use crate::args::GlobalArgs;
use crate::args::options::{CACHE, CACHE_URL, PREFIX};
use crate::cache::{CacheLocation, DEFAULT_PREFIX, DEFAULT_URL, Endpoint};
use crate::error::Error;
use crate::settings::cache::credentials;
use crate::settings::environment;
use crate::settings::file::{SettingsFile, in_command};

/// The usual variables of Redis.
pub(crate) const REDIS_VARIABLES: [&str; 6] =
    ["REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_USERNAME", "REDIS_PASSWORD"];
/// Variables that say where Redis is, each of them enough.
const PARTS: [&str; 4] = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"];

/// Where the cache is: `--cache-url`, `BACKTEST_CACHE_URL`, `REDIS_URL`, `REDIS_HOST` and its kin, the settings file,
/// this machine. User and password may be told apart from the URL.
///
/// # Errors
/// A URL or part that makes no sense; never shown, for it may hold a password.
pub(crate) fn location(global: &GlobalArgs, config: &SettingsFile) -> Result<CacheLocation, Error> {
    let endpoint = match named(global, config)? {
        CacheLocation::Redis(endpoint) => endpoint,
        file @ CacheLocation::File(_) => return Ok(file),
    };
    with_login(endpoint, config).map(CacheLocation::Redis)
}

/// The same server with user, password and certificates that are given apart from its URL.
///
/// # Errors
/// A file of secrets or certificates that makes no sense.
pub(crate) fn with_login(endpoint: Endpoint, config: &SettingsFile) -> Result<Endpoint, Error> {
    let endpoint = credentials::with_login(endpoint, config)?;
    #[cfg(feature = "tls")]
    let endpoint = credentials::with_certificates(endpoint, config)?;
    Ok(endpoint)
}

fn named(global: &GlobalArgs, config: &SettingsFile) -> Result<CacheLocation, Error> {
    let parse = |source: &str, url: &str| url.parse().map_err(|error| Error::usage(format!("{source}: {error}")));
    if let Some(given) = in_command(&CACHE_URL, global.cache_url.as_deref()) {
        return parse(&given.source, &given.text);
    }
    if let Some(url) = environment::text("REDIS_URL") {
        return parse("REDIS_URL", &url);
    }
    if PARTS.into_iter().any(|name| environment::text(name).is_some()) {
        return parts().map(CacheLocation::Redis);
    }
    match config.own(&CACHE_URL)? {
        // As all paths of the settings file, this one too begins where that is.
        Some(given) => match parse(&given.source, &given.text)? {
            CacheLocation::File(path) => Ok(CacheLocation::File(config.file_of(&CACHE_URL).beside(path))),
            redis @ CacheLocation::Redis(_) => Ok(redis),
        },
        None if is_file(config) => own_file().map(CacheLocation::File),
        None => parse("default", DEFAULT_URL),
    }
}

/// Whether the settings file wants a file in the user's cache folder.
fn is_file(config: &SettingsFile) -> bool {
    config.own(&CACHE).is_ok_and(|given| given.is_some_and(|given| given.text == "file"))
}

fn parts() -> Result<Endpoint, Error> {
    let [host, port, db, password] = PARTS.map(environment::text);
    let user = environment::text("REDIS_USERNAME");
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let number = |name: &str, text: Option<String>, default: i64| match text {
        None => Ok(default),
        Some(text) => text.trim().parse::<i64>().map_err(|_| Error::usage(format!("{name} is not a whole number"))),
    };
    let port = u16::try_from(number("REDIS_PORT", port, 6379)?)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| Error::usage("REDIS_PORT is not a port from 1 to 65535"))?;
    let db = number("REDIS_DB", db, 0)?;
    Endpoint::from_parts(&host, port, db, user.as_deref(), password.as_deref())
        .map_err(|error| Error::usage(format!("REDIS_HOST, REDIS_DB: {error}")))
}

/// The store in the user's cache folder. A folder that cannot be made is named when the file is opened.
fn own_file() -> Result<PathBuf, Error> {
    let folder = environment::cache_dir()
        .ok_or_else(|| Error::usage("cache = \"file\" needs a home folder; name a file with --cache-url file:PATH"))?;
    let _ = std::fs::create_dir_all(&folder);
    Ok(folder.join("results.db"))
}

/// Whether anybody said where Redis is, so that its absence is news.
pub(crate) fn is_configured(global: &GlobalArgs, config: &SettingsFile) -> bool {
    in_command(&CACHE_URL, global.cache_url.as_deref()).is_some()
        || config.says(&CACHE_URL)
        || is_file(config)
        || environment::text("REDIS_URL").is_some()
        || PARTS.into_iter().any(|name| environment::text(name).is_some())
}

/// Long enough for any name, and short enough for every store.
const LONGEST: usize = 48;

/// The prefix: `--prefix`, `BACKTEST_CACHE_PREFIX`, the settings file, `backtest`.
///
/// # Errors
/// One with characters that mean something to Redis, to shells or to rules of access.
pub(crate) fn prefix(global: &GlobalArgs, config: &SettingsFile) -> Result<String, Error> {
    match config.given(&PREFIX, global.prefix.as_deref())? {
        None => Ok(DEFAULT_PREFIX.to_owned()),
        Some(given) if is_prefix(&given.text) => Ok(given.text),
        Some(given) => Err(given.invalid(format_args!(
            "is not a prefix; write 1 to {LONGEST} letters, digits, '.', '_', '-', and ':' between them, as in team:a"
        ))),
    }
}

fn is_prefix(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    text.len() <= LONGEST && text.split(':').all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_prefix;

    #[test]
    fn a_prefix_has_no_character_that_means_something_elsewhere() {
        assert!(["a", "team:a", "a.b_c-d", &"x".repeat(48)].into_iter().all(is_prefix));
        for text in ["", ":", "a:", ":a", "a::b", "a*", "a?", "[a]", "a b", "a\n", "é", "a~b", &"x".repeat(49)] {
            assert!(!is_prefix(text), "{text}");
        }
    }
}
