//! Hidden family: the running sum of a series from its first bar, with what its rounding loses, and how many of its
//! values were not finite. Those are left out of the sum: one of them would stay in it for ever.
//!
//! Every [`sma`](super::sma) over one series, whatever its period, is a difference of two of these sums, so hundreds
//! of periods share one pass. Nothing is lost that a window could miss (see [`exact`](super::exact)). Of values with a
//! common tick it is the ticks that are summed up, and no value is left out.

use super::exact::Sum;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::finite;
use super::ticks::Ticks;
use crate::tile::resumable::resumable;

/// `high + low = x[0] + .. + x[i]` over the finite values; outputs `high`, `low` and the number of the others.
pub(super) static CUMSUM: Family = Family {
    name: "cumsum",
    outputs: &[],
    inputs: Inputs::Any,
    params: &[],
    about: "Running sum from the first bar, in two parts, and the number of values left out",
    manual: Manual::HIDDEN,
    via: None,
    width: 3,
    lookback: |_| 0,
    reach: |_| 0,
    ticks: |_, _, ticks| Some(ticks),
    make: |_, setup| Box::new(Cumsum { sum: Sum::default(), left_out: 0.0, ticks: setup.ticks }),
};

struct Cumsum {
    sum: Sum,
    left_out: f64,
    /// What is counted instead of the values themselves.
    ticks: Option<Ticks>,
}

resumable!(Cumsum: sum, left_out);

impl Indicator for Cumsum {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low, left_out] = outputs else { return };
        let (now, before) = (inputs[0].now(), self.sum);
        if let Some(ticks) = self.ticks {
            for ((&x, high), low) in now.iter().zip(high.iter_mut()).zip(low.iter_mut()) {
                self.sum.add(ticks.count(x));
                (*high, *low) = (self.sum.high, self.sum.low);
            }
            return;
        }
        for ((&x, high), low) in now.iter().zip(high.iter_mut()).zip(low.iter_mut()) {
            self.sum.add(x);
            *high = self.sum.high;
            *low = self.sum.low;
        }
        left_out.fill(self.left_out);
        // No sum comes back from infinity, so looking at its end spares looking at every value.
        if self.sum.high.is_finite() {
            return;
        }
        self.sum = before;
        let out = high.iter_mut().zip(low.iter_mut()).zip(left_out.iter_mut());
        for (&x, ((high, low), left_out)) in now.iter().zip(out) {
            self.left_out += if x.is_finite() { 0.0 } else { 1.0 };
            self.sum.add(finite(x));
            (*high, *low, *left_out) = (self.sum.high, self.sum.low, self.left_out);
        }
    }
}
