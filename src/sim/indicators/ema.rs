//! Exponential moving average: `ema[i] = ema[i-1] + 2/(n+1) * (x[i] - ema[i-1])`, first value at bar n-1: the simple
//! mean of the first n values.
//!
//! Source: TA-Lib `EMA`.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static EMA: Family = Family {
    name: "ema",
    outputs: &["ema"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Exponential moving average: steps 2/(period+1) of the way to each new value",
    manual: Manual {
        formula: "`e += 2/(n+1) * (x - e)`, starting with the mean of the first n values",
        first_bar: "period - 1",
        source: "TA-Lib EMA",
        usual: &[20.0],
        example: "close > ema(close, 20)",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Ema(Smoother::exponential(period(params, 0)))),
};

struct Ema(Smoother);

resumable!(Ema: 0);

impl Indicator for Ema {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            *out = self.0.step(x);
        }
    }
}
