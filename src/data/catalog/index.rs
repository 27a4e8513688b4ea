//! Remembers what is in files that have not changed: with the digest of the candles known, a cached result is found
//! without opening the file.
//!
//! One file in the user's cache folder. It is only a memory: missing, broken, or from another version, it is built
//! anew in silence; where it cannot be written, there is none. Of processes that write at once the last one wins,
//! after taking over what the others had written before.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use bincode::{Decode, Encode};

use super::candle_file::{BadRows, CandleFile};
use crate::digest::hex;
use crate::error::{Warning, WarningKind};
use crate::files::{Durability, FileFingerprint, replace};
use crate::sim::{Millis, TimeRange};

/// Name of the index in the cache folder.
const FILE: &str = "candles.index";
/// Files remembered at most, about 200 bytes each.
const MAX_FILES: usize = 20_000;
/// Ranges remembered at most for one file, the newest ones.
const MAX_RANGES: usize = 16;

/// What is known of the candles that one range takes from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// [`digest`](crate::digest()) of the bars in the range.
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
    /// Sum of close times volume over the bars in the range, in quote currency, where somebody asked for it.
    pub turnover: Option<f64>,
    /// Bars before them that warmed up the rules of what was computed; the index does not remember it.
    pub warmup_bars: u64,
}

/// One file as it is stored: its fingerprint, and what its ranges hold.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct IndexRecord {
    /// Size, times of change of content and of anything, number.
    fingerprint: (u64, i64, i64, u64),
    synthetic: bool,
    ranges: Vec<RangeRecord>,
}

/// The part of [`Known`] that depends on the range.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct RangeRecord {
    from: Option<Millis>,
    to: Option<Millis>,
    digest: [u8; 32],
    bars: u64,
    start: Millis,
    end: Millis,
    /// Places in [`WarningKind::ALL`], and counts.
    warnings: Vec<(u8, u64)>,
    turnover: Option<f64>,
}

impl RangeRecord {
    fn new(range: TimeRange, known: &Known) -> Self {
        Self {
            from: range.from,
            to: range.to,
            digest: known.digest,
            bars: known.bars,
            start: known.start,
            end: known.end,
            warnings: known.warnings.iter().map(|warning| (warning.kind as u8, warning.count)).collect(),
            turnover: known.turnover,
        }
    }

    fn is_of(&self, range: TimeRange) -> bool {
        (self.from, self.to) == (range.from, range.to)
    }

    /// `None` where a kind of warning is unknown.
    fn known(&self, synthetic: bool) -> Option<Known> {
        let warning =
            |&(kind, count): &(u8, u64)| Some(Warning { kind: *WarningKind::ALL.get(usize::from(kind))?, count });
        Some(Known {
            digest: self.digest,
            bars: self.bars,
            start: self.start,
            end: self.end,
            synthetic,
            warnings: self.warnings.iter().map(warning).collect::<Option<_>>()?,
            turnover: self.turnover,
            warmup_bars: 0,
        })
    }
}

fn numbers(fingerprint: &FileFingerprint) -> (u64, i64, i64, u64) {
    let FileFingerprint { size, mtime_ns, ctime_ns, inode } = *fingerprint;
    (size, mtime_ns, ctime_ns, inode)
}

/// [`key`] of a candle file -> what is known of it.
type IndexRecords = HashMap<String, IndexRecord>;

/// The index in memory.
#[derive(Debug, Default)]
pub struct Index {
    file: Option<PathBuf>,
    records: IndexRecords,
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
    pub fn get(&self, entry: &CandleFile, range: TimeRange) -> Option<Known> {
        if entry.problem.is_some() {
            return None;
        }
        let record = self.records.get(&key(entry)?)?;
        if record.fingerprint != numbers(&entry.stamp) {
            return None;
        }
        record.ranges.iter().find(|known| known.is_of(range))?.known(record.synthetic)
    }

    /// Remembers what a file held. `stamp` is that of [`Loaded`](crate::Loaded), `now` a moment before it was read.
    ///
    /// A file changed less than 2 s before `now` is not remembered, for the next change might leave the same stamp;
    /// nor is one with bars that are not over yet, as they will be. Both are merely read again.
    pub fn remember(
        &mut self,
        entry: &CandleFile,
        stamp: FileFingerprint,
        range: TimeRange,
        known: &Known,
        now: Millis,
    ) {
        let fading = known.warnings.iter().any(|warning| warning.kind.is_fading());
        let Some(path) = key(entry) else { return };
        if fading || !stamp.is_settled(now) {
            return;
        }
        let fingerprint = numbers(&stamp);
        let mut record = RangeRecord::new(range, known);
        // A command that reads everything once more finds out nothing new, and need not write the index.
        let is_known = |before: &RangeRecord| {
            *before == RangeRecord { turnover: record.turnover.or(before.turnover), ..record.clone() }
        };
        let before = self.records.get(&path).filter(|before| before.fingerprint == fingerprint);
        if before.is_some_and(|before| before.ranges.last().is_some_and(is_known)) {
            return;
        }
        let kept = self.records.remove(&path).filter(|record| record.fingerprint == fingerprint);
        let mut ranges = kept.map(|record| record.ranges).unwrap_or_default();
        let before = ranges.iter().position(|other| other.is_of(range)).map(|at| ranges.remove(at));
        // What was asked for before is as true as then.
        let same = before.filter(|before| before.digest == record.digest);
        record.turnover = record.turnover.or(same.and_then(|before| before.turnover));
        ranges.push(record);
        let surplus = ranges.len().saturating_sub(MAX_RANGES);
        ranges.drain(..surplus);
        self.records.insert(path.clone(), IndexRecord { fingerprint, synthetic: known.synthetic, ranges });
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
        if let Some(bytes) = encode(&records) {
            let _ = replace(&file, Durability::None, |out| std::io::Write::write_all(out, &bytes));
        }
        self.records = records;
    }
}

/// The canonical path of a candle file; where longer bars are made of its own, bad rows are left out, or its bars are looked
/// at inside others, that stands before it, as no path begins.
fn key(entry: &CandleFile) -> Option<String> {
    let path = entry.canonical.to_str()?;
    let longer = entry.is_resampled().then(|| entry.interval.to_string());
    let dropping = (entry.bad_rows == BadRows::Drop).then(|| "drop".to_owned());
    let inside = entry.inside.map(|digest| format!("inside {}", hex(digest)));
    let how: Vec<String> = longer.into_iter().chain(dropping).chain(inside).collect();
    Some(if how.is_empty() { path.to_owned() } else { format!("{}\0{path}", how.join(" ")) })
}

fn path_of(key: &str) -> &str {
    key.split_once('\0').map_or(key, |(_, path)| path)
}

/// The records in an index file; none where there is no usable one.
fn read(file: &Path) -> IndexRecords {
    // Only a regular file: anything else could hang.
    let bytes = fs::metadata(file).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(file).ok());
    bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default()
}

/// Another first 8 bytes, or another version, and the file is built anew.
const MAGIC: &[u8; 8] = b"btcandle";
const VERSION: u32 = 6;
const HASH: usize = 32;
/// The largest index, far above [`MAX_FILES`] with [`MAX_RANGES`] each.
const MAX_BYTES: usize = 256 << 20;

/// Magic, version, records, and blake3 over all before it.
fn encode(records: &IndexRecords) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    out.extend(VERSION.to_le_bytes());
    bincode::encode_into_std_write(records, &mut out, bincode::config::standard()).ok()?;
    let hash = blake3::hash(&out);
    out.extend(hash.as_bytes());
    Some(out)
}

/// `None` for everything that [`encode`] of this version did not write.
fn decode(bytes: &[u8]) -> Option<IndexRecords> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
    if blake3::hash(body).as_bytes() != hash {
        return None;
    }
    let records = body.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    let config = bincode::config::standard().with_limit::<MAX_BYTES>();
    let (decoded, length) = bincode::decode_from_slice(records, config).ok()?;
    (length == records.len()).then_some(decoded)
}

#[cfg(test)]
mod tests;
