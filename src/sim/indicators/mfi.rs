//! Money flow index: `mfi = 100 * gain / (gain + loss)`, where gain and loss are the money flow `typical * volume` of
//! the bars of the last n whose typical price `(high + low + close) / 3` is higher, or lower, than that of the bar
//! before. First value at bar n; 0 where no money has flowed.
//!
//! Source: G. Quong and A. Soudack, "Volume-Weighted RSI: Money Flow", Stocks & Commodities 7 (1989); TA-Lib `MFI`.
//! As there, a typical price that differs by rounding alone has not moved. Sums never take a flow out again, so that no
//! rounding of large ones is left behind (see [`rolling_sum`](super::rolling_sum)).

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::rolling_sum::RollingSum;
use crate::candles::Field;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static MFI: Family = Family {
    name: "mfi",
    outputs: &["mfi"],
    inputs: Inputs::Fields(&[Field::High, Field::Low, Field::Close, Field::Volume]),
    params: &[bars("period", 2)],
    about: "Money flow index, 0 to 100: the share of bars that rose in the money of the last `period`",
    manual: Manual {
        formula: "`100 * gain / (gain + loss)`: `tp * volume` summed over the bars of the last n with a higher, or lower, `tp = (high + low + close) / 3` than the bar before; 0 where both are 0",
        first_bar: "period",
        source: "TA-Lib MFI",
        usual: &[14.0],
        example: "mfi(14) < 20",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| {
        let flows = || RollingSum::new(period(params, 0));
        Box::new(Mfi { before: None, gain: flows(), loss: flows() })
    },
};

/// Typical prices closer than this, relative to their sum, are equal on paper.
const ROUNDING: f64 = 1e-14;

struct Mfi {
    /// Typical price of the bar before.
    before: Option<f64>,
    gain: RollingSum,
    loss: RollingSum,
}

resumable!(Mfi: before, gain, loss);

impl Mfi {
    fn step(&mut self, typical: f64, volume: f64) -> f64 {
        let Some(before) = self.before.replace(typical) else { return f64::NAN };
        let (change, flow) = (typical - before, typical * volume);
        let (up, down) = if !(change + flow).is_finite() {
            (f64::NAN, f64::NAN)
        } else if change.abs() <= ROUNDING * (typical.abs() + before.abs()) {
            (0.0, 0.0)
        } else if change > 0.0 {
            (flow, 0.0)
        } else {
            (0.0, flow)
        };
        let (gain, loss) = (self.gain.push(up), self.loss.push(down));
        let total = gain + loss;
        if total == 0.0 { 0.0 } else { 100.0 * (gain / total) }
    }
}

impl Indicator for Mfi {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [high, low, close, volume] = inputs else { return };
        let bars = high.now().iter().zip(low.now()).zip(close.now()).zip(volume.now());
        for ((((high, low), close), &volume), out) in bars.zip(outputs[0].iter_mut()) {
            *out = self.step((high + low + close) / 3.0, volume);
        }
    }
}
