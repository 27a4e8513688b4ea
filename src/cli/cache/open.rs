//! The cache of a run: on or off, and with which options.

use std::time::Duration;

use super::{place, prefix, secret, ttl};
use crate::cache::{Mode, Options, Results, Ttls};
use crate::cli::args::{BacktestArgs, GlobalArgs};
use crate::cli::config::{CacheUse, Config};
use crate::cli::environment;
use crate::cli::fault::Fault;
use crate::sim::metrics;

/// How long commands about the cache itself wait for it in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cache for a run, a batch or a sweep. Connecting goes on in the background.
///
/// # Errors
/// A URL, a time, a prefix or a file of secrets that makes no sense; all found before any work.
pub fn open(args: &BacktestArgs, global: &GlobalArgs, config: &Config) -> Result<Results, Fault> {
    let options = options(args, global, config)?;
    let place = place(global, config)?;
    let (refresh, no_cache) = wanted(args.refresh, args.no_cache, environment::flag);
    if no_cache || (config.cache == Some(CacheUse::No) && !refresh) {
        return Ok(Results::off());
    }
    let mode = if refresh { Mode::Refresh } else { Mode::On };
    Ok(Results::new(&place, Options { mode, ..options }, metrics::COUNT))
}

/// The cache for work that is about the cache itself, and would rather wait than do without.
///
/// # Errors
/// As [`open`].
pub fn open_patiently(args: &BacktestArgs, global: &GlobalArgs, config: &Config) -> Result<Results, Fault> {
    let options = options(args, global, config)?;
    let mode = if args.refresh { Mode::Refresh } else { Mode::On };
    let options = Options { mode, budget: PATIENCE, ..options };
    Ok(Results::new(&place(global, config)?, options, metrics::COUNT))
}

/// Whether values are sealed with a secret, and how long they live.
///
/// # Errors
/// A time or a file of secrets that makes no sense.
pub fn described(config: &Config) -> Result<(bool, Ttls), Fault> {
    let arg = environment::text("BACKTEST_TTL");
    Ok((secret::secret(config)?.is_some(), ttl::ttl(arg.as_deref(), config)?))
}

fn options(args: &BacktestArgs, global: &GlobalArgs, config: &Config) -> Result<Options, Fault> {
    let (ttl, prefix) = (ttl::ttl(args.ttl.as_deref(), config)?, prefix(global, config)?);
    Ok(Options { prefix, ttl, secret: secret::secret(config)?, ..Options::default() })
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
