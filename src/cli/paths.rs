//! The user's folders, by the XDG convention on every system.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Where settings and own strategies are: `$XDG_CONFIG_HOME/backtest`.
#[must_use]
pub fn config_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.config_dir().join("backtest"))
}

/// Where what can be made again is kept: `$XDG_CACHE_HOME/backtest`.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().map(|base| base.cache_dir().join("backtest"))
}
