//! What a shard of walks came to: for each of its assets a document and the rows of files, or why there is none.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::part::Contents;
use crate::sim::CandleId;

/// What was found on one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetDocument {
    /// Its symbol.
    pub symbol: String,
    /// What was found; or what makes it impossible on every machine, in words.
    pub found: Result<FoundDocument, String>,
}

/// A document with the rows that files have of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundDocument {
    /// The document, without what differs from run to run.
    pub document: Value,
    /// The rows, as objects.
    pub rows: Vec<Value>,
}

/// The assets of a shard, in the order of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentContents {
    /// One for each.
    pub assets: Vec<AssetDocument>,
}

impl Contents for DocumentContents {
    fn encode(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec(&self.assets).map_err(io::Error::other)
    }

    fn decode(bytes: &[u8], _: &[CandleId]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(|assets| Self { assets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_to_the_bit_and_other_bytes_are_none() {
        let found = FoundDocument {
            document: serde_json::json!({"sharpe": 0.1 + 0.2, "none": null, "points": 80, "whole": -0.0}),
            rows: vec![serde_json::json!({"in_sample": 1.0 / 3.0, "time": -86_400_000_i64})],
        };
        let contents = DocumentContents {
            assets: vec![
                AssetDocument { symbol: "BTC".to_owned(), found: Ok(found) },
                AssetDocument { symbol: "NEW".to_owned(), found: Err("NEW: no window fits".to_owned()) },
            ],
        };
        let bytes = contents.encode().unwrap();
        assert_eq!(DocumentContents::decode(&bytes, &[]), Some(contents));
        for other in [&bytes[1..], b"", b"{}", b"[{\"symbol\":\"BTC\"}]"] {
            assert_eq!(DocumentContents::decode(other, &[]), None);
        }
    }
}
