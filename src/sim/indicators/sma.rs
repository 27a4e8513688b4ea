//! Simple moving average: `sma[i] = (x[i-n+1] + .. + x[i]) / n`, first value at bar n-1.
//!
//! Source: TA-Lib `SMA`. Differs from it only in rounding: each value is the exact mean rounded once, whatever the
//! prices before the window were, and exactly the price where the window is flat. Undefined while a value of the
//! window is not finite.
//!
//! Of prices with a common tick it is the quotient of two whole numbers, rounded once: averages that are equal on
//! paper are equal to the bit (see [`ticks`](super::ticks)).

use super::cumsum::CUMSUM;
use super::exact::Divisor;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::simd::Cpu;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static SMA: Family = Family {
    name: "sma",
    outputs: &["sma"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Simple moving average: mean of the last `period` values",
    manual: Manual {
        formula: "mean of the last n values",
        first_bar: "period - 1",
        source: "TA-Lib SMA",
        usual: &[50.0],
        example: "crosses_above(close, sma(close, 50))",
    },
    via: Some(&CUMSUM),
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0),
    ticks: |params, _, ticks| ticks.of_means(period(params, 0)),
    make: |params, setup| {
        let bars = period(params, 0);
        match setup.ticks.map(|ticks| (ticks, ticks.of_means(bars))) {
            Some((ticks, Some(means))) if ticks.sums_exactly(setup.bars) => {
                Box::new(SmaOfTicks::<true> { bars, divisor: means.per_unit(), cpu: setup.cpu })
            }
            Some((_, Some(means))) => Box::new(SmaOfTicks::<false> { bars, divisor: means.per_unit(), cpu: setup.cpu }),
            ticks => {
                let tick = ticks.map_or(1.0, |(ticks, _)| 1.0 / ticks.per_unit());
                Box::new(Sma { bars, divisor: Divisor::new(bars), tick, cpu: setup.cpu })
            }
        }
    },
};

struct Sma {
    bars: usize,
    divisor: Divisor,
    /// What one of the numbers that are summed up is worth: a tick, or 1.
    tick: f64,
    cpu: Cpu,
}

resumable!(Sma:);

impl Indicator for Sma {
    /// The hot loop of sweeps: no state, no branch, plain slices, so that the compiler turns it into vectors.
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let (divisor, tick) = (self.divisor, self.tick);
        let high = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        let low = inputs[1].now().iter().zip(inputs[1].lag(self.bars));
        let all = outputs[0].iter_mut().zip(high).zip(low);
        self.cpu.run(|| {
            for ((out, (&high, &high_then)), (&low, &low_then)) in all {
                let window = high - high_then;
                let lost = (high - window) - high_then;
                *out = divisor.divide(window, lost + (low - low_then)) * tick;
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

/// Of counts of ticks, whose sums are exact: in one part where `ONE`, else in two.
struct SmaOfTicks<const ONE: bool> {
    bars: usize,
    /// Bars of the window times ticks in 1.
    divisor: f64,
    cpu: Cpu,
}

resumable!(SmaOfTicks<const ONE>:);

impl<const ONE: bool> Indicator for SmaOfTicks<ONE> {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let divisor = self.divisor;
        let high = inputs[0].now().iter().zip(inputs[0].lag(self.bars));
        let low = inputs[1].now().iter().zip(inputs[1].lag(self.bars));
        let out = outputs[0].iter_mut();
        self.cpu.run(|| {
            if ONE {
                for (out, (&high, &high_then)) in out.zip(high) {
                    *out = (high - high_then) / divisor;
                }
            } else {
                for ((out, (&high, &high_then)), (&low, &low_then)) in out.zip(high).zip(low) {
                    *out = ((high - high_then) + (low - low_then)) / divisor;
                }
            }
        });
    }
}
