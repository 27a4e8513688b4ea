//! Weighted moving average: `wma[i] = (1*x[i-n+1] + 2*x[i-n+2] + .. + n*x[i]) / (n*(n+1)/2)`, first value at bar n-1.
//!
//! Source: TA-Lib `WMA`. Two running sums move the window one bar on: the weighted sum gains n times the new value
//! and loses the plain sum of the old window. Both carry their rounding errors, so nothing drifts. A value that is not
//! finite counts as 0 in them and makes every window undefined that holds it.
//!
//! Of prices with a common tick both sums are whole numbers and exact (see [`ticks`](super::ticks)).

use super::exact::{Divisor, Sum, split};
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, finite, period, real};
use super::ticks::Ticks;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static WMA: Family = Family {
    name: "wma",
    outputs: &["wma"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Weighted moving average: weights 1..period, the newest value weighing most",
    manual: Manual {
        formula: "weights 1 to n, the newest value has the largest: `(1*x[i-n+1] + .. + n*x[i]) / (n(n+1)/2)`",
        first_bar: "period - 1",
        source: "TA-Lib WMA",
        usual: &[20.0],
        example: "close > wma(close, 20)",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0),
    ticks: |params, _, ticks| ticks.of_means(weights(period(params, 0))),
    make: |params, setup| {
        let bars = period(params, 0);
        match setup.ticks.map(|ticks| (ticks, ticks.of_means(weights(bars)))) {
            Some((ticks, Some(means))) => {
                Box::new(WmaOfTicks { bars, seen: 0, plain: 0.0, weighted: 0.0, ticks, means })
            }
            _ => Box::new(Wma::new(bars)),
        }
    },
};

/// 1 + 2 + .. + bars.
fn weights(bars: usize) -> usize {
    bars * (bars + 1) / 2
}

struct Wma {
    bars: usize,
    divisor: Divisor,
    seen: usize,
    plain: Sum,
    weighted: Sum,
    /// Values in the window that are not finite.
    left_out: usize,
}

resumable!(Wma: seen, plain, weighted, left_out);

impl Wma {
    fn new(bars: usize) -> Self {
        let divisor = Divisor::new(weights(bars));
        Self { bars, divisor, seen: 0, plain: Sum::default(), weighted: Sum::default(), left_out: 0 }
    }

    #[inline]
    fn step(&mut self, weight: f64, x: f64, leaving: f64) -> f64 {
        self.left_out += usize::from(!x.is_finite());
        self.left_out -= usize::from(!leaving.is_finite());
        let (x, leaving) = (finite(x), finite(leaving));
        let (upper, lower) = split(x);
        self.weighted.add(weight * upper);
        self.weighted.add(weight * lower);
        self.weighted.add(-self.plain.high);
        self.weighted.low -= self.plain.low;
        self.plain.add(x);
        self.plain.add(-leaving);
        if self.left_out > 0 { f64::NAN } else { self.divisor.divide(self.weighted.high, self.weighted.low) }
    }
}

impl Indicator for Wma {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let weight = real(self.bars);
        // Nothing leaves the window before it is full: what lies before the first bar is not data.
        let filling = (self.bars - self.seen).min(inputs[0].now().len());
        let bars = inputs[0].now().iter().zip(inputs[0].lag(self.bars)).zip(outputs[0].iter_mut());
        for (index, ((&x, &leaving), out)) in bars.enumerate() {
            *out = self.step(weight, x, if index < filling { 0.0 } else { leaving });
        }
        self.seen += filling;
    }
}

/// The same of counts of ticks.
struct WmaOfTicks {
    bars: usize,
    seen: usize,
    plain: f64,
    weighted: f64,
    ticks: Ticks,
    means: Ticks,
}

resumable!(WmaOfTicks: seen, plain, weighted);

impl Indicator for WmaOfTicks {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let weight = real(self.bars);
        let filling = (self.bars - self.seen).min(inputs[0].now().len());
        let bars = inputs[0].now().iter().zip(inputs[0].lag(self.bars)).zip(outputs[0].iter_mut());
        for (index, ((&x, &leaving), out)) in bars.enumerate() {
            let x = self.ticks.count(x);
            self.weighted += weight * x - self.plain;
            self.plain += x - if index < filling { 0.0 } else { self.ticks.count(leaving) };
            *out = self.means.value(self.weighted);
        }
        self.seen += filling;
    }
}
