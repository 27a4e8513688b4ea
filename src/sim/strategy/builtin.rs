//! The built-in strategies: the files of `strategies/`, compiled in. Each is parsed when it is first asked for,
//! because a run needs one of them and has few milliseconds.

use std::sync::OnceLock;

use super::definition::parse;
use super::strategy::Strategy;

struct Builtin {
    name: &'static str,
    source: &'static str,
    parsed: OnceLock<Strategy>,
}

macro_rules! builtin {
    ($($name:literal),*) => {
        [$(Builtin {
            name: $name,
            source: include_str!(concat!("../../../strategies/", $name, ".toml")),
            parsed: OnceLock::new(),
        }),*]
    };
}

static BUILTINS: [Builtin; 12] = builtin![
    "rsi",
    "ma",
    "ema_cross",
    "macd",
    "bollinger",
    "donchian",
    "momentum",
    "rsi_trend",
    "turtle",
    "rsi2",
    "chandelier",
    "momentum_score"
];

impl Builtin {
    fn strategy(&'static self) -> &'static Strategy {
        self.parsed.get_or_init(|| {
            let label = format!("built-in strategies/{}.toml", self.name);
            parse(self.source, &label).unwrap_or_else(|error| panic!("{error}"))
        })
    }
}

/// The built-in strategy of this name.
///
/// # Panics
/// Never in a program whose tests pass: they parse every file that is compiled in.
#[must_use]
pub fn get(name: &str) -> Option<&'static Strategy> {
    BUILTINS.iter().find(|builtin| builtin.name == name).map(Builtin::strategy)
}

/// All built-in strategies, parsed as the iterator comes to them.
pub fn all() -> impl Iterator<Item = &'static Strategy> {
    BUILTINS.iter().map(Builtin::strategy)
}

/// Names of the built-in strategies.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|builtin| builtin.name)
}

/// The TOML of a built-in strategy, as compiled in.
#[must_use]
pub fn source(name: &str) -> Option<&'static str> {
    BUILTINS.iter().find(|builtin| builtin.name == name).map(|builtin| builtin.source)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{BUILTINS, all, get, names, source};

    #[test]
    fn every_file_is_built_in_under_its_own_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../strategies");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut built_in: Vec<&str> = names().collect();
        built_in.sort_unstable();
        assert_eq!(files, built_in);
        for name in names() {
            assert_eq!(get(name).unwrap().name, name);
            let source = source(name).unwrap();
            assert!(source.contains("[rules]") || source.contains("[portfolio]"));
            assert!(!get(name).unwrap().about.is_empty());
        }
        assert_eq!(all().count(), BUILTINS.len());
        assert!(get("nothing").is_none() && source("nothing").is_none());
    }

    #[test]
    fn the_contract_s_strategies_have_its_parameters() {
        let params = |name: &str| {
            let strategy = get(name).unwrap();
            strategy.params.iter().map(|p| (p.name.clone(), p.default, p.whole)).collect::<Vec<_>>()
        };
        let own =
            |list: &[(&str, f64, bool)]| list.iter().map(|(n, d, w)| ((*n).to_owned(), *d, *w)).collect::<Vec<_>>();
        assert_eq!(
            params("rsi"),
            own(&[("period", 14.0, true), ("oversold", 30.0, false), ("overbought", 70.0, false)])
        );
        assert_eq!(params("ma"), own(&[("fast", 50.0, true), ("slow", 200.0, true)]));
        assert_eq!(params("bollinger"), own(&[("period", 20.0, true), ("width", 2.0, false)]));
    }
}
