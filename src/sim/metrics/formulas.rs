//! The formulas, on what an account has summed up.

use crate::account::{Closed, TradeCounts};

/// What the formulas read.
pub struct Closing<'a> {
    /// The account after the last bar.
    pub account: &'a Closed,
    /// Capital at the start.
    pub capital: f64,
    /// Bars in the range, at least 1.
    pub bars: u64,
    /// Bars a year.
    pub bars_per_year: f64,
    /// Close of the first bar.
    pub first_close: f64,
    /// Close of the last bar.
    pub last_close: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of bars and trades are far below 2^53")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

pub(super) fn trades(c: &Closing<'_>) -> f64 {
    float(c.account.stats.trades.count)
}

pub(super) fn total_return(c: &Closing<'_>) -> f64 {
    c.account.equity / c.capital - 1.0
}

pub(super) fn cagr(c: &Closing<'_>) -> f64 {
    libm::pow(1.0 + total_return(c), c.bars_per_year / float(c.bars)) - 1.0
}

/// Mean return above the risk-free one.
pub(super) fn mean(c: &Closing<'_>) -> f64 {
    (c.account.stats.returns.gains - c.account.stats.returns.losses) / float(c.bars)
}

/// Sample standard deviation of the returns, which is also that of the returns above the risk-free one; NaN under two
/// bars.
pub(super) fn deviation(c: &Closing<'_>) -> f64 {
    let squares = c.account.stats.returns.squares;
    let variation = squares - mean(c) * mean(c) * float(c.bars);
    // What is left of equal returns is rounding, of either sign: their deviation is 0.
    let rounding = squares * (4.0 * f64::EPSILON);
    let variation = if variation > rounding { variation } else { 0.0 };
    if c.bars < 2 { f64::NAN } else { (variation / float(c.bars - 1)).sqrt() }
}

pub(super) fn payoff_ratio(c: &Closing<'_>) -> f64 {
    let sums = &c.account.stats.trades;
    (sums.profit / float(sums.wins)) / (-sums.loss / float(sums.losses))
}

pub(super) fn kelly(c: &Closing<'_>) -> f64 {
    let wins = float(c.account.stats.trades.wins) / trades(c);
    wins - (1.0 - wins) / payoff_ratio(c)
}

pub(super) fn sharpe(c: &Closing<'_>) -> f64 {
    mean(c) / deviation(c) * c.bars_per_year.sqrt()
}

pub(super) fn sortino(c: &Closing<'_>) -> f64 {
    let downside = (c.account.stats.returns.loss_squares / float(c.bars)).sqrt();
    // As vectorbt: one return alone has no ratio.
    if c.bars < 2 { f64::NAN } else { mean(c) * c.bars_per_year / (downside * c.bars_per_year.sqrt()) }
}

pub(super) fn max_drawdown(c: &Closing<'_>) -> f64 {
    c.account.stats.max_drawdown()
}

pub(super) fn expectancy(c: &Closing<'_>) -> f64 {
    (c.account.stats.trades.profit + c.account.stats.trades.loss) / trades(c)
}

pub(super) fn sqn(c: &Closing<'_>) -> f64 {
    let sums = &c.account.stats.trades;
    let deviation = (sums.spread / (trades(c) - 1.0)).sqrt();
    if sums.count < 2 { f64::NAN } else { trades(c).sqrt() * expectancy(c) / deviation }
}

/// One of the account's counts; NaN where it has none.
pub(super) fn counted(c: &Closing<'_>, get: fn(&TradeCounts) -> f64) -> f64 {
    c.account.counts.as_ref().map_or(f64::NAN, get)
}
