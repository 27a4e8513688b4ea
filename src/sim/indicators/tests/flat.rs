//! A price that stands still, at any height and after any past, gives exact values and no NaN.

use super::super::{feed, find};
use super::{Candles, TABLE, outputs, params, walk};

/// `bars` candles without any move.
fn flat(price: f64, bars: usize) -> Candles {
    let column = vec![price; bars];
    Candles {
        time: (0..).take(bars).collect(),
        open: column.clone(),
        high: column.clone(),
        low: column.clone(),
        close: column,
        volume: vec![3.0; bars],
    }
}

fn values(call: &str, candles: &Candles, params: &[f64]) -> Vec<f64> {
    let (family, output) = find(call).unwrap();
    outputs(family, candles, params, 100)[output].iter().copied().filter(|x| !x.is_nan()).collect()
}

#[test]
fn no_indicator_is_undefined_or_infinite_on_a_flat_price() {
    for price in [1e-12, 1.000_1, 97_123.45] {
        for family in TABLE {
            for params in params(family) {
                for column in outputs(family, &flat(price, 600), &params, 100) {
                    let defined = &column[(family.lookback)(&params)..];
                    assert!(defined.iter().all(|x| x.is_finite()), "{} {params:?} at {price}", family.name);
                }
            }
        }
    }
}

#[test]
fn a_flat_price_has_rsi_50_and_no_deviation_range_trend_or_momentum() {
    for price in [1e-12, 0.1, 1.000_1, 97_123.45] {
        let candles = flat(price, 300);
        assert!(values("rsi", &candles, &[14.0]).iter().all(|&x| x.to_bits() == 50.0_f64.to_bits()));
        for (call, params) in [
            ("stddev", &[20.0][..]),
            ("atr", &[14.0]),
            ("adx", &[14.0]),
            ("cci", &[20.0]),
            ("mom", &[10.0]),
            ("roc", &[10.0]),
            ("macd", &[12.0, 26.0, 9.0]),
            ("macd_hist", &[12.0, 26.0, 9.0]),
            ("stoch_k", &[14.0, 3.0, 3.0]),
            ("slope", &[14.0]),
            ("linreg_angle", &[14.0]),
            ("mfi", &[14.0]),
            ("dx", &[14.0]),
            ("plus_di", &[14.0]),
            ("correl", &[14.0]),
            ("aroon_osc", &[14.0]),
            ("argmax", &[14.0]),
        ] {
            assert!(values(call, &candles, params).iter().all(|&x| x == 0.0), "{call} at {price}");
        }
    }
}

#[test]
fn every_average_of_a_flat_price_is_that_price_to_the_bit() {
    for price in [1e-12, 0.1, 1.000_1, 97_123.45] {
        let candles = flat(price, 3_000);
        for n in [1.0, 2.0, 3.0, 7.0, 50.0, 199.0, 1_000.0] {
            for call in ["sma", "ema", "wma", "rma"] {
                assert!(values(call, &candles, &[n]).iter().all(|&x| x.to_bits() == price.to_bits()), "{call} {n}");
            }
        }
        for band in ["bb_upper", "bb_middle", "bb_lower"] {
            assert!(values(band, &candles, &[20.0, 2.0]).iter().all(|&x| x.to_bits() == price.to_bits()), "{band}");
        }
        for line in ["kama", "linreg", "linreg_intercept"] {
            assert!(values(line, &candles, &[20.0]).iter().all(|&x| x.to_bits() == price.to_bits()), "{line}");
        }
    }
}

#[test]
fn an_average_is_still_exact_after_three_years_of_minutes() {
    let prices = vec![0.1; 1_500_000];
    let column = &feed::series(find("sma").unwrap().0, &[&prices], &[7.0], 1024)[0];
    assert!(column[6..].iter().all(|x| x.to_bits() == 0.1_f64.to_bits()));
}

#[test]
fn windows_forget_what_came_before_a_flat_stretch() {
    let mut prices = walk(8, 2_000, 60_000.0).close;
    prices.extend(vec![0.1; 300]);
    for (call, params, expected) in [
        ("sma", &[50.0][..], 0.1),
        ("wma", &[50.0], 0.1),
        ("stddev", &[50.0], 0.0),
        ("bb_upper", &[50.0, 2.0], 0.1),
        ("linreg", &[50.0], 0.1),
        ("slope", &[50.0], 0.0),
        ("percentile", &[50.0, 30.0], 0.1),
    ] {
        let (family, output) = find(call).unwrap();
        let column = &feed::series(family, &[&prices], params, 1024)[output];
        assert!(column[2_049..].iter().all(|x| x.to_bits() == f64::to_bits(expected)), "{call}");
    }
}

#[test]
fn oscillators_forget_what_came_before_a_flat_stretch() {
    let (mut candles, still) = (walk(8, 2_000, 60_000.0), flat(0.1, 300));
    candles.high.extend(still.high);
    candles.low.extend(still.low);
    candles.close.extend(still.close);
    for (call, params) in [("stoch_k", &[14.0, 7.0, 5.0][..]), ("stoch_d", &[14.0, 7.0, 5.0]), ("cci", &[20.0])] {
        let (family, output) = find(call).unwrap();
        let column = &feed::series(family, &[&candles.high, &candles.low, &candles.close], params, 1024)[output];
        assert!(column[2_030..].iter().all(|&x| x == 0.0), "{call}");
    }
}

#[test]
fn a_tiny_price_gives_the_oscillators_of_a_large_one() {
    let (small, large) = (walk(6, 300, 1e-18), walk(6, 300, 1.0));
    for (call, params) in [
        ("rsi", &[14.0][..]),
        ("adx", &[14.0]),
        ("cci", &[20.0]),
        ("stoch_k", &[14.0, 3.0, 3.0]),
        ("mfi", &[14.0]),
        ("dx", &[14.0]),
        ("correl", &[14.0]),
    ] {
        super::assert_close(&values(call, &small, params), &values(call, &large, params), call);
    }
}
