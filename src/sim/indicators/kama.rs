//! Kaufman's adaptive moving average: follows a price that goes straight, and hardly moves while it goes to and fro.
//! `kama += (ER * (2/3 - 2/31) + 2/31)^2 * (x - kama)`, where the efficiency ratio ER is the way gone in n bars over
//! the sum of the moves on it, 1 where there is no move. Starts from `x[n-1]`, first value at bar n.
//!
//! Source: P. J. Kaufman, "Smarter Trading" (1995); TA-Lib `KAMA`. The sum of moves never takes one out again (see
//! [`rolling_sum`](super::rolling_sum)), so it is exactly 0 where the price stands still. A value that is not finite is
//! left out, as if its bar were not there.

use super::family::{Family, Indicator, Input, Inputs};
use super::manual::Manual;
use super::params::{bars, period};
use super::rolling_sum::RollingSum;
use crate::tile::resumable::resumable;

/// Line of the table.
pub(super) static KAMA: Family = Family {
    name: "kama",
    outputs: &["kama"],
    inputs: Inputs::Any,
    params: &[bars("period", 2)],
    about: "Kaufman's adaptive moving average: fast where the price goes straight, slow where it goes to and fro",
    manual: Manual {
        formula: "`e += c * c * (x - e)`, starting from `x[n-1]`; `c = ER * (2/3 - 2/31) + 2/31`, ER: `abs(x - x[i-n])` over the sum of `abs(x - prev x)` of n bars, 1 without any move",
        first_bar: "period",
        source: "TA-Lib KAMA",
        usual: &[30.0],
        example: "crosses_above(close, kama(close, 30))",
    },
    via: None,
    width: 1,
    lookback: |params| period(params, 0),
    reach: |_| 0,
    ticks: |_, _, _| None,
    make: |params, _| Box::new(Kama::new(period(params, 0))),
};

/// Share of the way to a new price, of a period of 2 and of 30.
const FAST: f64 = 2.0 / 3.0;
const SLOW: f64 = 2.0 / 31.0;

struct Kama {
    /// The last n values, and where the oldest is.
    ring: Vec<f64>,
    at: usize,
    seen: usize,
    before: f64,
    moves: RollingSum,
    value: f64,
}

resumable!(Kama: ring, at, seen, before, moves, value);

impl Kama {
    fn new(bars: usize) -> Self {
        let ring = vec![0.0; bars];
        Self { ring, at: 0, seen: 0, before: 0.0, moves: RollingSum::new(bars), value: 0.0 }
    }

    fn step(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            return f64::NAN;
        }
        let bars = self.ring.len();
        let oldest = std::mem::replace(&mut self.ring[self.at], x);
        self.at = (self.at + 1) % bars;
        let moves = if self.seen > 0 { self.moves.push((x - self.before).abs()) } else { 0.0 };
        let start = self.before;
        self.before = x;
        if self.seen < bars {
            self.seen += 1;
            return f64::NAN;
        }
        if self.seen == bars {
            self.seen += 1;
            self.value = start;
        }
        let efficiency = if moves > 0.0 { ((x - oldest).abs() / moves).min(1.0) } else { 1.0 };
        let share = efficiency * (FAST - SLOW) + SLOW;
        self.value += share * share * (x - self.value);
        self.value
    }
}

impl Indicator for Kama {
    fn extend(&mut self, inputs: &[Input<'_>], outputs: &mut [&mut [f64]]) {
        for (&x, out) in inputs[0].now().iter().zip(outputs[0].iter_mut()) {
            *out = self.step(x);
        }
    }
}
