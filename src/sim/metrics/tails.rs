//! The lowest and the highest twentieth of the returns, exactly, without keeping all of them.

/// Percentiles of the tails: 5 and 95.
const PERCENT: usize = 5;

/// Keeps what the percentiles of so many returns need: about a tenth of them, and no more than a fifth at any time.
#[derive(Clone, Debug)]
pub(super) struct Tails {
    count: usize,
    low: Smallest,
    /// Negated, so that the highest are the smallest.
    high: Smallest,
}

/// Figures of the tails; NaN of no returns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TailFigures {
    /// 5th percentile, interpolated between its neighbours.
    pub value_at_risk: f64,
    /// Mean of the returns up to it.
    pub cond_value_at_risk: f64,
    /// 95th percentile.
    pub high: f64,
}

impl Tails {
    /// For `count` returns.
    #[must_use]
    pub(super) fn new(count: usize) -> Self {
        let keep = (place(count, PERCENT).0 + 2).min(count);
        Self { count, low: Smallest::new(keep), high: Smallest::new(keep) }
    }

    /// Takes the next return.
    pub(super) fn push(&mut self, value: f64) {
        // Without the sign of zero, which would order zeros.
        self.low.push(value + 0.0);
        self.high.push(0.0 - value);
    }

    /// The figures, once all returns are in.
    pub(super) fn figures(&self) -> TailFigures {
        let (low, high) = (self.low.sorted(), self.high.sorted());
        if self.count == 0 || low.is_empty() {
            return TailFigures { value_at_risk: f64::NAN, cond_value_at_risk: f64::NAN, high: f64::NAN };
        }
        let (at, part) = place(self.count, PERCENT);
        #[expect(clippy::cast_precision_loss, reason = "counts of bars are far below 2^53")]
        let size = (at + 1) as f64;
        TailFigures {
            value_at_risk: between(&low, at, part),
            cond_value_at_risk: low[..=at.min(low.len() - 1)].iter().sum::<f64>() / size,
            high: -between(&high, at, part),
        }
    }
}

/// Place of a percentile among so many sorted values: the one before it, and how far it is to the next.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of bars are far below 2^53"
)]
fn place(count: usize, percent: usize) -> (usize, f64) {
    // Whole numbers before the division, so that a place that is whole is exactly that.
    let place = (count.saturating_sub(1) * percent) as f64 / 100.0;
    (place as usize, place.fract())
}

fn between(sorted: &[f64], at: usize, part: f64) -> f64 {
    let low = sorted[at.min(sorted.len() - 1)];
    let high = sorted[(at + 1).min(sorted.len() - 1)];
    low + (high - low) * part
}

/// The smallest of all values that were pushed.
#[derive(Clone, Debug)]
struct Smallest {
    keep: usize,
    values: Vec<f64>,
    /// What is not below this is not among them.
    limit: f64,
}

impl Smallest {
    fn new(keep: usize) -> Self {
        Self { keep, values: Vec::new(), limit: f64::INFINITY }
    }

    #[inline]
    fn push(&mut self, value: f64) {
        // Nine of ten are not among them, and are not even handed on.
        if value < self.limit {
            self.insert(value);
        }
    }

    #[inline(never)]
    fn insert(&mut self, value: f64) {
        self.values.push(value);
        if self.values.len() >= 2 * self.keep + 64 {
            self.values.select_nth_unstable_by(self.keep - 1, f64::total_cmp);
            self.values.truncate(self.keep);
            self.limit = self.values[self.keep - 1];
        }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.values.clone();
        values.sort_unstable_by(f64::total_cmp);
        values.truncate(self.keep);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// As numpy's percentile with linear interpolation, over all values.
    fn percentile(sorted: &[f64], percent: f64) -> f64 {
        let place = (sorted.len() - 1) as f64 * percent / 100.0;
        let at = place.floor() as usize;
        let next = sorted[(at + 1).min(sorted.len() - 1)];
        sorted[at] + (next - sorted[at]) * place.fract()
    }

    #[test]
    fn the_tails_are_those_of_all_returns_sorted() {
        let mut random = Random::new(7);
        for count in [1, 2, 3, 19, 20, 21, 22, 40, 41, 100, 101, 1_000, 5_000] {
            for zeros in [0.0, 0.5, 0.99] {
                let values: Vec<f64> = (0..count)
                    .map(|_| if random.uniform() < zeros { 0.0 } else { random.uniform() * 0.2 - 0.1 })
                    .collect();
                let mut tails = Tails::new(count);
                for value in &values {
                    tails.push(*value);
                }
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let found = tails.figures();
                let near = |a: f64, b: f64| (a - b).abs() < 1e-15;
                assert!(near(found.value_at_risk, percentile(&sorted, 5.0)), "{count} {zeros}");
                assert!(near(found.high, percentile(&sorted, 95.0)), "{count} {zeros}");
                let worst = &sorted[..=(count - 1) * 5 / 100];
                assert!(near(found.cond_value_at_risk, worst.iter().sum::<f64>() / worst.len() as f64));
            }
        }
    }

    #[test]
    fn a_fifth_of_the_returns_is_the_most_that_is_kept() {
        let mut tails = Tails::new(100_000);
        let mut random = Random::new(1);
        for _ in 0..100_000 {
            tails.push(random.uniform());
            assert!(tails.low.values.len() + tails.high.values.len() <= 20_200);
        }
    }

    #[test]
    fn of_no_returns_there_are_no_tails() {
        assert!(Tails::new(0).figures().value_at_risk.is_nan());
    }
}
