//! Percent rank: how many of the n values before this one are not above it, in percent. First value at bar n.
//!
//! Source: `ta.percentrank` of `TradingView`. Undefined while one of the n + 1 values is not finite.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period, real};
use super::sorted_window::SortedWindow;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static PERCENT_RANK: Family = Family {
    name: "percent_rank",
    outputs: &["percent_rank"],
    inputs: Inputs::Any,
    params: &[bars("period", 1)],
    about: "Percent rank, 0 to 100: the share of the `period` values before this one that are not above it",
    manual: Manual {
        formula: "`100 * (how many of x[i-n] .. x[i-1] are <= x) / n`",
        first_bar: "period",
        source: "ta.percentrank of TradingView",
        usual: &[100.0],
        example: "percent_rank(roc(close, 1), 100) < 10",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(PercentRank { window: SortedWindow::new(period(params, 0)) }),
};

struct PercentRank {
    window: SortedWindow,
}

resumable!(PercentRank: window);

impl Indicator for PercentRank {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            *out = match self.window.values() {
                Some(before) if x.is_finite() => {
                    let not_above = before.partition_point(|&value| value <= x);
                    100.0 * real(not_above) / real(before.len())
                }
                _ => f64::NAN,
            };
            self.window.push(x);
        }
    }
}
