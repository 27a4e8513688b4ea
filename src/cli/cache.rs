//! Which cache is meant: flag, environment, settings file, or the Redis of this machine.

mod trust;

use std::time::Duration;

use super::args::{BacktestArgs, GlobalArgs};
use super::config::Config;
use super::environment;
use super::fault::Fault;
use super::times;
use crate::cache::{DEFAULT_PREFIX, DEFAULT_URL, Endpoint, Mode, Options, Results, Secret};
use crate::metrics;

/// The cache for a run or a batch. Connecting goes on in the background.
///
/// # Errors
/// A URL that is none, or a TTL that is none; both found before any work.
pub fn open(args: &BacktestArgs, global: &GlobalArgs, config: &Config) -> Result<Results, Fault> {
    let ttl = times::ttl(args.ttl.as_deref(), config)?;
    let endpoint = endpoint(global, config)?;
    let (refresh, no_cache) = wanted(args.refresh, args.no_cache, environment::flag);
    if no_cache || (config.cache == Some(false) && !refresh) {
        return Ok(Results::off());
    }
    let options = Options {
        mode: if refresh { Mode::Refresh } else { Mode::On },
        prefix: DEFAULT_PREFIX.to_owned(),
        ttl: ttl.unwrap_or(Duration::ZERO),
        secret: environment::text("BACKTEST_CACHE_SECRET").map(|text| Secret::derive(&text)),
    };
    Ok(Results::new(endpoint, options, metrics::COUNT))
}

/// Where Redis is: `--cache-url`, `BACKTEST_CACHE_URL`, `REDIS_URL`, `REDIS_HOST` and its kin, the settings file,
/// this machine.
///
/// # Errors
/// A URL or part that makes no sense; never shown, for it may hold a password.
pub fn endpoint(global: &GlobalArgs, config: &Config) -> Result<Endpoint, Fault> {
    trust::complete(named(global, config)?, config)
}

fn named(global: &GlobalArgs, config: &Config) -> Result<Endpoint, Fault> {
    let parse = |source: &str, url: &str| url.parse().map_err(|error| Fault::wrong(format!("{source}: {error}")));
    if let Some(url) = &global.cache_url {
        return parse("--cache-url", url);
    }
    if let Some(url) = environment::text("REDIS_URL") {
        return parse("REDIS_URL", &url);
    }
    let parts = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"].map(environment::text);
    if parts.iter().any(Option::is_some) {
        let [host, port, db, password] = parts;
        let user = environment::text("REDIS_USERNAME");
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
        Some(url) => parse(&config.named("--cache-url", true), url),
        None => parse("default", DEFAULT_URL),
    }
}

/// Whether anybody said where Redis is, so that its absence is news.
pub fn is_configured(global: &GlobalArgs, config: &Config) -> bool {
    let variables = ["REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"];
    global.cache_url.is_some()
        || config.cache_url.is_some()
        || variables.into_iter().any(|name| environment::text(name).is_some())
}

/// `--refresh` and `--no-cache` as they are meant: a flag wins over the other's variable, and of both variables the
/// one that does less.
fn wanted(refresh: bool, no_cache: bool, variable: impl Fn(&str) -> bool) -> (bool, bool) {
    let no_cache = no_cache || (!refresh && variable("BACKTEST_NO_CACHE"));
    (!no_cache && (refresh || variable("BACKTEST_REFRESH")), no_cache)
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn a_flag_wins_over_the_variable_that_contradicts_it() {
        let set = |names: &'static [&'static str]| move |name: &str| names.contains(&name);
        assert_eq!(wanted(true, false, set(&["BACKTEST_NO_CACHE"])), (true, false));
        assert_eq!(wanted(false, true, set(&["BACKTEST_REFRESH"])), (false, true));
        assert_eq!(wanted(false, false, set(&["BACKTEST_REFRESH"])), (true, false));
        assert_eq!(wanted(false, false, set(&["BACKTEST_NO_CACHE"])), (false, true));
        assert_eq!(wanted(false, false, set(&["BACKTEST_NO_CACHE", "BACKTEST_REFRESH"])), (false, true));
        assert_eq!(wanted(false, false, set(&[])), (false, false));
    }
}
