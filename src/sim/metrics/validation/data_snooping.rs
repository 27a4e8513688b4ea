//! Whether the best of many points earns more than cash, or whether one of so many had to: White's reality check, Hansen's
//! test of superior predictive ability (SPA) and Romano and Wolf's stepwise test (`StepM`).
//!
//! All three draw time anew, segment by segment with replacement, and look at the best of all points each time. A segment is a
//! block of bars, so what follows upon what within it is kept, and what points have in common stays in common.
//!
//! Sources: H. White, "A reality check for data snooping" (2000); P. Hansen, "A test for superior predictive ability" (2005);
//! J. Romano, M. Wolf, "Stepwise multiple testing as formalized data snooping" (2005).

use crate::metrics::formulas::float;
use crate::random::{below, bits_at};

/// Points whose sums are in the processor's first cache together.
const LANES: usize = 256;
/// Probability that `StepM` takes any point for better than cash that is not.
const LEVEL: f64 = 0.05;

/// Sums of the returns of all points in segments of the same length.
#[derive(Clone, Debug)]
pub struct SegmentReturnMatrix {
    segments: usize,
    /// For each point, one segment after the other; in the tests themselves the other way round.
    sums: Vec<f64>,
}

impl SegmentReturnMatrix {
    /// For so many segments, at least two.
    #[must_use]
    pub const fn new(segments: usize) -> Self {
        Self { segments, sums: Vec::new() }
    }

    /// Adds a point by the sums of its returns in each segment.
    ///
    /// # Panics
    /// When there are not as many as segments.
    pub fn push(&mut self, sums: impl IntoIterator<Item = f64>) {
        self.sums.extend(sums);
        assert!(self.sums.len().is_multiple_of(self.segments), "one for each segment");
    }

    /// Number of points.
    #[must_use]
    pub fn points(&self) -> usize {
        self.sums.len() / self.segments
    }
}

/// The p-values of the test of superior predictive ability: the true one lies between the first and the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpaValues {
    /// As if no point were worse than cash.
    pub lower: f64,
    /// Points that are clearly worse than cash do not count.
    pub consistent: f64,
    /// As if every point were as good as cash.
    pub upper: f64,
}

/// What the three tests say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataSnooping {
    /// The p-value of the reality check.
    pub reality_check: f64,
    /// The p-values of the test of superior predictive ability.
    pub spa: SpaValues,
    /// Points that are better than cash, wrongly so for any of them with a probability of 5 % at most.
    pub superior: u64,
    /// Points that were tested.
    pub points: u64,
    /// Segments that were drawn each time.
    pub segments: u64,
    /// Repetitions.
    pub repetitions: u64,
}

/// The tests of the points of a sweep on one asset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealityCheck {
    /// What they say.
    pub tests: DataSnooping,
    /// Bars of a segment.
    pub segment_bars: u64,
    /// Whether the points are an evenly spread sample of all.
    pub is_sampled: bool,
}

/// The tests, before their repetitions.
#[derive(Clone, Debug)]
pub struct SnoopingTest {
    segments: usize,
    points: usize,
    seed: u64,
    /// For each segment, the sums of all points.
    sums: Vec<f64>,
    means: Vec<f64>,
    /// Sample deviation of each point's sums; 0 where it never trades.
    deviations: Vec<f64>,
    /// Whether a point is not clearly worse than cash.
    is_close: Vec<bool>,
}

/// The largest of all points in one repetition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SnoopingMaxima {
    reality_check: f64,
    lower: f64,
    consistent: f64,
    upper: f64,
    /// As `upper`, of those points alone that are not yet known to be better, and not below 0 for want of any.
    stepwise: f64,
}

impl SnoopingTest {
    /// Of these sums, with the random numbers of this seed.
    #[must_use]
    pub fn new(matrix: &SegmentReturnMatrix, seed: u64) -> Self {
        let (segments, points) = (matrix.segments, matrix.points());
        let count = float(segments as u64);
        let rows = matrix.sums.chunks_exact(segments);
        let means: Vec<f64> = rows.clone().map(|row| row.iter().sum::<f64>() / count).collect();
        let deviation = |(row, mean): (&[f64], &f64)| {
            (row.iter().map(|sum| (sum - mean) * (sum - mean)).sum::<f64>() / count).sqrt()
        };
        let deviations: Vec<f64> = rows.zip(&means).map(deviation).collect();
        let limit = -(2.0 * libm::log(libm::log(count.max(3.0)))).sqrt();
        let is_close = |(mean, deviation): (&f64, &f64)| mean * count.sqrt() >= limit * deviation;
        let is_close = means.iter().zip(&deviations).map(is_close).collect();
        let mut sums = vec![0.0; matrix.sums.len()];
        for (point, row) in matrix.sums.chunks_exact(segments).enumerate() {
            for (segment, sum) in row.iter().enumerate() {
                sums[segment * points + point] = *sum;
            }
        }
        Self { segments, points, seed, sums, means, deviations, is_close }
    }

    /// The statistics of the points, in their order: how many deviations their mean is above 0; none for those that never
    /// trade.
    fn statistics(&self) -> impl Iterator<Item = Option<f64>> {
        let root = float(self.segments as u64).sqrt();
        self.means
            .iter()
            .zip(&self.deviations)
            .map(move |(mean, deviation)| (*deviation > 0.0).then(|| root * mean / deviation))
    }

    /// The maxima of one repetition; `better` are the points that are known to be better than cash.
    #[must_use]
    pub fn repetition(&self, repetition: u64, better: &[bool]) -> SnoopingMaxima {
        let seed = bits_at(self.seed, repetition);
        let mut drawn = vec![0_u32; self.segments];
        for draw in 0..self.segments {
            drawn[below(bits_at(seed, draw as u64), self.segments)] += 1;
        }
        let count = float(self.segments as u64);
        let root = count.sqrt();
        let mut maxima = SnoopingMaxima {
            reality_check: f64::NEG_INFINITY,
            lower: 0.0,
            consistent: 0.0,
            upper: 0.0,
            stepwise: f64::NEG_INFINITY,
        };
        for from in (0..self.points).step_by(LANES) {
            let to = (from + LANES).min(self.points);
            let mut sums = [0.0; LANES];
            for (segment, &times) in drawn.iter().enumerate().filter(|(_, times)| **times > 0) {
                let row = &self.sums[segment * self.points + from..segment * self.points + to];
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += f64::from(times) * value;
                }
            }
            for (point, sum) in (from..to).zip(sums) {
                let (mean, deviation) = (self.means[point], self.deviations[point]);
                let drawn = sum / count;
                maxima.reality_check = maxima.reality_check.max(root * (drawn - mean));
                if deviation > 0.0 {
                    let scaled = |centre: f64| root * (drawn - centre) / deviation;
                    let upper = scaled(mean);
                    maxima.upper = maxima.upper.max(upper);
                    maxima.lower = maxima.lower.max(scaled(mean.max(0.0)));
                    maxima.consistent = maxima.consistent.max(scaled(if self.is_close[point] { mean } else { 0.0 }));
                    if better.get(point).is_none_or(|is_better| !is_better) {
                        maxima.stepwise = maxima.stepwise.max(upper);
                    }
                }
            }
        }
        maxima
    }

    /// The points that are better than cash by these repetitions, all of them with the same `better`; those that were
    /// known to be are among them.
    #[must_use]
    pub fn step(&self, maxima: &[SnoopingMaxima], better: &[bool]) -> Vec<bool> {
        let mut sorted: Vec<f64> = maxima.iter().map(|maxima| maxima.stepwise).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a length")]
        let at = ((1.0 - LEVEL) * float(sorted.len() as u64)).ceil() as usize;
        let Some(&limit) = sorted.get(at.saturating_sub(1)) else { return better.to_vec() };
        let known = |point: usize| better.get(point).copied().unwrap_or(false);
        let is_better = |(point, statistic): (usize, Option<f64>)| {
            known(point) || statistic.is_some_and(|statistic| statistic > limit)
        };
        self.statistics().enumerate().map(is_better).collect()
    }

    /// The p-values by these repetitions, and the number of points that are better than cash.
    #[must_use]
    pub fn result(&self, maxima: &[SnoopingMaxima], better: &[bool]) -> DataSnooping {
        let root = float(self.segments as u64).sqrt();
        let repetitions = maxima.len() as u64;
        // The run itself is one of the possible draws, so no p-value is 0.
        let p = |get: fn(&SnoopingMaxima) -> f64, own: f64| {
            let as_good = maxima.iter().filter(|maxima| get(maxima) >= own).count() as u64;
            float(1 + as_good) / float(1 + repetitions)
        };
        let best = self.means.iter().copied().fold(f64::NEG_INFINITY, f64::max) * root;
        let scaled = self.statistics().flatten().fold(0.0, f64::max);
        DataSnooping {
            reality_check: p(|maxima| maxima.reality_check, best),
            spa: SpaValues {
                lower: p(|maxima| maxima.lower, scaled),
                consistent: p(|maxima| maxima.consistent, scaled),
                upper: p(|maxima| maxima.upper, scaled),
            },
            superior: better.iter().filter(|is_better| **is_better).count() as u64,
            points: self.points as u64,
            segments: self.segments as u64,
            repetitions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const REPETITIONS: u64 = 999;

    fn test(merits: &[f64], seed: u64) -> (DataSnooping, Vec<bool>) {
        let mut random = Random::new(seed);
        let mut matrix = SegmentReturnMatrix::new(100);
        for merit in merits {
            matrix.push((0..100).map(|_| merit + random.uniform() - 0.5));
        }
        let test = SnoopingTest::new(&matrix, 1);
        let mut better = vec![false; merits.len()];
        let first: Vec<_> = (0..REPETITIONS).map(|at| test.repetition(at, &better)).collect();
        let mut maxima = first.clone();
        loop {
            let next = test.step(&maxima, &better);
            if next == better {
                return (test.result(&first, &better), better);
            }
            better = next;
            maxima = (0..REPETITIONS).map(|at| test.repetition(at, &better)).collect();
        }
    }

    #[test]
    fn the_best_of_many_without_merit_is_luck_and_one_with_merit_is_found_among_them() {
        let mut merits = vec![0.0; 300];
        let (luck, better) = test(&merits, 4);
        assert!(luck.reality_check > 0.1 && luck.spa.consistent > 0.1, "{luck:?}");
        assert!(better.iter().all(|is_better| !is_better));
        merits[17] = 0.2;
        merits[200] = 0.15;
        let (merit, better) = test(&merits, 4);
        assert!(merit.reality_check < 0.01 && merit.spa.consistent < 0.01, "{merit:?}");
        assert_eq!((merit.superior, better[17], better[200]), (2, true, true));
    }

    #[test]
    fn points_that_are_clearly_worse_than_cash_do_not_blunt_the_test_of_superior_ability() {
        let mut merits = vec![-0.5; 400];
        merits[0] = 0.08;
        let (found, _) = test(&merits, 8);
        let SpaValues { lower, consistent, upper } = found.spa;
        assert!(lower <= consistent && consistent <= upper, "{found:?}");
        assert!(consistent < 0.05 && upper > 2.0 * consistent, "{found:?}");
    }

    #[test]
    fn a_best_point_that_loses_has_a_p_value_of_one() {
        let (found, _) = test(&[-0.3, -0.4], 2);
        assert!((found.spa.consistent - 1.0).abs() < 1e-15, "{found:?}");
        let mut matrix = SegmentReturnMatrix::new(10);
        matrix.push([0.0; 10]);
        let test = SnoopingTest::new(&matrix, 1);
        let maxima: Vec<_> = (0..50).map(|at| test.repetition(at, &[false])).collect();
        let never = test.result(&maxima, &[false]);
        assert!((never.reality_check + never.spa.consistent - 2.0).abs() < 1e-15, "{never:?}");
    }
}
