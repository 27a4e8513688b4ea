//! What a division by zero leaves behind: undefined while it matters, and nothing after that.

use super::super::{feed, find};
use super::{TABLE, assert_close, fields, params, walk};
use crate::indicators::Family;

const BAD: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// The inputs of a family, the bad value in each of them.
fn inputs(family: &Family, bad: f64, at: &[usize]) -> Vec<Vec<f64>> {
    let candles = walk(21, 900, 100.0);
    let mut columns: Vec<Vec<f64>> = fields(family).iter().map(|field| candles.column(*field).to_vec()).collect();
    for column in &mut columns {
        for &bar in at {
            column[bar] = bad;
        }
    }
    columns
}

fn columns(family: &'static Family, inputs: &[Vec<f64>], params: &[f64], chunk: usize) -> Vec<Vec<f64>> {
    let views: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
    feed::series(family, &views, params, chunk)
}

#[test]
fn every_indicator_is_defined_again_some_time_after_a_bad_value() {
    for family in TABLE {
        for params in params(family) {
            for bad in BAD {
                for at in [&[300, 301, 310][..], &[2], &[0]] {
                    for column in columns(family, &inputs(family, bad, at), &params, 64) {
                        let last = column[820..].iter();
                        assert!(last.clone().all(|x| x.is_finite()), "{} {params:?} {bad} at {at:?}", family.name);
                    }
                }
            }
        }
    }
}

#[test]
fn every_indicator_is_undefined_at_a_bad_value_itself() {
    for family in TABLE {
        for params in params(family) {
            for bad in BAD {
                // An infinity is the highest or the lowest, or neither.
                if matches!(family.name, "highest" | "lowest") && bad.is_infinite() {
                    continue;
                }
                for column in columns(family, &inputs(family, bad, &[500]), &params, 64) {
                    assert!(!column[500].is_finite(), "{} {params:?} {bad}: {}", family.name, column[500]);
                }
            }
        }
    }
}

#[test]
fn a_window_is_undefined_as_long_as_the_bad_value_is_in_it_and_as_if_it_had_not_been_after_that() {
    let windows: [(&str, &[f64], usize); 17] = [
        ("sma", &[20.0], 20),
        ("wma", &[20.0], 20),
        ("stddev", &[20.0], 20),
        ("bb_middle", &[20.0, 2.0], 20),
        ("bb_lower", &[20.0, 2.0], 20),
        ("highest", &[20.0], 20),
        ("lowest", &[20.0], 20),
        ("cci", &[20.0], 20),
        ("stoch_d", &[14.0, 4.0, 4.0], 20),
        ("sum", &[20.0], 20),
        ("linreg", &[20.0], 20),
        ("slope", &[20.0], 20),
        ("linreg_angle", &[20.0], 20),
        ("correl", &[20.0], 20),
        ("percentile", &[20.0, 40.0], 20),
        ("percent_rank", &[19.0], 20),
        ("aroon_osc", &[19.0], 20),
    ];
    for (call, params, bars) in windows {
        let (family, output) = find(call).unwrap();
        let clean = &columns(family, &inputs(family, 0.0, &[]), params, 64)[output];
        for bad in BAD {
            if matches!(call, "highest" | "lowest") && bad.is_infinite() {
                continue;
            }
            for at in 300..345 {
                let ours = &columns(family, &inputs(family, bad, &[at]), params, 64)[output];
                assert!(ours[at..at + bars].iter().all(|x| x.is_nan()), "{call} {bad} at {at}");
                let mut expected = clean.clone();
                expected[at..at + bars].fill(f64::NAN);
                assert_close(ours, &expected, call);
            }
        }
    }
}

#[test]
fn a_recursion_goes_on_as_if_the_bar_had_not_been_there() {
    for (call, params) in [
        ("ema", &[20.0][..]),
        ("rma", &[20.0]),
        ("kama", &[20.0]),
        ("macd", &[12.0, 26.0, 9.0]),
        ("macd_hist", &[12.0, 26.0, 9.0]),
    ] {
        let (family, output) = find(call).unwrap();
        for bad in BAD {
            // In the seed, after it, and twice.
            for at in [&[3][..], &[200], &[10, 15, 400]] {
                let with = inputs(family, bad, at);
                let without: Vec<f64> = with[0].iter().copied().filter(|x| x.is_finite()).collect();
                let ours = &columns(family, &with, params, 64)[output];
                let kept: Vec<f64> =
                    ours.iter().zip(&with[0]).filter(|(_, x)| x.is_finite()).map(|(ours, _)| *ours).collect();
                assert_close(&kept, &columns(family, &[without], params, 64)[output], call);
            }
        }
    }
}

#[test]
fn chunks_do_not_matter_around_bad_values() {
    for family in TABLE {
        for params in params(family) {
            let series = inputs(family, f64::NAN, &[1, 63, 64, 200, 201, 500]);
            let bits = |chunk| -> Vec<Vec<u64>> {
                let columns = columns(family, &series, &params, chunk);
                columns.iter().map(|column| column.iter().map(|x| x.to_bits()).collect()).collect()
            };
            assert!([1, 7, 64, 899].into_iter().all(|chunk| bits(chunk) == bits(900)), "{} {params:?}", family.name);
        }
    }
}
