//! A strategy as the rest of the program sees it: rules whose names and types are right, and bounded parameters.

use super::arguments::Argument;
use super::expr::Expr;

/// A rule with the text it was parsed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As written.
    pub text: String,
    /// As understood; a condition.
    pub expr: Expr,
}

/// One parameter of a strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Name that rules and `--param` use.
    pub name: String,
    /// Value where none is given; within the bounds.
    pub default: f64,
    /// Smallest allowed value; minus infinity where unbounded.
    pub min: f64,
    /// Largest allowed value; infinity where unbounded.
    pub max: f64,
    /// Whether it must be a whole number: it counts bars somewhere in the rules.
    pub whole: bool,
}

/// A strategy: parameters, and when to be in a position. Made by [`parse`](super::parse) only.
#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    /// Name, `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// One line for people; may be empty.
    pub about: String,
    /// Parameters in the order of the definition; [`Expr::Param`] counts them from 0.
    pub params: Vec<Param>,
    /// Condition over numbers only that all values together must meet.
    pub require: Option<Rule>,
    /// When to buy.
    pub entry: Rule,
    /// When to sell what was bought.
    pub exit: Rule,
    /// When to sell short, where the strategy says so.
    pub short_entry: Option<Rule>,
    /// When to buy back what was sold short; there exactly when [`Strategy::short_entry`] is.
    pub short_exit: Option<Rule>,
    /// Indicator parameters that depend on the strategy's.
    pub(super) arguments: Vec<Argument>,
}

impl Strategy {
    /// Entry and exit of the short side: its own rules or, where it has none, `exit` as the entry and `entry` as
    /// the exit.
    #[must_use]
    pub fn short_rules(&self) -> (&Rule, &Rule) {
        match (&self.short_entry, &self.short_exit) {
            (Some(entry), Some(exit)) => (entry, exit),
            _ => (&self.exit, &self.entry),
        }
    }

    /// The rules that the definition has, by their keys in it; `require` first.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, &Rule)> {
        let short = [("short_entry", self.short_entry.as_ref()), ("short_exit", self.short_exit.as_ref())];
        [("require", self.require.as_ref()), ("entry", Some(&self.entry)), ("exit", Some(&self.exit))]
            .into_iter()
            .chain(short)
            .filter_map(|(key, rule)| Some((key, rule?)))
    }

    /// Names of the parameters in order.
    #[must_use]
    pub fn param_names(&self) -> Vec<&str> {
        self.params.iter().map(|param| param.name.as_str()).collect()
    }

    /// The defaults in the order of the parameters.
    #[must_use]
    pub fn defaults(&self) -> Vec<f64> {
        self.params.iter().map(|param| param.default).collect()
    }
}
