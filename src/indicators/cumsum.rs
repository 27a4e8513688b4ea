//! Hidden family: the running sum of a series from its first bar, with what its rounding loses.
//!
//! Every [`sma`](super::sma) over one series, whatever its period, is a difference of two of these sums, so hundreds
//! of periods share one pass. Nothing is lost that a window could miss (see [`exact`](super::exact)).

use super::exact::Sum;
use super::family::{Family, Indicator, Input, Inputs};

/// `high + low = x[0] + .. + x[i]`; outputs `high` and `low`.
pub(super) static CUMSUM: Family = Family {
    name: "cumsum",
    outputs: &[],
    inputs: Inputs::Any,
    params: &[],
    about: "Running sum from the first bar, in two parts",
    via: None,
    width: 2,
    lookback: |_| 0,
    reach: |_| 0,
    make: |_| Box::new(Cumsum::default()),
};

#[derive(Default)]
struct Cumsum {
    sum: Sum,
}

impl Indicator for Cumsum {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low] = outputs else { return };
        for ((&x, high), low) in inputs[0].now().iter().zip(high.iter_mut()).zip(low.iter_mut()) {
            self.sum.add(x);
            *high = self.sum.high;
            *low = self.sum.low;
        }
    }
}
