//! Values for a strategy's parameters: those given, the defaults for the rest, and whether they fit together.

use super::bounds::{complaint, domain, fits, is_whole};
use super::canonical::{plain, written};
use super::eval::{number, truth};
use super::expr::Expr;
use super::nearest::nearest;
use super::rules::{Param, Strategy};
use super::snippet::{escape, quoted};

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
            let remedy = match nearest(name, known) {
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
        self.require.as_ref().is_none_or(|rule| truth(&rule.expr, values))
            && self.arguments.iter().all(|argument| fits(argument.kind, number(&argument.expr, values)))
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
                let bare = written.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
                return Err(RequireError::Argument {
                    strategy: strategy(),
                    rule: argument.rule,
                    message: format!("{} is `{}` and {complaint}", argument.whom, bare.unwrap_or(&written)),
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
