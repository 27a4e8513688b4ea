//! Which cache is meant, and how it is used: on or off, where, with which secrets, and how long values live.

mod credentials;
mod location;

pub(crate) use crate::settings::cache::credentials::secret;
pub(crate) use crate::settings::cache::location::{REDIS_VARIABLES, is_configured, location, prefix, with_login};

use std::time::Duration;

use crate::args::options::{CACHE, CACHE_TIMEOUT, NO_CACHE, REFRESH, TTL};
use crate::args::{BacktestArgs, GlobalArgs};
use crate::cache::{CacheMode, DEFAULT_TIMEOUT, EntryKind, Options, Results, Ttls};
use crate::error::Error;
use crate::settings::environment;
use crate::settings::file::{SettingsFile, in_command};
use crate::settings::given::Given;

/// How long commands about the cache itself wait for it in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cache for a run, a batch or a sweep. Connecting goes on in the background.
///
/// # Errors
/// A URL, a time, a prefix or a file of secrets that makes no sense; all found before any work.
pub(crate) fn open(args: &BacktestArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<Results, Error> {
    let options = options(args, global, config)?;
    let location = location(global, config)?;
    let (refresh, no_cache) = wanted(args.refresh, args.no_cache, environment::flag);
    if no_cache || (is_off(config)? && !refresh) {
        return Ok(Results::off());
    }
    let mode = if refresh { CacheMode::Refresh } else { CacheMode::On };
    Ok(Results::new(&location, Options { mode, ..options }))
}

/// The cache for work that is about the cache itself, and would rather wait than do without.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_patiently(
    args: &BacktestArgs,
    global: &GlobalArgs,
    config: &SettingsFile,
) -> Result<Results, Error> {
    let options = options(args, global, config)?;
    let mode = if args.refresh { CacheMode::Refresh } else { CacheMode::On };
    let options = Options { mode, timeout: PATIENCE, may_be_absent: false, ..options };
    Ok(Results::new(&location(global, config)?, options))
}

/// Whether values are sealed with a secret, and how long they live.
///
/// # Errors
/// A time or a file of secrets that makes no sense.
pub(crate) fn described(config: &SettingsFile) -> Result<(bool, Ttls), Error> {
    Ok((secret(config)?.is_some(), ttl(None, config)?))
}

fn options(args: &BacktestArgs, global: &GlobalArgs, config: &SettingsFile) -> Result<Options, Error> {
    let (ttl, prefix) = (ttl(args.ttl.as_deref(), config)?, prefix(global, config)?);
    // That nothing listens at the default address matters only to those who named it.
    let may_be_absent = !self::location::is_configured(global, config);
    let timeout = timeout(global.cache_timeout.as_deref(), config)?;
    Ok(Options { prefix, ttl, secret: secret(config)?, timeout, may_be_absent, ..Options::default() })
}

/// `--refresh` and `--no-cache` as they are meant: a flag wins over the other's variable, and of both variables the
/// one that does less.
fn wanted(refresh: bool, no_cache: bool, variable: impl Fn(&str) -> bool) -> (bool, bool) {
    let no_cache = no_cache || (!refresh && variable(NO_CACHE.variable.unwrap_or_default()));
    (!no_cache && (refresh || variable(REFRESH.variable.unwrap_or_default())), no_cache)
}

/// How long a cache that does not answer may delay a command in all.
///
/// # Errors
/// A text that is no such time.
fn timeout(flag: Option<&str>, config: &SettingsFile) -> Result<Duration, Error> {
    let Some(given) = config.given(&CACHE_TIMEOUT, flag)? else { return Ok(DEFAULT_TIMEOUT) };
    let text = given.text.trim();
    let millis = match text.strip_suffix("ms") {
        Some(millis) => millis.parse().ok(),
        None => text.strip_suffix('s').and_then(|seconds| seconds.parse::<u64>().ok()?.checked_mul(1_000)),
    };
    millis
        .filter(|millis| (50..=60_000).contains(millis))
        .map(Duration::from_millis)
        .ok_or_else(|| given.invalid("is not a cache timeout; write 250ms or 2s (50ms to 60s)"))
}

const LONGEST: u64 = 10 * 365 * 86_400;

/// How long values live: `--ttl` for all kinds, else what the settings file says of all or of each.
///
/// # Errors
/// A text that is not a time.
pub(crate) fn ttl(flag: Option<&str>, config: &SettingsFile) -> Result<Ttls, Error> {
    if let Some(given) = in_command(&TTL, flag) {
        return span(&given).map(Ttls::all);
    }
    let Some(kinds) = config.per_kind(&TTL, &EntryKind::ALL.map(EntryKind::name))? else {
        return config.own(&TTL)?.map_or_else(|| Ok(Ttls::default()), |given| span(&given).map(Ttls::all));
    };
    EntryKind::ALL.into_iter().try_fold(Ttls::default(), |ttls, kind| match kinds.get(kind.name()) {
        Some(given) => Ok(ttls.with(kind, span(given)?)),
        None => Ok(ttls),
    })
}

/// Whether the settings file switches the cache off.
fn is_off(config: &SettingsFile) -> Result<bool, Error> {
    match config.own(&CACHE)? {
        Some(given) if given.text == "file" => Ok(false),
        Some(given) => given.switch().map(|on| !on).map_err(|_| given.invalid("must be true, false or \"file\"")),
        None => Ok(false),
    }
}

fn span(given: &Given) -> Result<Duration, Error> {
    let text = given.text.as_str();
    let wrong =
        || given.invalid("is not a time to live; write 90s, 30m, 24h or 7d (up to 10 years), or 0 for no limit");
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
        let hours = |ttls: &Ttls| EntryKind::ALL.map(|kind| ttls.for_kind(kind).map_or(0, |ttl| ttl.as_secs() / 3_600));
        let none = SettingsFile::default();
        assert_eq!(hours(&ttl(None, &none).unwrap()), [24, 24, 168, 168, 24, 24]);
        assert_eq!(hours(&ttl(Some("2h"), &none).unwrap()), [2, 2, 2, 2, 2, 2]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backtest.toml");
        std::fs::write(&path, "ttl = { result = '1h', block = 0 }").unwrap();
        let config = SettingsFile::load(Some(&path)).unwrap();
        assert_eq!(hours(&ttl(None, &config).unwrap()), [1, 24, 0, 168, 24, 24]);
        assert_eq!(hours(&ttl(Some("2h"), &config).unwrap()), [2, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn the_timeout_is_in_milliseconds_or_seconds() {
        let config = SettingsFile::default();
        let millis = |text: &str| timeout(Some(text), &config).map(|time| time.as_millis()).ok();
        assert_eq!(timeout(None, &config).unwrap(), DEFAULT_TIMEOUT);
        assert_eq!(["50ms", "250ms", "2s", "60s"].map(millis), [Some(50), Some(250), Some(2_000), Some(60_000)]);
        for text in ["", "2", "49ms", "61s", "1m", "-1s", "0.5s", "s", "99999999999999999999s"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in ["", "x", "-1", "1w", "1.5h", "99999999999999999999s", "3651d", "h", " 1h"] {
            let message = span(&Given::by_flag("--ttl", text)).map(|_| ()).unwrap_err().message().unwrap();
            assert!(message.starts_with(&format!("--ttl '{text}' is not a time to live")), "{message}");
        }
    }
}
