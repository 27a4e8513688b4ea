//! The settings file: defaults that a user or a project writes down once. Flags and environment win over it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::args::{DirectionArg, FillArg, Format};
use super::fault::Fault;

/// `backtest.toml`: every key is an option's name with `_` for `-`; all are optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
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
    pub format: Option<Format>,
    pub cache_url: Option<String>,
    /// `false` is `--no-cache`.
    pub cache: Option<bool>,
    pub ttl: Option<String>,
    pub strategy: Option<Vec<String>>,
    pub sort: Option<String>,
    pub top: Option<usize>,
}

/// Reads the settings file: the named one, else `./backtest.toml`, else the one in the user's config folder.
///
/// # Errors
/// A named file that is not there; a file that cannot be read or understood, with the line.
pub fn load(named: Option<&Path>) -> Result<Config, Fault> {
    let Some(path) = named.map(Path::to_owned).or_else(usual) else { return Ok(Config::default()) };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Fault::wrong(format!("settings file {}: {error}", path.display())))?;
    let config: Config = toml::from_str(&text).map_err(|error| {
        Fault::wrong(format!("settings file {}: {}{}", path.display(), error.to_string().trim_end(), hint(&error)))
    })?;
    // A relative data folder is meant from where the file is, not from where the program was started.
    let base = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(Config { data_dir: config.data_dir.map(|dir| base.join(dir)), ..config })
}

/// The settings file that is read when none is named, if it is there.
fn usual() -> Option<PathBuf> {
    let own = super::paths::config_dir().map(|dir| dir.join("backtest.toml"));
    [Some(PathBuf::from("backtest.toml")), own].into_iter().flatten().find(|path| path.is_file())
}

/// serde lists all keys of a settings file behind an unknown one; the nearest is what the user wants to know.
fn hint(error: &toml::de::Error) -> String {
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field").then(|| quoted.next()).flatten();
    let keys: Vec<&str> = quoted.collect();
    unknown
        .and_then(|unknown| crate::strategy::nearest(unknown, keys.iter().copied()))
        .map(|key| format!("\ndid you mean `{key}`?"))
        .unwrap_or_default()
}
