//! What a shard of a portfolio's grid came to: some of its configurations.

use std::io;

use bincode::{Decode, Encode};

use super::outcome_record::OutcomeRecord;
use super::{Contents, MOST_CONTENTS};
use crate::sim::CandleId;
use crate::sim::metrics::Outcome;
use crate::sim::metrics::validation::BlockReturns;

/// What came of one configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigurationRecord {
    /// Values of its parameters.
    pub values: Vec<f64>,
    /// Its metrics.
    pub outcome: Outcome,
    /// Sums over the returns of equal blocks of time; none of too few bars.
    pub blocks: Vec<BlockReturns>,
}

/// The configurations of a shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigurationContents {
    /// Those that were computed, in the order of the grid.
    pub configurations: Vec<ConfigurationRecord>,
    /// Those that were left out, and those of them that break `require`.
    pub skipped: (u64, u64),
    /// Bars of the time that all assets have together.
    pub bars: u64,
}

/// Values, outcome, and sums of each block.
type EncodedConfiguration = (Vec<f64>, OutcomeRecord, Vec<(f64, f64)>);

#[derive(Encode, Decode)]
struct EncodedContents {
    configurations: Vec<EncodedConfiguration>,
    skipped: (u64, u64),
    bars: u64,
}

impl Contents for ConfigurationContents {
    fn encode(&self) -> io::Result<Vec<u8>> {
        let one = |found: &ConfigurationRecord| {
            let blocks = found.blocks.iter().map(|block| (block.sum, block.squares)).collect();
            (found.values.clone(), OutcomeRecord::new(&found.outcome), blocks)
        };
        let configurations = self.configurations.iter().map(one).collect();
        let record = EncodedContents { configurations, skipped: self.skipped, bars: self.bars };
        bincode::encode_to_vec(record, bincode::config::standard()).map_err(io::Error::other)
    }

    fn decode(bytes: &[u8], _: &[CandleId]) -> Option<Self> {
        let config = bincode::config::standard().with_limit::<MOST_CONTENTS>();
        let (record, length): (EncodedContents, usize) = bincode::decode_from_slice(bytes, config).ok()?;
        let one = |(values, outcome, blocks): EncodedConfiguration| {
            let blocks = blocks.into_iter().map(|(sum, squares)| BlockReturns { sum, squares }).collect();
            Some(ConfigurationRecord { values, outcome: outcome.outcome()?, blocks })
        };
        let EncodedContents { configurations, skipped, bars } = record;
        let configurations = configurations.into_iter().map(one).collect::<Option<_>>()?;
        (length == bytes.len()).then_some(Self { configurations, skipped, bars })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::metrics::{self, Detail, Metrics};

    #[test]
    fn configurations_come_back_to_the_bit_and_other_bytes_are_none() {
        let metrics: Metrics = std::array::from_fn(|at| (at % 3 > 0).then_some(0.1 + 0.2 * at as f64));
        let outcome = Outcome { bars: 9, start: -1, end: 8, ruined: true, detail: Detail::AllReturns, metrics };
        let blocks = vec![BlockReturns { sum: 0.1 + 0.2, squares: -0.0 }; 16];
        let found = ConfigurationRecord { values: vec![0.1, 5.0], outcome, blocks };
        assert_eq!(Detail::AllReturns.count(), metrics::COUNT, "of a portfolio, all are known");
        let contents = ConfigurationContents { configurations: vec![found; 3], skipped: (2, 1), bars: 9 };
        let bytes = contents.encode().unwrap();
        let back = ConfigurationContents::decode(&bytes, &[]).unwrap();
        assert_eq!((back.encode().unwrap(), back), (bytes.clone(), contents));
        for other in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), b"[]", b""] {
            assert_eq!(ConfigurationContents::decode(other, &[]), None);
        }
    }
}
