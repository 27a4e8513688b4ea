//! Wilder's Relative Strength Index: `rsi = 100 * gain / (gain + loss)`, where gain and loss are the moves up and
//! down, smoothed by 1/n and seeded with the simple mean of the first n moves. First value at bar n.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `RSI`. A series that has never
//! moved has no strength either way: 50 (TA-Lib before 0.8 said 0, which reads as oversold). A move that is not finite
//! is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static RSI: Family = Family {
    name: "rsi",
    outputs: &["rsi"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Wilder's relative strength index, 0 to 100: the share of gains in the smoothed moves",
    manual: Manual {
        formula: "`100 * gain / (gain + loss)`: moves up and down, smoothed by 1/n as Wilder does, starting with the mean of the first n moves. 50 if the price never moved",
        first_bar: "period",
        source: "TA-Lib RSI",
        usual: &[14.0],
        example: "rsi(close, 14) < 30",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Strength::new(period(params, 0), 1)),
};

/// The share of gains in the moves over `lag` bars.
pub(super) struct Strength {
    lag: usize,
    /// First bars, which no bar is so far before.
    waits: usize,
    gain: Smoother,
    loss: Smoother,
}

resumable!(Strength: waits, gain, loss);

impl Strength {
    /// Smoothed over `bars` moves.
    pub(super) fn new(bars: usize, lag: usize) -> Self {
        Self { lag, waits: lag, gain: Smoother::wilder(bars), loss: Smoother::wilder(bars) }
    }
}

impl Indicator for Strength {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let moves = inputs[0].now().iter().zip(inputs[0].lag(self.lag)).zip(outputs[0].iter_mut());
        for ((&x, &before), out) in moves.skip(self.waits) {
            let change = x - before;
            if !change.is_finite() {
                *out = f64::NAN;
                continue;
            }
            let gain = if change > 0.0 { change } else { 0.0 };
            let gain_mean = self.gain.advance(gain);
            let total = gain_mean + self.loss.advance(gain - change);
            *out = if total == 0.0 { 50.0 } else { 100.0 * (gain_mean / total) };
        }
        self.waits = self.waits.saturating_sub(inputs[0].now().len());
    }
}
