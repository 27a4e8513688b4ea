//! Average true range: the true range smoothed by 1/n, seeded with the simple mean of the first n ranges. The first
//! bar has no range, since no close is before it, so the first value is at bar n.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `ATR`.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use super::true_range::true_range;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static ATR: Family = Family {
    name: "atr",
    outputs: &["atr"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 1)],
    about: "Average true range: the true range, smoothed as Wilder does",
    manual: Manual {
        formula: "true range, smoothed by 1/n, starting with the mean of the first n. True range: the largest of `high - low`, `abs(high - prev close)`, `abs(low - prev close)`",
        first_bar: "period",
        source: "TA-Lib ATR",
        usual: &[14.0],
        example: "high - low > 2 * atr(14)",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Atr { started: false, range: Smoother::wilder(period(params, 0)) }),
};

struct Atr {
    started: bool,
    range: Smoother,
}

resumable!(Atr: started, range);

impl Indicator for Atr {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low, close] = inputs else { return };
        let bars = high.now().iter().zip(low.now()).zip(close.lag(1)).zip(outputs[0].iter_mut());
        for (((&high, &low), &close_before), out) in bars.skip(usize::from(!self.started)) {
            *out = self.range.step(true_range(high, low, close_before));
        }
        self.started |= !close.now().is_empty();
    }
}
