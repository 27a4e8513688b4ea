//! Writing out names and calls: what a function's text stands for with these arguments, and how far that may go.
//!
//! Functions call functions, so a few short texts can stand for a tree without end or without measure. Everything that is
//! checked or copied is counted, and nesting is, so whatever comes out can be walked over without fear for time or the stack.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::error::Diagnostic;
use super::expr::{Expr, ValueKind};

/// Most nodes that are checked or copied for one rule.
const MAX_WORK: usize = 200_000;
/// Most nodes of what a name or a call stands for.
const MAX_NODES: usize = 20_000;
/// Deepest nesting of it, and of the calls that make it.
const MAX_DEPTH: usize = 250;

/// An argument of a function that is being written out.
#[derive(Clone, Debug)]
pub(super) struct GivenArgument {
    pub name: String,
    pub expr: Expr,
    pub kind: ValueKind,
}

/// How far the writing out of one rule has come.
#[derive(Debug, Default)]
pub(super) struct Expansion {
    work: Cell<usize>,
    depth: Cell<usize>,
    /// Names whose texts are being written out, outermost first.
    active: RefCell<Vec<String>>,
}

impl Expansion {
    /// Counts a node that is checked, one level below the last; [`Self::ascend`] ends it.
    pub(super) fn descend(&self, span: &Range<usize>) -> Result<(), Diagnostic> {
        self.spend(1, span)?;
        if self.depth.get() == MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(())
    }

    pub(super) fn ascend(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Begins to write out a name; [`Self::leave`] ends it.
    pub(super) fn enter(&self, name: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
        let mut active = self.active.borrow_mut();
        if let Some(at) = active.iter().position(|known| known == name) {
            let through: Vec<String> = active[at + 1..].iter().map(|name| format!("`{name}`")).collect();
            let through = if through.is_empty() { String::new() } else { format!(", through {}", through.join(", ")) };
            let message = format!("`{name}` is defined by itself{through}");
            return Err(Diagnostic::new(span.clone(), message).hint("each name stands for names other than itself"));
        }
        active.push(name.to_owned());
        Ok(())
    }

    pub(super) fn leave(&self) {
        self.active.borrow_mut().pop();
    }

    /// Measures what a name or a call stands for before it is used, or used once more.
    pub(super) fn measure(&self, expr: &Expr, span: &Range<usize>) -> Result<(), Diagnostic> {
        let (nodes, depth) = expr.extent();
        self.spend(nodes, span)?;
        if depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        if nodes > MAX_NODES { Err(too_large(MAX_NODES, span)) } else { Ok(()) }
    }

    fn spend(&self, nodes: usize, span: &Range<usize>) -> Result<(), Diagnostic> {
        self.work.set(self.work.get() + nodes);
        if self.work.get() > MAX_WORK { Err(too_large(MAX_WORK, span)) } else { Ok(()) }
    }
}

fn too_large(most: usize, span: &Range<usize>) -> Diagnostic {
    let message = format!("the rule is too long with its functions written out: more than {most} names and numbers");
    Diagnostic::new(span.clone(), message).hint("use an argument once where it is used twice, or call fewer functions")
}

fn too_deep(span: &Range<usize>) -> Diagnostic {
    let message = format!("the rule is nested too deeply with its functions written out: more than {MAX_DEPTH} levels");
    Diagnostic::new(span.clone(), message).hint("call fewer functions within each other")
}
