//! What a curve of equity comes to, by the metrics that need nothing else.

use serde_json::{Value, json};

use crate::number;
use crate::sim::drawdown;

/// Figures of a curve, each as the metric of its name has it; NaN where undefined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::html) struct Performance {
    pub total_return: f64,
    pub cagr: f64,
    pub volatility: f64,
    pub sharpe: f64,
    pub max_drawdown: f64,
}

impl Performance {
    /// Of the values that are defined, at least one, of an account with this capital. `risk_free` is the rate per bar.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "bars are far below 2^53")]
    pub(in crate::html) fn of(equity: &[f64], capital: f64, bars_per_year: f64, risk_free: f64) -> Self {
        let equity: Vec<f64> = equity.iter().copied().filter(|value| !value.is_nan()).collect();
        let bars = equity.len() as f64;
        let before = std::iter::once(capital).chain(equity.iter().copied());
        let returns: Vec<f64> = equity.iter().zip(before).map(|(now, before)| now / before - 1.0).collect();
        let mean = returns.iter().sum::<f64>() / bars;
        let squares = returns.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let deviation = (squares / (bars - 1.0)).sqrt();
        let growth = equity.last().map_or(f64::NAN, |last| last / capital);
        Self {
            total_return: growth - 1.0,
            cagr: libm::pow(growth, bars_per_year / bars) - 1.0,
            volatility: deviation * bars_per_year.sqrt(),
            sharpe: (mean - risk_free) / deviation * bars_per_year.sqrt(),
            max_drawdown: drawdown(&equity).into_iter().fold(0.0, f64::min),
        }
    }

    /// For the page, by the metrics' names.
    #[must_use]
    pub(in crate::html) fn section(&self) -> Value {
        json!({
            "total_return": number(self.total_return),
            "cagr": number(self.cagr),
            "volatility": number(self.volatility),
            "sharpe": number(self.sharpe),
            "max_drawdown": number(self.max_drawdown),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_metrics_definitions() {
        let seen = Performance::of(&[f64::NAN, 100.0, 120.0, 90.0, 180.0], 100.0, 4.0, 0.01);
        let mean = (0.2 - 0.25 + 1.0) / 4.0;
        let squares: f64 = [0.0, 0.2, -0.25, 1.0].iter().map(|value: &f64| (value - mean) * (value - mean)).sum();
        let deviation = (squares / 3.0).sqrt();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(seen.total_return, 0.8) && near(seen.cagr, 0.8), "{seen:?}");
        assert!(
            near(seen.volatility, deviation * 2.0) && near(seen.sharpe, (mean - 0.01) / deviation * 2.0),
            "{seen:?}"
        );
        assert!(near(seen.max_drawdown, -0.25), "{seen:?}");
    }
}
