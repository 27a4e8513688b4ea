//! The settings file: defaults that a user or a project writes down once. Flags and environment win over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use toml::de::DeTable;

use crate::args::options::{self, CONFIG, KeyForm, Setting};
use crate::data::escape;
use crate::error::Error;
use crate::files::read_limited;
use crate::output::format;
use crate::settings::environment;
use crate::settings::given::Given;
use crate::settings::import_layout::ImportLayout;
use crate::shards::is_in_store;
use crate::sim::text::nearest;

/// The table of layouts.
const IMPORT: &str = "import";

/// `backtest.toml`: every key is a setting's; all are optional.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingsFile {
    /// The file that all this is from; empty where there is none.
    pub path: PathBuf,
    values: BTreeMap<String, toml::Value>,
    /// Private settings of a `./backtest.toml`, which are ignored there.
    ignored: Vec<String>,
    /// The user's own file, where a `./backtest.toml` is read instead of it: private settings are taken from here.
    own: Option<Box<SettingsFile>>,
}

/// Largest settings file; a long one has a hundred lines.
const MAX_BYTES: u64 = 1 << 20;

impl SettingsFile {
    /// Reads the settings file: the one that `--config` or `BACKTEST_CONFIG` names, else `./backtest.toml`, else the one
    /// in the user's config folder.
    ///
    /// # Errors
    /// A named file that is not there; a file that cannot be read or understood, with the line.
    pub(crate) fn load(flag: Option<&Path>) -> Result<Self, Error> {
        if let Some(path) = flag.map(Path::to_owned).or_else(|| variable(&CONFIG).map(PathBuf::from)) {
            return Self::read(path);
        }
        let here = Some(PathBuf::from("backtest.toml")).filter(|path| path.is_file());
        let own = environment::config_dir().map(|dir| dir.join("backtest.toml")).filter(|path| path.is_file());
        let own_file = own.clone().map(Self::read).transpose()?;
        match here {
            Some(here) if !is_same(&here, own.as_deref()) => Ok(Self::read(here)?.of_folder(own_file)),
            _ => Ok(own_file.unwrap_or_default()),
        }
    }

    fn read(path: PathBuf) -> Result<Self, Error> {
        let wrong = |what: &str| Error::usage(format!("settings file {}: {what}", escape(&path.display().to_string())));
        let bytes = read_limited(&path, MAX_BYTES).map_err(|error| wrong(&format::unreadable(&error)))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text"))?;
        let values = parse(&text).map_err(|what| wrong(&what))?;
        let file = Self { path, values, ..Self::default() };
        file.check_forms()?;
        Ok(file)
    }

    /// Whether each value has the form of its setting, also where this command does not use it: a mistake is found when
    /// it is made.
    fn check_forms(&self) -> Result<(), Error> {
        for (key, value) in &self.values {
            let Some(setting) = options::of_key(key) else { continue };
            let is_word = |words: &[&str]| value.as_str().is_some_and(|text| words.contains(&text));
            let must = match setting.form {
                Some(KeyForm::Switch) if !value.is_bool() && !is_word(&["true", "false"]) => "true or false",
                Some(KeyForm::CacheSwitch) if !value.is_bool() && !is_word(&["true", "false", "file"]) => {
                    "true, false or \"file\""
                }
                Some(KeyForm::Count) if value.as_integer().is_none_or(|count| count < 0) => "a whole number",
                _ => continue,
            };
            let shown = text(value).map_or_else(String::new, |text| format!(" '{}'", escape(&text)));
            return Err(Error::usage(format!("{}{shown} must be {must}", self.source(setting))));
        }
        Ok(())
    }

    /// This file as one of the current folder, which may be a stranger's.
    fn of_folder(mut self, own: Option<Self>) -> Self {
        let is_private = |key: &String| options::of_key(key).is_some_and(|setting| setting.is_private);
        self.ignored = self.values.keys().filter(|key| is_private(key)).cloned().collect();
        self.values.retain(|key, _| !is_private(key));
        self.own = own.map(Box::new);
        self
    }

    /// What is ignored in this file, and where it belongs.
    pub(crate) fn note(&self) -> Option<String> {
        let own = environment::config_dir().map(|dir| dir.join("backtest.toml").display().to_string());
        (!self.ignored.is_empty()).then(|| {
            format!(
                "{} in ./backtest.toml {} ignored: where results are cached, and with which credentials, is taken only from {}, from the environment, and from options",
                self.ignored.join(", "),
                if self.ignored.len() == 1 { "is" } else { "are" },
                escape(&own.unwrap_or_else(|| "your own settings file".to_owned())),
            )
        })
    }

    /// The file that decides a setting.
    pub(crate) fn file_of(&self, setting: &Setting) -> &Self {
        self.own.as_deref().filter(|_| setting.is_private).unwrap_or(self)
    }

    /// What decides a setting: the flag, else the variable, else this file.
    ///
    /// # Errors
    /// A list or a table in the file where one value is meant.
    pub(crate) fn given(&self, setting: &Setting, flag: Option<&str>) -> Result<Option<Given>, Error> {
        match in_command(setting, flag) {
            Some(given) => Ok(Some(given)),
            None => self.own(setting),
        }
    }

    /// What this file alone says.
    ///
    /// # Errors
    /// A list or a table where one value is meant.
    pub(crate) fn own(&self, setting: &Setting) -> Result<Option<Given>, Error> {
        let file = self.file_of(setting);
        let Some(value) = file.values.get(&setting.key()) else { return Ok(None) };
        let source = file.source(setting);
        let text = text(value).ok_or_else(|| Error::usage(format!("{source} must be one value")))?;
        Ok(Some(Given { text, source }))
    }

    /// Whether this file says anything about a setting.
    pub(crate) fn says(&self, setting: &Setting) -> bool {
        self.file_of(setting).values.contains_key(&setting.key())
    }

    /// The file that this file names, relative to where this file is.
    ///
    /// # Errors
    /// A list or a table in place of the path.
    pub(crate) fn path_of(&self, setting: &Setting) -> Result<Option<(String, PathBuf)>, Error> {
        Ok(self.own(setting)?.map(|given| (given.source, self.file_of(setting).beside(&given.text))))
    }

    /// A relative path is meant from where this file is, not from where the program was started; a place in an object
    /// store is what it is.
    pub(crate) fn beside(&self, path: impl AsRef<Path>) -> PathBuf {
        if is_in_store(path.as_ref()) {
            return path.as_ref().to_owned();
        }
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// The names that decide a setting which takes several: the flags, else the variable, else this file.
    ///
    /// # Errors
    /// An empty list, or something in it that is no text.
    pub(crate) fn names(&self, setting: &Setting, flags: &[String]) -> Result<Option<Vec<String>>, Error> {
        if !flags.is_empty() {
            return Ok(Some(flags.to_vec()));
        }
        if let Some(text) = variable(setting) {
            return Ok(Some(text.split(',').map(str::to_owned).collect()));
        }
        let Some(value) = self.values.get(&setting.key()) else { return Ok(None) };
        let wrong = |what: &str| Error::usage(format!("{} {what}", self.source(setting)));
        let name = |value: &toml::Value| match value {
            toml::Value::String(name) => Ok(name.clone()),
            _ => Err(wrong("must be a name in quotes, or a list of such names")),
        };
        match value {
            toml::Value::Array(names) if names.is_empty() => Err(wrong("names none; leave it out for the usual ones")),
            toml::Value::Array(names) => names.iter().map(name).collect::<Result<_, _>>().map(Some),
            value => Ok(Some(vec![name(value)?])),
        }
    }

    /// What this file says of each kind of stored value, where it tells them apart.
    ///
    /// # Errors
    /// A kind that there is not, or a list for one of them.
    pub(crate) fn per_kind(&self, setting: &Setting, kinds: &[&str]) -> Result<Option<BTreeMap<String, Given>>, Error> {
        let Some(toml::Value::Table(table)) = self.values.get(&setting.key()) else { return Ok(None) };
        let source = self.source(setting);
        let one = |(kind, value): (&String, &toml::Value)| {
            if !kinds.contains(&kind.as_str()) {
                return Err(Error::usage(format!("{source} may hold {}, and no other key", kinds.join(", "))));
            }
            let source = format!("{kind} of {source}");
            let text = text(value).ok_or_else(|| Error::usage(format!("{source} must be one value")))?;
            Ok((kind.clone(), Given { text, source }))
        };
        table.iter().map(one).collect::<Result<_, _>>().map(Some)
    }

    /// The layout `[import.NAME]`.
    ///
    /// # Errors
    /// There is none of this name, or it says what no layout can.
    pub(crate) fn layout(&self, name: &str) -> Result<ImportLayout, Error> {
        let empty = toml::Table::new();
        let layouts = self.values.get(IMPORT).and_then(toml::Value::as_table).unwrap_or(&empty);
        let file = || {
            if self.path.as_os_str().is_empty() {
                "no settings file".to_owned()
            } else {
                escape(&self.path.display().to_string())
            }
        };
        let Some(layout) = layouts.get(name) else {
            if self.path.as_os_str().is_empty() {
                let what = "--layout: there is no settings file, in which layouts stand as tables";
                return Err(Error::usage(format!("{what} such as [import.{}]", escape(name))));
            }
            let known: Vec<&str> = layouts.keys().map(String::as_str).collect();
            let known =
                if known.is_empty() { "it has no layout".to_owned() } else { format!("it has {}", known.join(", ")) };
            return Err(Error::usage(format!("--layout: {} has no [import.{}]; {known}", file(), escape(name))));
        };
        layout.clone().try_into().map_err(|error: toml::de::Error| {
            Error::usage(format!("[import.{}] in {}: {}", escape(name), file(), error.message()))
        })
    }

    /// What messages call a setting of this file.
    fn source(&self, setting: &Setting) -> String {
        format!("{} in {}", setting.key(), escape(&self.path.display().to_string()))
    }
}

/// What decides a setting in the command itself: the flag, else the variable.
pub(crate) fn in_command(setting: &Setting, flag: Option<&str>) -> Option<Given> {
    match flag {
        Some(text) => Some(Given { text: text.to_owned(), source: format!("--{}", setting.name) }),
        None => Some(Given { text: variable(setting)?, source: setting.variable.unwrap_or_default().to_owned() }),
    }
}

/// One of a few words: the flag, which clap has read, else the variable, else the settings file.
///
/// # Errors
/// Another word.
pub(crate) fn choice<T: ValueEnum>(
    flag: Option<T>,
    setting: &Setting,
    config: &SettingsFile,
) -> Result<Option<T>, Error> {
    match flag {
        Some(value) => Ok(Some(value)),
        None => config.given(setting, None)?.map(|given| given.choice()).transpose(),
    }
}

fn variable(setting: &Setting) -> Option<String> {
    environment::text(setting.variable?)
}

/// A single value as it would be written for a flag.
fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
        other => Some(other.to_string()),
    }
}

/// Whether two paths are one file: the current folder may be the user's config folder.
fn is_same(here: &Path, own: Option<&Path>) -> bool {
    own.is_some_and(|own| here.canonicalize().ok() == own.canonicalize().ok())
}

/// The values by key; or what is wrong, and where. No value is shown, as TOML's own message would: it may be a password.
fn parse(text: &str) -> Result<BTreeMap<String, toml::Value>, String> {
    let place = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {}, column {column}", before.matches('\n').count() + 1)
    };
    let wrong = |error: &toml::de::Error| {
        let at = error.span().map(|span| format!("{}: ", place(span.start)));
        format!("{}{}", at.unwrap_or_default(), error.message())
    };
    let spans = DeTable::parse(text).map_err(|error| wrong(&error))?;
    for (key, value) in spans.get_ref() {
        let name: &str = key.get_ref();
        match options::of_key(name).map(|setting| setting.form) {
            Some(Some(form)) if value.get_ref().is_table() && form != KeyForm::PerKind => {
                return Err(format!("{}: {name} is one setting, not a table", place(key.span().start)));
            }
            Some(_) => {}
            // Layouts of files to be imported, by their names.
            None if name == IMPORT && value.get_ref().is_table() => {}
            None => {
                let keys: Vec<String> = options::keys().collect();
                let nearest = nearest(name, keys.iter().map(String::as_str));
                let hint = nearest.map_or_else(String::new, |key| format!("\ndid you mean `{key}`?"));
                return Err(format!("{}: unknown key `{}`{hint}", place(key.span().start), escape(name)));
            }
        }
    }
    let table: toml::Table = toml::from_str(text).map_err(|error| wrong(&error))?;
    Ok(table.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::options::{DATA_DIR, FEE, QUIET, STRATEGY, TTL};

    fn read(text: &str) -> Result<SettingsFile, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backtest.toml");
        std::fs::write(&path, text).unwrap();
        SettingsFile::load(Some(&path))
    }

    #[test]
    fn one_strategy_needs_no_list_and_seconds_no_quotes() {
        let file = read("strategy = 'rsi'\nttl = 60\nquiet = true").unwrap();
        assert_eq!(file.names(&STRATEGY, &[]).unwrap(), Some(vec!["rsi".to_owned()]));
        assert_eq!(file.own(&TTL).unwrap().unwrap().text, "60");
        assert!(file.own(&QUIET).unwrap().unwrap().switch().unwrap());
        let file = read("strategy = ['rsi', 'ma']\nttl = { block = '7d' }").unwrap();
        assert_eq!(file.names(&STRATEGY, &[]).unwrap().map(|names| names.len()), Some(2));
        assert_eq!(file.per_kind(&TTL, &["block"]).unwrap().unwrap()["block"].text, "7d");
        assert_eq!(read("").unwrap().names(&STRATEGY, &[]).unwrap(), None);
        assert_eq!(file.names(&STRATEGY, &["macd".to_owned()]).unwrap(), Some(vec!["macd".to_owned()]));
    }

    #[test]
    fn a_number_is_as_good_as_the_text_of_a_flag() {
        for text in ["fee = 0.0005", "fee = '0.0005'", "fee = '0.05%'", "fee = 5e-4"] {
            let given = read(text).unwrap().own(&FEE).unwrap().unwrap();
            assert_eq!(given.fraction().unwrap().to_bits(), 0.0005_f64.to_bits(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_file_is_named_with_its_line_and_without_its_values() {
        for (text, wanted) in [
            ("fee = 0\nfees = 'canary'", "line 2, column 1: unknown key `fees`\ndid you mean `fee`?"),
            ("cache_url = redis://canary@host", "line 1, column 13"),
            ("cache_url = 'redis://canary@host", "line 1"),
            ("cache_url = 'redis://canary@host' x", "line 1"),
            ("[fee]\nx = 'canary'", "fee is one setting"),
        ] {
            let message = read(text).unwrap_err().message().unwrap();
            assert!(message.contains(wanted) && !message.contains("canary"), "{text}: {message}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_key() {
        let message = |text: &str| match read(text).unwrap() {
            file if text.starts_with("fee") => file.own(&FEE).map(|_| ()).unwrap_err(),
            file if text.starts_with("ttl") => file.per_kind(&TTL, &["result"]).map(|_| ()).unwrap_err(),
            file => file.names(&STRATEGY, &[]).map(|_| ()).unwrap_err(),
        };
        for (text, key) in [
            ("fee = [1]", "fee in "),
            ("ttl = { x = 1 }", "ttl in "),
            ("strategy = 5", "strategy in "),
            ("strategy = ['rsi', 5]", "strategy in "),
            ("strategy = []", "strategy in "),
        ] {
            let message = message(text).message().unwrap();
            assert!(message.starts_with(key), "{text}: {message}");
        }
    }

    #[test]
    fn a_relative_path_is_meant_from_where_the_file_is() {
        let file = read("data_dir = 'candles'").unwrap();
        let (source, path) = file.path_of(&DATA_DIR).unwrap().unwrap();
        assert!(source.starts_with("data_dir in ") && path == file.path.with_file_name("candles"), "{source}");
    }
}
