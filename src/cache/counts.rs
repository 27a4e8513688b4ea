//! Our own statistics, kept in Redis across processes: the server's `keyspace_hits` counts everybody's.

/// What a process did with the cache, or what all processes did together.
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
    /// Operations that Redis failed.
    pub errors: u64,
}

impl Counts {
    /// Each count with its name, as in the hash in Redis.
    #[must_use]
    pub const fn fields(&self) -> [(&'static str, u64); 5] {
        [
            ("hits", self.hits),
            ("misses", self.misses),
            ("stored", self.stored),
            ("corrupt", self.corrupt),
            ("errors", self.errors),
        ]
    }

    /// From the fields of the hash in Redis; unknown names and damaged numbers count as nothing.
    #[must_use]
    pub fn from_fields<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut counts = Self::default();
        for (name, number) in fields {
            let number = number.parse().unwrap_or(0);
            match name {
                "hits" => counts.hits = number,
                "misses" => counts.misses = number,
                "stored" => counts.stored = number,
                "corrupt" => counts.corrupt = number,
                "errors" => counts.errors = number,
                _ => {}
            }
        }
        counts
    }

    /// `hits / (hits + misses)`; `None` before the first lookup.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate of counts; its last bits mean nothing")]
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.hits.saturating_add(self.misses);
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }

    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_the_way_through_the_hash() {
        let counts = Counts { hits: 1, misses: 2, stored: 3, corrupt: 4, errors: 5 };
        let fields = counts.fields().map(|(name, number)| (name, number.to_string()));
        assert_eq!(Counts::from_fields(fields.iter().map(|(name, number)| (*name, number.as_str()))), counts);
    }

    #[test]
    fn there_is_no_hit_rate_before_the_first_lookup() {
        assert_eq!(Counts::default().hit_rate(), None);
        assert_eq!(Counts { hits: 3, misses: 1, ..Counts::default() }.hit_rate(), Some(0.75));
    }

    #[test]
    fn a_damaged_number_counts_as_nothing() {
        assert!(Counts::from_fields([("hits", "many"), ("misses", "-1"), ("others", "7")]).is_zero());
    }
}
