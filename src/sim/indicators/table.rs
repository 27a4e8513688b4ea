//! The table of all indicators: parser, help, docs and tests derive from it.
//!
//! To add an indicator: one file with its [`Family`], one line here, and its golden vector in
//! `tests/golden/indicators.py`.

use super::family::Family;
use super::{
    adx, adxr, arg_extreme, aroon, atr, bb, cci, condition_window, correl, di, dx, ema, extreme, heikin_ashi, kama,
    last_time, linreg, linreg_angle, macd, mfi, mom, obv, percent_rank, percentile, rma, rmi, roc, rsi, sar, sma,
    stddev, stoch, sum, sum_while, supertrend, wma,
};

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
    &rma::RMA,
    &kama::KAMA,
    &linreg::LINREG,
    &linreg_angle::LINREG_ANGLE,
    &rmi::RMI,
    &mfi::MFI,
    &di::DI,
    &dx::DX,
    &adxr::ADXR,
    &aroon::AROON,
    &sar::SAR,
    &supertrend::SUPERTREND,
    &heikin_ashi::HEIKIN_ASHI,
    &sum::SUM,
    &sum_while::SUM_WHILE,
    &arg_extreme::ARGMAX,
    &arg_extreme::ARGMIN,
    &percentile::PERCENTILE,
    &percent_rank::PERCENT_RANK,
    &correl::CORREL,
];

/// Functions of conditions: what they remember is fed as indicators are. Their first input is a condition as numbers: 1 where it
/// holds, 0 where it does not, NaN where it is undefined.
pub static CONDITION_TABLE: &[&Family] = &[
    &condition_window::COUNT,
    &condition_window::ANY,
    &condition_window::ALL,
    &last_time::BARS_SINCE,
    &last_time::VALUE_WHEN,
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
