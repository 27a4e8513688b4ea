//! The Sharpe ratio of a window that moves along.

use crate::sim::model::Interval;

/// Bars of the window: half a year, or a quarter of a shorter history; none where that would be under 20.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bars of half a year")]
pub fn window(bars: usize, interval: Interval) -> Option<usize> {
    let half_a_year = (interval.bars_per_year() / 2.0).round() as usize;
    Some(half_a_year.min(bars / 4)).filter(|window| *window >= 20)
}

/// For each bar the ratio of the last `window` returns, per year, as the metric has it; NaN before there are so many
/// and where the equity did not move.
#[must_use]
pub fn sharpe(equity: &[f64], capital: f64, window: usize, bars_per_year: f64) -> Vec<f64> {
    let before = std::iter::once(capital).chain(equity.iter().copied());
    let returns: Vec<f64> =
        equity.iter().zip(before).map(|(now, before)| if before > 0.0 { now / before - 1.0 } else { 0.0 }).collect();
    let (mut sum, mut squares) = (vec![0.0; returns.len() + 1], vec![0.0; returns.len() + 1]);
    // A position at every bar of which the return is 0 is known by counting, not by sums that nearly cancel.
    let mut moved = vec![0_usize; returns.len() + 1];
    for (bar, value) in returns.iter().enumerate() {
        sum[bar + 1] = sum[bar] + value;
        squares[bar + 1] = squares[bar] + value * value;
        moved[bar + 1] = moved[bar] + usize::from(*value != 0.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
    let count = window as f64;
    let ratio = |end: usize| {
        if end < window || moved[end] == moved[end - window] {
            return f64::NAN;
        }
        let mean = (sum[end] - sum[end - window]) / count;
        let variance = ((squares[end] - squares[end - window]) - mean * mean * count) / (count - 1.0);
        if variance > 0.0 { mean / variance.sqrt() * bars_per_year.sqrt() } else { f64::NAN }
    };
    (1..=returns.len()).map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_window_is_the_ratio_of_its_returns() {
        let equity = [110.0, 99.0, 108.9, 98.01, 107.811];
        let ratios = sharpe(&equity, 100.0, 4, 365.0);
        assert!(ratios[..3].iter().all(|ratio| ratio.is_nan()));
        let returns = [-0.1, 0.1, -0.1, 0.1];
        let deviation = (returns.iter().map(|r| r * r).sum::<f64>() / 3.0).sqrt();
        assert!((ratios[4] - 0.0 / deviation).abs() < 1e-9, "{ratios:?}");
        let first = [0.1, -0.1, 0.1, -0.1].iter().sum::<f64>();
        assert!((ratios[3] - first).abs() < 1e-9, "{ratios:?}");
    }

    #[test]
    fn an_account_that_never_moves_has_no_ratio() {
        assert!(sharpe(&[100.0; 50], 100.0, 20, 365.0).iter().all(|ratio| ratio.is_nan()));
    }

    #[test]
    fn a_short_history_has_a_shorter_window_or_none() {
        let day: Interval = "1d".parse().unwrap();
        assert_eq!((window(2000, day), window(400, day), window(40, day)), (Some(183), Some(100), None));
    }
}
