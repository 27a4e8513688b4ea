//! Finds strategies by name or path: built in, in the user's folder, or anywhere.

use std::path::{Path, PathBuf};

use crate::args::options::{FUNDING, STRATEGY, Setting};
use crate::args::{BacktestArgs, EntryArgs, ExitArgs, SizeArgs, trade_settings};
use crate::data::escape;
use crate::engine::BoundStrategy;
use crate::error::Error;
use crate::settings::environment;
use crate::settings::file::{SettingsFile, in_command};
use crate::settings::given::Given;
use crate::sim::strategy::{self, MARKET_FUNDING, ParamArg, Strategy, TRADE_KEYS};
use crate::sim::text;

/// Larger files are no strategies.
const MAX_BYTES: u64 = 256 * 1024;

/// Where a strategy's definition was found.
pub(crate) struct StrategySource {
    /// What to call it in messages.
    pub label: String,
    /// The TOML text.
    pub text: String,
}

/// The folder of the user's own strategies.
#[must_use]
pub(crate) fn own_dir() -> Option<PathBuf> {
    environment::config_dir().map(|dir| dir.join("strategies"))
}

/// The names of the user's own strategies, sorted.
#[must_use]
pub(crate) fn own_names() -> Vec<String> {
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
pub(crate) fn required(flag: Option<&str>) -> Result<String, Error> {
    let given = in_command(&STRATEGY, flag).map(|given| given.text);
    given.ok_or_else(|| Error::usage("which strategy? Pass --strategy rsi (`backtest strategies list` lists them)"))
}

/// Whether this names a file, and no strategy that is built in or in the user's folder.
#[must_use]
pub(crate) fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|ext| ext == "toml")
}

/// The definition behind a name or a path.
///
/// # Errors
/// No such strategy, with the nearest name; a name that means two; a file that cannot be read.
pub(crate) fn find(name: &str) -> Result<StrategySource, Error> {
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
pub(crate) fn local(name: &str) -> Option<PathBuf> {
    let name = name.trim();
    let is_free = !name.is_empty() && !is_path(name) && strategy::source(name).is_none();
    let own = own_dir().is_some_and(|dir| dir.join(format!("{name}.toml")).is_file());
    let path = PathBuf::from(format!("./{name}.toml"));
    (is_free && !own && path.is_file()).then_some(path)
}

/// The file that a name or a path leads to; none of a built-in strategy.
#[must_use]
pub(crate) fn file_of(name: &str) -> Option<PathBuf> {
    let name = name.trim();
    let own =
        || own_dir().map(|dir| dir.join(format!("{name}.toml"))).filter(|path| !name.is_empty() && path.is_file());
    let named = is_path(name).then(|| PathBuf::from(name)).filter(|path| path.is_file());
    named.or_else(own).or_else(|| local(name))
}

/// Finds and understands a strategy.
///
/// # Errors
/// As [`find`], and whatever is wrong with its definition.
pub(crate) fn load(name: &str) -> Result<Strategy, Error> {
    let found = find(name)?;
    strategy::parse(&found.text, &found.label).map_err(Error::usage)
}

/// Refuses a strategy that says what one account holds of many assets, where one asset is tested by itself.
///
/// # Errors
/// For such a strategy.
pub(crate) fn of_one_asset(strategy: &Strategy) -> Result<(), Error> {
    if !strategy.is_weighted() {
        return Ok(());
    }
    let name = escape(&strategy.name);
    Err(Error::usage(format!(
        "strategy '{name}' has weights over many assets and no entries of its own; test it in one account: backtest portfolio --all --strategy .."
    )))
}

/// Reads a strategy file.
///
/// # Errors
/// Not there, not a text, or far too large.
pub(crate) fn read(path: &Path) -> Result<StrategySource, Error> {
    let label = escape(&path.display().to_string());
    let wrong = |what: &str| Error::usage(format!("strategy file {label}: {what}"));
    let meta = std::fs::metadata(path).map_err(|error| wrong(&crate::output::format::unreadable(&error)))?;
    if !meta.is_file() {
        return Err(wrong("is not a file"));
    }
    if meta.len() > MAX_BYTES {
        return Err(wrong("is larger than 256 KiB; a strategy is a few lines of TOML"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&crate::output::format::unreadable(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    Ok(StrategySource { label, text })
}

fn unknown(name: &str) -> Error {
    let own = own_names();
    let mut names: Vec<&str> = strategy::names().collect();
    names.extend(own.iter().map(String::as_str));
    let hint = match text::nearest(name, names.iter().copied()) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if name.contains(',') => "this takes one strategy, not a list.".to_owned(),
        None => format!("there are: {}.", names.join(", ")),
    };
    Error::usage(format!(
        "unknown strategy '{}'; {hint} A strategy of your own is named by its file, as in --strategy ./mine.toml",
        escape(name)
    ))
}

/// The parameters that are given: those of `--param`, and exits and sizes by option, variable or settings file. What comes
/// first takes the place of what the next say of the same exit or size, in whatever way.
///
/// # Errors
/// One that cannot be read, or an exit or a size that makes no sense.
pub(crate) fn given(args: &BacktestArgs, config: &SettingsFile) -> Result<Vec<ParamArg>, Error> {
    let mut all: Vec<ParamArg> =
        args.params.iter().map(|text| text.parse::<ParamArg>().map_err(Error::usage)).collect::<Result<_, _>>()?;
    let settings = trade_settings(&args.entries, &args.exits, &args.size);
    for (setting, text) in settings {
        if let Some(text) = text.filter(|text| !is_market(setting, text)) {
            all.push(trade_param(setting, &Given::by_flag(&format!("--{}", setting.name), text))?);
        }
    }
    let mut all = if args.exits.no_default_exits { all } else { with_defaults(all, config)? };
    if has_market_funding(args, config)? {
        all.retain(|arg| arg.name != "funding_rate");
    }
    Ok(all)
}

/// Whether funding is paid by the market's own rates.
///
/// # Errors
/// Something else than a text or a number in the settings file.
pub(crate) fn has_market_funding(args: &BacktestArgs, config: &SettingsFile) -> Result<bool, Error> {
    let flag = args.size.funding.as_deref();
    let given = if args.exits.no_default_exits {
        flag.map(|text| Given::by_flag("--funding", text))
    } else {
        config.given(&FUNDING, flag)?
    };
    Ok(given.is_some_and(|given| is_market(&FUNDING, &given.text)))
}

fn is_market(setting: &Setting, text: &str) -> bool {
    setting.name == FUNDING.name && text.trim() == MARKET_FUNDING
}

/// Exits and sizes that the environment and the settings file give, for what a command says nothing of.
///
/// # Errors
/// As [`given`].
pub(crate) fn defaults(args: &BacktestArgs, config: &SettingsFile) -> Result<Vec<ParamArg>, Error> {
    if args.exits.no_default_exits { Ok(Vec::new()) } else { with_defaults(Vec::new(), config) }
}

fn with_defaults(mut all: Vec<ParamArg>, config: &SettingsFile) -> Result<Vec<ParamArg>, Error> {
    let nothing = (EntryArgs::default(), ExitArgs::default(), SizeArgs::default());
    let settings = trade_settings(&nothing.0, &nothing.1, &nothing.2).map(|(setting, _)| setting);
    for is_file in [false, true] {
        let before = all.len();
        for setting in settings {
            let given = if is_file { config.own(setting)? } else { in_command(setting, None) };
            let Some(given) = given.filter(|given| !is_market(setting, &given.text)) else { continue };
            let arg = trade_param(setting, &given)?;
            if !all[..before].iter().any(|other| is_rival(&arg.name, &other.name)) {
                all.push(arg);
            }
        }
    }
    Ok(all)
}

/// Whether two parameters say the same exit or size.
fn is_rival(name: &str, other: &str) -> bool {
    TRADE_KEYS.iter().find(|key| key.name == name).is_some_and(|key| key.is_rival(other))
}

/// Whether a command says anything of parameters, exits or sizes.
#[must_use]
pub(crate) fn is_any_given(args: &BacktestArgs) -> bool {
    !args.params.is_empty()
        || trade_settings(&args.entries, &args.exits, &args.size).iter().any(|(_, text)| text.is_some())
}

/// An exit or a size as the parameter that it is.
fn trade_param(setting: &Setting, given: &Given) -> Result<ParamArg, Error> {
    let (name, text) = match setting.name {
        "size" => sized(&given.text),
        "funding" => ("funding_rate", given.text.as_str()),
        "borrow" => ("borrow_rate", given.text.as_str()),
        other => {
            let key = TRADE_KEYS.iter().find(|key| key.name == other.replace('-', "_"));
            (key.map_or("", |key| key.name), given.text.as_str())
        }
    };
    let wrong = |what: &str| Error::usage(format!("{} {}: {what}", given.source, escape(text)));
    if setting.name == "size" && !given.text.contains(|c: char| c.is_ascii_digit()) {
        let what = "write a fraction of the equity (50%), an amount of cash (1000) or units (0.1BTC)";
        return Err(Error::usage(format!("{} {}: {what}", given.source, escape(&given.text))));
    }
    let plain = without_percent(text).ok_or_else(|| wrong("write % behind each number, or behind none"))?;
    let arg = format!("{name}={plain}").parse::<ParamArg>().map_err(|error| wrong(&error.message))?;
    let key = TRADE_KEYS.iter().find(|key| key.name == name);
    let ends = [arg.values.get(0), arg.values.get(arg.values.len() - 1)];
    match ends.into_iter().flatten().find_map(|value| key?.complaint(value)) {
        Some(complaint) => Err(wrong(&complaint)),
        None => Ok(arg),
    }
}

/// The parameter that a size is, and its text without letters.
fn sized(text: &str) -> (&'static str, &str) {
    let letters = text.trim_end().trim_end_matches(|c: char| c.is_ascii_alphabetic());
    // A fraction is written as one, or below 1: nobody buys for less than one unit of money.
    let is_fraction = text.contains('%')
        || text
            .split([',', ':'])
            .flat_map(|part| part.split(".."))
            .all(|part| part.trim().parse::<f64>().is_ok_and(|value| value <= 1.0));
    match (letters.len() < text.trim_end().len(), is_fraction) {
        (true, _) => ("size_units", letters),
        (false, true) => ("size_fraction", text),
        (false, false) => ("size_cash", text),
    }
}

/// Numbers in percent as fractions: `1%..5%:0.5%` as `0.01..0.05:0.005`. None where some have a `%` and others not.
fn without_percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let (mut out, mut number) = (String::new(), String::new());
    let rest: Vec<char> = text.chars().chain([',']).collect();
    for (at, &c) in rest.iter().enumerate() {
        let is_range = c == '.' && (rest.get(at + 1) == Some(&'.') || (at > 0 && rest[at - 1] == '.'));
        if c != ',' && c != ':' && !is_range {
            number.push(c);
            continue;
        }
        if !number.trim().is_empty() {
            let percent = number.trim().strip_suffix('%')?.trim();
            // Not divided by 100: 0.7 % is the number nearest to 0.007.
            out.push_str(&format!("{percent}e-2").parse::<f64>().ok()?.to_string());
            number.clear();
        }
        out.push(c);
    }
    out.pop();
    Some(out)
}

/// What a parameter is given by: an option of its own, or `--param`.
#[must_use]
pub(crate) fn flag(name: &str) -> String {
    let is_size = ["size_fraction", "size_cash", "size_units"].contains(&name);
    let none = ["min_profit", "size_volatility", "volatility_bars"];
    let has_option = TRADE_KEYS.iter().any(|key| key.name == name && !key.distance) && !none.contains(&name);
    if is_size {
        "--size".to_owned()
    } else if has_option {
        format!("--{}", name.trim_end_matches("_rate").replace('_', "-"))
    } else {
        format!("--param {name}")
    }
}

/// Lets the strategy take the exits and sizes among the given parameters; gives all of them by the names that it knows them by.
///
/// # Errors
/// Exits that make no sense together.
pub(crate) fn with_exits(strategy: &mut Strategy, given: &[ParamArg]) -> Result<Vec<ParamArg>, Error> {
    let mut own = given.to_vec();
    // In the order of the keys: the same values are the same result, in whatever order they are given.
    for key in &TRADE_KEYS {
        for (own, given) in own.iter_mut().zip(given).filter(|(_, given)| given.name == key.name) {
            if let Some(first) = given.values.get(0) {
                own.name = strategy.expose(key, first);
            }
        }
    }
    match strategy.terms.incomplete() {
        Some(message) => Err(Error::usage(format!("strategy `{}`: {message}", escape(&strategy.name)))),
        None => Ok(own),
    }
}

/// A strategy with values, as it was written.
pub(crate) struct StrategySpec {
    /// What to call it: as it was written.
    pub name: String,
    /// What `--strategy` would be given.
    pub given: String,
    /// The strategy with its values.
    pub bound: BoundStrategy,
    /// Options of the account and the range that are its own.
    pub options: Vec<Given>,
}

/// Whether this names a saved result.
#[must_use]
pub(crate) fn is_result(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|ext| ext == "json")
}

/// The strategy that this names, as in `ma`, `./trend.toml:channel=10,strength=20` or `rsi:fee=0`; values that it does not
/// name come from `params` where the strategy has such a parameter, else from its definition. `options` are the names
/// of options that may stand there too, where the strategy has no parameter of the name.
///
/// # Errors
/// An unknown strategy or parameter, or values that do not fit.
pub(crate) fn parse(text: &str, params: &[ParamArg], options: &[&str]) -> Result<StrategySpec, Error> {
    let wrong = |what: &dyn std::fmt::Display| Error::usage(format!("{}: {what}", escape(text)));
    let whole = text;
    // A path may have a colon before its last slash.
    let from = text.rfind(['/', '\\']).unwrap_or(0);
    let (given, own) = match text[from..].find(':') {
        Some(at) => (&text[..from + at], &text[from + at + 1..]),
        None => (text, ""),
    };
    let mut strategy = load(given.trim())?;
    of_one_asset(&strategy)?;
    let mut all: Vec<ParamArg> = Vec::new();
    let mut own_options = Vec::new();
    for text in own.split(',').filter(|text| !text.is_empty()) {
        if let Some((name, value)) = text.split_once('=')
            && options.contains(&name.trim())
            && strategy.param_index(name.trim()).is_err()
        {
            let source = format!("{} of {}", name.trim(), escape(whole));
            own_options.push(Given { text: value.trim().to_owned(), source });
            continue;
        }
        let form = "behind the colon stand parameters, as in rsi:period=21 or ma:fast=20,slow=100";
        all.push(text.trim().parse().map_err(|_| wrong(&form))?);
    }
    let named = all.len();
    let gives_way = |arg: &ParamArg| all.iter().any(|own| own.name == arg.name || is_rival(&arg.name, &own.name));
    let others: Vec<ParamArg> = params.iter().filter(|arg| !gives_way(arg)).cloned().collect();
    all.extend(others);
    let mut values: Vec<(String, f64)> = Vec::new();
    for (at, arg) in with_exits(&mut strategy, &all)?.into_iter().enumerate() {
        let value = arg.values.single().ok_or_else(|| wrong(&format!("{} takes one value here", arg.name)))?;
        let is_known = strategy.param_index(&arg.name).is_ok();
        if at < named || (is_known && !values.iter().any(|(name, _)| *name == arg.name)) {
            values.push((arg.name, value));
        }
    }
    let values = strategy.resolve(&values).map_err(|error| wrong(&error))?;
    strategy.check_require(&values).map_err(|error| wrong(&error))?;
    let (name, given) = (text.to_owned(), given.to_owned());
    Ok(StrategySpec { name, given, bound: BoundStrategy { strategy, values }, options: own_options })
}

/// The names, each made another one by a number where it comes again.
#[must_use]
pub(crate) fn distinct(names: Vec<String>) -> Vec<String> {
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
        let params = ["fast=7", "period=9"].map(|text| text.parse().unwrap());
        let one = parse("ma:fast=20,slow=100", &params, &[]).unwrap();
        assert_eq!((one.given.as_str(), one.bound.values.as_slice()), ("ma", &[20.0, 100.0][..]));
        assert_eq!(parse("ma", &params, &[]).unwrap().bound.values, [7.0, 200.0]);
        assert_eq!(parse("rsi", &params, &[]).unwrap().bound.values, [9.0, 30.0, 70.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (text, says) in
            [("ma:fast=300", "requires"), ("ma:fsat=3", "fast"), ("rsi:period=1..5", "one value"), ("rsj", "rsi")]
        {
            let message = parse(text, &[], &[]).err().and_then(|fault| fault.message()).unwrap_or_default();
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn percents_are_the_fractions_that_a_person_would_write() {
        for (text, plain) in [
            ("0.05", "0.05"),
            ("5%", "0.05"),
            ("0.7%", "0.007"),
            ("1%,2.5%", "0.01,0.025"),
            ("1%..5%:0.5%", "0.01..0.05:0.005"),
            ("-1 %", "-0.01"),
        ] {
            assert_eq!(without_percent(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(without_percent("1..5%"), None);
    }

    #[test]
    fn exits_are_parameters_of_every_strategy() {
        let params = ["stop_loss=0.05", "max_bars=10"].map(|text| text.parse().unwrap());
        let spec = parse("ma:stop_loss=0.1", &params, &[]).unwrap();
        assert_eq!(spec.bound.values, [50.0, 200.0, 0.1, 10.0]);
        let message = parse("ma:trailing_after=0.1", &[], &[]).err().and_then(|error| error.message()).unwrap();
        assert!(message.contains("needs a `trailing_stop`"), "{message}");
    }

    #[test]
    fn the_same_twice_gets_two_names() {
        let names = ["rsi", "rsi", "ma", "rsi"].map(str::to_owned).to_vec();
        assert_eq!(distinct(names), ["rsi", "rsi (2)", "ma", "rsi (3)"]);
    }
}
