//! What can be wrong with a rule or a definition, and the place where it is.

use std::fmt;
use std::ops::Range;

use super::snippet::{escape, position, snippet};

/// Something wrong at a place of a text that the one who catches it knows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The remedy, when one can be guessed.
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

/// A rule that cannot be understood. Displayed with the rule's text and carets under the place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct RuleError {
    /// Key of the rule in the definition, as `entry`.
    pub rule: String,
    /// The rule as written.
    pub text: String,
    /// The place: bytes of `text`.
    pub span: Range<usize>,
    /// What is wrong there.
    pub message: String,
    /// The remedy, when one can be guessed.
    pub hint: Option<String>,
}

impl RuleError {
    pub(super) fn new(rule: &str, text: &str, fault: Fault) -> Self {
        Self {
            rule: rule.to_owned(),
            text: text.to_owned(),
            span: fault.span,
            message: fault.message,
            hint: fault.hint,
        }
    }

    /// Line of the place within the rule, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        position(&self.text, self.span.start).0
    }

    /// Column of the place within its line, from 1, in characters.
    #[must_use]
    pub fn column(&self) -> usize {
        position(&self.text, self.span.start).1
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value of an option is no rule of a strategy.
        if self.rule.starts_with("--") {
            write!(f, "{}, ", escape(&self.rule))?;
        } else {
            write!(f, "rule `{}`, ", escape(&self.rule))?;
        }
        if self.text.trim_end().contains('\n') {
            write!(f, "line {}, ", self.line())?;
        }
        write!(f, "column {}: {}", self.column(), escape(&self.message))?;
        write!(f, "\n{}", snippet(&self.text, &self.span, self.hint.as_deref()))
    }
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// One of its rules.
    Rule(Box<RuleError>),
    /// Its TOML, or a key or value in it.
    Place {
        /// Line of the definition, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
        /// The line with carets below it, ready to show.
        snippet: String,
    },
    /// The definition as a whole.
    Whole(String),
}

/// A definition that makes no strategy. Displayed with its label (the path, for files), the place and the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct DefinitionError {
    /// Where the text came from, as its reader named it.
    pub label: String,
    /// What is wrong.
    pub problem: Problem,
}

impl DefinitionError {
    pub(super) fn at(label: &str, text: &str, fault: &Fault) -> Self {
        let (line, column) = position(text, fault.span.start);
        let snippet = snippet(text, &fault.span, fault.hint.as_deref());
        let problem = Problem::Place { line, column, message: fault.message.clone(), snippet };
        Self { label: label.to_owned(), problem }
    }

    pub(super) fn whole(label: &str, message: impl Into<String>) -> Self {
        Self { label: label.to_owned(), problem: Problem::Whole(message.into()) }
    }

    pub(super) fn rule(label: &str, error: RuleError) -> Self {
        Self { label: label.to_owned(), problem: Problem::Rule(Box::new(error)) }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", escape(&self.label))?;
        match &self.problem {
            Problem::Rule(error) => write!(f, "{error}"),
            Problem::Place { line, column, message, snippet } => {
                write!(f, "line {line}, column {column}: {}\n{snippet}", escape(message))
            }
            Problem::Whole(message) => write!(f, "{}", escape(message)),
        }
    }
}
