//! What a Sharpe ratio is worth that was measured on few bars, or chosen as the best of many.
//!
//! Sources: D. Bailey, M. López de Prado, "The Sharpe ratio efficient frontier" (2012): PSR and the minimum track record;
//! "The deflated Sharpe ratio" (2014): the expected maximum and DSR; D. Bailey, J. Borwein, M. López de Prado, Q. Zhu,
//! "Pseudo-mathematics and financial charlatanism" (2014): the minimum backtest length.

use super::normal::{normal_cdf, normal_quantile};
use crate::metrics::formulas::float;
use crate::metrics::{Outcome, find};

/// The confidence at which a minimum track record is given.
pub const CONFIDENCE: f64 = 0.95;

/// The Euler-Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The returns of one account, as far as the uncertainty of its Sharpe ratio depends on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReturnShape {
    /// Bars.
    pub bars: u64,
    /// Mean over sample standard deviation of the returns of single bars.
    pub sharpe: f64,
    /// Third standardised moment (biased): 0 where losses and gains are alike.
    pub skew: f64,
    /// Fourth standardised moment (biased): 3 for a normal distribution.
    pub kurtosis: f64,
}

impl ReturnShape {
    /// Of the sums of the first four powers of the returns of so many bars, each less what cash earns. None where there
    /// is no Sharpe ratio: under 3 bars, or of equal returns.
    #[must_use]
    pub fn of_powers(bars: u64, powers: [f64; 4], risk_free: f64) -> Option<Self> {
        if bars < 3 {
            return None;
        }
        let n = float(bars);
        let [mean, second, third, fourth] = powers.map(|sum| sum / n);
        let variance = second - mean * mean;
        if variance <= second * (4.0 * f64::EPSILON) {
            return None;
        }
        let m3 = third - 3.0 * mean * second + 2.0 * mean * mean * mean;
        let m4 = fourth - 4.0 * mean * third + 6.0 * mean * mean * second - 3.0 * mean * mean * mean * mean;
        Some(Self {
            bars,
            sharpe: (mean - risk_free) / (variance * n / (n - 1.0)).sqrt(),
            skew: m3 / (variance * variance.sqrt()),
            kurtosis: m4 / (variance * variance),
        })
    }

    /// Of metrics as results have them: the Sharpe ratio per year, and skew and excess kurtosis as estimated from a sample.
    #[must_use]
    pub fn of_metrics(bars: u64, bars_per_year: f64, sharpe: f64, skew: f64, kurtosis: f64) -> Option<Self> {
        if bars < 4 {
            return None;
        }
        let n = float(bars);
        Some(Self {
            bars,
            sharpe: sharpe / bars_per_year.sqrt(),
            skew: skew * (n - 2.0) / (n * (n - 1.0)).sqrt(),
            kurtosis: 3.0 + (kurtosis * (n - 2.0) * (n - 3.0) / (n - 1.0) - 6.0) / (n + 1.0),
        })
    }

    /// Of a result with so many bars a year; none where it has no Sharpe ratio, or where skew and kurtosis were not worked
    /// out.
    #[must_use]
    pub fn of_outcome(outcome: &Outcome, bars_per_year: f64) -> Option<Self> {
        let metric = |name| outcome.metrics[find(name)?];
        Self::of_metrics(outcome.bars, bars_per_year, metric("sharpe")?, metric("skew")?, metric("kurtosis")?)
    }

    /// How much wider its estimate scatters than that of a Sharpe ratio of 0 of normal returns, squared.
    fn inflation(&self) -> f64 {
        1.0 - self.skew * self.sharpe + (self.kurtosis - 1.0) / 4.0 * self.sharpe * self.sharpe
    }

    /// Probabilistic Sharpe ratio: the probability that the true Sharpe ratio of a bar is above `benchmark`. None under 3
    /// bars, and where skew and kurtosis leave no positive variance.
    #[must_use]
    pub fn psr(&self, benchmark: f64) -> Option<f64> {
        let inflation = self.inflation();
        if self.bars < 3 || inflation <= 0.0 {
            return None;
        }
        let distance = (self.sharpe - benchmark) * float(self.bars - 1).sqrt() / inflation.sqrt();
        Some(normal_cdf(distance)).filter(|p| p.is_finite())
    }

    /// Deflated Sharpe ratio: the probability that the true Sharpe ratio is above what the best of so many trials reaches
    /// by luck alone.
    #[must_use]
    pub fn dsr(&self, trials: &SharpeSpread) -> Option<f64> {
        self.psr(trials.lucky_sharpe())
    }

    /// Minimum track record: bars after which [`Self::psr`] reaches `confidence`, were the returns to go on as they are.
    /// None where the Sharpe ratio is not above `benchmark`: no number of bars is enough.
    #[must_use]
    pub fn min_track_record(&self, benchmark: f64, confidence: f64) -> Option<f64> {
        let (inflation, above) = (self.inflation(), self.sharpe - benchmark);
        if inflation <= 0.0 || above <= 0.0 {
            return None;
        }
        let quantile = normal_quantile(confidence) / above;
        Some(1.0 + inflation * quantile * quantile).filter(|bars| bars.is_finite())
    }
}

/// How far the Sharpe ratios of all trials spread, added up as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SharpeSpread {
    trials: u64,
    mean: f64,
    squares: f64,
}

impl SharpeSpread {
    /// Adds the Sharpe ratio of a bar of one more trial.
    pub fn push(&mut self, sharpe: f64) {
        self.trials += 1;
        let distance = sharpe - self.mean;
        self.mean += distance / float(self.trials);
        self.squares += distance * (sharpe - self.mean);
    }

    /// Adds the trials of another spread.
    ///
    /// Source: T. Chan, G. Golub, R. `LeVeque`, "Updating formulae and a pairwise algorithm for computing sample variances"
    /// (1979).
    pub fn merge(&mut self, other: &Self) {
        if self.trials == 0 || other.trials == 0 {
            if other.trials > 0 {
                *self = *other;
            }
            return;
        }
        let trials = self.trials + other.trials;
        let (share, distance) = (float(other.trials) / float(trials), other.mean - self.mean);
        self.squares += other.squares + distance * distance * float(self.trials) * share;
        self.mean += distance * share;
        self.trials = trials;
    }

    /// Trials, mean and sum of the squared distances from it.
    #[must_use]
    pub const fn parts(&self) -> (u64, f64, f64) {
        (self.trials, self.mean, self.squares)
    }

    /// From its [`Self::parts`].
    #[must_use]
    pub const fn of_parts((trials, mean, squares): (u64, f64, f64)) -> Self {
        Self { trials, mean, squares }
    }

    /// Number of trials.
    #[must_use]
    pub const fn trials(&self) -> u64 {
        self.trials
    }

    /// Sample variance of the Sharpe ratios; 0 under two.
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.trials < 2 { 0.0 } else { self.squares / float(self.trials - 1) }
    }

    /// The Sharpe ratio of a bar that the best of these trials has on average if none of them has any merit.
    #[must_use]
    pub fn lucky_sharpe(&self) -> f64 {
        self.variance().sqrt() * expected_max(self.trials)
    }
}

/// Expected maximum of so many independent standard normal variables (Bailey and López de Prado's approximation); 0 of one.
#[must_use]
pub fn expected_max(trials: u64) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let n = float(trials);
    (1.0 - EULER_GAMMA) * normal_quantile(1.0 - 1.0 / n)
        + EULER_GAMMA * normal_quantile(1.0 - 1.0 / (n * std::f64::consts::E))
}

/// Minimum backtest length: years below which the best of so many trials without merit has a Sharpe ratio per year of
/// `sharpe` on average.
#[must_use]
pub fn min_backtest_years(trials: u64, sharpe: f64) -> f64 {
    let ratio = expected_max(trials) / sharpe;
    ratio * ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, wanted: f64) {
        assert!((value - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{value} is not {wanted}");
    }

    fn shape(bars: u64, sharpe: f64, skew: f64, kurtosis: f64) -> ReturnShape {
        ReturnShape { bars, sharpe, skew, kurtosis }
    }

    fn spread(trials: u64, variance: f64) -> SharpeSpread {
        SharpeSpread { trials, mean: 0.0, squares: variance * float(trials - 1) }
    }

    #[test]
    fn spreads_of_parts_are_together_the_spread_of_all() {
        let of = |from: i32, to: i32| {
            let mut spread = SharpeSpread::default();
            (from..to).for_each(|at| spread.push(f64::from(at * at % 37) / 100.0));
            spread
        };
        for cuts in [[0, 0], [0, 100], [1, 7], [50, 99]] {
            let mut all = of(0, cuts[0]);
            all.merge(&of(cuts[0], cuts[1]));
            all.merge(&of(cuts[1], 100));
            let whole = of(0, 100);
            assert_eq!(all.trials(), 100);
            near(all.mean, whole.mean);
            near(all.variance(), whole.variance());
        }
    }

    #[test]
    fn the_best_of_more_trials_without_merit_is_better() {
        for (trials, wanted) in [
            (1, 0.0),
            (2, 0.519_755_344_280_593_9),
            (10, 1.574_598_301_345_75),
            (100, 2.530_602_893_201_684_6),
            (1_000, 3.255_121_513_652_723),
            (1_000_000, 4.867_860_037_846_844),
        ] {
            near(expected_max(trials), wanted);
        }
    }

    #[test]
    fn fat_tails_and_losses_in_jumps_make_a_sharpe_ratio_less_sure() {
        near(shape(24, 0.458, 0.0, 3.0).psr(0.0).unwrap(), 0.981_674_919_091_077_1);
        near(shape(24, 0.458, -2.448, 10.164).psr(0.0).unwrap(), 0.913_361_083_860_933);
    }

    #[test]
    fn the_deflated_sharpe_ratio_is_that_of_the_example_of_2014() {
        let best = shape(1_250, 2.5 / 250_f64.sqrt(), -3.0, 10.0);
        let trials = spread(100, 0.5 / 250.0);
        near(trials.lucky_sharpe(), 0.113_172_001_865_132_14);
        near(best.dsr(&trials).unwrap(), 0.900_396_834_449_390_3);
        near(best.dsr(&spread(46, 0.5 / 250.0)).unwrap(), 0.950_501_706_875_578_7);
    }

    #[test]
    fn a_sharpe_ratio_of_2_beats_1_after_less_than_three_years() {
        for (bars_a_year, wanted) in [(250.0_f64, 2.731_187_801_728_176), (52.0, 2.828_833_586_945_237)] {
            let bars = shape(10, 2.0 / bars_a_year.sqrt(), 0.0, 3.0).min_track_record(1.0 / bars_a_year.sqrt(), 0.95);
            near(bars.unwrap() / bars_a_year, wanted);
        }
        near(min_backtest_years(45, 1.0), 4.998_087_004_443_404);
    }

    #[test]
    fn what_cannot_be_said_is_none() {
        assert_eq!(shape(2, 1.0, 0.0, 3.0).psr(0.0), None);
        assert_eq!(shape(100, 1.0, 2.0, 1.0).psr(0.0), None, "no variance is left");
        assert_eq!(shape(100, -0.1, 0.0, 3.0).min_track_record(0.0, 0.95), None, "it is below the benchmark");
        assert_eq!(ReturnShape::of_powers(5, [0.0; 4], 0.0), None, "no return at all");
        assert_eq!(ReturnShape::of_powers(2, [0.1, 0.01, 0.001, 0.0001], 0.0), None);
    }

    #[test]
    fn one_trial_is_not_deflated() {
        let mut one = SharpeSpread::default();
        one.push(0.3);
        let best = shape(500, 0.1, -1.0, 7.0);
        assert_eq!(best.dsr(&one), best.psr(0.0));
    }

    #[test]
    fn moments_from_sums_and_from_metrics_are_those_of_the_returns() {
        let returns: Vec<f64> =
            (0..200_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 20) / 4e4 - 0.04).collect();
        let n = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let moment = |power: i32| returns.iter().map(|r| (r - mean).powi(power)).sum::<f64>() / n;
        let (m2, m3, m4) = (moment(2), moment(3), moment(4));
        let powers = [1, 2, 3, 4].map(|power| returns.iter().map(|r| r.powi(power)).sum::<f64>());
        let found = ReturnShape::of_powers(200, powers, 0.001).unwrap();
        near(found.sharpe, (mean - 0.001) / (m2 * n / (n - 1.0)).sqrt());
        near(found.skew, m3 / m2.powf(1.5));
        near(found.kurtosis, m4 / (m2 * m2));
        let skew = (n * (n - 1.0)).sqrt() / (n - 2.0) * found.skew;
        let excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * found.kurtosis - 3.0 * (n - 1.0));
        let again = ReturnShape::of_metrics(200, 365.0, found.sharpe * 365_f64.sqrt(), skew, excess).unwrap();
        near(again.sharpe, found.sharpe);
        near(again.skew, found.skew);
        near(again.kurtosis, found.kurtosis);
    }

    #[test]
    fn the_spread_of_the_trials_is_their_sample_variance() {
        let values = [0.1, -0.2, 0.35, 0.0, 0.05];
        let mut spread = SharpeSpread::default();
        for value in values {
            spread.push(value);
        }
        let mean = values.iter().sum::<f64>() / 5.0;
        near(spread.variance(), values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 4.0);
    }
}
