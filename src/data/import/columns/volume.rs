//! Which column is the volume in units of the base asset. Names mislead: one exchange's `volume` is another's turnover.
//! Turnover over volume is a price within the bar, and that decides where there are both.

use super::names::VolumeKind;

/// A decision about the volume.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VolumeChoice {
    /// Which of the candidates; `None` where there is none.
    pub at: Option<usize>,
    /// What it is multiplied with.
    pub scale: f64,
    /// How it was decided, where the first candidate alone did not.
    pub note: Option<String>,
    /// Whether the note says what nothing decides.
    pub is_open: bool,
}

/// Rows that prove a contract's size; two columns agree in a few by chance.
const ENOUGH: usize = 5;

/// A candidate: its name, what the name says, and its values.
pub(crate) struct Candidate<'a> {
    pub name: &'a str,
    pub kind: VolumeKind,
    pub values: &'a [f64],
}

/// Decides for the whole file.
pub(crate) fn choose(candidates: &[Candidate], high: &[f64], low: &[f64]) -> VolumeChoice {
    if candidates.is_empty() {
        return VolumeChoice { at: None, scale: 1.0, note: None, is_open: false };
    }
    // How many rows have both, and in how many of these `turnover / (units * factor)` is a price of the bar.
    let agreeing = |units: usize, turnover: usize, factor: f64| {
        let (units, turnover) = (candidates[units].values, candidates[turnover].values);
        let rows = units.iter().zip(turnover).zip(high.iter().zip(low));
        rows.fold((0, 0), |(all, fit), ((units, turnover), (high, low))| {
            if !(*units > 0.0 && *turnover > 0.0) {
                return (all, fit);
            }
            let price = turnover / (units * factor);
            (all + 1, fit + usize::from(price >= low * 0.98 && price <= high * 1.02))
        })
    };
    let is_whole = |at: usize| candidates[at].values.iter().all(|value| value.is_nan() || value.fract() == 0.0);
    let proves = |(all, fit): (usize, usize), least: usize| all >= least && fit * 10 >= all * 9;
    let pairs = || {
        (0..candidates.len())
            .flat_map(|units| (0..candidates.len()).map(move |other| (units, other)))
            .filter(|(a, b)| a != b && [*a, *b].iter().all(|at| candidates[*at].kind != VolumeKind::Ticks))
    };
    let named = |at: usize, why: String| {
        let note = (at > 0).then_some(why);
        VolumeChoice { at: Some(at), scale: 1.0, note, is_open: false }
    };
    if let Some((units, turnover)) = pairs().find(|(units, turnover)| proves(agreeing(*units, *turnover, 1.0), 1)) {
        let why =
            format!("volume is {}: {} divided by it is the price", candidates[units].name, candidates[turnover].name);
        return named(units, why);
    }
    // Inverse contracts: so many units of the quote asset each, and the volume of the base asset beside them.
    for size in [10.0, 100.0] {
        // Contracts are what is called volume in the first place, or stand beside what is called the base volume.
        let may_be = |base: usize, contracts: usize| {
            is_whole(contracts)
                && (contracts < base || candidates[base].kind == VolumeKind::Base)
                && candidates[contracts].kind != VolumeKind::Base
                && !in_thousands(candidates[base].name)
        };
        let found = pairs()
            .find(|(base, contracts)| may_be(*base, *contracts) && proves(agreeing(*base, *contracts, 1.0 / size), 2));
        if let Some((base, contracts)) = found {
            // At a price whose square is such a size times a power of ten, both readings fit.
            let is_turnover = |power: i32| proves(agreeing(contracts, base, 10f64.powi(power)), ENOUGH);
            if candidates[base].kind != VolumeKind::Base && (-8..=-3).any(is_turnover) {
                let [base, contracts] = [base, contracts].map(|at| candidates[at].name);
                let what = format!(
                    "{contracts} may count contracts of {size} and {base} units, or {contracts} units and {base} thousands or millions of the turnover"
                );
                return VolumeChoice { at: Some(0), scale: 1.0, note: Some(what), is_open: true };
            }
            let why = format!(
                "volume is {}; {} counts contracts of {size}",
                candidates[base].name, candidates[contracts].name
            );
            return named(base, why);
        }
    }
    // Linear contracts: a part of a unit each, or lots of shares. Parts of a contract are not traded: where there are
    // such, it is the turnover that is counted in thousands or the like, and the units are units.
    for power in [-1, -2, -3, -4, -5, -6, -7, -8, 1, 2, 3] {
        let size = 10f64.powi(power);
        let found = pairs().find(|(contracts, turnover)| {
            contracts < turnover
                && candidates[*contracts].kind == VolumeKind::Plain
                && (power > 0 || is_whole(*contracts) && !in_thousands(candidates[*turnover].name))
                && proves(agreeing(*contracts, *turnover, size), ENOUGH)
        });
        if let Some((contracts, turnover)) = found {
            let note = format!(
                "{} counts contracts of {size} units, by {} and the price; the volume is in units",
                candidates[contracts].name, candidates[turnover].name
            );
            return VolumeChoice { at: Some(contracts), scale: size, note: Some(note), is_open: false };
        }
    }
    // MetaTrader writes real volumes of 0 where its broker knows none, and counts ticks.
    let is_nothing = |at: usize| !candidates[at].values.iter().any(|value| *value > 0.0);
    let ticks = (1..candidates.len()).find(|at| candidates[*at].kind == VolumeKind::Ticks && !is_nothing(*at));
    if let Some(ticks) = ticks.filter(|_| is_nothing(0)) {
        let [ticks_name, first] = [ticks, 0].map(|at| candidates[at].name);
        let note = format!("volume is {ticks_name}, which counts changes of the price, as {first} is 0 throughout");
        return VolumeChoice { at: Some(ticks), scale: 1.0, note: Some(note), is_open: false };
    }
    let note = match candidates[0].kind {
        VolumeKind::Quote => {
            Some(format!("volume is {}, which seems to be the turnover in the quote asset", candidates[0].name))
        }
        VolumeKind::Ticks => Some(format!("volume is {}, which counts changes of the price", candidates[0].name)),
        VolumeKind::Base | VolumeKind::Plain => None,
    };
    VolumeChoice { at: Some(0), scale: 1.0, note, is_open: false }
}

/// Whether a name says that values are counted in thousands or more.
fn in_thousands(name: &str) -> bool {
    const UNITS: [&str; 14] = [
        "k",
        "thousand",
        "thousands",
        "mn",
        "mln",
        "million",
        "millions",
        "bn",
        "lac",
        "lacs",
        "lakh",
        "lakhs",
        "cr",
        "crore",
    ];
    let name = name.to_lowercase();
    name.contains(['千', '万', '亿'])
        || name.split(|c: char| !c.is_alphanumeric()).any(|word| UNITS.contains(&word) || word == "crores")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH: [f64; 6] = [150.0; 6];
    const LOW: [f64; 6] = [125.0; 6];
    const UNITS: [f64; 6] = [1.0, 2.0, 3.0, 0.0, 5.0, 6.0];

    fn chosen(columns: &[(VolumeKind, [f64; 6])]) -> (Option<usize>, f64) {
        let candidates: Vec<Candidate> =
            columns.iter().map(|(kind, values)| Candidate { name: "x", kind: *kind, values }).collect();
        let choice = choose(&candidates, &HIGH, &LOW);
        (choice.at, choice.scale)
    }

    #[test]
    fn turnover_over_volume_is_the_price_whatever_the_names_say() {
        let turnover = UNITS.map(|units| units * 137.0);
        assert_eq!(chosen(&[(VolumeKind::Plain, turnover), (VolumeKind::Quote, UNITS)]), (Some(1), 1.0));
        assert_eq!(chosen(&[(VolumeKind::Plain, UNITS), (VolumeKind::Quote, turnover)]), (Some(0), 1.0));
    }

    #[test]
    fn contracts_become_units() {
        let dollars = UNITS.map(|units| units * 140.0 / 10.0);
        assert_eq!(chosen(&[(VolumeKind::Plain, dollars), (VolumeKind::Quote, UNITS)]), (Some(1), 1.0));
        // The same where the base volume is called so.
        assert_eq!(chosen(&[(VolumeKind::Base, UNITS), (VolumeKind::Plain, dollars)]), (Some(0), 1.0));
        let contracts = UNITS.map(|units| units * 10_000.0);
        let turnover = UNITS.map(|units| units * 137.0);
        assert_eq!(chosen(&[(VolumeKind::Plain, contracts), (VolumeKind::Quote, turnover)]), (Some(0), 1e-4));
    }

    #[test]
    fn ticks_are_the_volume_only_where_the_real_one_is_zero_throughout() {
        let (none, ticks) = ((VolumeKind::Plain, [0.0; 6]), (VolumeKind::Ticks, UNITS));
        assert_eq!(chosen(&[none, ticks]), (Some(1), 1.0));
        assert_eq!(chosen(&[(VolumeKind::Plain, UNITS.map(|units| units * 7.0)), ticks]), (Some(0), 1.0));
        assert_eq!(chosen(&[none, (VolumeKind::Ticks, [0.0; 6])]), (Some(0), 1.0));
    }

    #[test]
    fn contracts_of_ten_and_units_with_a_turnover_in_thousands_are_not_told_apart_at_a_price_of_a_hundred() {
        let values = [UNITS.map(|units| units * 100.0), UNITS.map(|units| units * 10.0)];
        let candidates = [VolumeKind::Plain, VolumeKind::Quote].iter().zip(&values).map(|(kind, values)| Candidate {
            name: "x",
            kind: *kind,
            values,
        });
        assert!(choose(&candidates.collect::<Vec<_>>(), &[101.0; 6], &[99.0; 6]).is_open);
    }

    #[test]
    fn a_turnover_in_thousands_makes_no_contracts_of_units() {
        let units = UNITS.map(|units| units + 0.5);
        let thousands = units.map(|units| units * 137.0 / 1_000.0);
        assert_eq!(chosen(&[(VolumeKind::Plain, units), (VolumeKind::Quote, thousands)]), (Some(0), 1.0));
        let [whole, thousands] = [UNITS, UNITS.map(|units| units * 137.0 / 1e5)];
        let candidates = [("Volume", VolumeKind::Plain, &whole), ("Turnover (Lacs)", VolumeKind::Quote, &thousands)]
            .map(|(name, kind, values)| Candidate { name, kind, values });
        assert_eq!(choose(&candidates, &HIGH, &LOW).scale.to_bits(), 1.0_f64.to_bits());
    }
}
