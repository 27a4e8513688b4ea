//! The language of strategies: TOML definitions, rules as typed trees, parameters and their values.

mod arguments;
mod bounds;
mod builtin;
mod calls;
mod canonical;
mod check;
mod columns;
mod decimal;
mod definition;
mod definition_params;
mod drawn;
mod error;
mod eval;
mod expr;
mod graph;
mod grid;
mod lexer;
mod nearest;
mod nodes;
mod param_arg;
mod parser;
mod rules;
mod schedule;
mod signals;
mod snippet;
mod syntax;
mod tables;
mod values;
mod walk;

#[cfg(test)]
mod definition_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod rules_fault_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod values_tests;

pub use bounds::PREV_BARS;
pub use builtin::{all, get, names, source};
pub use calls::{FUNCTIONS, Function, usage};
pub use canonical::{canonical, written};
pub use columns::Columns;
pub use definition::parse;
pub use drawn::{Drawn, drawn, spelled};
pub use error::{DefinitionError, Problem, RuleError};
pub use eval::{number, truth};
pub use expr::{Crossing, Expr, Kind, Math};
pub use graph::Graph;
pub use grid::{Grid, GridError};
pub use nearest::nearest;
pub use nodes::Signal;
pub use param_arg::{ParamArg, ParamArgError, Range, Values};
pub use rules::{Param, Rule, Strategy};
pub use schedule::Schedule;
pub use signals::Signals;
pub use snippet::escape;
pub use syntax::{parse_condition, parse_condition_over_numbers, parse_expr};
pub use values::{ParamError, RequireError};
