//! The names that a strategy gives to things, and its texts understood with them: parameters, named expressions of `[let]`,
//! and functions of `[functions]`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::error::RuleError;
use super::expr::{Expr, ValueKind};
use super::parser::{self, Node};

/// A function of `[functions]`.
#[derive(Debug)]
pub(super) struct UserFunction {
    pub name: String,
    pub args: Vec<String>,
    pub text: String,
    pub body: Node,
}

impl UserFunction {
    /// How it is called.
    pub(super) fn usage(&self) -> String {
        format!("{}({})", self.name, self.args.join(", "))
    }
}

/// A name of `[let]`.
#[derive(Debug)]
pub(super) struct NamedText {
    pub name: String,
    pub text: String,
    pub body: Node,
}

/// The names of one strategy. Expressions and functions are understood where they are used: so they may stand in any
/// order, and a function takes whatever its text can use.
#[derive(Debug, Default)]
pub struct Vocabulary {
    pub(super) params: Vec<String>,
    pub(super) lets: Vec<NamedText>,
    pub(super) functions: Vec<UserFunction>,
    /// What names of `[let]` stand for, as far as it is known.
    pub(super) known: RefCell<FxHashMap<usize, (Expr, ValueKind)>>,
    /// Names of `[let]` and functions that were used.
    pub(super) used: RefCell<BTreeSet<String>>,
}

impl Vocabulary {
    /// Parameters of these names, in their order.
    #[must_use]
    pub fn new(params: Vec<String>) -> Self {
        Self { params, ..Self::default() }
    }

    /// Names of the parameters.
    #[must_use]
    pub fn params(&self) -> &[String] {
        &self.params
    }

    /// What has this name already, as in "a parameter".
    #[must_use]
    pub fn meaning_of(&self, name: &str) -> Option<&'static str> {
        if self.params.iter().any(|param| param == name) {
            Some("a parameter")
        } else if self.lets.iter().any(|named| named.name == name) {
            Some("an expression of [let]")
        } else {
            self.functions.iter().any(|function| function.name == name).then_some("a function")
        }
    }

    /// Adds a name of `[let]`.
    ///
    /// # Errors
    /// A text outside the grammar.
    pub fn name_expression(&mut self, name: &str, text: &str) -> Result<(), RuleError> {
        let body = parser::parse(text).map_err(|diagnostic| RuleError::new(&let_rule(name), text, diagnostic))?;
        self.lets.push(NamedText { name: name.to_owned(), text: text.to_owned(), body });
        Ok(())
    }

    /// Adds a function.
    ///
    /// # Errors
    /// A text outside the grammar.
    pub fn name_function(&mut self, name: &str, args: Vec<String>, text: &str) -> Result<(), RuleError> {
        let body = parser::parse(text).map_err(|diagnostic| RuleError::new(&function_rule(name), text, diagnostic))?;
        self.functions.push(UserFunction { name: name.to_owned(), args, text: text.to_owned(), body });
        Ok(())
    }

    /// Names of `[let]` and functions, in the order in which they were added, that no rule has used so far.
    #[must_use]
    pub fn unused(&self) -> Vec<&str> {
        let used = self.used.borrow();
        let names = self.lets.iter().map(|named| &named.name).chain(self.functions.iter().map(|f| &f.name));
        names.filter(|name| !used.contains(*name)).map(String::as_str).collect()
    }

    /// The names of `[let]` that were used, with what they stand for, in the order in which they were added.
    #[must_use]
    pub fn named_expressions(&self) -> Vec<(String, Expr)> {
        let known = self.known.borrow();
        let named = self.lets.iter().enumerate();
        named.filter_map(|(index, named)| Some((named.name.clone(), known.get(&index)?.0.clone()))).collect()
    }

    pub(super) fn mark_used(&self, name: &str) {
        self.used.borrow_mut().insert(name.to_owned());
    }
}

/// How errors name a name of `[let]`.
pub(super) fn let_rule(name: &str) -> String {
    format!("let.{name}")
}

/// How errors name a function.
pub(super) fn function_rule(name: &str) -> String {
    format!("functions.{name}")
}
