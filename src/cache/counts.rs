//! Our own statistics, kept in the store across processes: the server's `keyspace_hits` counts everybody's.

use super::key::Kind;
use crate::sim::model::Millis;

/// What was done with values of one kind, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Values found and good.
    pub hits: u64,
    /// Values asked for and not found, or not good.
    pub misses: u64,
    /// Values written.
    pub stored: u64,
    /// Misses because a value was found but refused.
    pub corrupt: u64,
}

impl Counts {
    /// `hits / (hits + misses)`; `None` before the first lookup.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate of counts; its last bits mean nothing")]
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.hits.saturating_add(self.misses);
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }

    const fn fields(&self) -> [(&'static str, u64); 4] {
        [("hits", self.hits), ("misses", self.misses), ("stored", self.stored), ("corrupt", self.corrupt)]
    }

    fn field(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "hits" => Some(&mut self.hits),
            "misses" => Some(&mut self.misses),
            "stored" => Some(&mut self.stored),
            "corrupt" => Some(&mut self.corrupt),
            _ => None,
        }
    }
}

/// What a process did with the cache, or what all processes did together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    kinds: [Counts; Kind::ALL.len()],
    /// Operations that the store failed.
    pub errors: u64,
}

/// Name of the field that says since when there are counters.
pub(super) const SINCE: &str = "since";
const ERRORS: &str = "errors";

impl Ledger {
    /// What was done with values of one kind.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Counts {
        &self.kinds[kind.index()]
    }

    /// The same, to be written.
    pub const fn of_mut(&mut self, kind: Kind) -> &mut Counts {
        &mut self.kinds[kind.index()]
    }

    /// What was done with values of all kinds.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.kinds.iter().fold(Counts::default(), |sum, one| Counts {
            hits: sum.hits.saturating_add(one.hits),
            misses: sum.misses.saturating_add(one.misses),
            stored: sum.stored.saturating_add(one.stored),
            corrupt: sum.corrupt.saturating_add(one.corrupt),
        })
    }

    /// Each count that is not zero with its name, such as `result.hits`, as in the store.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, u64)> {
        let of = |kind: Kind| {
            self.of(kind).fields().into_iter().map(move |(name, number)| (format!("{}.{name}", kind.name()), number))
        };
        let all = Kind::ALL.into_iter().flat_map(of).chain([(ERRORS.to_owned(), self.errors)]);
        all.filter(|(_, number)| *number > 0).collect()
    }

    /// From the fields in the store; unknown names and damaged numbers count as nothing.
    #[must_use]
    pub fn from_fields<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut ledger = Self::default();
        for (name, number) in fields {
            let number = number.parse().unwrap_or(0);
            if name == ERRORS {
                ledger.errors = number;
            } else if let Some((kind, count)) = name.split_once('.')
                && let Some(kind) = Kind::ALL.into_iter().find(|known| known.name() == kind)
                && let Some(field) = ledger.of_mut(kind).field(count)
            {
                *field = number;
            }
        }
        ledger
    }

    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to be added to the counters that all processes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Name of the counters of all time.
    pub total: String,
    /// Name of today's, which are not needed for long.
    pub day: String,
    /// The present moment: since when there are counters, if these are the first.
    pub now: Millis,
    /// What to add to both.
    pub ledger: Ledger,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_the_way_through_the_store() {
        let mut ledger = Ledger { errors: 5, ..Ledger::default() };
        *ledger.of_mut(Kind::Result) = Counts { hits: 1, misses: 2, stored: 3, corrupt: 4 };
        *ledger.of_mut(Kind::Block) = Counts { hits: 7, ..Counts::default() };
        let fields: Vec<_> = ledger.fields().into_iter().map(|(name, number)| (name, number.to_string())).collect();
        assert_eq!(fields.len(), 6, "zeros need no field");
        let back = Ledger::from_fields(fields.iter().map(|(name, number)| (name.as_str(), number.as_str())));
        assert_eq!(back, ledger);
        assert_eq!(back.total(), Counts { hits: 8, misses: 2, stored: 3, corrupt: 4 });
    }

    #[test]
    fn there_is_no_hit_rate_before_the_first_lookup() {
        assert_eq!(Counts::default().hit_rate(), None);
        assert_eq!(Counts { hits: 3, misses: 1, ..Counts::default() }.hit_rate(), Some(0.75));
    }

    #[test]
    fn a_damaged_number_counts_as_nothing() {
        let fields =
            [("result.hits", "many"), ("result.misses", "-1"), ("others.hits", "7"), ("since", "9"), ("x", "1")];
        assert!(Ledger::from_fields(fields).is_zero());
    }
}
