//! Figures of the last so many bars, at each bar: Sharpe ratio, volatility, beta.

/// Windows of so many bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::html) struct RollingWindow {
    /// Bars of a window.
    pub bars: usize,
    /// Bars in a year.
    pub bars_per_year: f64,
}

impl RollingWindow {
    /// Half a year, or a quarter of a shorter history of so many bars; none where that would be under 20.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bars of half a year")]
    pub(in crate::html) fn of(bars: usize, bars_per_year: f64) -> Option<Self> {
        let half_a_year = (bars_per_year / 2.0).round() as usize;
        Some(half_a_year.min(bars / 4)).filter(|bars| *bars >= 20).map(|bars| Self { bars, bars_per_year })
    }

    /// The ratio of the last returns, per year, as the metric has it; NaN before there are so many and where the equity did
    /// not move.
    #[must_use]
    pub(in crate::html) fn sharpe(&self, equity: &[f64], capital: f64) -> Vec<f64> {
        let returns = Returns::of(equity, capital);
        self.each(&returns, |end| {
            let deviation = self.variance(&returns, end).sqrt();
            if deviation > 0.0 {
                self.mean(&returns.sum, end) / deviation * self.bars_per_year.sqrt()
            } else {
                f64::NAN
            }
        })
    }

    /// The volatility of the last returns, per year, as the metric has it; 0 where the equity did not move.
    #[must_use]
    pub(in crate::html) fn volatility(&self, equity: &[f64], capital: f64) -> Vec<f64> {
        let returns = Returns::of(equity, capital);
        (1..=equity.len())
            .map(|end| match end {
                end if end < self.bars => f64::NAN,
                end if !self.moved(&returns, end) => 0.0,
                end => self.variance(&returns, end).max(0.0).sqrt() * self.bars_per_year.sqrt(),
            })
            .collect()
    }

    /// How the last returns went with those of a benchmark with as many values: covariance / its variance, as the metric
    /// has it; NaN where the benchmark did not move, or is undefined.
    #[must_use]
    pub(in crate::html) fn beta(&self, equity: &[f64], benchmark: &[f64], capital: f64) -> Vec<f64> {
        let (own, other) = (Returns::of(equity, capital), Returns::of(benchmark, capital));
        let products = sums(own.values.iter().zip(&other.values).map(|(own, other)| own * other));
        self.each(&other, |end| {
            if benchmark[end - self.bars].is_nan() {
                return f64::NAN;
            }
            let covariance = self.mean(&products, end) - self.mean(&own.sum, end) * self.mean(&other.sum, end);
            let mean = self.mean(&other.sum, end);
            covariance / (self.mean(&other.squares, end) - mean * mean)
        })
    }

    /// A value for each window, by the bar after its last one; NaN for those in which nothing moved.
    fn each(&self, returns: &Returns, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let ends = 1..=returns.values.len();
        ends.map(|end| if end >= self.bars && self.moved(returns, end) { value(end) } else { f64::NAN }).collect()
    }

    /// Equal returns of 0 are known by counting, not by sums that nearly cancel.
    fn moved(&self, returns: &Returns, end: usize) -> bool {
        returns.moved[end] != returns.moved[end - self.bars]
    }

    fn mean(&self, sums: &[f64], end: usize) -> f64 {
        (sums[end] - sums[end - self.bars]) / self.count()
    }

    /// Sample variance.
    fn variance(&self, returns: &Returns, end: usize) -> f64 {
        let mean = self.mean(&returns.sum, end);
        ((returns.squares[end] - returns.squares[end - self.bars]) - mean * mean * self.count()) / (self.count() - 1.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
    fn count(&self) -> f64 {
        self.bars as f64
    }
}

/// The returns of a curve, with sums up to each bar: one more than there are values.
struct Returns {
    values: Vec<f64>,
    sum: Vec<f64>,
    squares: Vec<f64>,
    moved: Vec<usize>,
}

impl Returns {
    /// Of these values from this capital on; 0 after a value of 0 or less, or where one is undefined.
    fn of(equity: &[f64], capital: f64) -> Self {
        let before = std::iter::once(capital).chain(equity.iter().copied());
        let change = |(now, before): (&f64, f64)| if before > 0.0 && !now.is_nan() { now / before - 1.0 } else { 0.0 };
        let values: Vec<f64> = equity.iter().zip(before).map(change).collect();
        let sum = sums(values.iter().copied());
        let squares = sums(values.iter().map(|value| value * value));
        let mut moved = vec![0; values.len() + 1];
        for (bar, value) in values.iter().enumerate() {
            moved[bar + 1] = moved[bar] + usize::from(*value != 0.0);
        }
        Self { values, sum, squares, moved }
    }
}

fn sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut total = 0.0;
    std::iter::once(0.0)
        .chain(values.map(|value| {
            total += value;
            total
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: RollingWindow = RollingWindow { bars: 4, bars_per_year: 365.0 };

    #[test]
    fn the_last_window_is_the_ratio_of_its_returns() {
        let ratios = FOUR.sharpe(&[110.0, 99.0, 108.9, 98.01, 107.811], 100.0);
        assert!(ratios[..3].iter().all(|ratio| ratio.is_nan()));
        assert!(ratios[3].abs() < 1e-9 && ratios[4].abs() < 1e-9, "{ratios:?}");
    }

    #[test]
    fn the_last_volatility_is_the_deviation_of_its_returns_a_year() {
        let last = FOUR.volatility(&[110.0, 99.0, 108.9, 98.01, 107.811], 100.0)[4];
        assert!((last - (0.04_f64 / 3.0).sqrt() * 365.0_f64.sqrt()).abs() < 1e-9, "{last}");
    }

    #[test]
    fn half_of_the_benchmarks_returns_is_a_beta_of_a_half() {
        let curve = |returns: [f64; 6]| {
            let mut worth = 100.0;
            returns.map(|value| {
                worth *= 1.0 + value;
                worth
            })
        };
        let (own, other) = (curve([0.05, -0.02, 0.01, 0.04, -0.03, 0.0]), curve([0.1, -0.04, 0.02, 0.08, -0.06, 0.0]));
        let betas = FOUR.beta(&own, &other, 100.0);
        assert!(betas[..3].iter().all(|beta| beta.is_nan()));
        assert!(betas[4..].iter().all(|beta| (beta - 0.5).abs() < 1e-9), "{betas:?}");
        assert!(FOUR.beta(&own, &[f64::NAN; 6], 100.0).iter().all(|beta| beta.is_nan()));
    }

    #[test]
    fn an_account_that_never_moves_has_no_ratio_and_no_volatility() {
        let window = RollingWindow { bars: 20, ..FOUR };
        assert!(window.sharpe(&[100.0; 50], 100.0).iter().all(|ratio| ratio.is_nan()));
        assert_eq!(window.volatility(&[100.0; 50], 100.0)[49].to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_short_history_has_a_shorter_window_or_none() {
        let bars = |bars| RollingWindow::of(bars, 365.0).map(|window| window.bars);
        assert_eq!((bars(2000), bars(400), bars(40)), (Some(183), Some(100), None));
    }
}
