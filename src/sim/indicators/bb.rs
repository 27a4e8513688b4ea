//! Bollinger bands: `bb_middle` = mean of the last n values, `bb_upper` and `bb_lower` = middle +- k population
//! standard deviations. First values at bar n-1.
//!
//! Source: TA-Lib `BBANDS` with a simple moving average and the same k on both sides. In a flat window all three are
//! exactly the price; see [`moments`](super::moments).

use super::family::{Family, FamilyParam, Indicator, Input, Inputs, ParamKind};
use super::manual::Manual;
use super::moments::Moments;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static BB: Family = Family {
    name: "bb",
    outputs: &["bb_upper", "bb_middle", "bb_lower"],
    inputs: Inputs::Any,
    params: &[bars("period", 2), FamilyParam { name: "deviations", kind: ParamKind::Factor { min: 0.0, max: 100.0 } }],
    about: "Bollinger bands: mean of the last `period` values, plus and minus `deviations` standard deviations",
    manual: Manual {
        formula: "middle: mean of the last n values; upper and lower: plus, minus `deviations` population standard deviations",
        first_bar: "period - 1",
        source: "TA-Lib BBANDS",
        usual: &[20.0, 2.0],
        example: "close < bb_lower(close, 20, 2)",
    },
    via: None,
    width: 3,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |params, output, ticks| if output == 1 { ticks.of_means(period(params, 0)) } else { None },
    make: |params, setup| {
        Box::new(Bands { moments: Moments::new(period(params, 0), setup.ticks), deviations: params[1] })
    },
};

struct Bands {
    moments: Moments,
    deviations: f64,
}

resumable!(Bands: moments);

impl Indicator for Bands {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [upper, middle, lower] = outputs else { return };
        let deviations = self.deviations;
        self.moments.extend(inputs[0], |index, mean, deviation| {
            middle[index] = mean;
            upper[index] = mean + deviations * deviation;
            lower[index] = mean - deviations * deviation;
        });
    }
}
