//! Sum of a series over the bars on which another stays the same: `sum_while(volume, day)` is the day's volume so far.
//! It begins anew at each bar at which the other has another value than before. Defined from the first bar.
//!
//! Source: pandas `groupby(..).cumsum()`. A bar at which one of them is not finite is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static SUM_WHILE: Family = Family {
    name: "sum_while",
    outputs: &["sum_while"],
    inputs: Inputs::Pair,
    params: &[],
    about: "Sum of x over the bars since y last changed, this one included",
    manual: Manual {
        formula: "`s + x` while y is the same as at the bar before, else `x`",
        first_bar: "0",
        source: "pandas groupby(..).cumsum",
        usual: &[],
        example: "sum_while(volume, close) > 1000",
    },
    via: None,
    width: 1,
    lookback: |_| 0,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |_, _| Box::new(SumWhile { sum: 0.0, of: f64::NAN }),
};

struct SumWhile {
    sum: f64,
    /// What y has been since the sum began.
    of: f64,
}

resumable!(SumWhile: sum, of);

impl Indicator for SumWhile {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [x, y] = inputs else { return };
        for ((&x, &y), out) in x.now().iter().zip(y.now()).zip(outputs[0].iter_mut()) {
            *out = f64::NAN;
            if (x + y).is_finite() {
                #[expect(clippy::float_cmp, reason = "the same value again")]
                let goes_on = self.of == y;
                self.sum = if goes_on { self.sum + x } else { x };
                self.of = y;
                *out = self.sum;
            }
        }
    }
}
