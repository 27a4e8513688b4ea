//! Nothing of former prices is left in a window: an asset that falls from 100 to 1e-5 keeps nine digits, measured
//! against exact arithmetic on integers.

use super::super::{feed, find};
use super::walk;

/// A noisy fall from 100 to 1e-5 over 600 bars, after 1,500 bars around 100 and before 900 around 1e-5.
fn crash() -> Vec<f64> {
    let noise = walk(11, 3_000, 1.0);
    let level = |bar: usize| match bar {
        0..1_500 => 100.0,
        1_500..2_100 => 100.0 * (1e-7_f64).powf(f64::from(u32::try_from(bar - 1_500).unwrap()) / 600.0),
        _ => 1e-5,
    };
    let jitter = |bar: usize| noise.close[bar] / noise.open[bar];
    (0..3_000).map(|bar| level(bar) * jitter(bar)).collect()
}

/// A price as a whole number of 2^-75: exact for every f64 between 1e-6 and 1e6.
#[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^95 by construction")]
fn whole(x: f64) -> i128 {
    let scaled = x * 2.0_f64.powi(75);
    assert!(scaled.fract() == 0.0);
    scaled as i128
}

#[expect(clippy::cast_precision_loss, reason = "rounded once, at the very end")]
fn real(whole: i128) -> f64 {
    whole as f64 / 2.0_f64.powi(75)
}

fn compare(name: &str, n: usize, params: &[f64], exact: impl Fn(&[f64]) -> f64) {
    let prices = crash();
    let (family, output) = find(name).unwrap();
    let ours = &feed::series(family, &[&prices], params, 1024)[output];
    for bar in n - 1..prices.len() {
        let exact = exact(&prices[bar + 1 - n..=bar]);
        let error = (ours[bar] / exact - 1.0).abs();
        assert!(error <= 1e-9, "{name}({n}) at bar {bar}: {} instead of {exact}, off by {error:e}", ours[bar]);
    }
}

/// Mean of the window.
fn mean(window: &[f64]) -> f64 {
    real(window.iter().map(|&x| whole(x)).sum()) / f64::from(u32::try_from(window.len()).unwrap())
}

/// Population deviation of the window; only sums of squares are rounded, and they are all above 0.
fn deviation(window: &[f64]) -> f64 {
    let n = i128::try_from(window.len()).unwrap();
    let sum: i128 = window.iter().map(|&x| whole(x)).sum();
    let squares: f64 = window.iter().map(|&x| real(n * whole(x) - sum).powi(2)).sum();
    let n = f64::from(u32::try_from(window.len()).unwrap());
    (squares / n).sqrt() / n
}

fn weighted_mean(window: &[f64]) -> f64 {
    let weights = 1..=i128::try_from(window.len()).unwrap();
    let n = u32::try_from(window.len()).unwrap();
    real(window.iter().zip(weights).map(|(&x, weight)| whole(x) * weight).sum()) / f64::from(n * (n + 1) / 2)
}

/// Slope of the line of least squares.
fn slope(window: &[f64]) -> f64 {
    let n = i128::try_from(window.len()).unwrap();
    let rise: i128 = window.iter().zip(0..).map(|(&x, k)| whole(x) * (2 * k - n + 1)).sum();
    let n = f64::from(u32::try_from(window.len()).unwrap());
    6.0 * real(rise) / (n * (n * n - 1.0))
}

/// Value of that line at the last bar.
fn line_end(window: &[f64]) -> f64 {
    let n = i128::try_from(window.len()).unwrap();
    let end: i128 = window.iter().zip(0..).map(|(&x, k)| whole(x) * (6 * k - 2 * n + 4)).sum();
    let n = f64::from(u32::try_from(window.len()).unwrap());
    real(end) / (n * (n + 1.0))
}

#[test]
fn lines_of_least_squares_keep_nine_digits_through_a_crash() {
    for n in [3_u32, 20, 200] {
        let (bars, params) = (n as usize, [f64::from(n)]);
        compare("slope", bars, &params, slope);
        compare("linreg", bars, &params, line_end);
    }
}

#[test]
fn averages_keep_nine_digits_through_a_crash() {
    for n in [2_u32, 20, 200] {
        let (bars, params) = (n as usize, [f64::from(n)]);
        compare("sma", bars, &params, mean);
        compare("wma", bars, &params, weighted_mean);
        compare("bb_middle", bars, &[params[0], 2.0], mean);
        compare("sum", bars, &params, |window| mean(window) * params[0]);
    }
}

#[test]
fn deviations_keep_nine_digits_through_a_crash() {
    for n in [3_u32, 20, 200] {
        let (bars, params) = (n as usize, [f64::from(n)]);
        compare("stddev", bars, &params, deviation);
        compare("bb_upper", bars, &[params[0], 2.0], |window| mean(window) + 2.0 * deviation(window));
    }
}

#[test]
fn a_stablecoin_keeps_the_digits_of_its_variance() {
    let prices: Vec<f64> = walk(5, 400, 1.0).close.iter().map(|x| 1.0001 + 1e-7 * (x - 1.0)).collect();
    let (family, _) = find("stddev").unwrap();
    let ours = &feed::series(family, &[&prices], &[20.0], 1024)[0];
    for bar in 19..prices.len() {
        let exact = deviation(&prices[bar - 19..=bar]);
        assert!((ours[bar] / exact - 1.0).abs() <= 1e-9, "bar {bar}: {} instead of {exact}", ours[bar]);
    }
}
