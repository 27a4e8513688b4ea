//! Finds strategies by name or path: built in, in the user's folder, or anywhere.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::paths;
use crate::data::escape;
use crate::sim::strategy::{self, Strategy};

/// Larger files are no strategies.
const MAX_BYTES: u64 = 256 * 1024;

/// Where a strategy's definition was found.
pub struct Found {
    /// What to call it in messages.
    pub label: String,
    /// The TOML text.
    pub text: String,
}

/// The folder of the user's own strategies.
#[must_use]
pub fn own_dir() -> Option<PathBuf> {
    paths::config_dir().map(|dir| dir.join("strategies"))
}

/// The names of the user's own strategies, sorted.
#[must_use]
pub fn own_names() -> Vec<String> {
    let files = own_dir().and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Whether this names a file, and no strategy that is built in or in the user's folder.
#[must_use]
pub fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|ext| ext == "toml")
}

/// The definition behind a name or a path.
///
/// # Errors
/// No such strategy, with the nearest name; a name that means two; a file that cannot be read.
pub fn find(name: &str) -> Result<Found, Fault> {
    if is_path(name) {
        return read(Path::new(name));
    }
    let own = own_dir().map(|dir| dir.join(format!("{name}.toml"))).filter(|path| !name.is_empty() && path.is_file());
    match (strategy::source(name), own) {
        (Some(_), Some(own)) => Err(Fault::wrong(format!(
            "strategy '{name}' is built in, and there is {} too; rename your file, or name it by its path",
            own.display()
        ))),
        (Some(text), None) => Ok(Found { label: format!("built-in strategy {name}"), text: text.to_owned() }),
        (None, Some(own)) => read(&own),
        (None, None) => Err(unknown(name)),
    }
}

/// Finds and understands a strategy.
///
/// # Errors
/// As [`find`], and whatever is wrong with its definition.
pub fn load(name: &str) -> Result<Strategy, Fault> {
    let found = find(name)?;
    strategy::parse(&found.text, &found.label).map_err(Fault::wrong)
}

/// Reads a strategy file.
///
/// # Errors
/// Not there, not a text, or far too large.
pub fn read(path: &Path) -> Result<Found, Fault> {
    let label = escape(&path.display().to_string());
    let wrong = |what: &str| Fault::wrong(format!("strategy file {label}: {what}"));
    let meta = std::fs::metadata(path).map_err(|error| wrong(&super::text::unreadable(&error)))?;
    if !meta.is_file() {
        return Err(wrong("is not a file"));
    }
    if meta.len() > MAX_BYTES {
        return Err(wrong("is larger than 256 KiB; a strategy is a few lines of TOML"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&super::text::unreadable(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    Ok(Found { label, text })
}

fn unknown(name: &str) -> Fault {
    let own = own_names();
    let mut names: Vec<&str> = strategy::names().collect();
    names.extend(own.iter().map(String::as_str));
    let hint = match strategy::nearest(name, names.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if name.contains(',') => "one strategy is taken here, and not a list.".to_owned(),
        None => format!("there are: {}.", names.join(", ")),
    };
    Fault::wrong(format!(
        "unknown strategy '{}'; {hint} A strategy of your own is named by its file, as in --strategy ./mine.toml",
        escape(name)
    ))
}
