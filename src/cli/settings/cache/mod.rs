//! Which cache is meant, and how it is used: on or off, where, with which secrets, and how long values live.

mod credentials;
mod location;

pub use crate::cli::settings::cache::location::{is_configured, place, prefix};

use std::time::Duration;

use crate::cache::{Kind, Mode, Options, Results, Ttls};
use crate::cli::args::{BacktestArgs, GlobalArgs};
use crate::cli::error::Error;
use crate::cli::settings::cache::credentials::secret;
use crate::cli::settings::environment;
use crate::cli::settings::file::{CacheUse, SettingsFile, TtlConfig};
use crate::data::escape;
use crate::sim::metrics;

/// How long commands about the cache itself wait for it in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cache for a run, a batch or a sweep. Connecting goes on in the background.
///
/// # Errors
/// A URL, a time, a prefix or a file of secrets that makes no sense; all found before any work.
pub fn open(args: &BacktestArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<Results, Error> {
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
pub fn open_patiently(args: &BacktestArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<Results, Error> {
    let options = options(args, global, config)?;
    let mode = if args.refresh { Mode::Refresh } else { Mode::On };
    let options = Options { mode, budget: PATIENCE, ..options };
    Ok(Results::new(&place(global, config)?, options, metrics::COUNT))
}

/// Whether values are sealed with a secret, and how long they live.
///
/// # Errors
/// A time or a file of secrets that makes no sense.
pub fn described(config: &SettingsFile) -> Result<(bool, Ttls), Error> {
    let arg = environment::text("BACKTEST_TTL");
    Ok((secret(config)?.is_some(), ttl(arg.as_deref(), config)?))
}

fn options(args: &BacktestArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<Options, Error> {
    let (ttl, prefix) = (ttl(args.ttl.as_deref(), config)?, prefix(global, config)?);
    Ok(Options { prefix, ttl, secret: secret(config)?, ..Options::default() })
}

/// `--refresh` and `--no-cache` as they are meant: a flag wins over the other's variable, and of both variables the
/// one that does less.
fn wanted(refresh: bool, no_cache: bool, variable: impl Fn(&str) -> bool) -> (bool, bool) {
    let no_cache = no_cache || (!refresh && variable("BACKTEST_NO_CACHE"));
    (!no_cache && (refresh || variable("BACKTEST_REFRESH")), no_cache)
}

const LONGEST: u64 = 10 * 365 * 86_400;

/// How long values live: `--ttl` for all kinds, else what the settings say of all or of each.
///
/// # Errors
/// A text that is no time.
pub fn ttl(arg: Option<&str>, config: &SettingsFile) -> Result<Ttls, Error> {
    let name = config.named("--ttl", arg.is_none());
    match (arg, &config.ttl) {
        (Some(text), _) => span(&name, text).map(Ttls::all),
        (None, Some(TtlConfig::All(text))) => span(&name, text).map(Ttls::all),
        (None, Some(TtlConfig::Kinds { result, trades, block })) => {
            let kinds =
                [(Kind::Result, "result", result), (Kind::Trades, "trades", trades), (Kind::Block, "block", block)];
            kinds.into_iter().try_fold(Ttls::default(), |ttls, (kind, key, text)| match text {
                Some(text) => Ok(ttls.with(kind, span(&format!("{key} of {name}"), text)?)),
                None => Ok(ttls),
            })
        }
        (None, None) => Ok(Ttls::default()),
    }
}

fn span(name: &str, text: &str) -> Result<Duration, Error> {
    let wrong = || {
        Error::usage(format!(
            "{name} '{}' is not a time: write 90s, 30m, 24h or 7d (up to 10 years), or 0 to store without an end",
            escape(text)
        ))
    };
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)?;
    if seconds > LONGEST { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_flag_is_for_all_kinds_and_the_settings_may_tell_them_apart() {
        let hours = |ttls: &Ttls| Kind::ALL.map(|kind| ttls.of(kind).map_or(0, |ttl| ttl.as_secs() / 3_600));
        let none = SettingsFile::default();
        assert_eq!(hours(&ttl(None, &none).unwrap()), [24, 24, 168]);
        assert_eq!(hours(&ttl(Some("2h"), &none).unwrap()), [2, 2, 2]);
        let kinds = TtlConfig::Kinds { result: Some("1h".into()), trades: None, block: Some("0".into()) };
        let config = SettingsFile { ttl: Some(kinds), ..SettingsFile::default() };
        assert_eq!(hours(&ttl(None, &config).unwrap()), [1, 24, 0]);
        assert_eq!(hours(&ttl(Some("2h"), &config).unwrap()), [2, 2, 2]);
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in ["", "x", "-1", "1w", "1.5h", "99999999999999999999s", "3651d", "h", " 1h"] {
            let message = span("--ttl", text).map(|_| ()).unwrap_err().message().unwrap();
            assert!(message.starts_with(&format!("--ttl '{text}' is not a time")), "{message}");
        }
    }
}
