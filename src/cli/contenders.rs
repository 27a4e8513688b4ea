//! What `compare` and `--against` are given: strategies with values of their parameters, or saved results.

use std::path::Path;

use super::fault::Fault;
use super::strategies;
use crate::data::escape;
use crate::engine::Bound;
use crate::sim::strategy::ParamArg;

/// A strategy with values, as it was written.
pub struct Contender {
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
pub fn parse(text: &str, params: &[String]) -> Result<Contender, Fault> {
    let wrong = |what: &dyn std::fmt::Display| Fault::wrong(format!("{}: {what}", escape(text)));
    // A path may have a colon before its last slash.
    let from = text.rfind(['/', '\\']).unwrap_or(0);
    let (given, own) = match text[from..].find(':') {
        Some(at) => (&text[..from + at], &text[from + at + 1..]),
        None => (text, ""),
    };
    let strategy = strategies::load(given.trim())?;
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
    Ok(Contender { name: text.to_owned(), given: given.to_owned(), bound: Bound { strategy, values } })
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
