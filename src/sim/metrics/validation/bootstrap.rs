//! The stationary bootstrap: the returns of an account once more in another order, blocks of random length at a time, so
//! that what follows upon what is mostly kept.
//!
//! Random numbers depend on seed, repetition and bar alone, so that repetitions can be shared out among threads.
//!
//! Sources: D. Politis, J. Romano, "The stationary bootstrap" (1994); D. Politis, H. White, "Automatic block-length selection
//! for the dependent bootstrap" (2004), with the correction of A. Patton, D. Politis and H. White (2009).

use crate::metrics::formulas::float;
use crate::random::{below, bits_at, uniform};

/// Draws series of bars.
#[derive(Clone, Copy, Debug)]
pub struct StationaryBootstrap {
    bars: usize,
    /// Probability that a bar begins a new block.
    fresh: f64,
    seed: u64,
}

impl StationaryBootstrap {
    /// Of so many bars, in blocks of this mean length, at least 1.
    #[must_use]
    pub fn new(bars: usize, block: f64, seed: u64) -> Self {
        Self { bars, fresh: 1.0 / block.max(1.0), seed }
    }

    /// The bars of one repetition in their order, as many as there are.
    pub fn bars(self, repetition: u64) -> impl Iterator<Item = usize> {
        let seed = bits_at(self.seed, repetition);
        let mut at = 0;
        (0..self.bars).map(move |bar| {
            let turn = 2 * bar as u64;
            at = if bar == 0 || uniform(bits_at(seed, turn)) <= self.fresh {
                below(bits_at(seed, turn + 1), self.bars)
            } else if at + 1 == self.bars {
                0
            } else {
                at + 1
            };
            at
        })
    }

    /// Sharpe ratio of a bar, growth of the equity and deepest drawdown of one repetition of these returns, each less
    /// `risk_free` for the Sharpe ratio alone.
    #[must_use]
    pub fn repetition(self, returns: &[f64], risk_free: f64, repetition: u64) -> [f64; 3] {
        let (mut sum, mut squares) = (0.0, 0.0);
        let (mut equity, mut peak, mut low) = (1.0_f64, f64::NEG_INFINITY, 1.0_f64);
        for bar in self.bars(repetition) {
            let above = returns[bar] - risk_free;
            sum += above;
            squares += above * above;
            equity *= 1.0 + returns[bar];
            peak = peak.max(equity);
            low = low.min(equity / peak);
        }
        let n = float(self.bars as u64);
        let mean = sum / n;
        let variation = squares - mean * mean * n;
        let deviation = if variation > squares * (4.0 * f64::EPSILON) { (variation / (n - 1.0)).sqrt() } else { 0.0 };
        [mean / deviation, equity, low - 1.0]
    }
}

/// Quantiles of a figure over many repetitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles<const N: usize>(pub [Option<f64>; N]);

impl<const N: usize> Quantiles<N> {
    /// These quantiles, each from 0 to 1, interpolated between the two values next to it; those of NaN count for nothing,
    /// and without any value there are none.
    #[must_use]
    pub fn of(mut values: Vec<f64>, at: [f64; N]) -> Self {
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        Self(at.map(|q| {
            let last = values.len().checked_sub(1)?;
            let place = q * float(last as u64);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a length")]
            let low = (place as usize).min(last);
            let high = (low + 1).min(last);
            Some(values[low] + (values[high] - values[low]) * place.fract())
        }))
    }
}

/// What resampling the returns of the bars says: the 2.5th, 50th and 97.5th percentile of each figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapIntervals {
    /// Repetitions.
    pub repetitions: u64,
    /// Mean length of a block, in bars.
    pub block: f64,
    /// Sharpe ratio per year.
    pub sharpe: Quantiles<3>,
    /// Growth per year.
    pub cagr: Quantiles<3>,
    /// Deepest drawdown, 0 or negative.
    pub max_drawdown: Quantiles<3>,
}

impl BootstrapIntervals {
    /// The percentiles of repetitions as [`StationaryBootstrap::repetition`] gives them.
    #[must_use]
    pub fn of(repetitions: &[[f64; 3]], block: f64, bars: u64, bars_per_year: f64) -> Self {
        let quantiles = |figure: &dyn Fn(&[f64; 3]) -> f64| {
            Quantiles::of(repetitions.iter().map(figure).collect(), [0.025, 0.5, 0.975])
        };
        Self {
            repetitions: repetitions.len() as u64,
            block,
            sharpe: quantiles(&|figures| figures[0] * bars_per_year.sqrt()),
            cagr: quantiles(&|figures| libm::pow(figures[1], bars_per_year / float(bars)) - 1.0),
            max_drawdown: quantiles(&|figures| figures[2]),
        }
    }
}

/// Mean length of the blocks of a stationary bootstrap by which the mean of these returns is estimated best: the longer,
/// the more a bar depends on those before. At least 1.
#[must_use]
pub fn block_length(returns: &[f64]) -> f64 {
    let bars = returns.len();
    let n = float(bars as u64);
    if bars < 8 {
        return 1.0;
    }
    let mean = returns.iter().sum::<f64>() / n;
    let centred: Vec<f64> = returns.iter().map(|r| r - mean).collect();
    let longest = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
    let (run, root) = ((libm::log10(n) as usize).max(5), n.sqrt().ceil() as usize);
    let most = (root + run).min(bars - 2);
    let limit = 2.0 * (libm::log10(n) / n).sqrt();
    let mut covariances = Vec::new();
    let mut small = 0;
    let mut wanted = most;
    let (mut head, mut tail) = (sum_of_squares(&centred), sum_of_squares(&centred));
    let mut lag = 0;
    // The first run of autocorrelations that might as well be none says how many lags matter.
    while lag <= wanted.min(most) {
        let product: f64 = centred[lag..].iter().zip(&centred[..bars - lag]).map(|(a, b)| a * b).sum();
        covariances.push(product / n);
        head -= centred[bars - 1 - lag] * centred[bars - 1 - lag];
        tail -= centred[lag] * centred[lag];
        if wanted == most && lag >= run && small >= run {
            wanted = 2 * (lag - run).max(1);
        }
        small = if product.abs() / (head * tail).sqrt() < limit { small + 1 } else { 0 };
        lag += 1;
    }
    let lags = wanted.min(most);
    let (mut weighted, mut variance) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().take(lags + 1).skip(1) {
        let place = float(lag as u64) / float(lags as u64);
        let weight = if place <= 0.5 { 1.0 } else { 2.0 * (1.0 - place) };
        weighted += 2.0 * weight * float(lag as u64) * covariance;
        variance += 2.0 * weight * covariance;
    }
    let length = libm::cbrt(weighted * weighted / (variance * variance)) * libm::cbrt(n);
    if length.is_finite() { length.clamp(1.0, longest) } else { 1.0 }
}

fn sum_of_squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn noise(bars: usize, memory: f64) -> Vec<f64> {
        let mut random = Random::new(11);
        let mut before = 0.0;
        (0..bars)
            .map(|_| {
                before = memory * before + random.uniform() - 0.5;
                before
            })
            .collect()
    }

    #[test]
    fn a_repetition_depends_on_its_seed_and_number_alone() {
        let bootstrap = StationaryBootstrap::new(500, 10.0, 1);
        let bars = |repetition| bootstrap.bars(repetition).collect::<Vec<_>>();
        assert_eq!(bars(7), bars(7));
        assert_ne!(bars(7), bars(8));
        assert_ne!(bars(7), StationaryBootstrap::new(500, 10.0, 2).bars(7).collect::<Vec<_>>());
    }

    #[test]
    fn blocks_go_on_bar_by_bar_and_have_the_mean_length_that_was_asked_for() {
        for block in [1.0, 4.0, 25.0] {
            let bars: Vec<usize> = StationaryBootstrap::new(40_000, block, 3).bars(0).collect();
            let fresh = 1 + bars.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % 40_000).count();
            let mean = 40_000.0 / fresh as f64;
            assert!((mean / block - 1.0).abs() < 0.1, "{mean} for {block}");
        }
    }

    #[test]
    fn the_order_of_the_bars_changes_nothing_where_all_returns_are_equal() {
        let [_, equity, drawdown] = StationaryBootstrap::new(10, 3.0, 1).repetition(&[0.01; 10], 0.0, 5);
        assert!((equity - 1.01_f64.powi(10)).abs() < 1e-12);
        assert!(drawdown.abs() < 1e-15, "{drawdown}");
    }

    #[test]
    fn returns_that_depend_on_those_before_want_longer_blocks() {
        let (free, bound) = (block_length(&noise(2_000, 0.0)), block_length(&noise(2_000, 0.8)));
        assert!(free < 5.0 && bound > 3.0 * free, "{free} {bound}");
        assert!((block_length(&[0.0; 100]) - 1.0).abs() < 1e-15, "an account that never traded");
    }

    #[test]
    fn quantiles_lie_between_the_values_next_to_them() {
        let values = vec![4.0, 1.0, f64::NAN, 3.0, 2.0];
        assert_eq!(Quantiles::of(values, [0.0, 0.5, 0.9]).0, [Some(1.0), Some(2.5), Some(3.7)]);
        assert_eq!(Quantiles::of(vec![f64::NAN], [0.5]).0, [None]);
    }
}
