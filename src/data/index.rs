//! Remembers what is in files that have not changed: with the digest of the candles known, a cached result is found
//! without opening the file.
//!
//! One file in the user's cache folder. It is only a memory: missing, broken, or from another version, it is built
//! anew in silence; where it cannot be written, there is none. Of processes that write at once the last one wins,
//! after taking over what the others had written before.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::atomic::replace;
use super::entry::Entry;
use super::fault::{Warning, WarningKind};
use super::index_codec::{decode, encode};
use super::stamp::Stamp;
use crate::sim::model::{Millis, TimeRange};

/// Name of the index in the cache folder.
const FILE: &str = "candles.index";
/// Files remembered at most, about 200 bytes each.
const MAX_FILES: usize = 20_000;
/// Ranges remembered at most for one file, the newest ones.
const MAX_RANGES: usize = 16;

/// What is known of the candles that one range takes from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// [`digest`](super::digest()) of the bars in the range.
    pub digest: [u8; 32],
    /// Bars in the range.
    pub bars: u64,
    /// Open time of the first of them.
    pub start: Millis,
    /// Open time of the last of them.
    pub end: Millis,
    /// Whether the file says that a generator made it.
    pub synthetic: bool,
    /// Warnings about the bars in the range.
    pub warnings: Vec<Warning>,
}

/// One file as it is stored: its stamp, and what its ranges hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub stamp: Stamp,
    pub synthetic: bool,
    pub ranges: Vec<(TimeRange, Span)>,
}

/// The part of [`Known`] that depends on the range.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub digest: [u8; 32],
    pub bars: u64,
    pub start: Millis,
    pub end: Millis,
    pub warnings: Vec<Warning>,
}

/// [`key`] of a candle file -> what is known of it.
pub(super) type Records = HashMap<String, Record>;

/// The index in memory.
#[derive(Debug, Default)]
pub struct Index {
    file: Option<PathBuf>,
    records: Records,
    /// Paths remembered by this process: they win over what is on disk when the index is saved.
    fresh: Vec<String>,
}

impl Index {
    /// Reads the index of this cache folder, which need not exist; `None` remembers nothing beyond this process.
    #[must_use]
    pub fn open(folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join(FILE));
        let records = file.as_deref().map(read).unwrap_or_default();
        Self { file, records, fresh: Vec::new() }
    }

    /// What this range of the file holds, if the file is still the one that was read.
    #[must_use]
    pub fn get(&self, entry: &Entry, range: TimeRange) -> Option<Known> {
        if entry.problem.is_some() {
            return None;
        }
        let record = self.records.get(&key(entry)?)?;
        if record.stamp != entry.stamp {
            return None;
        }
        let (_, span) = record.ranges.iter().find(|(known, _)| *known == range)?;
        let Span { digest, bars, start, end, warnings } = span.clone();
        Some(Known { digest, bars, start, end, synthetic: record.synthetic, warnings })
    }

    /// Remembers what a file held. `stamp` is that of [`Loaded`](super::Loaded), `now` a moment before it was read.
    ///
    /// A file changed less than 2 s before `now` is not remembered, for the next change might leave the same stamp;
    /// nor is one with bars in the future, whose warning would outlive them. Both are merely read again.
    pub fn remember(&mut self, entry: &Entry, stamp: Stamp, range: TimeRange, known: Known, now: Millis) {
        let fading = known.warnings.iter().any(|warning| warning.kind == WarningKind::InTheFuture);
        let Some(path) = key(entry) else { return };
        if fading || !stamp.is_settled(now) {
            return;
        }
        let Known { digest, bars, start, end, synthetic, warnings } = known;
        let span = Span { digest, bars, start, end, warnings };
        let kept = self.records.remove(&path).filter(|record| record.stamp == stamp);
        let mut ranges = kept.map(|record| record.ranges).unwrap_or_default();
        ranges.retain(|(other, _)| *other != range);
        ranges.push((range, span));
        let surplus = ranges.len().saturating_sub(MAX_RANGES);
        ranges.drain(..surplus);
        self.records.insert(path.clone(), Record { stamp, synthetic, ranges });
        self.fresh.push(path);
    }

    /// Writes the index if something was remembered since it was opened; files that are gone are forgotten.
    /// A failure is no error: the next run reads the candles again.
    pub fn save(&mut self) {
        let Some(file) = self.file.clone().filter(|_| !self.fresh.is_empty()) else { return };
        let mut records = read(&file);
        for path in self.fresh.drain(..) {
            if let Some(record) = self.records.get(&path) {
                records.insert(path, record.clone());
            }
        }
        records.retain(|key, _| Path::new(path_of(key)).exists());
        if records.len() > MAX_FILES {
            let surplus: Vec<String> = records.keys().take(records.len() - MAX_FILES).cloned().collect();
            for path in surplus {
                records.remove(&path);
            }
        }
        if let Some(folder) = file.parent() {
            // Where it cannot be made, the write below fails, which is no error.
            let _ = fs::create_dir_all(folder);
        }
        let bytes = encode(&records);
        let _ = replace(&file, |out| std::io::Write::write_all(out, &bytes));
        self.records = records;
    }
}

/// The canonical path of a candle file; where longer bars are made of its own, their interval stands before it, as no
/// path begins.
fn key(entry: &Entry) -> Option<String> {
    let path = entry.canonical.to_str()?;
    Some(if entry.is_resampled() { format!("{}\0{path}", entry.interval) } else { path.to_owned() })
}

fn path_of(key: &str) -> &str {
    key.split_once('\0').map_or(key, |(_, path)| path)
}

/// The records in an index file; none where there is no usable one.
fn read(file: &Path) -> Records {
    // Only a regular file: anything else could hang.
    let bytes = fs::metadata(file).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(file).ok());
    bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default()
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
