//! Angle of the line of least squares through the last n values, in degrees: the arc tangent of its
//! [`slope`](super::linreg). It depends on the unit of the values. First value at bar n-1.
//!
//! Source: TA-Lib `LINEARREG_ANGLE`.

use super::family::{Family, Indicator, Input, Inputs};
use super::linreg::LeastSquares;
use super::manual::Manual;
use super::params::{bars, period};
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static LINREG_ANGLE: Family = Family {
    name: "linreg_angle",
    outputs: &["linreg_angle"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Angle of the line of least squares through the last `period` values, in degrees",
    manual: Manual {
        formula: "arc tangent of `slope`, in degrees",
        first_bar: "period - 1",
        source: "TA-Lib LINEARREG_ANGLE",
        usual: &[14.0],
        example: "linreg_angle(close, 14) > 0",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |params| period(params, 0) - 1,
    ticks: |_, _, _| None,
    make: |params, setup| Box::new(LinregAngle { line: LeastSquares::new(period(params, 0), setup.ticks) }),
};

struct LinregAngle {
    line: LeastSquares,
}

resumable!(LinregAngle: line);

impl Indicator for LinregAngle {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let out = &mut *outputs[0];
        self.line.extend(inputs[0], |bar, _, slope, _| out[bar] = libm::atan(slope).to_degrees());
    }
}
