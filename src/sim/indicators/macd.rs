//! Moving average convergence/divergence: `macd = ema(fast) - ema(slow)`, `macd_signal` = EMA of macd, `macd_hist` =
//! macd - signal. All three start at bar slow-1 + signal-1.
//!
//! Source: TA-Lib `MACD`, to the alignment: the fast EMA is seeded with the mean of bars slow-fast..=slow-1, so that
//! both EMAs have their first value at bar slow-1; the signal is seeded with the mean of its first values of macd.
//! Periods in the wrong order are swapped, as TA-Lib does. A bar whose value is not finite is left out.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::smoother::Smoother;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static MACD: Family = Family {
    name: "macd",
    outputs: &["macd", "macd_signal", "macd_hist"],
    inputs: Inputs::Any,
    params: &[bars("fast", 2), bars("slow", 2), bars("signal", 1)],
    about: "MACD: ema(fast) - ema(slow), its EMA over `signal` bars, and their difference",
    manual: Manual {
        formula: "`ema(fast) - ema(slow)`, both starting at bar slow-1; signal: EMA of it over `signal` bars; hist: macd minus signal. Periods in the wrong order are swapped",
        first_bar: "max(fast, slow) + signal - 2",
        source: "TA-Lib MACD",
        usual: &[12.0, 26.0, 9.0],
        example: "crosses_above(macd(close, 12, 26, 9), macd_signal(close, 12, 26, 9))",
    },
    via: None,
    width: 3,
    lookback: |params| period(params, 0).max(period(params, 1)) - 1 + period(params, 2) - 1,
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Macd::new(period(params, 0), period(params, 1), period(params, 2))),
};

struct Macd {
    /// Bars that the fast EMA still lets pass, and bars until both EMAs have a value.
    fast_waits: usize,
    line_waits: usize,
    fast: Smoother,
    slow: Smoother,
    signal: Smoother,
}

resumable!(Macd: fast_waits, line_waits, fast, slow, signal);

impl Macd {
    fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let (fast, slow) = (fast.min(slow), fast.max(slow));
        Self {
            fast_waits: slow - fast,
            line_waits: slow - 1,
            fast: Smoother::exponential(fast),
            slow: Smoother::exponential(slow),
            signal: Smoother::exponential(signal),
        }
    }

    #[inline]
    fn step(&mut self, x: f64) -> (f64, f64) {
        if !x.is_finite() {
            return (f64::NAN, f64::NAN);
        }
        let slow = self.slow.advance(x);
        if self.fast_waits > 0 {
            self.fast_waits -= 1;
            self.line_waits -= 1;
            return (f64::NAN, f64::NAN);
        }
        let line = self.fast.advance(x) - slow;
        if self.line_waits > 0 {
            self.line_waits -= 1;
            return (f64::NAN, f64::NAN);
        }
        let signal = self.signal.advance(line);
        // All three have their first value at the same bar.
        (if signal.is_nan() { f64::NAN } else { line }, signal)
    }
}

impl Indicator for Macd {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        let [lines, signals, hists] = outputs else { return };
        let out = lines.iter_mut().zip(signals.iter_mut()).zip(hists.iter_mut());
        for (&x, ((line, signal), hist)) in inputs[0].now().iter().zip(out) {
            (*line, *signal) = self.step(x);
            *hist = *line - *signal;
        }
    }
}
