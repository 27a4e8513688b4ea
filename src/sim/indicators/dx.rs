//! Directional movement index: `dx = 100 * |+DI - -DI| / (+DI + -DI)`, not yet averaged. First value at bar n; 0 before
//! anything has moved, and the last value where the moves have died away (see [`directional`](super::directional)).
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `DX`.

use super::directional::Directional;
use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static DX: Family = Family {
    name: "dx",
    outputs: &["dx"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close]),
    params: &[bars("period", 2)],
    about: "Directional movement index, 0 to 100: how much one direction outweighs the other",
    manual: Manual {
        formula: "`100 * abs(plus_di - minus_di) / (plus_di + minus_di)`; the value before where both are 0, or 0",
        first_bar: "period",
        source: "TA-Lib DX",
        usual: &[14.0],
        example: "dx(14) > 40",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| {
        let bars = period(params, 0);
        Box::new(Dx { bars, directional: Directional::new(bars), value: 0.0 })
    },
};

struct Dx {
    bars: usize,
    directional: Directional,
    value: f64,
}

resumable!(Dx: directional, value);

impl Indicator for Dx {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let Self { bars, directional, value } = self;
        let out = &mut *outputs[0];
        directional.extend(inputs, |bar, moves| {
            out[bar] = f64::NAN;
            if let Some(moves) = moves.filter(|moves| moves.seen >= *bars) {
                *value = moves.dx().unwrap_or(*value);
                out[bar] = *value;
            }
        });
    }
}
