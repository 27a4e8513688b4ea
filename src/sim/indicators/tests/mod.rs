//! What holds for every indicator in the table. Walks, comparisons and parameter sets that the tests share are here.

mod chunks;
mod crash;
mod flat;
mod gaps;
mod table;
mod talib;
mod ticks;

use super::{Family, Inputs, TABLE, feed};
use crate::candles::{Candles, Field};

/// A random walk of `bars` candles from `price`: xorshift64*, so a seed means the same series for ever.
fn walk(seed: u64, bars: usize, price: f64) -> Candles {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        f64::from(u32::try_from(state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32).unwrap()) / 4_294_967_296.0
    };
    let mut candles = Candles::default();
    let mut close = price;
    for bar in 0..i64::try_from(bars).unwrap() {
        let open = close * (1.0 + 0.002 * (random() - 0.5));
        close = open * (1.0 + 0.06 * (random() - 0.497));
        candles.time.push(bar * 86_400_000);
        candles.open.push(open);
        candles.high.push(open.max(close) * (1.0 + 0.01 * random()));
        candles.low.push(open.min(close) * (1.0 - 0.01 * random()));
        candles.close.push(close);
        candles.volume.push((1e6 * random()).floor() / 8.0);
    }
    candles
}

/// All outputs of a family, fed `chunk` bars at a time.
fn outputs(family: &'static Family, candles: &Candles, params: &[f64], chunk: usize) -> Vec<Vec<f64>> {
    let inputs: Vec<&[f64]> = fields(family).iter().map(|field| candles.column(*field)).collect();
    feed::series(family, &inputs, params, chunk)
}

/// What a family reads here: families of any series the close, those of two also the volume.
fn fields(family: &Family) -> &'static [Field] {
    match family.inputs {
        Inputs::Any => &[Field::Close],
        Inputs::Pair => &[Field::Close, Field::Volume],
        Inputs::Fields(fields) => fields,
    }
}

/// Sets of parameters to try for a family, the smallest allowed among them.
fn params(family: &Family) -> Vec<Vec<f64>> {
    let sets: &[&[f64]] = match (family.name, family.params.len()) {
        ("macd", _) => &[&[12.0, 26.0, 9.0], &[2.0, 2.0, 1.0], &[30.0, 7.0, 5.0], &[3.0, 40.0, 20.0]],
        ("bb", _) => &[&[20.0, 2.0], &[2.0, 0.5], &[77.0, 3.0]],
        ("stoch", _) => &[&[14.0, 3.0, 3.0], &[1.0, 1.0, 1.0], &[5.0, 1.0, 4.0], &[60.0, 9.0, 2.0]],
        ("rmi", _) => &[&[20.0, 5.0], &[2.0, 1.0], &[14.0, 1.0], &[50.0, 60.0]],
        ("sar", _) => &[&[0.02, 0.2], &[0.5, 0.1], &[0.1, 1.0], &[0.0, 0.0]],
        ("supertrend", _) => &[&[10.0, 3.0], &[1.0, 1.0], &[200.0, 2.5]],
        ("percentile", _) => &[&[100.0, 90.0], &[1.0, 50.0], &[20.0, 0.0], &[20.0, 100.0], &[7.0, 33.3]],
        ("sma" | "ema" | "wma" | "roc" | "mom" | "atr" | "rma" | "argmax" | "argmin" | "percent_rank", 1) => {
            &[&[1.0], &[2.0], &[14.0], &[50.0], &[200.0]]
        }
        (_, 1) => &[&[2.0], &[3.0], &[14.0], &[50.0], &[200.0]],
        (_, 0) => &[&[]],
        (name, _) => panic!("say here which parameters to try for {name}"),
    };
    sets.iter().map(|set| set.to_vec()).collect()
}

/// Fails unless both are undefined at the same bars and equal to 1e-9 elsewhere. Values that are differences of
/// larger ones (near 0) are held to 1e-12 of the column's largest.
fn assert_close(ours: &[f64], theirs: &[f64], what: &str) {
    let largest = theirs.iter().filter(|x| !x.is_nan()).fold(0.0_f64, |a, b| a.max(b.abs()));
    assert_close_to(ours, theirs, largest, what);
}

/// The same for differences of values as large as `largest`.
fn assert_close_to(ours: &[f64], theirs: &[f64], largest: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}: length");
    for (bar, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert_eq!(a.is_nan(), b.is_nan(), "{what}, bar {bar}: {a} against {b}");
        assert!(a.is_nan() || (a - b).abs() <= 1e-9 * b.abs() + 1e-12 * largest, "{what}, bar {bar}: {a} against {b}");
    }
}
