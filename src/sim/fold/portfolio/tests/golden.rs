//! Portfolios by weights have vectorbt's equity at each close; `tests/golden/weights.py` says how the file was made.

use serde_json::Value;

use super::*;
use crate::account::Settings;
use crate::candles::Candles;
use crate::fold::{BoundSeries, RunConfig, series_values};
use crate::interval::DAY;
use crate::simd::Cpu;
use crate::strategy::parse;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assets(document: &Value) -> Vec<(String, Candles)> {
    let start = document["time"].as_i64().unwrap();
    let one = |(symbol, prices): (&String, &Value)| {
        let (open, close) = (numbers(&prices["open"]), numbers(&prices["close"]));
        let time = (0..).map(|bar| start + bar * DAY).take(close.len()).collect();
        (symbol.clone(), Candles { time, open, close, ..Candles::default() })
    };
    document["assets"].as_object().unwrap().iter().map(one).collect()
}

#[test]
fn equity_is_that_of_vectorbt_at_every_close() {
    let document: Value = serde_json::from_str(include_str!("../../../../../tests/golden/weights.json")).unwrap();
    let settings = Settings { slippage: 0.0005, ..Settings::default() };
    let config = RunConfig { settings, interval: "1d".parse().unwrap(), cpu: Cpu::detect() };
    for (weighting, wanted) in document["equity"].as_object().unwrap() {
        let text = format!(
            "name = \"weekly\"\n[portfolio]\nscore = \"roc(close, 10)\"\ntop = 3\ninvest = 0.95\nweight = \"{weighting}\""
        );
        let strategy = parse(&text, "weekly").unwrap();
        let terms = strategy.portfolio.as_ref().unwrap();
        let scores: Vec<AssetScores> = assets(&document)
            .iter()
            .map(|(_, candles)| {
                let of = |expr| BoundSeries { expr, condition: None, values: &[] };
                let score = series_values(&[of(terms.score.as_ref())], &config, candles).remove(0);
                let weight = terms.weight.as_ref();
                let weight = weight.map(|weight| series_values(&[of(Some(weight))], &config, candles).remove(0));
                AssetScores::new(score, weight)
            })
            .collect();
        let universe = Universe::new(assets(&document)).unwrap();
        let numbers_of = terms.numbers(&[]);
        let candidates = Candidates::new(&universe, &scores, numbers_of.every, config.interval);
        let portfolio = WeightedPortfolio { universe: &universe, candidates: &candidates, numbers: numbers_of };
        let run = portfolio.run(&settings, 0.0, false);
        let wanted = numbers(wanted);
        assert_eq!(run.equity.len(), wanted.len());
        for (bar, (equity, wanted)) in run.equity.iter().zip(&wanted).enumerate() {
            assert!((equity / wanted - 1.0).abs() < 1e-12, "{weighting}, bar {bar}: {equity} and {wanted}");
        }
        assert!(run.trades.len() > 10, "{weighting}: {} trades", run.trades.len());
    }
}
