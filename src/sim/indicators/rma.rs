//! Wilder's moving average: `rma[i] = rma[i-1] + (x[i] - rma[i-1]) / n`, first value at bar n-1: the simple mean of the
//! first n values. What smooths `rsi` and `atr`.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); `ta.rma` of `TradingView`.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static RMA: Family = Family {
    name: "rma",
    outputs: &["rma"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Wilder's moving average: steps 1/period of the way to each new value",
    manual: Manual {
        formula: "`e += (x - e) / n`, starting with the mean of the first n values",
        first_bar: "period - 1",
        source: "Wilder; ta.rma of TradingView",
        usual: &[14.0],
        example: "close > rma(close, 14)",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Rma(Smoother::wilder(period(params, 0)))),
};

struct Rma(Smoother);

resumable!(Rma: 0);

impl Indicator for Rma {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            *out = self.0.step(x);
        }
    }
}
