//! The strategies of examples/strategies, which docs/porting.md explains: each can be read and trades.

use std::sync::Arc;

use crate::account::{Direction, Settings};
use crate::candles::{Candle, Candles};
use crate::fold::{Combination, Market, OtherAsset, RunConfig, fold};
use crate::random::Random;
use crate::simd::Cpu;
use crate::strategy;

macro_rules! examples {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../../examples/strategies/", $name, ".toml")))),*]
    };
}

/// Names and texts of the files.
const EXAMPLES: [(&str, &str); 12] = examples![
    "btc_regime",
    "connors_rsi2",
    "dual_momentum",
    "heikin_ashi_trend",
    "ichimoku",
    "macd_4h_trend",
    "opening_range",
    "pair_ratio",
    "squeeze",
    "supertrend",
    "turtle_system_2",
    "vwap_reversion"
];
const GUIDE: &str = include_str!("../../../../docs/porting.md");

/// Half-hours of a price that wanders in waves.
fn candles(seed: u64, bars: usize) -> Candles {
    let mut random = Random::new(seed);
    let mut close = 100.0_f64;
    (0..)
        .take(bars)
        .map(|bar: i64| {
            let open = close;
            let wave = libm::sin(bar as f64 / 97.0) * 0.004 + libm::sin(bar as f64 / 11.0) * 0.004;
            close *= 1.0 + wave + ((random.bits() % 2_001) as f64 - 1_000.0) / 100_000.0;
            let (high, low) = (open.max(close) * 1.002, open.min(close) * 0.998);
            let volume = 10.0 + (random.bits() % 90) as f64;
            Candle { time: bar * 1_800_000, open, high, low, close, volume }
        })
        .collect()
}

#[test]
fn every_example_is_named_as_its_file_and_trades() {
    let (eth, btc) = (candles(1, 6_000), candles(2, 6_000));
    let others = [OtherAsset { name: "BTC".to_owned(), bars: 0..btc.len(), candles: Arc::new(btc), own: Vec::new() }];
    let market = Market { others: &others, ..Market::from(&eth) };
    let settings = Settings { direction: Direction::Long, ..Settings::default() };
    let config = RunConfig { settings, interval: "30m".parse().unwrap(), cpu: Cpu::detect() };
    for (name, text) in EXAMPLES {
        let strategy = strategy::parse(text, name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(strategy.name, name);
        assert!(GUIDE.contains(&format!("**[{name}](../examples/strategies/{name}.toml)**")), "{name} is explained");
        let values = strategy.defaults();
        let outcome = fold(market, &[Combination { strategy: &strategy, values: &values }], &config).remove(0);
        let trades = outcome.metrics[crate::metrics::find("trades").unwrap()];
        assert!(trades > Some(0.0), "{name}: {trades:?}");
    }
}
