//! Whether choosing did better than picking a point at random in each window.

use super::selection::PointFigures;
use crate::sim::random::bits_at;

/// Draws.
const DRAWS: u64 = 10_000;

/// Sums over the returns of some bars: their number, the returns, their squares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReturnMoments {
    bars: f64,
    sum: f64,
    squares: f64,
}

impl ReturnMoments {
    /// With so many bars more.
    pub(super) fn plus(self, bars: usize, [sum, squares]: [f64; 2]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
        let bars = bars as f64;
        Self { bars: self.bars + bars, sum: self.sum + sum, squares: self.squares + squares }
    }

    /// Mean return of a bar; none where there is no bar.
    pub(super) fn mean(self) -> Option<f64> {
        Some(self.sum / self.bars).filter(|mean| mean.is_finite())
    }

    /// Sharpe ratio of a bar; none where returns do not vary.
    pub(super) fn sharpe(self) -> Option<f64> {
        let mean = self.mean()?;
        let variation = self.squares - mean * mean * self.bars;
        if variation <= self.squares * (4.0 * f64::EPSILON) {
            return None;
        }
        Some(mean / (variation / (self.bars - 1.0)).sqrt()).filter(|sharpe| sharpe.is_finite())
    }
}

/// Share of draws, a random point in each window, whose accounts have at least the Sharpe ratio of the chosen ones:
/// `(1 + those) / (1 + draws)`. Both without what it costs to change over. `figures` are those of all points, of each a
/// row of all windows, which have so many bars. None where nothing was chosen, or the ratio is undefined.
pub(super) fn random_picker_p(
    figures: &[PointFigures],
    bars: &[usize],
    chosen: ReturnMoments,
    seed: u64,
) -> Option<f64> {
    let width = bars.len();
    let points = (figures.len() / width.max(1)) as u64;
    let ours = chosen.sharpe()?;
    if points == 0 {
        return None;
    }
    let draw = |draw: u64| {
        let mut all = ReturnMoments::default();
        for (window, &bars) in bars.iter().enumerate() {
            let bits = bits_at(seed, draw * width as u64 + window as u64);
            let point = (u128::from(bits) * u128::from(points)) >> 64;
            let point = usize::try_from(point).unwrap_or_default();
            all = all.plus(bars, figures[point * width + window].sums);
        }
        all.sharpe()
    };
    let as_good = (0..DRAWS).filter(|&at| draw(at).is_some_and(|sharpe| sharpe >= ours)).count();
    #[expect(clippy::cast_precision_loss, reason = "10,000")]
    let (as_good, draws) = (as_good as f64, DRAWS as f64);
    Some((1.0 + as_good) / (1.0 + draws))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(sums: &[[f64; 2]]) -> Vec<PointFigures> {
        sums.iter().map(|&sums| PointFigures { sums, ..PointFigures::default() }).collect()
    }

    #[test]
    fn the_best_of_many_is_rarely_drawn_and_the_only_point_always() {
        let bars = [100, 100];
        // Of 50 points one gains, in both windows.
        let points: Vec<[f64; 2]> = (0..50).flat_map(|at| [[if at == 7 { 1.0 } else { -0.5 }, 0.5]; 2]).collect();
        let best = ReturnMoments::default().plus(100, [1.0, 0.5]).plus(100, [1.0, 0.5]);
        let p = random_picker_p(&figures(&points), &bars, best, 0).unwrap();
        assert!(p < 0.002, "{p}");
        let only = random_picker_p(&figures(&points[14..16]), &bars, best, 0);
        assert_eq!(only, Some(1.0));
        assert_eq!(random_picker_p(&figures(&points), &bars, ReturnMoments::default(), 0), None);
    }
}
