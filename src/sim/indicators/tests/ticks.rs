//! Means and differences of decimal prices are what they are on paper, rounded once.

use proptest::prelude::*;

use super::super::{feed, find};
use super::{TABLE, params};

/// Prices in whole ticks, and how many of them are 1.
fn prices() -> impl Strategy<Value = (Vec<i64>, f64)> {
    let tick = prop::sample::select(vec![1.0, 10.0, 100.0, 1e4, 1e8]);
    let step = prop_oneof![Just(0), -3..=3_i64, -500..=500_i64];
    (prop::collection::vec(step, 30..300), tick).prop_map(|(steps, tick)| {
        let mut price = 10_007_i64;
        let prices = steps.into_iter().map(|step| {
            price = (price + step).max(1);
            price
        });
        (prices.collect(), tick)
    })
}

fn column(name: &str, series: &[f64], params: &[f64]) -> Vec<f64> {
    let (family, output) = find(name).unwrap();
    feed::series(family, &[series], params, 64).swap_remove(output)
}

proptest! {
    #[test]
    fn means_and_differences_are_those_of_the_decimals_on_paper((ticks, per_unit) in prices(), bars in 2..25_usize) {
        let series: Vec<f64> = ticks.iter().map(|&ticks| ticks as f64 / per_unit).collect();
        let period = bars as f64;
        let columns = ["sma", "wma", "mom", "highest", "lowest"].map(|name| column(name, &series, &[period]));
        let middle = column("bb_middle", &series, &[period, 2.0]);
        let (sums, lines) = (column("sum", &series, &[period]), column("linreg", &series, &[period]));
        for bar in bars..series.len() {
            let window = &ticks[bar + 1 - bars..=bar];
            let sum: i64 = window.iter().sum();
            let weighted: i64 = window.iter().zip(1..).map(|(ticks, weight)| ticks * weight).sum();
            let weights = period * (period + 1.0) / 2.0;
            let (highest, lowest) = (window.iter().max().unwrap(), window.iter().min().unwrap());
            // Whole numbers below 2^53 on both sides, so that each quotient is the f64 nearest to the true value.
            let exact = [
                sum as f64 / (period * per_unit),
                weighted as f64 / (weights * per_unit),
                (ticks[bar] - ticks[bar - bars]) as f64 / per_unit,
                *highest as f64 / per_unit,
                *lowest as f64 / per_unit,
            ];
            for (column, exact) in columns.iter().zip(exact) {
                prop_assert_eq!(column[bar].to_bits(), exact.to_bits(), "bar {}: {} and {}", bar, column[bar], exact);
            }
            prop_assert_eq!(middle[bar].to_bits(), exact[0].to_bits(), "bb_middle");
            prop_assert_eq!(sums[bar].to_bits(), (sum as f64 / per_unit).to_bits(), "sum");
            // The line's end weighs the values -2n+4, .., 4n-2, in steps of 6.
            let n = bars as i64;
            let end: i64 = window.iter().zip(0..).map(|(ticks, k)| ticks * (6 * k - 2 * n + 4)).sum();
            prop_assert_eq!(lines[bar].to_bits(), (end as f64 / (period * (period + 1.0) * per_unit)).to_bits(), "linreg");
        }
    }

    #[test]
    fn averages_of_any_two_windows_are_equal_where_they_are_on_paper(
        (ticks, per_unit) in prices(), short in 1..20_usize, long in 2..30_usize,
    ) {
        let series: Vec<f64> = ticks.iter().map(|&ticks| ticks as f64 / per_unit).collect();
        let (a, b) = (column("sma", &series, &[short as f64]), column("sma", &series, &[long as f64]));
        for bar in short.max(long)..series.len() {
            let sum = |bars: usize| ticks[bar + 1 - bars..=bar].iter().sum::<i64>();
            let on_paper = (sum(short) * long as i64).cmp(&(sum(long) * short as i64));
            prop_assert_eq!(a[bar].partial_cmp(&b[bar]), Some(on_paper), "bar {}", bar);
            let with_close = (ticks[bar] * long as i64).cmp(&sum(long));
            prop_assert_eq!(series[bar].partial_cmp(&b[bar]), Some(with_close), "close, bar {}", bar);
        }
    }
}

#[test]
fn a_tick_changes_no_value_by_more_than_rounding() {
    // The same prices, and with them one that has no decimals in common with any other.
    let decimals: Vec<f64> = (0..400_u32).map(|bar| f64::from(5_000 + (bar * 7_919) % 611) / 100.0).collect();
    let mut others = vec![1.0 / 3.0];
    others.extend(&decimals);
    for family in TABLE.iter().filter(|family| family.inputs == super::Inputs::Any) {
        for params in params(family) {
            let (with, without) = (
                feed::series(family, &[&decimals[..]], &params, 64),
                feed::series(family, &[&others[..]], &params, 64),
            );
            let reach = (family.lookback)(&params) + 1;
            let recursive = ["ema", "macd", "rsi", "rma", "rmi", "kama"].contains(&family.name);
            for (with, without) in with.iter().zip(&without).filter(|_| !recursive) {
                for (a, b) in with.iter().zip(&without[1..]).skip(reach) {
                    assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{}: {a} and {b}", family.name);
                }
            }
        }
    }
}
