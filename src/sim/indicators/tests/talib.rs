//! Every indicator against the `ta-lib` crate, the official Rust port of TA-Lib.

use ta_lib::{Core, MAType, OutRange, RetCode};

use super::{TABLE, assert_close, assert_close_to, outputs, params, walk};
use crate::candles::Candles;

/// TA-Lib's values of one output, as long as the candles, NaN where undefined; nothing where it has no such function.
#[expect(clippy::cast_possible_truncation, reason = "periods of a few hundred")]
fn talib(name: &str, candles: &Candles, params: &[f64]) -> Option<Vec<f64>> {
    let core = Core::new();
    let (high, low, close, volume) = (&candles.high, &candles.low, &candles.close, &candles.volume);
    let last = candles.len() - 1;
    let p: Vec<i32> = params.iter().map(|&x| x as i32).collect();
    let (mut a, mut b, mut c) = (close.clone(), close.clone(), close.clone());
    let mut macd = || core.macd(0, last, close, p[0], p[1], p[2], &mut a, &mut b, &mut c);
    let answer: Result<OutRange, RetCode> = match name {
        "macd" | "macd_signal" | "macd_hist" => macd(),
        "bb_upper" | "bb_middle" | "bb_lower" => {
            core.bbands(0, last, close, p[0], params[1], params[1], MAType::SMA, &mut a, &mut b, &mut c)
        }
        "stoch_k" | "stoch_d" => {
            core.stoch(0, last, high, low, close, p[0], p[1], MAType::SMA, p[2], MAType::SMA, &mut a, &mut b)
        }
        "aroon_up" | "aroon_down" => core.aroon(0, last, high, low, p[0], &mut b, &mut a),
        "aroon_osc" => core.aroonosc(0, last, high, low, p[0], &mut a),
        "sma" => core.sma(0, last, close, p[0], &mut a),
        "ema" => core.ema(0, last, close, p[0], &mut a),
        "wma" => core.wma(0, last, close, p[0], &mut a),
        "kama" => core.kama(0, last, close, p[0], &mut a),
        "rsi" => core.rsi(0, last, close, p[0], &mut a),
        "rmi" if p[1] == 1 => core.rsi(0, last, close, p[0], &mut a),
        "roc" => core.roc(0, last, close, p[0], &mut a),
        "mom" => core.mom(0, last, close, p[0], &mut a),
        "atr" => core.atr(0, last, high, low, close, p[0], &mut a),
        "stddev" => core.stddev(0, last, close, p[0], 1.0, &mut a),
        "sum" => core.sum(0, last, close, p[0], &mut a),
        "highest" => core.max(0, last, close, p[0], &mut a),
        "lowest" => core.min(0, last, close, p[0], &mut a),
        "cci" => core.cci(0, last, high, low, close, p[0], &mut a),
        "adx" => core.adx(0, last, high, low, close, p[0], &mut a),
        "adxr" => core.adxr(0, last, high, low, close, p[0], &mut a),
        "dx" => core.dx(0, last, high, low, close, p[0], &mut a),
        "plus_di" => core.plus_di(0, last, high, low, close, p[0], &mut a),
        "minus_di" => core.minus_di(0, last, high, low, close, p[0], &mut a),
        "mfi" => core.mfi(0, last, high, low, close, volume, p[0], &mut a),
        "sar" => core.sar(0, last, high, low, params[0], params[1], &mut a),
        "correl" => core.correl(0, last, close, volume, p[0], &mut a),
        "linreg" => core.linearreg(0, last, close, p[0], &mut a),
        "slope" => core.linearreg_slope(0, last, close, p[0], &mut a),
        "linreg_intercept" => core.linearreg_intercept(0, last, close, p[0], &mut a),
        "linreg_angle" => core.linearreg_angle(0, last, close, p[0], &mut a),
        "obv" => core.obv(0, last, close, volume, &mut a),
        _ => return None,
    };
    let column = match name {
        "macd_signal" | "bb_middle" | "stoch_d" | "aroon_down" => b,
        "macd_hist" | "bb_lower" => c,
        _ => a,
    };
    let range = answer.expect("TA-Lib takes these parameters");
    let undefined = if range.count == 0 { candles.len() } else { range.beg_idx };
    Some([vec![f64::NAN; undefined].as_slice(), &column[..range.count]].concat())
}

/// What TA-Lib does not have; `tests/golden/indicators.py` says what else they equal.
const NOT_IN_TA_LIB: [&str; 13] = [
    "rma",
    "rmi",
    "ha_open",
    "ha_high",
    "ha_low",
    "ha_close",
    "supertrend",
    "supertrend_direction",
    "argmax",
    "argmin",
    "percentile",
    "percent_rank",
    "sum_while",
];

#[test]
fn values_and_warm_up_are_those_of_ta_lib() {
    for seed in 1..=6 {
        let candles = walk(seed, 700, if seed % 2 == 0 { 40_000.0 } else { 0.03 });
        for family in TABLE {
            for params in params(family) {
                for (name, ours) in family.outputs.iter().zip(outputs(family, &candles, &params, 1024)) {
                    match talib(name, &candles, &params) {
                        Some(theirs) => {
                            let what = format!("{name} {params:?} seed {seed}");
                            // TA-Lib takes slopes from running sums of prices; `crash.rs` holds ours against exact ones.
                            match *name {
                                "slope" => assert_close_to(&ours, &theirs, candles.close[0], &what),
                                "linreg_angle" => {
                                    assert_close_to(&ours, &theirs, candles.close[0].to_degrees(), &what);
                                }
                                _ => assert_close(&ours, &theirs, &what),
                            }
                        }
                        None => assert!(NOT_IN_TA_LIB.contains(name), "say here what TA-Lib calls {name}"),
                    }
                }
            }
        }
    }
}

#[test]
fn a_series_shorter_than_the_warm_up_has_no_value() {
    let candles = walk(9, 30, 100.0);
    for family in TABLE {
        for params in params(family) {
            let lookback = (family.lookback)(&params);
            for column in outputs(family, &candles, &params, 7) {
                assert_eq!(
                    column.iter().filter(|x| x.is_nan()).count(),
                    lookback.min(30),
                    "{} {params:?}",
                    family.name
                );
            }
        }
    }
}
