//! Relative momentum index: the [`rsi`](super::rsi) of moves over m bars instead of one. First value at bar m + n - 1;
//! with m = 1 it is the RSI.
//!
//! Source: R. Altman, "Relative Momentum Index: Modifying RSI", Stocks & Commodities 11 (1993).

use super::family::{Family, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::rsi::Strength;

/// Line of the table.
pub(super) static RMI: Family = Family {
    name: "rmi",
    outputs: &["rmi"],
    inputs: Inputs::Any,
    params: &[bars("period", 2), bars("momentum", 1)],
    about: "Relative momentum index, 0 to 100: the rsi of moves over `momentum` bars",
    manual: Manual {
        formula: "as `rsi`, of the moves `x - x[i-momentum]`",
        first_bar: "momentum + period - 1",
        source: "Altman (1993); TA-Lib RSI where momentum is 1",
        usual: &[20.0, 5.0],
        example: "rmi(close, 20, 5) < 30",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) + period(params, 1) - 1,
    reach: |params| period(params, 1),
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Strength::new(period(params, 0), period(params, 1))),
};
