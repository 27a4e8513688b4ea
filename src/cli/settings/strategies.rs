//! Finds strategies by name or path: built in, in the user's folder, or anywhere.

use std::path::{Path, PathBuf};

use crate::cli::args::options::STRATEGY;
use crate::cli::error::Error;
use crate::cli::settings::environment;
use crate::cli::settings::file::in_command;
use crate::data::escape;
use crate::engine::Bound;
use crate::sim::strategy::{self, ParamArg, Strategy};

/// Larger files are no strategies.
const MAX_BYTES: u64 = 256 * 1024;

/// Where a strategy's definition was found.
pub struct StrategySource {
    /// What to call it in messages.
    pub label: String,
    /// The TOML text.
    pub text: String,
}

/// The folder of the user's own strategies.
#[must_use]
pub fn own_dir() -> Option<PathBuf> {
    environment::config_dir().map(|dir| dir.join("strategies"))
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

/// The one strategy that a command is about.
///
/// # Errors
/// None is named.
pub fn required(flag: Option<&str>) -> Result<String, Error> {
    let given = in_command(&STRATEGY, flag).map(|given| given.text);
    given.ok_or_else(|| {
        Error::usage("which strategy? Pass --strategy rsi (`backtest strategies list` shows what there is)")
    })
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
pub fn find(name: &str) -> Result<StrategySource, Error> {
    if is_path(name) {
        return read(Path::new(name));
    }
    let own = own_dir().map(|dir| dir.join(format!("{name}.toml"))).filter(|path| !name.is_empty() && path.is_file());
    match (strategy::source(name), own) {
        (Some(_), Some(own)) => Err(Error::usage(format!(
            "strategy '{name}' is built in, and there is {} too; rename your file, or name it by its path",
            own.display()
        ))),
        (Some(text), None) => Ok(StrategySource { label: format!("built-in strategy {name}"), text: text.to_owned() }),
        (None, Some(own)) => read(&own),
        (None, None) => local(name).map_or_else(|| Err(unknown(name)), |path| read(&path)),
    }
}

/// The file in the current folder that a name without path and ending means, where nothing else has this name.
#[must_use]
pub fn local(name: &str) -> Option<PathBuf> {
    let name = name.trim();
    let is_free = !name.is_empty() && !is_path(name) && strategy::source(name).is_none();
    let own = own_dir().is_some_and(|dir| dir.join(format!("{name}.toml")).is_file());
    let path = PathBuf::from(format!("./{name}.toml"));
    (is_free && !own && path.is_file()).then_some(path)
}

/// Finds and understands a strategy.
///
/// # Errors
/// As [`find`], and whatever is wrong with its definition.
pub fn load(name: &str) -> Result<Strategy, Error> {
    let found = find(name)?;
    strategy::parse(&found.text, &found.label).map_err(Error::usage)
}

/// Reads a strategy file.
///
/// # Errors
/// Not there, not a text, or far too large.
pub fn read(path: &Path) -> Result<StrategySource, Error> {
    let label = escape(&path.display().to_string());
    let wrong = |what: &str| Error::usage(format!("strategy file {label}: {what}"));
    let meta = std::fs::metadata(path).map_err(|error| wrong(&crate::cli::output::format::unreadable(&error)))?;
    if !meta.is_file() {
        return Err(wrong("is not a file"));
    }
    if meta.len() > MAX_BYTES {
        return Err(wrong("is larger than 256 KiB; a strategy is a few lines of TOML"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&crate::cli::output::format::unreadable(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    Ok(StrategySource { label, text })
}

fn unknown(name: &str) -> Error {
    let own = own_names();
    let mut names: Vec<&str> = strategy::names().collect();
    names.extend(own.iter().map(String::as_str));
    let hint = match strategy::nearest(name, names.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if name.contains(',') => "this takes one strategy, not a list.".to_owned(),
        None => format!("there are: {}.", names.join(", ")),
    };
    Error::usage(format!(
        "unknown strategy '{}'; {hint} A strategy of your own is named by its file, as in --strategy ./mine.toml",
        escape(name)
    ))
}

/// A strategy with values, as it was written.
pub struct StrategySpec {
    /// What to call it: as it was written.
    pub name: String,
    /// What `--strategy` would be given.
    pub given: String,
    /// The strategy with its values.
    pub bound: Bound,
}

/// Whether this names a saved result.
#[must_use]
pub fn is_result(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|ext| ext == "json")
}

/// The strategy that this names, as in `ma` or `./trend.toml:channel=10,strength=20`; values that it does not name
/// come from `params` where the strategy has such a parameter, else from its definition.
///
/// # Errors
/// An unknown strategy or parameter, or values that do not fit.
pub fn parse(text: &str, params: &[String]) -> Result<StrategySpec, Error> {
    let wrong = |what: &dyn std::fmt::Display| Error::usage(format!("{}: {what}", escape(text)));
    // A path may have a colon before its last slash.
    let from = text.rfind(['/', '\\']).unwrap_or(0);
    let (given, own) = match text[from..].find(':') {
        Some(at) => (&text[..from + at], &text[from + at + 1..]),
        None => (text, ""),
    };
    let strategy = load(given.trim())?;
    let mut values: Vec<(String, f64)> = Vec::new();
    for (text, is_own) in own
        .split(',')
        .filter(|text| !text.is_empty())
        .map(|text| (text, true))
        .chain(params.iter().map(|text| (text.as_str(), false)))
    {
        let arg: ParamArg = text.trim().parse().map_err(|error| {
            let form = "behind the colon stand parameters, as in rsi:period=21 or ma:fast=20,slow=100";
            if is_own { wrong(&form) } else { wrong(&error) }
        })?;
        let value = arg.values.single().ok_or_else(|| wrong(&format!("{} takes one value here", arg.name)))?;
        let is_known = strategy.param_index(&arg.name).is_ok();
        if is_own || (is_known && !values.iter().any(|(name, _)| *name == arg.name)) {
            values.push((arg.name, value));
        }
    }
    let values = strategy.resolve(&values).map_err(|error| wrong(&error))?;
    strategy.check_require(&values).map_err(|error| wrong(&error))?;
    Ok(StrategySpec { name: text.to_owned(), given: given.to_owned(), bound: Bound { strategy, values } })
}

/// The names, each made another one by a number where it comes again.
#[must_use]
pub fn distinct(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut free = name.clone();
        let mut number = 2;
        while out.contains(&free) {
            free = format!("{name} ({number})");
            number += 1;
        }
        out.push(free);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_behind_a_colon_and_come_before_those_of_all() {
        let params = ["fast=7".to_owned(), "period=9".to_owned()];
        let one = parse("ma:fast=20,slow=100", &params).unwrap();
        assert_eq!((one.given.as_str(), one.bound.values.as_slice()), ("ma", &[20.0, 100.0][..]));
        assert_eq!(parse("ma", &params).unwrap().bound.values, [7.0, 200.0]);
        assert_eq!(parse("rsi", &params).unwrap().bound.values, [9.0, 30.0, 70.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (text, says) in
            [("ma:fast=300", "requires"), ("ma:fsat=3", "fast"), ("rsi:period=1..5", "one value"), ("rsj", "rsi")]
        {
            let message = parse(text, &[]).err().and_then(|fault| fault.message()).unwrap_or_default();
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn the_same_twice_gets_two_names() {
        let names = ["rsi", "rsi", "ma", "rsi"].map(str::to_owned).to_vec();
        assert_eq!(distinct(names), ["rsi", "rsi (2)", "ma", "rsi (3)"]);
    }
}
