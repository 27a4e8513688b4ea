//! Seven days of one asset and a strategy that holds while the price rises: small enough to follow by hand, as docs/backtest.md does.

use serde_json::Value;

use crate::fixture::Sandbox;

pub(crate) const CANDLES: &str = "timestamp,open,high,low,close,volume\n2024-01-01,100,101,99,100,10\n2024-01-02,100,106,99,105,10\n\
    2024-01-03,110,112,108,110,10\n2024-01-04,120,125,118,121,10\n2024-01-05,121,122,98,99,10\n\
    2024-01-06,98,100,95,96,10\n2024-01-07,96,97,94,95,10\n";
pub(crate) const STRATEGY: &str =
    "name = \"toy\"\n[rules]\nentry = \"close > prev(close, 1)\"\nexit = \"close < prev(close, 1)\"\n";
pub(crate) const RUN: &str =
    "run --crypto TOY --strategy ./toy.toml --capital 11110 --fee 0.01 --no-cache --format json --trades";

/// A folder with both.
pub(crate) fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("data/1d/TOY.csv", CANDLES);
    sandbox.write("toy.toml", STRATEGY);
    sandbox
}

/// Whether a figure is the one worked out by hand.
pub(crate) fn near(value: &Value, wanted: f64) -> bool {
    (value.as_f64().unwrap() - wanted).abs() < 1e-9 * wanted.abs().max(1.0)
}
