//! A strategy as the rest of the program sees it: rules whose names and types are right, bounded parameters, and values
//! for them: those given, the defaults for the rest, and whether they fit together.

use super::portfolio_terms::PortfolioTerms;
use super::trade_terms::{TRADE_KEYS, TradeKey, TradeTerms, trade_key_meant};
use crate::candles::{Field, FieldSet};
use crate::indicators::{ParamKind, definition};
use crate::interval::{IanaZone, Interval};
use crate::rules::{Expr, PREV_BARS, Session, complaint, domain, fits, is_whole, limits, number, truth, written};
use crate::text::{escape, nearest, plain, quoted};

/// A rule with the text it was parsed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As written.
    pub text: String,
    /// As understood; a condition.
    pub expr: Expr,
}

impl Rule {
    /// The rule of a side that has none.
    #[must_use]
    pub(super) fn never() -> Self {
        Self { text: String::new(), expr: Expr::Bool(false) }
    }

    /// Whether the definition has no such rule.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.text.is_empty()
    }
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
    /// The names of `[let]` with what they stand for, in the order of the definition.
    pub named: Vec<(String, Expr)>,
    /// Condition over numbers only that all values together must meet.
    pub require: Option<Rule>,
    /// When to buy.
    pub entry: Rule,
    /// When to sell what was bought; never where [`Strategy::terms`] alone do that.
    pub exit: Rule,
    /// When to sell short, where the strategy says so.
    pub short_entry: Option<Rule>,
    /// When to buy back what was sold short; there exactly when [`Strategy::short_entry`] is.
    pub short_exit: Option<Rule>,
    /// Price levels and times at which a position ends beside the rules, its size, and what it borrows.
    pub terms: TradeTerms,
    /// How one account is spread over many assets, where the strategy says so.
    pub portfolio: Option<PortfolioTerms>,
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
        let short = [
            ("short_entry", self.short_entry.as_ref()),
            ("short_exit", self.short_exit.as_ref().filter(|rule| !rule.is_never())),
        ];
        let exit = Some(&self.exit).filter(|rule| !rule.is_never());
        let entry = Some(&self.entry).filter(|rule| !rule.is_never());
        [("require", self.require.as_ref()), ("entry", entry), ("exit", exit)]
            .into_iter()
            .chain(short)
            .filter_map(|(key, rule)| Some((key, rule?)))
    }

    /// The columns of the candles that a fold of this strategy reads: those of its rules, open and close, at which
    /// orders are filled and positions valued, and high and low where there are levels. All others may be empty.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        let mut fields = vec![Field::Open, Field::Close];
        if !self.terms.is_empty() {
            fields.extend([Field::High, Field::Low]);
        }
        for expr in self.exprs() {
            expr.visit(&mut |expr| match expr {
                Expr::Field(field) => fields.push(*field),
                Expr::On(..) => fields.extend(Field::ALL),
                _ => {}
            });
        }
        FieldSet::new(fields)
    }

    /// Its rules, exits, sizes and entry orders, and what its portfolio reads.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let portfolio = self.portfolio.iter().flat_map(PortfolioTerms::exprs);
        self.rules().map(|(_, rule)| &rule.expr).chain(self.terms.exprs()).chain(portfolio)
    }

    /// Whether weights say what it holds, so that it has no entries of a single asset.
    #[must_use]
    pub fn is_weighted(&self) -> bool {
        self.portfolio.as_ref().is_some_and(|portfolio| !portfolio.has_slots())
    }

    /// The parameters on which depends what it orders of one asset, ascending: those of its rules, of levels that are read from
    /// a series, and of the score and the condition of its portfolio; not those of numbers that only an account reads.
    #[must_use]
    pub fn order_params(&self) -> Vec<usize> {
        let rules = self.rules().filter(|(key, _)| *key != "require").map(|(_, rule)| &rule.expr);
        let portfolio = self.portfolio.iter().flat_map(PortfolioTerms::over_bars).map(|(_, expr)| expr);
        let mut params: Vec<usize> =
            rules.chain(self.terms.over_bars()).chain(portfolio).flat_map(Expr::params).collect();
        params.sort_unstable();
        params.dedup();
        params
    }

    /// The names by which it calls other assets, each once.
    #[must_use]
    pub fn other_assets(&self) -> Vec<&str> {
        self.read_beside(|expr| if let Expr::Of(name, _) = expr { Some(name.as_str()) } else { None })
    }

    /// The zones whose clocks it reads, each once.
    #[must_use]
    pub fn zones(&self) -> Vec<IanaZone> {
        self.read_beside(|expr| match expr {
            Expr::Calendar(_, zone) | Expr::Session(Session { zone, .. }) => *zone,
            _ => None,
        })
    }

    /// The lengths of the longer bars that it reads, each once.
    #[must_use]
    pub fn longer_intervals(&self) -> Vec<Interval> {
        self.read_beside(|expr| if let Expr::On(interval, _) = expr { Some(*interval) } else { None })
    }

    /// The columns of the candle file beside the usual ones that it reads, each once.
    #[must_use]
    pub fn own_columns(&self) -> Vec<&str> {
        self.columns_of(None)
    }

    /// Those of the candles of another asset, by the name that it calls it by.
    #[must_use]
    pub fn other_columns(&self, asset: &str) -> Vec<&str> {
        self.columns_of(Some(asset))
    }

    fn columns_of(&self, asset: Option<&str>) -> Vec<&str> {
        let mut found = Vec::new();
        self.exprs().for_each(|expr| columns_of(expr, asset.is_none(), asset, &mut found));
        found
    }

    fn read_beside<'a, T: PartialEq>(&'a self, what: impl Fn(&'a Expr) -> Option<T>) -> Vec<T> {
        let mut found = Vec::new();
        for expr in self.exprs() {
            expr.visit(&mut |node| {
                if let Some(new) = what(node)
                    && !found.contains(&new)
                {
                    found.push(new);
                }
            });
        }
        found
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

impl Strategy {
    /// Lets a key of `[exits]` or `[size]` be given as a parameter of the same name, with this default; what the definition says of
    /// that level gives way. A strategy that has a parameter for it, or one of that name, stays as it is. Gives the name
    /// of the parameter.
    pub fn expose(&mut self, key: &'static TradeKey, default: f64) -> String {
        if let Some(&Expr::Param(index)) = self.terms.get(key.name) {
            return self.params[index].name.clone();
        }
        if self.params.iter().any(|param| param.name == key.name) {
            return key.name.to_owned();
        }
        let gone = self.terms.set(key, self.params.len());
        self.arguments.retain(|argument| !gone.contains(&argument.rule));
        let (min, max) = limits(key.kind);
        let whole = matches!(key.kind, ParamKind::Period { .. });
        self.params.push(Param { name: key.name.to_owned(), default, min, max, whole });
        key.name.to_owned()
    }
}

/// One such parameter, in one rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    /// Key of the rule.
    pub rule: &'static str,
    /// As errors name it: "`period` of `sma`".
    pub whom: String,
    /// Its bounds.
    pub kind: ParamKind,
    /// Its value, of kind number, with at least one parameter of the strategy in it.
    pub expr: Expr,
}

/// Those of one rule, appended to `found`; the same value with the same bounds is kept once.
pub(super) fn collect(rule: &'static str, expr: &Expr, found: &mut Vec<Argument>) {
    let mut add = |whom: String, kind: ParamKind, expr: &Expr| {
        if !expr.params().is_empty() && !found.iter().any(|known| known.kind == kind && known.expr == *expr) {
            found.push(Argument { rule, whom, kind, expr: expr.clone() });
        }
    };
    expr.visit(&mut |node| match node {
        Expr::Prev(_, k) => add("`k` of `prev`".to_owned(), PREV_BARS, k),
        Expr::Indicator { family, output, params, .. } => {
            let name = family.outputs.get(*output).copied().unwrap_or(family.name);
            for (param, expr) in family.params.iter().zip(params) {
                add(format!("`{}` of `{name}`", param.name), param.kind, expr);
            }
        }
        Expr::Named { name, args, .. } => {
            let Some(definition) = definition(name) else { return };
            let params = args.iter().rev().zip(definition.params.iter().rev());
            for (expr, param) in params.rev() {
                add(format!("`{}` of `{name}`", param.name), param.kind, expr);
            }
        }
        _ => {}
    });
}

/// A value that a parameter cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParamError {
    /// The strategy has no such parameter.
    #[error("strategy `{strategy}` has no parameter {}; {remedy}", escape(&quoted(name)))]
    Unknown {
        /// The strategy's name.
        strategy: String,
        /// The name as given.
        name: String,
        /// The nearest name and the list of all.
        remedy: String,
    },
    /// Below the smallest or above the largest allowed value.
    #[error("parameter `{name}` must be {}, not {}", domain(*min, *max, *whole), plain(*value))]
    OutOfBounds {
        /// The parameter.
        name: String,
        /// The value as given.
        value: f64,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
        /// Whether it must be whole too.
        whole: bool,
    },
    /// It counts bars.
    #[error("parameter `{name}` must be a whole number, because it counts bars, not {}", plain(*value))]
    NotWhole {
        /// The parameter.
        name: String,
        /// The value as given.
        value: f64,
    },
    /// NaN or an infinity.
    #[error("parameter `{name}` must be a finite number, not {value}")]
    NotFinite {
        /// The parameter.
        name: String,
        /// The value as given.
        value: f64,
    },
    /// Two values for one parameter.
    #[error("parameter `{name}` is given twice; give it once")]
    Twice {
        /// The parameter.
        name: String,
    },
}

/// Values that are each allowed, but not together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequireError {
    /// The strategy's `require` does not hold.
    #[error("strategy `{strategy}` requires {}, but {values}", escape(require))]
    Broken {
        /// The strategy's name.
        strategy: String,
        /// The text of `require`.
        require: String,
        /// Its parameters with their values, as "fast = 50 and slow = 20".
        values: String,
    },
    /// A parameter of an indicator, computed from the strategy's, is outside its bounds.
    #[error("strategy `{strategy}`, rule `{rule}`: {message} (with {values})")]
    Argument {
        /// The strategy's name.
        strategy: String,
        /// Key of the rule.
        rule: &'static str,
        /// Which parameter of which indicator, how the rule computes it, and what it must be.
        message: String,
        /// The parameters with their values, as "fast = 9".
        values: String,
    },
}

impl Param {
    /// The value if the parameter can have it; -0 as 0.
    ///
    /// # Errors
    /// [`ParamError::NotFinite`], [`ParamError::OutOfBounds`], [`ParamError::NotWhole`].
    pub fn check(&self, value: f64) -> Result<f64, ParamError> {
        let name = || self.name.clone();
        let &Self { min, max, whole, .. } = self;
        if !value.is_finite() {
            return Err(ParamError::NotFinite { name: name(), value });
        }
        if !(min..=max).contains(&value) {
            return Err(ParamError::OutOfBounds { name: name(), value, min, max, whole });
        }
        if whole && !is_whole(value) {
            return Err(ParamError::NotWhole { name: name(), value });
        }
        Ok(value + 0.0)
    }
}

impl Strategy {
    /// Position of a parameter.
    ///
    /// # Errors
    /// [`ParamError::Unknown`], with the nearest name.
    pub fn param_index(&self, name: &str) -> Result<usize, ParamError> {
        self.params.iter().position(|param| param.name == name).ok_or_else(|| {
            let known = self.param_names();
            let list = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            let exits = TRADE_KEYS.iter().map(|key| key.name);
            let remedy = match nearest(name, known).or_else(|| trade_key_meant(name)).or_else(|| nearest(name, exits)) {
                Some(near) => format!("did you mean `{near}`? ({list})"),
                None => list,
            };
            ParamError::Unknown { strategy: self.name.clone(), name: name.to_owned(), remedy }
        })
    }

    /// One value for each parameter, in their order: those given, and the defaults for the rest.
    ///
    /// # Errors
    /// An unknown parameter, one given twice, a value that is not finite, out of bounds or not whole.
    pub fn resolve(&self, given: &[(String, f64)]) -> Result<Vec<f64>, ParamError> {
        let mut values: Vec<Option<f64>> = vec![None; self.params.len()];
        for (name, value) in given {
            let index = self.param_index(name)?;
            if values[index].is_some() {
                return Err(ParamError::Twice { name: name.clone() });
            }
            values[index] = Some(self.params[index].check(*value)?);
        }
        Ok(values.iter().zip(&self.params).map(|(value, param)| value.unwrap_or(param.default)).collect())
    }

    /// Whether values that are each allowed also fit together; the cheap form of [`Strategy::check_require`].
    #[must_use]
    pub fn allows(&self, values: &[f64]) -> bool {
        self.require_holds(values)
            && self.arguments.iter().all(|argument| fits(argument.kind, number(&argument.expr, values)))
    }

    /// Whether `require` holds, where there is one.
    #[must_use]
    pub fn require_holds(&self, values: &[f64]) -> bool {
        self.require.as_ref().is_none_or(|rule| truth(&rule.expr, values))
    }

    /// Checks that values that are each allowed fit together: `require` holds, and every parameter of an indicator
    /// that is computed from them is within its bounds, and whole where it counts bars.
    ///
    /// # Errors
    /// The first that does not hold, with the values that break it.
    pub fn check_require(&self, values: &[f64]) -> Result<(), RequireError> {
        let strategy = || self.name.clone();
        if let Some(rule) = self.require.as_ref().filter(|rule| !truth(&rule.expr, values)) {
            let require = rule.text.split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(RequireError::Broken { strategy: strategy(), require, values: self.shown(&rule.expr, values) });
        }
        for argument in &self.arguments {
            if let Some(complaint) = complaint(argument.kind, number(&argument.expr, values)) {
                let written = written(&argument.expr, &self.param_names());
                let bare = written.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&written);
                let value = number(&argument.expr, values);
                let is_fraction = matches!(argument.kind, ParamKind::Period { .. }) && value.fract() != 0.0;
                let hint = if is_fraction { format!("; round it, as in `round({bare})`") } else { String::new() };
                return Err(RequireError::Argument {
                    strategy: strategy(),
                    rule: argument.rule,
                    message: format!("{} is `{bare}` and {complaint}{hint}", argument.whom),
                    values: self.shown(&argument.expr, values),
                });
            }
        }
        Ok(())
    }

    /// The parameters in `expr` with their values: "fast = 50 and slow = 20".
    fn shown(&self, expr: &Expr, values: &[f64]) -> String {
        let pair = |index: usize| Some(format!("{} = {}", self.params.get(index)?.name, plain(*values.get(index)?)));
        let mut pairs: Vec<String> = expr.params().into_iter().filter_map(pair).collect();
        match pairs.pop() {
            None => "it never holds".to_owned(),
            Some(last) if pairs.is_empty() => last,
            Some(last) => format!("{} and {last}", pairs.join(", ")),
        }
    }
}

/// Columns beside the usual ones in an expression, each once: of the candles of an asset that it is the bars of, or of its
/// own. `is_here` is whether the expression is on these.
fn columns_of<'a>(expr: &'a Expr, is_here: bool, asset: Option<&str>, found: &mut Vec<&'a str>) {
    match expr {
        Expr::Own(name) if is_here && !found.contains(&name.as_str()) => found.push(name),
        Expr::Of(name, inner) => columns_of(inner, asset == Some(name), asset, found),
        _ => expr.each_child(&mut |child| columns_of(child, is_here, asset, found)),
    }
}
