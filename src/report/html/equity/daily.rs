//! How the returns of the days are spread, and what a bad day costs.

use serde_json::{Value, json};

use crate::html::histogram::Histogram;
use crate::number;
use crate::sim::{DAY, EquityCurve};

/// Returns of the days, in UTC, from the last close of one to that of the next; of bars longer than a day, those of the bars.
fn returns(curve: &EquityCurve, capital: f64) -> Vec<f64> {
    let day = |at: usize| curve.time[at].div_euclid(DAY);
    let mut before = capital;
    let mut returns = Vec::new();
    for at in 0..curve.time.len() {
        let ends = at + 1 == curve.time.len() || day(at + 1) != day(at);
        // What is ruined has no returns any more.
        if ends && before > 0.0 {
            returns.push(curve.equity[at] / before - 1.0);
            before = curve.equity[at];
        }
    }
    returns
}

/// The distribution of those that are not 0, how many there are in all and how many are 0, the 5th percentile (value at
/// risk), the mean of the returns up to it (expected shortfall), the worst and the best. Of daily bars the value at risk
/// and the expected shortfall are the metrics of these names.
#[must_use]
pub(in crate::html) fn daily_returns(curve: &EquityCurve, capital: f64) -> Value {
    let returns = returns(curve, capital);
    let mut sorted = returns.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    // Days out of the market would be a bar of gains that hides all others.
    let moved: Vec<f64> = returns.iter().copied().filter(|value| *value != 0.0).collect();
    let (risk, shortfall) = lower_tail(&sorted);
    json!({
        "spread": Histogram::of(&moved).section(),
        "count": returns.len(),
        "still": returns.len() - moved.len(),
        "risk": number(risk),
        "shortfall": number(shortfall),
        "worst": sorted.first().copied().map(number),
        "best": sorted.last().copied().map(number),
    })
}

/// 5th percentile of sorted values, interpolated between its neighbours, and the mean of those up to it; NaN of none.
#[expect(clippy::cast_precision_loss, reason = "days are far below 2^53")]
fn lower_tail(sorted: &[f64]) -> (f64, f64) {
    let Some(last) = sorted.len().checked_sub(1) else { return (f64::NAN, f64::NAN) };
    let (at, part) = (last * 5 / 100, (last * 5 % 100) as f64 / 100.0);
    let (low, next) = (sorted[at], sorted[(at + 1).min(last)]);
    (low + (next - low) * part, sorted[..=at].iter().sum::<f64>() / (at + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_become_days_and_the_last_close_of_a_day_counts() {
        let hour = DAY / 24;
        let time = vec![0, 12 * hour, 24 * hour, 30 * hour];
        let curve = EquityCurve::of_closes(time, vec![105.0, 110.0, 50.0, 99.0], &[1.0; 4], 100.0);
        let seen = returns(&curve, 100.0);
        assert!((seen[0] - 0.1).abs() < 1e-12 && (seen[1] + 0.1).abs() < 1e-12 && seen.len() == 2, "{seen:?}");
    }

    #[test]
    fn the_tail_is_interpolated_and_its_mean_goes_up_to_it() {
        let sorted: Vec<f64> = (0..41).map(|at| f64::from(at) / 100.0).collect();
        assert_eq!(lower_tail(&sorted), (0.02, 0.01));
        assert!((lower_tail(&sorted[..31]).0 - 0.015).abs() < 1e-15);
        assert!(lower_tail(&[]).0.is_nan());
    }
}
