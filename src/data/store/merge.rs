//! New bars join what is stored.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::incoming::{Incoming, Part, phase};
use super::join::{Joined, OnConflict, join};
use super::series::{COLUMNS, is_same, join_series};
use super::sources::{Origin, SOURCES, Sources};
use super::stored::StoredCandles;
use crate::catalog::format::Format;
use crate::catalog::{inside, may_be_folder};
use crate::date::show_moment;
use crate::digest::{digest_in, hex};
use crate::files::FileLock;
use crate::pool::Pool;
use crate::read::parquet::{DIGEST_KEY, SYNTHETIC_KEY};
use crate::sim::{Candles, Interval, Millis, OwnSeries};
use crate::write::{WriteError, write_candles};

/// What storing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The file.
    pub path: PathBuf,
    /// Bars that it holds now.
    pub bars: u64,
    /// Open time of the first of them.
    pub start: Millis,
    /// Open time of the last of them.
    pub end: Millis,
    /// Bars that were not there before.
    pub added: u64,
    /// Bars that were there already with the same values.
    pub same: u64,
    /// Bars that were there with other values: they took the place of those, or were left out, as was wanted.
    pub differing: u64,
    /// Whether the file was written; what changes nothing is not.
    pub written: bool,
    /// New names of files that were there before in other forms.
    pub set_aside: Vec<PathBuf>,
}

/// Joins bars with those stored of a symbol, and writes them all to `DATA_DIR/INTERVAL/SYMBOL.parquet`.
///
/// The file appears whole or not at all; other processes that store the same symbol wait for each other. Folders are
/// made where they are missing. A file of the symbol in another form (`SYMBOL.csv`, or a Parquet file that this
/// program did not write) is read, joined, and then renamed to `SYMBOL.csv.bak`.
///
/// # Errors
/// See [`StoreError`]; whatever was there is unharmed.
pub fn merge(
    data_dir: &Path,
    symbol: &str,
    interval: Interval,
    new: &Candles,
    origin: &Origin,
    conflict: OnConflict,
) -> Result<Merged, StoreError> {
    merge_all(data_dir, symbol, interval, &[Part { candles: new, own: &[], origin }], conflict)
}

/// The same for bars of several sources at once, the first of which came first: read once and written once.
///
/// # Errors
/// As [`merge`]; then nothing of any source is stored.
pub fn merge_all(
    data_dir: &Path,
    symbol: &str,
    interval: Interval,
    parts: &[Part],
    conflict: OnConflict,
) -> Result<Merged, StoreError> {
    let incoming = Incoming::collect(symbol, interval, parts, conflict)?;
    let path = file(data_dir, symbol, interval);
    let failed = |error: io::Error| named(&error, &path);
    let folder = path.parent().unwrap_or(data_dir);
    may_be_folder(data_dir)?;
    fs::create_dir_all(folder).map_err(failed)?;
    inside(data_dir, folder)?;
    let _lock = lock(folder, symbol).map_err(failed)?;
    plan(incoming, StoredCandles::read(data_dir, symbol, interval)?, interval, path, conflict)?.write()
}

/// What [`merge_all`] would do, without doing it: [`Merged::written`] says whether a file would be written.
///
/// # Errors
/// As [`merge_all`], but for those of writing.
pub fn preview(
    data_dir: &Path,
    symbol: &str,
    interval: Interval,
    parts: &[Part],
    conflict: OnConflict,
) -> Result<Merged, StoreError> {
    let incoming = Incoming::collect(symbol, interval, parts, conflict)?;
    may_be_folder(data_dir)?;
    let stored = if data_dir.exists() { StoredCandles::read(data_dir, symbol, interval)? } else { None };
    Ok(plan(incoming, stored, interval, file(data_dir, symbol, interval), conflict)?.merged)
}

/// Waits until no other process changes the files of a symbol in this folder.
pub(super) fn lock(folder: &Path, symbol: &str) -> io::Result<FileLock> {
    FileLock::wait(folder.join(format!(".backtest-{symbol}.lock")), |_| {})
}

fn file(data_dir: &Path, symbol: &str, interval: Interval) -> PathBuf {
    data_dir.join(interval.to_string()).join(format!("{symbol}.{}", Format::Parquet))
}

/// What is to be written, once these bars have joined those that are stored.
fn plan(
    incoming: Incoming,
    stored: Option<StoredCandles>,
    interval: Interval,
    path: PathBuf,
    conflict: OnConflict,
) -> Result<MergePlan, StoreError> {
    let Incoming { candles, own: parts, sources, synthetic } = incoming;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |difference| StoreError::Series { path, difference }
    };
    let Some(stored) = stored else {
        let own = join_series(&candles.time, &parts, conflict).map_err(failed(&path))?;
        let merged = Merged { added: candles.len() as u64, written: true, ..Merged::new(path, &candles) };
        return Ok(MergePlan { candles, own, sources, synthetic, stored: None, merged });
    };
    if stored.synthetic != synthetic {
        return Err(StoreError::Synthetic { path: stored.path, stored_is_synthetic: stored.synthetic });
    }
    if let (Some(old), Some(new)) = (phase(&stored.candles, interval), phase(&candles, interval))
        && old != new
    {
        let [stored_at, incoming] = [&stored.candles, &candles].map(|bars| show_moment(bars.time[0]));
        return Err(StoreError::OtherPhase { path: stored.path, interval, stored: stored_at, incoming });
    }
    let joined = agreed(join(&stored.candles, &candles, conflict), conflict, &stored.path)?;
    let all = [vec![(&*stored.candles.time, &*stored.own)], parts].concat();
    let own = join_series(&joined.candles.time, &all, conflict).map_err(failed(&stored.path))?;
    let changed =
        !is_same(&own, &stored.own) || joined.added > 0 || joined.differing > 0 && conflict == OnConflict::Last;
    let sources = stored.sources.clone().join(sources);
    let written = changed || !stored.is_ours || sources != stored.sources;
    let (added, same, differing) = (joined.added, joined.same, joined.differing);
    let merged = Merged { added, same, differing, written, ..Merged::new(path, &joined.candles) };
    Ok(MergePlan { candles: Cow::Owned(joined.candles), own, sources, synthetic, stored: Some(stored), merged })
}

/// All that will be in the file.
struct MergePlan<'a> {
    candles: Cow<'a, Candles>,
    own: Vec<OwnSeries>,
    sources: Sources,
    synthetic: bool,
    stored: Option<StoredCandles>,
    merged: Merged,
}

impl MergePlan<'_> {
    fn write(mut self) -> Result<Merged, StoreError> {
        let path = &self.merged.path;
        match self.stored {
            None => save(path, &self.candles, &self.own, &self.sources, self.synthetic)?,
            Some(stored) if self.merged.written => {
                let aside = write_over(stored, path, &self.candles, &self.own, &self.sources)
                    .map_err(|error| named(&error, path))?;
                self.merged.set_aside = aside;
            }
            Some(_) => {}
        }
        Ok(self.merged)
    }
}

/// Writes the Parquet file, and sets those aside whose place it takes.
pub(super) fn write_over(
    stored: StoredCandles,
    path: &Path,
    candles: &Candles,
    own: &[OwnSeries],
    sources: &Sources,
) -> io::Result<Vec<PathBuf>> {
    let mut set_aside = Vec::new();
    // A foreign file of the very name goes first, or it would be lost; those of other names last, so that a process
    // that is stopped in between leaves more and not less.
    let (same_name, others): (Vec<_>, Vec<_>) = stored.foreign.into_iter().partition(|old| old == path);
    for old in same_name {
        set_aside.push(copy_aside(&old)?);
    }
    save(path, candles, own, sources, stored.synthetic).map_err(|error| io::Error::other(error.reason))?;
    for old in others {
        let aside = free_name(&old);
        fs::rename(&old, &aside)?;
        set_aside.push(aside);
    }
    Ok(set_aside)
}

pub(super) fn named(error: &io::Error, path: &Path) -> WriteError {
    WriteError { path: path.to_owned(), reason: error.to_string() }
}

/// Fails when bars differ and that is to be refused.
fn agreed(joined: Joined, conflict: OnConflict, path: &Path) -> Result<Joined, StoreError> {
    if joined.differing > 0 && conflict == OnConflict::Refuse {
        let (count, examples) = (joined.differing, joined.examples);
        return Err(StoreError::Conflict { path: path.to_owned(), count, examples });
    }
    Ok(joined)
}

impl Merged {
    fn new(path: PathBuf, candles: &Candles) -> Self {
        let [start, end] = [candles.time.first(), candles.time.last()].map(|time| time.copied().unwrap_or_default());
        let bars = candles.len() as u64;
        Self { path, bars, start, end, added: 0, same: 0, differing: 0, written: false, set_aside: Vec::new() }
    }
}

fn save(
    path: &Path,
    candles: &Candles,
    own: &[OwnSeries],
    sources: &Sources,
    synthetic: bool,
) -> Result<(), WriteError> {
    let (digest, sources) = (hex(digest_in(&Pool::of_machine(), candles, 0..candles.len())), sources.to_text());
    let mut metadata = vec![(DIGEST_KEY, &*digest), (SOURCES, &*sources)];
    let names = serde_json::json!(own.iter().map(|series| &series.name).collect::<Vec<_>>()).to_string();
    if !own.is_empty() {
        metadata.push((COLUMNS, &*names));
    }
    if synthetic {
        metadata.push((SYNTHETIC_KEY, "true"));
    }
    write_candles(path, candles, own, &metadata)
}

/// A copy under another name, so that at no moment there is no file.
fn copy_aside(old: &Path) -> io::Result<PathBuf> {
    let aside = free_name(old);
    fs::copy(old, &aside)?;
    File::open(&aside)?.sync_all()?;
    Ok(aside)
}

/// `BTCUSDT.csv.bak`, or with a number where that is taken.
pub(super) fn free_name(old: &Path) -> PathBuf {
    let name = old.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let numbers = (1..).map(|n: u32| if n == 1 { String::new() } else { n.to_string() });
    let mut names = numbers.map(|number| old.with_file_name(format!("{name}.bak{number}")));
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| old.with_file_name(format!("{name}.bak")))
}
