//! Every indicator against the `ta-lib` crate, the official Rust port of TA-Lib.

use ta_lib::{Core, MAType, OutRange, RetCode};

use super::{Family, TABLE, assert_close, outputs, params, walk};
use crate::sim::candles::Candles;

/// TA-Lib's columns for a family, each as long as the candles, NaN where undefined.
#[expect(clippy::cast_possible_truncation, reason = "periods of a few hundred")]
fn talib(family: &Family, candles: &Candles, params: &[f64]) -> Vec<Vec<f64>> {
    let core = Core::new();
    let (high, low, close, volume) = (&candles.high, &candles.low, &candles.close, &candles.volume);
    let last = candles.len() - 1;
    let p: Vec<i32> = params.iter().map(|&x| x as i32).collect();
    let mut columns = vec![vec![0.0; candles.len()]; family.width];
    let answer: Result<OutRange, RetCode> = match columns.as_mut_slice() {
        [a] => match family.name {
            "sma" => core.sma(0, last, close, p[0], a),
            "ema" => core.ema(0, last, close, p[0], a),
            "wma" => core.wma(0, last, close, p[0], a),
            "rsi" => core.rsi(0, last, close, p[0], a),
            "roc" => core.roc(0, last, close, p[0], a),
            "mom" => core.mom(0, last, close, p[0], a),
            "atr" => core.atr(0, last, high, low, close, p[0], a),
            "stddev" => core.stddev(0, last, close, p[0], 1.0, a),
            "highest" => core.max(0, last, close, p[0], a),
            "lowest" => core.min(0, last, close, p[0], a),
            "cci" => core.cci(0, last, high, low, close, p[0], a),
            "adx" => core.adx(0, last, high, low, close, p[0], a),
            "obv" => core.obv(0, last, close, volume, a),
            name => panic!("say here what TA-Lib calls {name}"),
        },
        [k, d] => core.stoch(0, last, high, low, close, p[0], p[1], MAType::SMA, p[2], MAType::SMA, k, d),
        [a, b, c] if family.name == "macd" => core.macd(0, last, close, p[0], p[1], p[2], a, b, c),
        [a, b, c] => core.bbands(0, last, close, p[0], params[1], params[1], MAType::SMA, a, b, c),
        _ => panic!("say here what TA-Lib calls {}", family.name),
    };
    let range = answer.expect("TA-Lib takes these parameters");
    let place = |column: &Vec<f64>| {
        let undefined = if range.count == 0 { candles.len() } else { range.beg_idx };
        [vec![f64::NAN; undefined].as_slice(), &column[..range.count]].concat()
    };
    columns.iter().map(place).collect()
}

#[test]
fn values_and_warm_up_are_those_of_ta_lib() {
    for seed in 1..=6 {
        let candles = walk(seed, 700, if seed % 2 == 0 { 40_000.0 } else { 0.03 });
        for family in TABLE {
            for params in params(family) {
                let ours = outputs(family, &candles, &params, 1024);
                for (output, (ours, theirs)) in ours.iter().zip(talib(family, &candles, &params)).enumerate() {
                    assert_close(ours, &theirs, &format!("{} {params:?} seed {seed}", family.outputs[output]));
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
