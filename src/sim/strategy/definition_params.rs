//! `[params]` of a definition: their names, defaults and bounds, and what the rules' use of them adds to it.

use std::ops::Range;

use toml::de::DeTable;

use super::arguments::Argument;
use super::bounds::{domain, is_whole, limits};
use super::calls::FUNCTIONS;
use super::canonical::plain;
use super::error::Fault;
use super::expr::Expr;
use super::rules::Param;
use super::snippet::quoted;
use super::tables::{Entry, entries, known_entries};
use crate::sim::indicators::{ParamKind, table};
use crate::sim::model::Field;

/// Most parameters of one strategy, and the longest name.
const MAX_PARAMS: usize = 64;
const MAX_NAME: usize = 64;

/// A parameter as declared, before the rules are known.
pub(super) struct Declared {
    pub name: String,
    /// Bytes of the name in the definition.
    pub span: Range<usize>,
    default: f64,
    min: Option<f64>,
    max: Option<f64>,
}

/// All declared parameters in the order of the text.
pub(super) fn declared(params: &DeTable<'_>) -> Result<Vec<Declared>, Fault> {
    let entries = entries(params);
    if let Some(excess) = entries.get(MAX_PARAMS) {
        return Err(Fault::new(excess.key_span.clone(), format!("more than {MAX_PARAMS} parameters")));
    }
    entries.iter().map(declare).collect()
}

fn declare(entry: &Entry<'_>) -> Result<Declared, Fault> {
    check_name(entry)?;
    let (name, span) = (entry.key.to_owned(), entry.key_span.clone());
    let Some(table) = entry.maybe_table() else {
        return Ok(Declared { name, span, default: entry.number()?, min: None, max: None });
    };
    let keys = known_entries(table, &["default", "min", "max"])?;
    let find = |key: &str| keys.iter().find(|entry| entry.key == key).map(Entry::number).transpose();
    let Some(default) = find("default")? else {
        let fault = Fault::new(span, format!("parameter {} has no default", quoted(&name)));
        return Err(fault.hint("write `{ default = .. }`"));
    };
    let (min, max) = (find("min")?, find("max")?);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("`min` = {} is above `max` = {}", plain(min), plain(max));
        return Err(Fault::new(entry.span(), message));
    }
    Ok(Declared { name, span, default, min, max })
}

fn check_name(entry: &Entry<'_>) -> Result<(), Fault> {
    let name = entry.key;
    let fault = |message: String| Err(Fault::new(entry.key_span.clone(), message));
    if !is_name(name, "_") {
        return match fault(format!("{} cannot be the name of a parameter", quoted(name))) {
            Err(fault) => Err(fault.hint("small letters, digits and `_`, a letter first")),
            ok => ok,
        };
    }
    let taken = if Field::ALL.iter().any(|field| field.name() == name) {
        "a series"
    } else if FUNCTIONS.iter().any(|function| function.name == name) {
        "a function"
    } else if table::find(name).is_some() {
        "an indicator"
    } else if ["and", "or", "not", "true", "false"].contains(&name) {
        "a word of the language"
    } else {
        return Ok(());
    };
    fault(format!("`{name}` is {taken}, so no parameter can have that name; rename it"))
}

/// Whether `name` is small letters, digits and the `extra` characters, a letter first.
pub(super) fn is_name(name: &str, extra: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c))
}

/// The parameter with the bounds that the rules' use of it adds: one that is a period by itself takes the period's
/// bounds; one that is in a period is whole.
pub(super) fn bounded(index: usize, declared: &Declared, arguments: &[Argument]) -> Result<Param, Fault> {
    let mut min = declared.min.unwrap_or(f64::NEG_INFINITY);
    let mut max = declared.max.unwrap_or(f64::INFINITY);
    let mut whole = false;
    for argument in arguments {
        if argument.expr == Expr::Param(index) {
            let (low, high) = limits(argument.kind);
            (min, max) = (min.max(low), max.min(high));
        }
        whole |= matches!(argument.kind, ParamKind::Period { .. }) && argument.expr.params().contains(&index);
    }
    if whole {
        (min, max) = (min.ceil(), max.floor());
    }
    let (name, default) = (&declared.name, declared.default);
    let fault = |message: String| Err(Fault::new(declared.span.clone(), message));
    if min > max {
        return fault(format!("no value of `{name}` is within its bounds and those of the indicators that use it"));
    }
    if !(min..=max).contains(&default) || (whole && !is_whole(default)) {
        let wanted = domain(min, max, whole);
        return fault(format!("the default of `{name}` must be {wanted}, not {}", plain(default)));
    }
    Ok(Param { name: name.clone(), default, min, max, whole })
}
