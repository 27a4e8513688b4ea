//! Momentum: `mom[i] = x[i] - x[i-n]`, first value at bar n.
//!
//! Source: TA-Lib `MOM`. Of prices with a common tick it is the difference on paper (see [`ticks`](super::ticks)).

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::ticks::Ticks;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static MOM: Family = Family {
    name: "mom",
    outputs: &["mom"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Momentum: x - x `period` bars ago",
    manual: Manual {
        formula: "`x - x[i-n]`",
        first_bar: "period",
        source: "TA-Lib MOM",
        usual: &[10.0],
        example: "mom(close, 10) > 0",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |params| period(params, 0),
    ticks: |_, _, ticks| ticks.of_sums(ticks),
    make: |params, setup| {
        Box::new(Mom { bars: period(params, 0), ticks: setup.ticks.and_then(|ticks| ticks.of_sums(ticks)) })
    },
};

struct Mom {
    bars: usize,
    ticks: Option<Ticks>,
}

resumable!(Mom:);

impl Indicator for Mom {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let pairs = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        for (out, (&x, &before)) in outputs[0].iter_mut().zip(pairs) {
            *out = x - before;
        }
        if let Some(ticks) = self.ticks {
            outputs[0].iter_mut().for_each(|out| *out = ticks.snap(*out));
        }
    }
}
