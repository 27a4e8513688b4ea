//! Strategies: TOML definitions, parameters and their values, and grids of them.

mod builtin;
mod decimal;
mod definition;
mod grid;
mod names;
mod param_values;
mod portfolio_terms;
#[expect(clippy::module_inception, reason = "the folder is named for its main concept")]
mod strategy;
#[cfg(test)]
mod tests;
mod toml_table;
mod trade_terms;

pub use builtin::{all, get, names, source};
pub use definition::{DefinitionError, KEYS, Problem, RULES, parse};
pub use grid::{Grid, GridError};
pub use names::is_param_name;
pub use param_values::{ParamArg, ParamArgError, ParamValues, ValueRange};
pub use portfolio_terms::{PortfolioNumbers, PortfolioTerms, Rebalance, portfolio_keys};
pub use strategy::{Param, ParamError, RequireError, Rule, Strategy};
pub use trade_terms::{MARKET_FUNDING, TRADE_KEYS, TradeKey, TradeTable, TradeTerms, trade_key_meant};
