//! The names that a definition gives to things: which may be given, and the tables `[let]` and `[functions]`.

use super::toml_table::{Entry, entries};
use crate::candles::Field;
use crate::indicators::{definition, table};
use crate::rules::{Diagnostic, FUNCTIONS, RuleError, Vocabulary};
use crate::text::quoted;

/// Longest name.
const MAX_NAME: usize = 64;
/// Most names of `[let]`, and most functions.
const MAX_NAMES: usize = 256;
/// Most arguments of a function.
const MAX_ARGS: usize = 16;

/// What is wrong with `[let]` or `[functions]`.
pub(super) enum NamesError {
    /// At a place of the definition.
    Place(Diagnostic),
    /// In a text.
    Rule(RuleError),
}

impl From<Diagnostic> for NamesError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Place(diagnostic)
    }
}

impl From<RuleError> for NamesError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

/// Whether a parameter may have this name: what a saved result calls a parameter is one, or no name at all.
#[must_use]
pub fn is_param_name(name: &str) -> bool {
    is_name(name, "_")
}

/// Whether `name` is small letters, digits and the `extra` characters, a letter first.
pub(super) fn is_name(name: &str, extra: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c))
}

/// Rejects a name that is none, or that means something already; `what` is what would have it, as in "parameter".
pub(super) fn check_name(name: &str, entry: &Entry<'_>, what: &str) -> Result<(), Diagnostic> {
    let diagnostic = |message: String| Diagnostic::new(entry.key_span.clone(), message);
    if !is_param_name(name) {
        let diagnostic = diagnostic(format!("{} cannot be the name of {}", quoted(name), with_article(what)));
        return Err(diagnostic.hint("small letters, digits and `_`, a letter first"));
    }
    let taken = if Field::ALL.iter().any(|field| field.name() == name) {
        "a series"
    } else if FUNCTIONS.iter().any(|function| function.name == name) {
        "a function"
    } else if table::find(name).is_some() || definition(name).is_some() {
        "an indicator"
    } else if ["and", "or", "not", "true", "false"].contains(&name) {
        "a word of the language"
    } else {
        return Ok(());
    };
    Err(diagnostic(format!("`{name}` is {taken}, so no {what} can have that name; rename it")))
}

fn with_article(what: &str) -> String {
    format!("{} {what}", if what.starts_with(['a', 'e']) { "an" } else { "a" })
}

/// Reads `[let]`: a name and what it stands for.
pub(super) fn read_let(table: &Entry<'_>, names: &mut Vocabulary) -> Result<(), NamesError> {
    let entries = entries(table.table()?);
    check_count(&entries, "names in [let]")?;
    for entry in &entries {
        check_name(entry.key, entry, "expression")?;
        check_free(entry.key, entry, names)?;
        let text = entry.string().map_err(|diagnostic| match entry.number() {
            Ok(_) => diagnostic.hint("a number that may be set belongs into [params]"),
            Err(_) => diagnostic,
        })?;
        names.name_expression(entry.key, text)?;
    }
    Ok(())
}

/// Reads `[functions]`: a call in quotes, as in `"hull(x, n)"`, and what it stands for.
pub(super) fn read_functions(table: &Entry<'_>, names: &mut Vocabulary) -> Result<(), NamesError> {
    let entries = entries(table.table()?);
    check_count(&entries, "functions")?;
    for entry in &entries {
        let (name, args) = call(entry)?;
        check_name(name, entry, "function")?;
        check_free(name, entry, names)?;
        for (at, arg) in args.iter().enumerate() {
            check_name(arg, entry, "argument")?;
            if args[..at].contains(arg) {
                let message = format!("`{name}` has two arguments called `{arg}`");
                return Err(Diagnostic::new(entry.key_span.clone(), message).into());
            }
        }
        let args = args.into_iter().map(str::to_owned).collect();
        names.name_function(name, args, entry.string()?)?;
    }
    Ok(())
}

fn check_count(entries: &[Entry<'_>], what: &str) -> Result<(), Diagnostic> {
    match entries.get(MAX_NAMES) {
        Some(excess) => Err(Diagnostic::new(excess.key_span.clone(), format!("more than {MAX_NAMES} {what}"))),
        None => Ok(()),
    }
}

fn check_free(name: &str, entry: &Entry<'_>, names: &Vocabulary) -> Result<(), Diagnostic> {
    match names.meaning_of(name) {
        Some(what) => {
            Err(Diagnostic::new(entry.key_span.clone(), format!("`{name}` is the name of {what} already; rename one")))
        }
        None => Ok(()),
    }
}

/// Name and arguments of a function, as in `hull(x, n)`.
fn call<'a>(entry: &Entry<'a>) -> Result<(&'a str, Vec<&'a str>), Diagnostic> {
    let diagnostic = |message: String| Diagnostic::new(entry.key_span.clone(), message);
    let parts = entry.key.strip_suffix(')').and_then(|call| call.split_once('('));
    let Some((name, args)) = parts else {
        let key = entry.key;
        let example = if is_param_name(key) { key } else { "hull" };
        return Err(diagnostic(format!("{} names no arguments", quoted(key)))
            .hint(format!("write it as a call in quotes, as in `\"{example}(x, n)\" = \"..\"`")));
    };
    let args: Vec<&str> = args.split(',').map(str::trim).collect();
    if args == [""] {
        return Err(
            diagnostic(format!("{} has no arguments", quoted(entry.key))).hint("what takes none is a name of [let]")
        );
    }
    if args.len() > MAX_ARGS {
        return Err(diagnostic(format!("{} has more than {MAX_ARGS} arguments", quoted(name))));
    }
    Ok((name.trim(), args))
}
