//! Which cache is meant: flag, environment, settings file, or the Redis of this machine.

use std::time::Duration;

use super::args::{BacktestArgs, GlobalArgs};
use super::config::Config;
use super::fault::Fault;
use super::resolve;
use crate::cache::{DEFAULT_PREFIX, DEFAULT_URL, Endpoint, Mode, Options, Results, Secret};
use crate::metrics;

/// The cache for a run or a batch. Connecting goes on in the background.
///
/// # Errors
/// A URL that is none, or a TTL that is none; both found before any work.
pub fn open(args: &BacktestArgs, global: &GlobalArgs, config: &Config) -> Result<Results, Fault> {
    let ttl = resolve::ttl(args.ttl.as_deref(), config)?;
    let endpoint = endpoint(global, config)?;
    if args.no_cache || (config.cache == Some(false) && !args.refresh) {
        return Ok(Results::off());
    }
    let options = Options {
        mode: if args.refresh { Mode::Refresh } else { Mode::On },
        prefix: DEFAULT_PREFIX.to_owned(),
        ttl: ttl.unwrap_or(Duration::ZERO),
        secret: variable("BACKTEST_CACHE_SECRET").map(|text| Secret::derive(&text)),
    };
    Ok(Results::new(endpoint, options, metrics::COUNT))
}

/// Where Redis is: `--cache-url`, `BACKTEST_CACHE_URL`, `REDIS_URL`, `REDIS_HOST` and its kin, the settings file,
/// this machine.
///
/// # Errors
/// A URL or part that makes no sense; never shown, for it may hold a password.
pub fn endpoint(global: &GlobalArgs, config: &Config) -> Result<Endpoint, Fault> {
    let parse = |source: &str, url: &str| url.parse().map_err(|error| Fault::wrong(format!("{source}: {error}")));
    if let Some(url) = &global.cache_url {
        return parse("--cache-url", url);
    }
    if let Some(url) = variable("REDIS_URL") {
        return parse("REDIS_URL", &url);
    }
    let parts = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"].map(variable);
    if parts.iter().any(Option::is_some) {
        let [host, port, db, password] = parts;
        let user = variable("REDIS_USERNAME");
        let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
        let number = |name: &str, text: Option<String>, default: i64| match text {
            None => Ok(default),
            Some(text) => text.trim().parse::<i64>().map_err(|_| Fault::wrong(format!("{name} is not a whole number"))),
        };
        let port = u16::try_from(number("REDIS_PORT", port, 6379)?)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| Fault::wrong("REDIS_PORT is not a port from 1 to 65535"))?;
        let db = number("REDIS_DB", db, 0)?;
        return Endpoint::from_parts(&host, port, db, user.as_deref(), password.as_deref())
            .map_err(|error| Fault::wrong(format!("REDIS_HOST, REDIS_DB: {error}")));
    }
    match &config.cache_url {
        Some(url) => parse("cache_url in the settings file", url),
        None => parse("default", DEFAULT_URL),
    }
}

/// An environment variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
