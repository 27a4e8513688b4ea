//! Percentile of a window: the value that p percent of the last n values are not above, between two of them on the
//! straight line. `percentile(x, n, 50)` is the median. First value at bar n-1.
//!
//! Source: pandas `rolling(n).quantile(p / 100)` and numpy's default, method 7 of R. Hyndman and Y. Fan (1996).
//! Undefined while a value of the window is not finite.

use super::family::{Family, FamilyParam, Indicator, Input, Inputs, ParamKind};
use super::manual::Manual;
use super::params::{bars, period, real};
use super::sorted_window::SortedWindow;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static PERCENTILE: Family = Family {
    name: "percentile",
    outputs: &["percentile"],
    inputs: Inputs::Any,
    params: &[bars("period", 1), FamilyParam { name: "percent", kind: ParamKind::Factor { min: 0.0, max: 100.0 } }],
    about: "Percentile of the last `period` values; 50 percent is the median",
    manual: Manual {
        formula: "of the last n values in ascending order, counted from 0, the one at `(n - 1) * percent / 100`, between two on the straight line",
        first_bar: "period - 1",
        source: "pandas rolling(n).quantile",
        usual: &[100.0, 90.0],
        example: "volume > percentile(volume, 100, 90)",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0) - 1,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| {
        let bars = period(params, 0);
        let place = real(bars - 1) * params[1] / 100.0;
        Box::new(Percentile { window: SortedWindow::new(bars), below: whole(place), rest: place.fract() })
    },
};

struct Percentile {
    window: SortedWindow,
    /// The value at or below the place, and how far from there to the next it is.
    below: usize,
    rest: f64,
}

resumable!(Percentile: window);

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a period")]
fn whole(place: f64) -> usize {
    place as usize
}

impl Indicator for Percentile {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            self.window.push(x);
            *out = self.window.values().map_or(f64::NAN, |values| {
                let low = values[self.below];
                let high = values[(self.below + 1).min(values.len() - 1)];
                low + (high - low) * self.rest
            });
        }
    }
}
