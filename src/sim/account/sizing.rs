//! How many units an entry buys or sells.

/// What an entry is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SizeRule {
    /// All of the equity.
    #[default]
    All,
    /// This fraction of the equity; above 1 only with leverage.
    Fraction(f64),
    /// So much cash, or all of the equity where that is less.
    Cash(f64),
    /// So many units.
    Units(f64),
    /// As many units as lose this fraction of the equity when the stop is hit at its level, costs aside.
    Risk(f64),
    /// The fraction of the equity whose volatility per year is this.
    Volatility(f64),
}

/// The size of the positions of one combination.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sizing {
    /// What an entry is worth.
    pub rule: SizeRule,
    /// Units are whole multiples of this; 0 where they are not rounded.
    pub lot: f64,
    /// Nothing is entered below this value; 0 where anything is.
    pub min_notional: f64,
}

/// What an entry knows when it is sized.
pub(super) struct EntryTerms {
    /// Equity before the fill.
    pub equity: f64,
    /// Price of the fill, slippage included.
    pub price: f64,
    /// Fee as a fraction.
    pub fee: f64,
    /// Distance from the price to the stop; infinite without one.
    pub stop: f64,
    /// Standard deviation of the returns per year at the bar of the signal; NaN where it is undefined.
    pub volatility: f64,
    /// Most that a position may be worth, as a multiple of the equity.
    pub leverage: f64,
}

impl Sizing {
    /// Units above 0; nothing where the entry is rejected.
    pub(super) fn units(&self, entry: &EntryTerms) -> Option<f64> {
        let &EntryTerms { equity, price, fee, stop, volatility, leverage } = entry;
        let wanted = match self.rule {
            SizeRule::All => equity / (price * (1.0 + fee)),
            SizeRule::Fraction(fraction) => fraction * equity / (price * (1.0 + fee)),
            SizeRule::Cash(cash) => (if cash < equity { cash } else { equity }) / (price * (1.0 + fee)),
            SizeRule::Units(units) => units,
            SizeRule::Risk(risk) => risk * equity / stop,
            SizeRule::Volatility(target) => target / volatility * equity / (price * (1.0 + fee)),
        };
        // Margin and fee together are at most the equity.
        let most = leverage * equity / (price * (1.0 + fee * leverage));
        let units = if wanted > most { most } else { wanted };
        let units = if self.lot > 0.0 { (units / self.lot).floor() * self.lot } else { units };
        (units > 0.0 && units.is_finite() && units * price >= self.min_notional).then_some(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: EntryTerms =
        EntryTerms { equity: 1010.0, price: 10.0, fee: 0.01, stop: 0.5, volatility: 0.8, leverage: 1.0 };

    fn units(rule: SizeRule) -> Option<f64> {
        Sizing { rule, ..Sizing::default() }.units(&ENTRY)
    }

    #[test]
    fn each_rule_gives_its_units_and_no_more_than_the_equity_pays() {
        assert_eq!(units(SizeRule::All), Some(100.0));
        assert_eq!(units(SizeRule::Fraction(0.5)), Some(50.0));
        assert_eq!(units(SizeRule::Fraction(3.0)), Some(100.0), "without leverage all is the most");
        assert_eq!(units(SizeRule::Cash(101.0)), Some(10.0));
        assert_eq!(units(SizeRule::Cash(5000.0)), Some(100.0));
        assert_eq!(units(SizeRule::Units(7.0)), Some(7.0));
        assert_eq!(units(SizeRule::Units(700.0)), Some(100.0));
        assert_eq!(units(SizeRule::Risk(0.01)), Some(0.01 * 1010.0 / 0.5));
        assert_eq!(units(SizeRule::Volatility(0.4)), Some(0.5 * 1010.0 / 10.1));
    }

    #[test]
    fn leverage_lifts_the_cap_as_far_as_margin_and_fee_are_paid() {
        let entry = EntryTerms { leverage: 3.0, ..ENTRY };
        let units = Sizing { rule: SizeRule::Fraction(3.0), ..Sizing::default() }.units(&entry).unwrap();
        let (margin, fee) = (units * 10.0 / 3.0, units * 10.0 * 0.01);
        assert!((margin + fee - 1010.0).abs() < 1e-9, "{margin} {fee}");
    }

    #[test]
    fn lots_are_whole_and_what_is_too_small_is_rejected() {
        let sizing = |rule, lot, min_notional| Sizing { rule, lot, min_notional }.units(&ENTRY);
        assert_eq!(sizing(SizeRule::Units(7.9), 2.0, 0.0), Some(6.0));
        assert_eq!(sizing(SizeRule::Units(1.9), 2.0, 0.0), None);
        assert_eq!(sizing(SizeRule::Units(7.0), 0.0, 70.0), Some(7.0));
        assert_eq!(sizing(SizeRule::Units(7.0), 0.0, 70.1), None);
        let undefined = EntryTerms { volatility: f64::NAN, stop: f64::INFINITY, ..ENTRY };
        let sizing = |rule| Sizing { rule, ..Sizing::default() }.units(&undefined);
        assert_eq!((sizing(SizeRule::Volatility(0.4)), sizing(SizeRule::Risk(0.01))), (None, None));
    }
}
