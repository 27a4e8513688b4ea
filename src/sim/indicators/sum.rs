//! Sum of a window: `sum[i] = x[i-n+1] + .. + x[i]`, first value at bar n-1.
//!
//! Source: TA-Lib `SUM`. A difference of two sums from the first bar on (see [`cumsum`](super::cumsum)), so nothing
//! drifts. Of values with a common tick it is the sum on paper, rounded once. Undefined while a value of the window is
//! not finite.

use super::cumsum::CUMSUM;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static SUM: Family = Family {
    name: "sum",
    outputs: &["sum"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Sum of the last `period` values",
    manual: Manual {
        formula: "`x[i-n+1] + .. + x[i]`",
        first_bar: "period - 1",
        source: "TA-Lib SUM",
        usual: &[30.0],
        example: "sum(volume, 5) > 2 * prev(sum(volume, 5), 5)",
    },
    via: Some(&CUMSUM),
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0),
    ticks: |params, _, ticks| ticks.of_windows(period(params, 0)),
    make: |params, setup| {
        let bars = period(params, 0);
        let per_unit = setup.ticks.map_or(1.0, super::ticks::Ticks::per_unit);
        Box::new(WindowSum { bars, per_unit })
    },
};

struct WindowSum {
    bars: usize,
    /// How many of what is summed up are 1: ticks, or 1.
    per_unit: f64,
}

resumable!(WindowSum:);

impl Indicator for WindowSum {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let high = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        let low = inputs[1].now().iter().zip(inputs[1].lag(self.bars));
        let left_out = inputs[2].now().iter().zip(inputs[2].lag(self.bars));
        let sums = high.zip(low).zip(left_out).zip(outputs[0].iter_mut());
        for ((((&high, &high_then), (&low, &low_then)), (now, then)), out) in sums {
            let window = high - high_then;
            let lost = (high - window) - high_then;
            *out = if now > then { f64::NAN } else { (window + (lost + (low - low_then))) / self.per_unit };
        }
    }
}
