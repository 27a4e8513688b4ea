//! Where the bars of a file came from, as written into its metadata.
//!
//! A set, kept in one order and cut at one length, so that joining is the same in any order: of the union of two sets
//! the first hundred are those of the first hundreds.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::catalog::format::Format;
use crate::date::show_time;
use crate::digest::hex;
use crate::read::parquet::key_values;
use crate::sim::{Candles, Millis};

/// Key of the list of sources, a JSON document.
pub(super) const SOURCES: &str = "backtest.sources";
/// Sources remembered at most: the list stands in the way of whoever reads the bars.
const MAX_SOURCES: usize = 100;

/// Where bars come from, and what was changed on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// A file's name, or who was asked, as in `api.binance.com`.
    pub name: String,
    /// What form the bars had there, as in `Binance klines`.
    pub format: String,
    /// Whether it is asked again and again, so that all its answers are one source. A file is one for itself.
    pub is_lasting: bool,
    /// What was changed, as in `1 duplicate row dropped`.
    pub changes: Vec<String>,
    /// Whether a generator made the bars.
    pub synthetic: bool,
}

/// One source as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SourceRecord {
    first: Millis,
    last: Millis,
    name: String,
    format: String,
    /// Of its candles; none for one that lasts.
    digest: Option<String>,
    changes: Vec<String>,
}

/// All sources of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources {
    all: BTreeSet<SourceRecord>,
    /// There were more than are remembered.
    is_cut: bool,
}

impl Sources {
    /// One source, which gave these bars; at least one.
    pub(super) fn one(origin: &Origin, candles: &Candles, digest: [u8; 32]) -> Self {
        let source = SourceRecord {
            first: candles.time.first().copied().unwrap_or_default(),
            last: candles.time.last().copied().unwrap_or_default(),
            name: origin.name.clone(),
            format: origin.format.clone(),
            digest: (!origin.is_lasting).then(|| hex(digest)),
            changes: origin.changes.clone(),
        };
        Self { all: BTreeSet::from([source]), is_cut: false }
    }

    /// The union.
    pub(super) fn join(self, other: Self) -> Self {
        let mut all = BTreeSet::new();
        let mut lasting: Vec<SourceRecord> = Vec::new();
        for source in self.all.into_iter().chain(other.all) {
            if source.digest.is_some() {
                all.insert(source);
                continue;
            }
            match lasting.iter_mut().find(|known| (&known.name, &known.format) == (&source.name, &source.format)) {
                Some(known) => {
                    known.first = known.first.min(source.first);
                    known.last = known.last.max(source.last);
                    known.changes.extend(source.changes);
                    known.changes.sort();
                    known.changes.dedup();
                }
                None => lasting.push(source),
            }
        }
        all.extend(lasting);
        let mut is_cut = self.is_cut || other.is_cut;
        while all.len() > MAX_SOURCES {
            all.pop_last();
            is_cut = true;
        }
        Self { all, is_cut }
    }

    /// What is written in a Parquet file; `None` where nothing is.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let pairs = key_values(path);
        Self::from_text(&pairs.iter().find(|(key, _)| key == SOURCES)?.1)
    }

    /// One line for each source, for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |source: &SourceRecord| {
            let mut line = format!(
                "{} ({}), {} to {}",
                source.name,
                source.format,
                show_time(source.first),
                show_time(source.last)
            );
            for change in &source.changes {
                line.push_str("; ");
                line.push_str(change);
            }
            line
        };
        let more = self.is_cut.then(|| "and others".to_owned());
        self.all.iter().map(line).chain(more).collect()
    }

    /// The JSON document.
    pub(super) fn to_text(&self) -> String {
        let one = |source: &SourceRecord| {
            json!({
                "name": source.name,
                "format": source.format,
                "first": source.first,
                "last": source.last,
                "digest": source.digest,
                "changes": source.changes,
            })
        };
        json!({ "sources": self.all.iter().map(one).collect::<Value>(), "more": self.is_cut }).to_string()
    }

    /// `None` for what [`Sources::to_text`] did not write.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let one = |value: &Value| {
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            Some(SourceRecord {
                first: value["first"].as_i64()?,
                last: value["last"].as_i64()?,
                name: text("name")?,
                format: text("format")?,
                digest: text("digest"),
                changes: value["changes"].as_array()?.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            })
        };
        let all = document["sources"].as_array()?.iter().map(one).collect::<Option<_>>()?;
        Some(Self { all, is_cut: document["more"].as_bool()? })
    }
}

/// Where the bars of a candle file came from, a line for each source; none where it does not say so.
#[must_use]
pub fn sources(path: &Path) -> Vec<String> {
    let is_parquet = path.extension().is_some_and(|end| end == Format::Parquet.extension());
    let sources = is_parquet.then(|| Sources::of(path)).flatten();
    sources.map(|sources| sources.lines()).unwrap_or_default()
}
