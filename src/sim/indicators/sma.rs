//! Simple moving average: `sma[i] = (x[i-n+1] + .. + x[i]) / n`, first value at bar n-1.
//!
//! Source: TA-Lib `SMA`. Differs from it only in rounding: each value is the exact mean rounded once, whatever the
//! prices before the window were, and exactly the price where the window is flat. Undefined while a value of the
//! window is not finite.

use super::cumsum::CUMSUM;
use super::exact::Divisor;
use super::family::{Family, Indicator, Input, Inputs};
use super::params::{bars, period};
use crate::sim::simd::Cpu;

/// Line of the table.
pub(super) static SMA: Family = Family {
    name: "sma",
    outputs: &["sma"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Simple moving average: mean of the last `period` values",
    via: Some(&CUMSUM),
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0),
    make: |params, cpu| Box::new(Sma { bars: period(params, 0), divisor: Divisor::new(period(params, 0)), cpu }),
};

struct Sma {
    bars: usize,
    divisor: Divisor,
    cpu: Cpu,
}

impl Indicator for Sma {
    /// The hot loop of sweeps: no state, no branch, plain slices, so that the compiler turns it into vectors.
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let divisor = self.divisor;
        let high = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        let low = inputs[1].now().iter().zip(inputs[1].lag(self.bars));
        let all = outputs[0].iter_mut().zip(high).zip(low);
        self.cpu.run(|| {
            for ((out, (&high, &high_then)), (&low, &low_then)) in all {
                let window = high - high_then;
                let lost = (high - window) - high_then;
                *out = divisor.divide(window, lost + (low - low_then));
            }
        });
        let left_out = (inputs[2].now(), inputs[2].lag(self.bars));
        // The count only grows: as many at the end as before the first window means none in any of them.
        if left_out.0.last() != left_out.1.first() {
            for ((out, now), then) in outputs[0].iter_mut().zip(left_out.0).zip(left_out.1) {
                if now > then {
                    *out = f64::NAN;
                }
            }
        }
    }
}
