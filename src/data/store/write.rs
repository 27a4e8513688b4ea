//! New bars join what is stored.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::failure::StoreError;
use super::join::{OnConflict, join};
use super::lock::Lock;
use super::sources::{DIGEST, Origin, SOURCES, Sources, hex};
use super::there::There;
use crate::data::catalog::inside;
use crate::data::digest::digest;
use crate::data::escape::{is_unprintable, quote};
use crate::data::format::Format;
use crate::data::frame_write::{WriteError, write_candles};
use crate::data::sample::MARK;
use crate::data::validate::first_fault;
use crate::model::{Candles, Interval, Millis};

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

/// Longest symbol: a file's name has to hold it.
const LONGEST: usize = 64;

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
    check_symbol(symbol)?;
    let path = data_dir.join(interval.to_string()).join(format!("{symbol}.{}", Format::Parquet));
    if new.is_empty() {
        return Err(StoreError::NoBars { symbol: symbol.to_owned() });
    }
    if let Some(fault) = first_fault(new, 1) {
        return Err(fault.into_error(PathBuf::from(&origin.name)).into());
    }
    let failed = |error: std::io::Error| WriteError { path: path.clone(), reason: error.to_string() };
    let folder = path.parent().unwrap_or(data_dir);
    fs::create_dir_all(folder).map_err(failed)?;
    inside(data_dir, folder)?;
    let _lock = Lock::wait(folder, symbol).map_err(failed)?;
    let there = There::read(data_dir, symbol, interval)?;
    let came = Sources::one(origin, new, digest(new, 0..new.len()));
    let Some(there) = there else {
        let added = new.len() as u64;
        save(&path, new, &came, origin.synthetic)?;
        return Ok(Merged { added, written: true, ..Merged::of(path, new) });
    };
    if there.synthetic != origin.synthetic {
        return Err(StoreError::Synthetic { path: there.path, there_is_synthetic: there.synthetic });
    }
    let joined = join(&there.candles, new, conflict);
    if joined.differing > 0 && conflict == OnConflict::Refuse {
        return Err(StoreError::Conflict { path: there.path, count: joined.differing, examples: joined.examples });
    }
    let changed = joined.added > 0 || joined.differing > 0 && conflict == OnConflict::Last;
    let sources = there.sources.clone().join(came);
    let written = changed || !there.is_ours || sources != there.sources;
    let mut set_aside = Vec::new();
    if written {
        // A foreign file of the very name goes first, or it would be lost; those of other names last, so that a
        // process that is stopped in between leaves more and not less.
        let (same_name, others): (Vec<_>, Vec<_>) = there.foreign.into_iter().partition(|old| *old == path);
        for old in same_name {
            set_aside.push(copy_aside(&old).map_err(failed)?);
        }
        save(&path, &joined.candles, &sources, there.synthetic)?;
        for old in others {
            let aside = free_name(&old);
            fs::rename(&old, &aside).map_err(failed)?;
            set_aside.push(aside);
        }
    }
    let (added, same, differing) = (joined.added, joined.same, joined.differing);
    Ok(Merged { added, same, differing, written, set_aside, ..Merged::of(path, &joined.candles) })
}

impl Merged {
    fn of(path: PathBuf, candles: &Candles) -> Self {
        let [start, end] = [candles.time.first(), candles.time.last()].map(|time| time.copied().unwrap_or_default());
        let bars = candles.len() as u64;
        Self { path, bars, start, end, added: 0, same: 0, differing: 0, written: false, set_aside: Vec::new() }
    }
}

/// A symbol becomes the name of a file: it must not lead anywhere else, nor be hidden.
fn check_symbol(symbol: &str) -> Result<(), StoreError> {
    let is_path = symbol.contains(['/', '\\', ':', '\0']) || symbol.contains("..") || symbol.starts_with(['.', '-']);
    let is_bad = symbol.trim() != symbol || symbol.is_empty() || symbol.len() > LONGEST;
    if is_path || is_bad || symbol.chars().any(is_unprintable) {
        return Err(StoreError::BadSymbol { name: quote(symbol) });
    }
    Ok(())
}

fn save(path: &Path, candles: &Candles, sources: &Sources, synthetic: bool) -> Result<(), WriteError> {
    let (digest, sources) = (hex(digest(candles, 0..candles.len())), sources.to_text());
    let mut metadata = vec![(DIGEST, &*digest), (SOURCES, &*sources)];
    if synthetic {
        metadata.push((MARK, "true"));
    }
    write_candles(path, candles, &metadata)
}

/// A copy under another name, so that at no moment there is no file.
fn copy_aside(old: &Path) -> std::io::Result<PathBuf> {
    let aside = free_name(old);
    fs::copy(old, &aside)?;
    File::open(&aside)?.sync_all()?;
    Ok(aside)
}

/// `BTCUSDT.csv.bak`, or with a number where that is taken.
fn free_name(old: &Path) -> PathBuf {
    let name = old.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let numbers = (1..).map(|n: u32| if n == 1 { String::new() } else { n.to_string() });
    let mut names = numbers.map(|number| old.with_file_name(format!("{name}.bak{number}")));
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| old.with_file_name(format!("{name}.bak")))
}
