//! Momentum: `mom[i] = x[i] - x[i-n]`, first value at bar n.
//!
//! Source: TA-Lib `MOM`.

use super::family::{Family, Indicator, Input, Inputs};
use super::params::{bars, period};

/// Line of the table.
pub(super) static MOM: Family = Family {
    name: "mom",
    outputs: &["mom"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Momentum: x - x `period` bars ago",
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |params| period(params, 0),
    make: |params, _| Box::new(Mom { bars: period(params, 0) }),
};

struct Mom {
    bars: usize,
}

impl Indicator for Mom {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let pairs = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        for (out, (&x, &before)) in outputs[0].iter_mut().zip(pairs) {
            *out = x - before;
        }
    }
}
