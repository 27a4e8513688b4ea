//! The last time that a condition held: how many bars ago that was, and the value that a series had then. Undefined until it
//! has held once.
//!
//! The first input is a condition as numbers: 1 where it holds; 0 or NaN where it does not, or is undefined.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::real;
use crate::tile::resumable::resumable;

/// `bars_since(condition)`
pub(super) static BARS_SINCE: Family = Family {
    name: "bars_since",
    outputs: &["bars_since"],
    inputs: Inputs::Fields(&[]),
    params: &[],
    about: "Bars since the condition last held, 0 where it holds now",
    manual: Manual::HIDDEN,
    via: None,
    width: 1,
    lookback: |_| 0,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |_, _| Box::new(BarsSince { bars: None }),
};

/// `value_when(condition, x)`
pub(super) static VALUE_WHEN: Family = Family {
    name: "value_when",
    outputs: &["value_when"],
    inputs: Inputs::Fields(&[]),
    params: &[],
    about: "The value of x where the condition last held",
    manual: Manual::HIDDEN,
    via: None,
    width: 1,
    lookback: |_| 0,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |_, _| Box::new(ValueWhen { value: f64::NAN }),
};

struct BarsSince {
    bars: Option<usize>,
}

resumable!(BarsSince: bars);

impl Indicator for BarsSince {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&condition, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            self.bars = if condition > 0.0 { Some(0) } else { self.bars.map(|bars| bars + 1) };
            *out = self.bars.map_or(f64::NAN, real);
        }
    }
}

struct ValueWhen {
    value: f64,
}

resumable!(ValueWhen: value);

impl Indicator for ValueWhen {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let bars = inputs[0].now().iter().zip(inputs[1].now()).zip(outputs[0].iter_mut());
        for ((&condition, &x), out) in bars {
            if condition > 0.0 {
                self.value = x;
            }
            *out = self.value;
        }
    }
}
