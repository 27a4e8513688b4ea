//! Borrowed money: how much of it, what it costs, and the price at which the margin is used up.
//!
//! Isolated, per position: a position of value N at its entry has a margin of N / L, and loses no more than that. There
//! are no tiers, and the rest of the account is no margin.

/// Hours between two payments of funding, in milliseconds.
const FUNDING_EVERY: i64 = 8 * 3_600_000;

/// Leverage and the costs of holding a position; all 0 or nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Leverage {
    /// Most that a position may be worth, as a multiple of the equity; without it a position is never liquidated.
    pub limit: Option<f64>,
    /// Fraction of the position's value that its equity must not fall below.
    pub maintenance: f64,
    /// Rate of a funding payment, every 8 hours from midnight UTC: a long position pays it where it is positive.
    pub funding: f64,
    /// Whether rates of funding are those of the market, each at its time, and not one for all.
    pub market_funding: bool,
    /// Rate per year on what is borrowed.
    pub borrow: f64,
}

impl Leverage {
    /// The price at which the margin of a position is used up, mirrored for a short as `entry` is.
    pub(super) fn liquidation(&self, entry: f64, side: f64) -> f64 {
        let Some(limit) = self.limit else { return f64::NEG_INFINITY };
        entry * (1.0 - side / limit) / (1.0 - side * self.maintenance)
    }

    /// Whether holding a position costs anything.
    #[must_use]
    pub fn has_charges(&self) -> bool {
        self.funding != 0.0 || self.market_funding || self.borrow != 0.0
    }

    /// What `units` (below zero when sold short) and `cash` cost that are carried over the open of a bar with so much
    /// funding, as `(funding, interest)`.
    pub(super) fn charges(&self, units: f64, cash: f64, open: f64, bar: BarFunding, bars_per_year: f64) -> (f64, f64) {
        let borrowed = if units < 0.0 {
            -units * open
        } else if cash < 0.0 {
            -cash
        } else {
            0.0
        };
        let rate = if self.market_funding { bar.rate } else { self.funding * f64::from(bar.payments) };
        (units * open * rate, borrowed * self.borrow / bars_per_year)
    }
}

/// What funding one bar has.
#[derive(Clone, Copy, Debug)]
pub(super) struct BarFunding {
    /// How often it is paid every 8 hours.
    pub payments: u8,
    /// Sum of the market's own rates, where they are known.
    pub rate: f64,
}

/// How often funding is paid in the bar from `open` until `end`, both in milliseconds: at its open, and later inside it.
#[expect(clippy::cast_sign_loss, reason = "a bar has few of them")]
#[must_use]
pub fn funding_payments(open: i64, end: i64) -> u8 {
    let before = |time: i64| (time + FUNDING_EVERY - 1).div_euclid(FUNDING_EVERY);
    (before(end) - before(open)).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_liquidation_price_is_where_the_margin_is_down_to_the_maintenance() {
        let leverage = Leverage { limit: Some(10.0), maintenance: 0.005, ..Leverage::default() };
        let long = leverage.liquidation(100.0, 1.0);
        // 1 unit at 100 with a margin of 10: at this price the equity of the position is 0.5 % of its value.
        assert!((10.0 + (long - 100.0) - 0.005 * long).abs() < 1e-9, "{long}");
        let short = -leverage.liquidation(-100.0, -1.0);
        assert!((10.0 + (100.0 - short) - 0.005 * short).abs() < 1e-9, "{short}");
        let none = Leverage::default().liquidation(100.0, 1.0);
        assert!(none.is_infinite() && none < 0.0, "{none}");
    }

    #[test]
    fn funding_is_paid_at_midnight_at_8_and_at_16() {
        let hour = 3_600_000;
        let paid: Vec<u8> = (0..9).map(|bar| funding_payments(bar * hour, (bar + 1) * hour)).collect();
        assert_eq!(paid, [1, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(funding_payments(0, 24 * hour), 3);
        assert_eq!(funding_payments(hour, 13 * hour), 1);
    }
}
