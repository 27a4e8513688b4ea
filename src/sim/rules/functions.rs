//! The functions of the language that are no indicators, and how functions and indicators are called.

use crate::indicators::{DEFINITIONS, FamilyParam, Inputs, definition, table};

/// A function of the language that is no indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name that rules call.
    pub name: &'static str,
    /// Its call with all arguments.
    pub usage: &'static str,
    /// One line for people.
    pub about: &'static str,
}

/// All functions of the language; indicators are in the table of `indicators`.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "prev", usage: "prev(x, k)", about: "x, k bars earlier" },
    Function { name: "abs", usage: "abs(x)", about: "x without its sign" },
    Function { name: "min", usage: "min(a, b)", about: "the smaller one" },
    Function { name: "max", usage: "max(a, b)", about: "the larger one" },
    Function { name: "sqrt", usage: "sqrt(x)", about: "square root; undefined below 0" },
    Function { name: "log", usage: "log(x)", about: "natural logarithm; undefined below 0" },
    Function { name: "exp", usage: "exp(x)", about: "e to the power of x" },
    Function { name: "pow", usage: "pow(x, y)", about: "x to the power of y" },
    Function { name: "floor", usage: "floor(x)", about: "the largest whole number that is not above x" },
    Function { name: "round", usage: "round(x)", about: "the nearest whole number; halves away from 0" },
    Function { name: "if", usage: "if(c, a, b)", about: "a where the condition c holds, else b" },
    Function { name: "count", usage: "count(c, n)", about: "on how many of the last n bars the condition c held" },
    Function { name: "any", usage: "any(c, n)", about: "whether c held on any of the last n bars" },
    Function { name: "all", usage: "all(c, n)", about: "whether c held on all of the last n bars" },
    Function { name: "bars_since", usage: "bars_since(c)", about: "bars since c last held, 0 where it holds now" },
    Function { name: "value_when", usage: "value_when(c, x)", about: "the value of x where c last held" },
    Function {
        name: "crosses_above",
        usage: "crosses_above(a, b)",
        about: "a is above b, and was not at the bar before",
    },
    Function {
        name: "crosses_below",
        usage: "crosses_below(a, b)",
        about: "a is below b, and was not at the bar before",
    },
    Function { name: "on", usage: "on(\"1d\", x)", about: "x of longer bars, made of the run's own" },
    Function { name: "of", usage: "of(\"BTC\", x)", about: "x of another asset" },
    Function { name: "column", usage: "column(\"name\")", about: "a column of the candle file beside the usual ones" },
    Function {
        name: "hour",
        usage: "hour(\"America/New_York\")",
        about: "hour in which the bar opens, 0 to 23; UTC without zone",
    },
    Function { name: "minute", usage: "minute(\"America/New_York\")", about: "minute of that hour, 0 to 59" },
    Function { name: "weekday", usage: "weekday(\"America/New_York\")", about: "day of the week, 1 (Monday) to 7" },
    Function { name: "day", usage: "day(\"America/New_York\")", about: "day of the month, from 1" },
    Function { name: "month", usage: "month(\"America/New_York\")", about: "month, 1 to 12" },
    Function {
        name: "session",
        usage: "session(\"13:30\", \"20:00\")",
        about: "whether the bar opens from 13:30 on and before 20:00; a third argument names a zone",
    },
];

/// How a function or indicator is called, as in `rsi(x, period)`; `None` for other names.
#[must_use]
pub fn usage(name: &str) -> Option<String> {
    if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
        return Some(function.usage.to_owned());
    }
    let (inputs, params): (Inputs, &[FamilyParam]) = match (table::find(name), definition(name)) {
        (Some((family, _)), _) => (family.inputs, family.params),
        (None, Some(definition)) => (definition.inputs, definition.params),
        (None, None) => return None,
    };
    let series = ["x", "y"].into_iter().take(inputs.named());
    let args: Vec<_> = series.chain(params.iter().map(|param| param.name)).collect();
    Some(format!("{name}({})", args.join(", ")))
}

/// Every name that rules can call: functions and indicators.
pub(super) fn callable() -> Vec<&'static str> {
    let definitions = DEFINITIONS.iter().map(|definition| definition.name);
    FUNCTIONS.iter().map(|function| function.name).chain(table::names()).chain(definitions).collect()
}
