//! Wilder's Relative Strength Index: `rsi = 100 * gain / (gain + loss)`, where gain and loss are the moves up and
//! down, smoothed by 1/n and seeded with the simple mean of the first n moves. First value at bar n.
//!
//! Source: J. W. Wilder, "New Concepts in Technical Trading Systems" (1978); TA-Lib `RSI`. A series that has never
//! moved has no strength either way: 50 (TA-Lib before 0.8 said 0, which reads as oversold). A move that is not finite
//! is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::params::{bars, period};
use super::smoother::Smoother;

/// Line of the table.
pub(super) static RSI: Family = Family {
    name: "rsi",
    outputs: &["rsi"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Wilder's relative strength index, 0 to 100: the share of gains in the smoothed moves",
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 1,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Rsi::new(period(params, 0))),
};

struct Rsi {
    started: bool,
    gain: Smoother,
    loss: Smoother,
}

impl Rsi {
    fn new(bars: usize) -> Self {
        Self { started: false, gain: Smoother::wilder(bars), loss: Smoother::wilder(bars) }
    }
}

impl Indicator for Rsi {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let moves = inputs[0].now().iter().zip(inputs[0].lag(1)).zip(outputs[0].iter_mut());
        for ((&x, &before), out) in moves.skip(usize::from(!self.started)) {
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
        self.started |= !inputs[0].now().is_empty();
    }
}
