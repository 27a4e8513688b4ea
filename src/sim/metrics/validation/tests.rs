//! Against figures of other programs (`tests/golden/validation.py` made them).

use serde_json::Value;

use super::*;
use crate::random::Random;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../../tests/golden/validation.json")).unwrap()
}

fn near(value: f64, wanted: &Value, what: &str) {
    let wanted = wanted.as_f64().unwrap();
    assert!((value - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{what}: {value} is not {wanted}");
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Points one after the other; the later ones are a little better.
fn returns(seed: u64, points: usize, bars: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut row = |point: usize| -> Vec<f64> {
        (0..bars).map(|_| (random.uniform() - 0.49 + 0.0004 * point as f64) / 20.0).collect()
    };
    (0..points).map(&mut row).collect()
}

fn powers(returns: &[f64]) -> [f64; 4] {
    [1, 2, 3, 4].map(|power| returns.iter().map(|r| r.powi(power)).sum())
}

#[test]
fn sharpe_ratios_are_as_sure_as_skfolio_and_vectorbt_say() {
    for case in golden()["cases"].as_array().unwrap() {
        let rows = returns(case["seed"].as_u64().unwrap(), count(&case["points"]), count(&case["bars"]));
        let shape = |row: &Vec<f64>| ReturnShape::of_powers(row.len() as u64, powers(row), 0.0).unwrap();
        let mut trials = SharpeSpread::default();
        for row in &rows {
            trials.push(shape(row).sharpe);
        }
        let best = shape(&rows[count(&case["best"])]);
        near(best.sharpe, &case["sharpe"], "Sharpe ratio");
        near(best.skew, &case["skew"], "skew");
        near(best.kurtosis, &case["kurtosis"], "kurtosis");
        near(best.psr(0.0).unwrap(), &case["psr"], "PSR");
        near(best.dsr(&trials).unwrap(), &case["dsr"], "DSR");
    }
}

#[test]
fn overfitting_is_as_probable_as_sharpebench_says() {
    for case in golden()["cases"].as_array().unwrap() {
        let rows = returns(case["seed"].as_u64().unwrap(), count(&case["points"]), count(&case["bars"]));
        for (blocks, wanted) in case["cscv"].as_object().unwrap() {
            let borders = Cscv::borders(blocks.parse().unwrap(), count(&case["bars"]));
            let mut cscv = Cscv::new(borders.len() - 1, borders[1] - borders[0]).unwrap();
            for row in &rows {
                let sums = |pair: &[usize]| {
                    let [sum, squares, ..] = powers(&row[pair[0]..pair[1]]);
                    BlockReturns { sum, squares }
                };
                cscv.push(&borders.windows(2).map(sums).collect::<Vec<_>>());
            }
            let found = cscv.summary(&cscv.splits()).unwrap();
            assert_eq!(found.splits, wanted["splits"].as_u64().unwrap());
            near(found.pbo, &wanted["pbo"], "PBO");
            near(found.median_logit, &wanted["median_logit"], "median logit");
            near(found.slope.unwrap(), &wanted["slope"], "slope");
            near(found.loss, &wanted["loss"], "probability of a loss");
            near(found.random_picker, &wanted["random_picker"], "random picker");
        }
    }
}

#[test]
fn blocks_are_as_long_as_arch_says() {
    for case in golden()["blocks"].as_array().unwrap() {
        let mut random = Random::new(case["seed"].as_u64().unwrap());
        let (weight, mut before) = (case["weight"].as_f64().unwrap(), 0.0);
        let mut step = || {
            before = weight * before + (random.uniform() - 0.5);
            before
        };
        let series: Vec<f64> = (0..count(&case["bars"])).map(|_| step()).collect();
        near(block_length(&series), &case["length"], "length of a block");
    }
}
