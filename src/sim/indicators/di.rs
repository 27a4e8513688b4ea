//! Directional indicators: `plus_di` and `minus_di`, the smoothed moves up and down in percent of the smoothed true
//! range. First values at bar n; 0 where nothing has moved (see [`directional`](super::directional)).
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `PLUS_DI`, `MINUS_DI`, from a
//! period of 2 on: for 1 TA-Lib gives fractions, not percent.

use super::directional::Directional;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static DI: Family = Family {
    name: "di",
    outputs: &["plus_di", "minus_di"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Directional indicators, 0 to 100: moves up, and down, in percent of the true range",
    manual: Manual {
        formula: "`100 * DM / TR`, both smoothed by 1/n as sums. DM: `high - prev high` for plus, `prev low - low` for minus, where it is the larger of the two and above 0. 0 where nothing has moved",
        first_bar: "period",
        source: "TA-Lib PLUS_DI, MINUS_DI",
        usual: &[14.0],
        example: "crosses_above(plus_di(14), minus_di(14))",
    },
    via: None,
    width: 2,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Di(Directional::new(period(params, 0)))),
};

struct Di(Directional);

resumable!(Di: 0);

impl Indicator for Di {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [plus, minus] = outputs else { return };
        self.0.extend(inputs, |bar, moves| {
            (plus[bar], minus[bar]) = moves.map_or((f64::NAN, f64::NAN), super::directional::Moves::di);
        });
    }
}
