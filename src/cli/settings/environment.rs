//! What the process is given by its surroundings: variables, the user's folders (by the XDG convention on every system),
//! and the time. An empty variable counts as not set: people switch a variable off by `VARIABLE= command`.

use std::env::VarError;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use etcetera::BaseStrategy;

use crate::error::Error;
use crate::sim::Millis;

/// The value of a variable that is set to something.
pub(crate) fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Rejects variables that are not valid UTF-8: one that is ignored may be a secret, without which forged values would be
/// accepted, or name another cache than the one that is used.
///
/// # Errors
/// The first of these variables that is not valid UTF-8.
pub(crate) fn check(names: impl IntoIterator<Item = &'static str>) -> Result<(), Error> {
    match names.into_iter().find(|name| matches!(std::env::var(name), Err(VarError::NotUnicode(_)))) {
        Some(name) => Err(Error::usage(format!("{name} is not valid UTF-8"))),
        None => Ok(()),
    }
}

/// Whether a variable says yes: it is set, and not to no, n, false, f, off or 0.
pub(crate) fn flag(name: &str) -> bool {
    text(name).is_some_and(|value| {
        !["no", "n", "false", "f", "off", "0"].contains(&value.trim().to_ascii_lowercase().as_str())
    })
}

/// Where settings and own strategies are: `$XDG_CONFIG_HOME/backtest`.
#[must_use]
pub(crate) fn config_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.config_dir().join("backtest"))
}

/// Where what can be made again is kept: `$XDG_CACHE_HOME/backtest`.
#[must_use]
pub(crate) fn cache_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.cache_dir().join("backtest"))
}

/// Where what cannot be made again is kept: `$XDG_STATE_HOME/backtest`.
#[must_use]
pub(crate) fn state_dir() -> Option<PathBuf> {
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    Some(base.state_dir()?.join("backtest"))
}

/// The present moment: by this machine's clock, or the one that `BACKTEST_NOW` names in ms since 1970, to see what would be
/// said at another time.
pub(crate) fn now() -> Millis {
    if let Some(moment) = text("BACKTEST_NOW").and_then(|text| text.trim().parse().ok()) {
        return moment;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
