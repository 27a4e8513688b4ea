//! The table of all indicators: parser, help, docs and tests derive from it.
//!
//! To add an indicator: one file with its [`Family`], one line here, and its golden vector in
//! `tests/golden/indicators.py`.

use super::family::Family;
use super::{adx, atr, bb, cci, ema, extreme, macd, mom, obv, roc, rsi, sma, stddev, stoch, wma};

/// Every indicator that rules can call. Hidden families are reached through [`Family::via`].
pub static TABLE: &[&Family] = &[
    &sma::SMA,
    &ema::EMA,
    &wma::WMA,
    &rsi::RSI,
    &roc::ROC,
    &mom::MOM,
    &macd::MACD,
    &bb::BB,
    &atr::ATR,
    &stddev::STDDEV,
    &extreme::HIGHEST,
    &extreme::LOWEST,
    &stoch::STOCH,
    &cci::CCI,
    &adx::ADX,
    &obv::OBV,
];

/// The family with an output of this name, and which of its outputs that is.
#[must_use]
pub fn find(name: &str) -> Option<(&'static Family, usize)> {
    TABLE.iter().find_map(|family| Some((*family, family.outputs.iter().position(|output| *output == name)?)))
}

/// The names that rules can call, in the order of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|family| family.outputs.iter().copied())
}
