//! How much of a portfolio is in few assets.

/// How concentrated weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concentration {
    /// The Herfindahl-Hirschman index: the sum of the squares of the shares of what is invested, from 1 / n to 1.
    pub herfindahl: f64,
    /// Its inverse: as many assets of equal weight are as concentrated.
    pub effective_number: f64,
    /// The largest share.
    pub largest: f64,
}

impl Concentration {
    /// Of these weights, none of which is negative; none where nothing is invested. They are scaled to a sum of 1, as cash is
    /// no concentration.
    #[must_use]
    pub fn of(weights: &[f64]) -> Option<Self> {
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            return None;
        }
        let shares = || weights.iter().map(|weight| weight / sum);
        let herfindahl: f64 = shares().map(|share| share * share).sum();
        Some(Self { herfindahl, effective_number: 1.0 / herfindahl, largest: shares().fold(0.0, f64::max) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_are_as_many_assets_as_there_are() {
        let of = |weights: &[f64]| Concentration::of(weights).unwrap();
        assert_eq!(of(&[0.25; 4]), Concentration { herfindahl: 0.25, effective_number: 4.0, largest: 0.25 });
        assert_eq!(of(&[0.125; 4]), of(&[0.25; 4]), "cash is left out");
        assert_eq!(of(&[3.0]), Concentration { herfindahl: 1.0, effective_number: 1.0, largest: 1.0 });
        assert_eq!(of(&[3.0, 1.0]).herfindahl.to_bits(), 0.625_f64.to_bits());
        assert_eq!(Concentration::of(&[]), None);
        assert_eq!(Concentration::of(&[0.0, 0.0]), None);
    }
}
