//! Further columns of candles, as models and exchanges give them, joined by the times of their bars.

use std::collections::BTreeMap;

use crate::date::show_time;
use crate::escape::quote;
use crate::sim::{Millis, OwnSeries};

use super::join::OnConflict;

/// Key of the names of further columns in a file's metadata, a JSON list.
pub(super) const COLUMNS: &str = "backtest.columns";

/// A value of one bar that two sources have differently.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDifference {
    /// The column.
    pub column: String,
    /// Open time of the bar.
    pub time: Millis,
    /// What is there, or came first.
    pub stored: f64,
    /// What came later.
    pub incoming: f64,
}

impl std::fmt::Display for SeriesDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { column, time, stored, incoming } = self;
        write!(f, "column {} of {} is {stored}, and now {incoming}", quote(column), show_time(*time))
    }
}

/// The columns of all parts at these times, by their names, the first part first; NaN where no part has a value.
pub(super) fn join_series(
    times: &[Millis],
    parts: &[(&[Millis], &[OwnSeries])],
    conflict: OnConflict,
) -> Result<Vec<OwnSeries>, SeriesDifference> {
    let mut joined: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (time, series) in parts {
        for one in *series {
            let values = joined.entry(&one.name).or_insert_with(|| vec![f64::NAN; times.len()]);
            let mut at = 0;
            for (time, incoming) in time.iter().zip(&one.values).filter(|(_, value)| !value.is_nan()) {
                at += times[at..].partition_point(|other| other < time);
                let Some(stored) = values.get_mut(at).filter(|_| times[at] == *time) else { continue };
                let differs = !stored.is_nan() && stored.to_bits() != incoming.to_bits();
                if differs && conflict == OnConflict::Refuse {
                    let (column, time, incoming) = (one.name.clone(), *time, *incoming);
                    return Err(SeriesDifference { column, time, stored: *stored, incoming });
                }
                if stored.is_nan() || conflict == OnConflict::Last {
                    *stored = *incoming;
                }
            }
        }
    }
    Ok(joined.into_iter().map(|(name, values)| OwnSeries { name: name.to_owned(), values }).collect())
}

/// Whether two lists hold the same columns to the bit.
pub(super) fn is_same(one: &[OwnSeries], other: &[OwnSeries]) -> bool {
    let bits = |series: &OwnSeries| series.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.name == b.name && bits(a) == bits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> OwnSeries {
        OwnSeries { name: name.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn columns_are_joined_by_the_times_of_their_bars() {
        let (old, new) = ([series("oi", &[1.0, 2.0])], [series("oi", &[2.0, 3.0]), series("a", &[7.0, f64::NAN])]);
        let parts: [(&[Millis], &[OwnSeries]); 2] = [(&[10, 20], &old), (&[20, 30], &new)];
        let joined = join_series(&[10, 20, 30], &parts, OnConflict::Refuse).unwrap();
        assert_eq!(joined[1], series("oi", &[1.0, 2.0, 3.0]));
        assert!(joined[0].name == "a" && joined[0].values[1].to_bits() == 7.0_f64.to_bits());
        assert!(joined[0].values[0].is_nan() && joined[0].values[2].is_nan());
    }

    #[test]
    fn a_value_that_differs_is_refused_or_decided() {
        let (old, new) = ([series("oi", &[1.0])], [series("oi", &[9.0])]);
        let parts: [(&[Millis], &[OwnSeries]); 2] = [(&[10], &old), (&[10], &new)];
        let difference = join_series(&[10], &parts, OnConflict::Refuse).unwrap_err();
        assert!(difference.to_string().contains("is 1, and now 9"), "{difference}");
        let value = |conflict| join_series(&[10], &parts, conflict).unwrap()[0].values[0];
        assert_eq!([value(OnConflict::First), value(OnConflict::Last)].map(f64::to_bits), [1.0, 9.0].map(f64::to_bits));
    }
}
