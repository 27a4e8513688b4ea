//! What an account is given: capital, costs, when orders fill and which sides may be held.

use crate::interval::{Interval, Year};

/// When an order that a rule gives at bar i is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// At the open of bar i+1: what a trader could really have done.
    NextOpen,
    /// At the close of bar i itself.
    Close,
}

/// Which sides may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Only bought units.
    Long,
    /// Only sold units.
    Short,
    /// One side after the other.
    Both,
}

/// Account settings of a backtest; all of them are part of a result's identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Cash at the start, in quote currency.
    pub capital: f64,
    /// Fee as a fraction of each fill's value.
    pub fee: f64,
    /// Fee of a fill of a limit order, where it is another one.
    pub maker_fee: Option<f64>,
    /// Fraction by which each fill is worse than the price.
    pub slippage: f64,
    /// When orders fill.
    pub fill: Fill,
    /// Which sides may be held.
    pub direction: Direction,
    /// How long a year is; no trade depends on it.
    pub year: Year,
    /// What cash that bears no risk earns in a year, as a fraction; no trade depends on it.
    pub risk_free: f64,
    /// Length of the bars by which levels are looked at inside each bar.
    pub detail: Option<Interval>,
    /// Whether funding is paid by the market's own rates.
    pub market_funding: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capital: 10_000.0,
            fee: 0.001,
            maker_fee: None,
            slippage: 0.0,
            fill: Fill::NextOpen,
            direction: Direction::Long,
            year: Year::Calendar,
            risk_free: 0.0,
            detail: None,
            market_funding: false,
        }
    }
}

impl Settings {
    /// What cash that bears no risk earns in one of so many bars a year: compounded, it is the rate of the year.
    #[must_use]
    pub fn risk_free_per_bar(&self, bars_per_year: f64) -> f64 {
        if self.risk_free == 0.0 { 0.0 } else { libm::pow(1.0 + self.risk_free, 1.0 / bars_per_year) - 1.0 }
    }
}
