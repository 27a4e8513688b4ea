//! Rate of change in percent: `roc[i] = 100 * (x[i] / x[i-n] - 1)`, first value at bar n; 0 where `x[i-n]` is 0.
//!
//! Source: TA-Lib `ROC`.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static ROC: Family = Family {
    name: "roc",
    outputs: &["roc"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Rate of change in percent: 100 * (x / x `period` bars ago - 1)",
    manual: Manual {
        formula: "`100 * (x / x[i-n] - 1)`, in percent; 0 where `x[i-n]` is 0",
        first_bar: "period",
        source: "TA-Lib ROC",
        usual: &[10.0],
        example: "roc(close, 10) > 5",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |params| period(params, 0),
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Roc { bars: period(params, 0) }),
};

struct Roc {
    bars: usize,
}

resumable!(Roc:);

impl Indicator for Roc {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let pairs = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        for (out, (&x, &before)) in outputs[0].iter_mut().zip(pairs) {
            let change = 100.0 * (x / before - 1.0);
            *out = if before == 0.0 { 0.0 } else { change };
        }
    }
}
