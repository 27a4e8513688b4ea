//! Population standard deviation: `stddev[i] = sqrt(mean((x - mean(x))^2))` over the last n values, first value at
//! bar n-1.
//!
//! Source: TA-Lib `STDDEV` with nbdev 1. Exactly 0 in a flat window; see [`moments`](super::moments).

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::moments::Moments;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static STDDEV: Family = Family {
    name: "stddev",
    outputs: &["stddev"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Standard deviation of the last `period` values (population)",
    manual: Manual {
        formula: "population standard deviation of the last n values",
        first_bar: "period - 1",
        source: "TA-Lib STDDEV",
        usual: &[20.0],
        example: "stddev(roc(close, 1), 20) < 2",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |_, _, _| None,
    make: |params, setup| Box::new(Stddev(Moments::new(period(params, 0), setup.ticks))),
};

struct Stddev(Moments);

resumable!(Stddev: 0);

impl Indicator for Stddev {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let out = &mut *outputs[0];
        self.0.extend(inputs[0], |index, _, deviation| out[index] = deviation);
    }
}
