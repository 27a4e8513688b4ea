//! Numbers of shards as schedulers write them: `3,17-19`.

use std::fmt;
use std::str::FromStr;

/// Numbers of shards, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardSet(Vec<u32>);

impl ShardSet {
    /// Their number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, shard: u32) -> bool {
        self.0.binary_search(&shard).is_ok()
    }

    /// The numbers.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied()
    }
}

impl FromIterator<u32> for ShardSet {
    fn from_iter<I: IntoIterator<Item = u32>>(shards: I) -> Self {
        let mut all: Vec<u32> = shards.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }
}

impl fmt::Display for ShardSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, run) in self.0.chunk_by(|a, b| a + 1 == *b).enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            match run {
                [only] => write!(f, "{only}")?,
                [first, .., last] => write!(f, "{first}-{last}")?,
                [] => {}
            }
        }
        Ok(())
    }
}

impl FromStr for ShardSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a list of shards; write 3, or 3,17-19");
        let mut all = Vec::new();
        for run in text.split(',').map(str::trim).filter(|run| !run.is_empty()) {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
            let (first, last) = (number(first)?, number(last)?);
            if first > last || last - first > 1_000_000 {
                return Err(wrong());
            }
            all.extend(first..=last);
        }
        Ok(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_shards_are_written_by_their_ends_and_read_back() {
        for (shards, text) in
            [(vec![], ""), (vec![3], "3"), (vec![19, 17, 3, 18], "3,17-19"), (vec![0, 1, 5, 6, 7, 9], "0-1,5-7,9")]
        {
            let set: ShardSet = shards.into_iter().collect();
            assert_eq!(set.to_string(), text);
            assert_eq!(text.parse(), Ok(set));
        }
        for text in ["a", "3-", "-3", "5-3", "1,,x", "0-4294967295"] {
            assert!(text.parse::<ShardSet>().is_err(), "{text}");
        }
    }
}
