//! Entries by chance: the positions of a run moved along time, round and round, by every number of bars. They are as many,
//! as long and as far apart as the run's own, but know nothing of the market.

use std::ops::Range;

use crate::metrics::formulas::float;

/// Differences of this size are rounding.
const ROUNDING: f64 = 1e-12;
/// Positions times bars up to which every shift is tried; of more, an evenly spread part.
const MOST_STEPS: u64 = 2_000_000_000;

/// The positions of a run, and what the market did meanwhile.
#[derive(Clone, Debug)]
pub struct PositionShifts {
    /// Bars `from..to` into which a position was held, and 1 for long or -1 for short.
    runs: Vec<(Range<usize>, f64)>,
    /// Sums of the market's returns over all bars before each, for twice as many bars as there are.
    sums: Vec<f64>,
    /// The same of their squares.
    squares: Vec<f64>,
    /// Every so many-th shift is tried.
    stride: usize,
}

/// What the shifts say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftTest {
    /// Share of shifts, the run itself included, in which the Sharpe ratio is at least that of the run.
    pub p: f64,
    /// Shifts, the run itself included.
    pub shifts: u64,
}

impl PositionShifts {
    /// Of positions at the close of each bar (1 long, -1 short, 0 none) and as many closes. None where there never was a
    /// position, or always the same one: no shift differs.
    #[must_use]
    pub fn new(positions: &[f64], closes: &[f64]) -> Option<Self> {
        let bars = closes.len();
        // A position is held into the bar after the one at whose close it stands.
        let into = |bar: usize| if bar == 0 { 0.0 } else { positions[bar - 1] };
        let mut runs: Vec<(Range<usize>, f64)> = Vec::new();
        for bar in 1..bars {
            let side = into(bar);
            match runs.last_mut() {
                #[expect(clippy::float_cmp, reason = "sides are whole numbers")]
                Some((run, of)) if run.end == bar && *of == side => run.end = bar + 1,
                _ if side == 0.0 => {}
                _ => runs.push((bar..bar + 1, side)),
            }
        }
        if runs.is_empty() {
            return None;
        }
        let market = |bar: usize| if bar == 0 { 0.0 } else { closes[bar] / closes[bar - 1] - 1.0 };
        let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
        for bar in (0..bars).chain(0..bars) {
            let value = market(bar);
            sums.push(sums[sums.len() - 1] + value);
            squares.push(squares[squares.len() - 1] + value * value);
        }
        let steps = (bars as u64).saturating_mul(runs.len() as u64);
        let stride = usize::try_from(steps.div_ceil(MOST_STEPS)).unwrap_or(bars).max(1);
        Some(Self { runs, sums, squares, stride })
    }

    fn bars(&self) -> usize {
        (self.sums.len() - 1) / 2
    }

    /// Number of shifts that are tried, the run itself included.
    #[must_use]
    pub fn shifts(&self) -> usize {
        self.bars().div_ceil(self.stride)
    }

    /// Sharpe ratio of a bar where all positions are so many bars later.
    fn sharpe(&self, shift: usize) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (run, side) in &self.runs {
            let (from, to) = (run.start + shift, run.end + shift);
            sum += side * (self.sums[to] - self.sums[from]);
            squares += self.squares[to] - self.squares[from];
        }
        let n = float(self.bars() as u64);
        let mean = sum / n;
        mean / ((squares - mean * mean * n) / (n - 1.0)).sqrt()
    }

    /// How many of these shifts, counted from 1, are at least as good as the run itself.
    #[must_use]
    pub fn as_good(&self, shifts: Range<usize>) -> u64 {
        let own = self.sharpe(0);
        let limit = own - ROUNDING * (1.0 + own.abs());
        shifts.map(|shift| u64::from(self.sharpe(shift * self.stride) >= limit)).sum()
    }

    /// The test, where so many of all shifts but the run's own are at least as good.
    #[must_use]
    pub fn test(&self, as_good: u64) -> ShiftTest {
        let shifts = self.shifts() as u64;
        ShiftTest { p: float(1 + as_good) / float(shifts), shifts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn market(bars: usize) -> Vec<f64> {
        let mut random = Random::new(5);
        let mut close = 100.0;
        (0..bars)
            .map(|_| {
                close *= 1.0 + (random.uniform() - 0.5) / 10.0;
                close
            })
            .collect()
    }

    /// Straight from the definition.
    fn plain(positions: &[f64], closes: &[f64]) -> u64 {
        let bars = closes.len();
        let sharpe = |shift: usize| {
            let one = |bar: usize| {
                let from = (bar + bars - shift) % bars;
                let held = if from == 0 { 0.0 } else { positions[from - 1] };
                held * if bar == 0 { 0.0 } else { closes[bar] / closes[bar - 1] - 1.0 }
            };
            let returns: Vec<f64> = (0..bars).map(one).collect();
            let mean = returns.iter().sum::<f64>() / bars as f64;
            mean / (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (bars as f64 - 1.0)).sqrt()
        };
        (1..bars).filter(|shift| sharpe(*shift) >= sharpe(0) - 1e-12).count() as u64
    }

    #[test]
    fn every_shift_is_tried_and_long_and_short_positions_count_alike() {
        let closes = market(300);
        let positions: Vec<f64> = (0..300).map(|bar| [0.0, 1.0, 1.0, -1.0][bar / 17 % 4]).collect();
        let shifts = PositionShifts::new(&positions, &closes).unwrap();
        let as_good = shifts.as_good(1..shifts.shifts());
        assert_eq!(as_good, plain(&positions, &closes));
        assert_eq!(shifts.as_good(1..100) + shifts.as_good(100..300), as_good, "in parts");
        assert_eq!(shifts.test(as_good), ShiftTest { p: (as_good + 1) as f64 / 300.0, shifts: 300 });
    }

    #[test]
    fn positions_that_know_the_market_are_better_than_any_shift() {
        let closes = market(400);
        let knows = |bar: usize| if bar + 1 < 400 && closes[bar + 1] > closes[bar] { 1.0 } else { 0.0 };
        let positions: Vec<f64> = (0..400).map(knows).collect();
        let shifts = PositionShifts::new(&positions, &closes).unwrap();
        assert_eq!(shifts.as_good(1..shifts.shifts()), 0);
    }

    #[test]
    fn without_a_position_there_is_nothing_to_shift() {
        assert!(PositionShifts::new(&[0.0; 50], &market(50)).is_none());
    }
}
