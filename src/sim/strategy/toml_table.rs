//! Reads a definition's TOML by hand rather than by derive, so that each error has its place and a near name.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::rules::Diagnostic;
use crate::text::{did_you_mean, quoted};

/// One `key = value`.
pub(super) struct Entry<'a> {
    pub key: &'a str,
    pub key_span: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

/// The whole document.
pub(super) fn document(text: &str) -> Result<Spanned<DeTable<'_>>, Diagnostic> {
    DeTable::parse(text).map_err(|error| {
        let message = error.message().trim().replace('\n', ", ");
        let span = error.span().unwrap_or(0..0);
        let hint = unquoted_call(text, span.start);
        Diagnostic::new(span, message).maybe_hint(hint)
    })
}

/// What to write instead of `hull(x, n) = "..."`, where that stands in the line of this byte: a key of `[functions]`.
fn unquoted_call(text: &str, byte: usize) -> Option<String> {
    let before = text.get(..byte)?;
    let line = &text[before.rfind('\n').map_or(0, |end| end + 1)..];
    let (call, _) = line.lines().next()?.split_once('=')?;
    let call = call.trim();
    let (name, args) = call.strip_suffix(')')?.split_once('(')?;
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_call = is_word(name.trim()) && args.split(',').all(|arg| is_word(arg.trim()));
    is_call.then(|| format!("a function is named in quotes: `\"{call}\" = \"..\"`"))
}

/// The entries of a table in the order of the text.
pub(super) fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<_> =
        table.iter().map(|(key, value)| Entry { key: key.get_ref().as_ref(), key_span: key.span(), value }).collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}

/// The entries of a table that has no keys but these.
pub(super) fn known_entries<'a>(table: &'a DeTable<'a>, keys: &[&str]) -> Result<Vec<Entry<'a>>, Diagnostic> {
    let entries = entries(table);
    match entries.iter().find(|entry| !keys.contains(&entry.key)) {
        None => Ok(entries),
        Some(stranger) => {
            let diagnostic =
                Diagnostic::new(stranger.key_span.clone(), format!("unknown key {}", quoted(stranger.key)));
            let hint = did_you_mean(stranger.key, keys.iter().copied());
            Err(diagnostic.hint(hint.unwrap_or_else(|| format!("the keys here are {}", keys.join(", ")))))
        }
    }
}

impl<'a> Entry<'a> {
    /// Bytes of the value.
    pub(super) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// The value as text.
    pub(super) fn string(&self) -> Result<&'a str, Diagnostic> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.wrong("a text in quotes")),
        }
    }

    /// The value as a finite number; -0 as 0.
    pub(super) fn number(&self) -> Result<f64, Diagnostic> {
        let number = match self.value.get_ref() {
            DeValue::Integer(digits) if digits.radix() == 10 => digits.as_str().parse::<f64>().ok(),
            DeValue::Integer(digits) => u32::from_str_radix(digits.as_str(), digits.radix()).ok().map(f64::from),
            DeValue::Float(digits) => digits.as_str().parse::<f64>().ok(),
            _ => None,
        };
        number
            .filter(|number| number.is_finite())
            .map(|number| number + 0.0)
            .ok_or_else(|| self.wrong("a finite number"))
    }

    /// The items of an array, each under this key; nothing for any other value.
    pub(super) fn items(&self) -> Option<Vec<Entry<'a>>> {
        match self.value.get_ref() {
            DeValue::Array(items) => Some(
                items.iter().map(|value| Entry { key: self.key, key_span: self.key_span.clone(), value }).collect(),
            ),
            _ => None,
        }
    }

    /// The value as a table.
    pub(super) fn table(&self) -> Result<&'a DeTable<'a>, Diagnostic> {
        self.maybe_table().ok_or_else(|| self.wrong("a table"))
    }

    /// The value as a table, if it is one.
    pub(super) fn maybe_table(&self) -> Option<&'a DeTable<'a>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        }
    }

    fn wrong(&self, wanted: &str) -> Diagnostic {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let found = if wanted == "a finite number" && found == "a number" { "another one" } else { found };
        Diagnostic::new(self.span(), format!("{} must be {wanted}, not {found}", quoted(self.key)))
    }
}
