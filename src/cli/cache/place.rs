//! Where the cache is: flag, environment, settings file, or the Redis of this machine.

use std::path::PathBuf;

use super::{credentials, trust};
use crate::cache::{DEFAULT_URL, Endpoint, Place};
use crate::cli::args::GlobalArgs;
use crate::cli::config::{CacheUse, Config};
use crate::cli::environment;
use crate::cli::fault::Fault;
use crate::cli::paths;

/// Variables that say where Redis is, each of them enough.
const PARTS: [&str; 4] = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"];

/// Where the cache is: `--cache-url`, `BACKTEST_CACHE_URL`, `REDIS_URL`, `REDIS_HOST` and its kin, the settings file,
/// this machine. User and password may be told apart from the URL.
///
/// # Errors
/// A URL or part that makes no sense; never shown, for it may hold a password.
pub fn place(global: &GlobalArgs, config: &Config) -> Result<Place, Fault> {
    let endpoint = match named(global, config)? {
        Place::Redis(endpoint) => endpoint,
        file @ Place::File(_) => return Ok(file),
    };
    Ok(Place::Redis(trust::complete(credentials::complete(endpoint, config)?, config)?))
}

fn named(global: &GlobalArgs, config: &Config) -> Result<Place, Fault> {
    let parse = |source: &str, url: &str| url.parse().map_err(|error| Fault::wrong(format!("{source}: {error}")));
    if let Some(url) = &global.cache_url {
        return parse("--cache-url", url);
    }
    if let Some(url) = environment::text("REDIS_URL") {
        return parse("REDIS_URL", &url);
    }
    if PARTS.into_iter().any(|name| environment::text(name).is_some()) {
        return parts().map(Place::Redis);
    }
    match (&config.cache_url, config.cache) {
        // As all paths of the settings file, this one too begins where that is.
        (Some(url), _) => match parse(&config.named("--cache-url", true), url)? {
            Place::File(path) => Ok(Place::File(config.path.with_file_name("").join(path))),
            redis @ Place::Redis(_) => Ok(redis),
        },
        (None, Some(CacheUse::File)) => own_file().map(Place::File),
        (None, _) => parse("default", DEFAULT_URL),
    }
}

fn parts() -> Result<Endpoint, Fault> {
    let [host, port, db, password] = PARTS.map(environment::text);
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
    Endpoint::from_parts(&host, port, db, user.as_deref(), password.as_deref())
        .map_err(|error| Fault::wrong(format!("REDIS_HOST, REDIS_DB: {error}")))
}

/// The store in the user's cache folder. A folder that cannot be made is named when the file is opened.
fn own_file() -> Result<PathBuf, Fault> {
    let folder = paths::cache_dir()
        .ok_or_else(|| Fault::wrong("cache = \"file\" needs a home folder; name a file with --cache-url file:PATH"))?;
    let _ = std::fs::create_dir_all(&folder);
    Ok(folder.join("results.db"))
}

/// Whether anybody said where Redis is, so that its absence is news.
pub fn is_configured(global: &GlobalArgs, config: &Config) -> bool {
    global.cache_url.is_some()
        || config.cache_url.is_some()
        || config.cache == Some(CacheUse::File)
        || environment::text("REDIS_URL").is_some()
        || PARTS.into_iter().any(|name| environment::text(name).is_some())
}
