//! Which candle files there are, found by one look into the folder and without opening any: a batch over hundreds
//! of assets whose results are all cached spends most of its time here.

mod candle_file;
mod error;
pub(super) mod format;
mod index;
mod resolve;
pub(super) mod symbol;

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::candle_file::FileProblem;
pub use self::candle_file::{BadRows, CandleFile, SETTLE};
pub use self::error::CatalogError;
pub use self::format::Format;
pub use self::index::{Index, Known};
pub use self::resolve::ResolveError;
pub use self::symbol::{SymbolError, is_pattern, is_symbol_named};
use self::symbol::{fits, joined};
use crate::escape::shown;
use crate::files::FileFingerprint;
use crate::sim::Interval;

/// The candle files of one interval, sorted by symbol, and those that its bars can be made of; never empty.
#[derive(Clone, Debug)]
pub struct Catalog {
    folder: PathBuf,
    entries: Vec<CandleFile>,
}

/// A folder such as `60m`, which is that of `1h`, where there is no `1h`.
fn by_another_name(root: &Path, interval: Interval) -> Option<OsString> {
    if root.join(interval.to_string()).exists() {
        return None;
    }
    let names = fs::read_dir(root).ok()?.flatten().map(|entry| entry.file_name());
    names.into_iter().find(|name| name.to_str().is_some_and(|name| name.parse() == Ok(interval)))
}

impl Catalog {
    /// Lists `DATA_DIR/INTERVAL`.
    ///
    /// # Errors
    /// When the folder is missing, unreadable, a link out of the data folder, or without a candle file.
    pub fn open(data_dir: &Path, interval: Interval) -> Result<Self, CatalogError> {
        Self::listed(data_dir, interval, true)
    }

    /// `is_looked_at` says whether it is seen what the files are, beside their names.
    fn listed(data_dir: &Path, interval: Interval, is_looked_at: bool) -> Result<Self, CatalogError> {
        let missing = |_| CatalogError::NoDataFolder(data_dir.to_owned());
        let root = fs::canonicalize(data_dir).map_err(missing)?;
        may_be_folder(data_dir)?;
        let folder = data_dir.join(interval.to_string());
        if let Some(other) = by_another_name(&root, interval) {
            return Err(CatalogError::OtherName { folder: data_dir.join(other), interval });
        }
        let no_candles = || {
            let there = intervals(&root).into_iter().filter(|other| *other != interval && has_candles(&root, *other));
            let there = there.collect();
            CatalogError::NoCandles { folder: folder.clone(), interval, there }
        };
        let canonical = fs::canonicalize(&folder).map_err(|_| no_candles())?;
        if !canonical.starts_with(&root) {
            return Err(CatalogError::LeadsOut(folder));
        }
        if !canonical.is_dir() {
            return Err(no_candles());
        }
        let lister = Lister { root: &root, folder: &folder, canonical: &canonical, interval };
        let entries =
            lister.list(is_looked_at).map_err(|reason| CatalogError::Unreadable { folder: folder.clone(), reason })?;
        if entries.is_empty() { Err(no_candles()) } else { Ok(Self { folder, entries }) }
    }

    /// Lists `DATA_DIR/INTERVAL`, and for assets that have no file there, the files of the longest bars that those of
    /// this interval can be made of.
    ///
    /// # Errors
    /// As [`Catalog::open`], but that the folder may be missing or empty where there are such files.
    pub fn with_shorter(data_dir: &Path, interval: Interval) -> Result<Self, CatalogError> {
        Self::listed_with_shorter(data_dir, interval, true)
    }

    fn listed_with_shorter(data_dir: &Path, interval: Interval, is_looked_at: bool) -> Result<Self, CatalogError> {
        match Self::listed_or_missing(data_dir, interval, is_looked_at)? {
            (own, None) => Ok(own.filled_up(data_dir, interval, is_looked_at)),
            (none, Some(error)) => none.filled_up_or(error, data_dir, interval, is_looked_at),
        }
    }

    /// The files of the interval itself; none, and what is to be said of it, where it has none.
    fn listed_or_missing(
        data_dir: &Path,
        interval: Interval,
        is_looked_at: bool,
    ) -> Result<(Self, Option<CatalogError>), CatalogError> {
        match Self::listed(data_dir, interval, is_looked_at) {
            Ok(own) => Ok((own, None)),
            Err(error @ CatalogError::NoCandles { .. }) => {
                Ok((Self { folder: data_dir.join(interval.to_string()), entries: Vec::new() }, Some(error)))
            }
            Err(error) => Err(error),
        }
    }

    /// Filled up with the files of shorter bars; the error where there are none either.
    fn filled_up_or(
        self,
        error: CatalogError,
        data_dir: &Path,
        interval: Interval,
        is_looked_at: bool,
    ) -> Result<Self, CatalogError> {
        let all = self.filled_up(data_dir, interval, is_looked_at);
        if all.entries.is_empty() { Err(error) } else { Ok(all) }
    }

    fn filled_up(mut self, data_dir: &Path, interval: Interval, is_looked_at: bool) -> Self {
        let shorter = intervals(data_dir).into_iter().rev().filter(|other| interval.is_made_of(*other));
        let mut known: HashSet<String> = self.entries.iter().map(|entry| joined(&entry.symbol)).collect();
        // A folder that cannot be listed has no file to offer; whoever names its interval is told.
        for catalog in shorter.filter_map(|other| Self::listed(data_dir, other, is_looked_at).ok()) {
            let new: Vec<CandleFile> =
                catalog.entries.into_iter().filter(|entry| !known.contains(&joined(&entry.symbol))).collect();
            known.extend(new.iter().map(|entry| joined(&entry.symbol)));
            self.entries.extend(new.into_iter().map(|entry| CandleFile { interval, ..entry }));
        }
        self.entries.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        self
    }

    /// `DATA_DIR/INTERVAL`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All files, sorted by symbol.
    #[must_use]
    pub fn entries(&self) -> &[CandleFile] {
        &self.entries
    }
}

/// The names of the candle files that [`Catalog::with_shorter`] lists. Whoever wants a few of hundreds need not wait until
/// it is seen of all of them what they are.
#[derive(Debug)]
pub struct CatalogNames {
    data_dir: PathBuf,
    /// The data folder with every link followed.
    root: PathBuf,
    interval: Interval,
    /// The names of the interval itself, and those of shorter bars where it has none: else the folders of these are
    /// listed only for a name that is not among its own.
    names: Catalog,
    has_shorter: bool,
}

impl CatalogNames {
    /// Lists those of the interval itself, and the others where there are none.
    ///
    /// # Errors
    /// As [`Catalog::with_shorter`].
    pub fn with_shorter(data_dir: &Path, interval: Interval) -> Result<Self, CatalogError> {
        let (names, missing) = Catalog::listed_or_missing(data_dir, interval, false)?;
        let has_shorter = missing.is_some();
        let names = match missing {
            Some(error) => names.filled_up_or(error, data_dir, interval, false)?,
            None => names,
        };
        let root = fs::canonicalize(data_dir).map_err(|_| CatalogError::NoDataFolder(data_dir.to_owned()))?;
        Ok(Self { data_dir: data_dir.to_owned(), root, interval, names, has_shorter })
    }

    /// The files that these names mean, as [`Catalog::select`] finds them.
    ///
    /// # Errors
    /// As [`Catalog::select`].
    pub fn select(&self, names: &[String]) -> Result<Vec<CandleFile>, ResolveError> {
        let mut chosen = self.named(names)?;
        for file in chosen.iter_mut().filter(|file| file.problem.is_none()) {
            let metadata = file.path.symlink_metadata();
            look_at(file, metadata, &self.root);
        }
        // Of a pattern, a link fails when it is opened; who names one is told at once.
        let is_named =
            |file: &&CandleFile| !names.iter().any(|name| is_pattern(name) && fits(name.trim(), &file.symbol));
        match chosen.iter().filter(is_named).find(|file| file.problem == Some(FileProblem::LeadsOut)) {
            Some(file) => Err(ResolveError::LeadsOut { path: shown(&file.path) }),
            None => Ok(chosen),
        }
    }

    /// The files that these names mean, by their names alone. One of the interval itself is meant before one of shorter
    /// bars; a pattern means those of both.
    fn named(&self, names: &[String]) -> Result<Vec<CandleFile>, ResolveError> {
        let cloned = |files: Vec<&CandleFile>| files.into_iter().cloned().collect();
        if self.has_shorter || !names.iter().any(|name| is_pattern(name)) {
            match self.names.select(names) {
                Err(ResolveError::Unknown { .. }) if !self.has_shorter => {}
                found => return found.map(cloned),
            }
        }
        let all = self.names.clone().filled_up(&self.data_dir, self.interval, false);
        all.select(names).map(cloned)
    }
}

/// The intervals that a data folder has a folder for, shortest first.
#[must_use]
pub fn intervals(data_dir: &Path) -> Vec<Interval> {
    let names = fs::read_dir(data_dir).into_iter().flatten().flatten();
    // A folder by another name, as 60m for 1h, would be looked for in vain.
    let interval = |name: &str| name.parse().ok().filter(|interval: &Interval| interval.to_string() == name);
    let mut found: Vec<Interval> = names.filter_map(|entry| interval(entry.file_name().to_str()?)).collect();
    found.sort_unstable_by_key(|interval| interval.millis());
    found
}

/// Whether an interval's folder holds a file with a candle file's name: an empty one is no remedy to offer.
fn has_candles(data_dir: &Path, interval: Interval) -> bool {
    let names = fs::read_dir(data_dir.join(interval.to_string())).into_iter().flatten().flatten();
    names.map(|entry| entry.file_name()).any(|name| name.to_str().and_then(Format::split_name).is_some())
}

/// Fails for a data folder that is a file; one that is not there may still be made.
///
/// # Errors
/// [`CatalogError::NotAFolder`] alone.
pub fn may_be_folder(data_dir: &Path) -> Result<(), CatalogError> {
    let is_other = data_dir.metadata().is_ok_and(|metadata| !metadata.is_dir());
    if is_other { Err(CatalogError::NotAFolder(data_dir.to_owned())) } else { Ok(()) }
}

/// Fails when a folder below the data folder is a link that leads out of it.
pub(crate) fn inside(data_dir: &Path, folder: &Path) -> Result<(), CatalogError> {
    let root = fs::canonicalize(data_dir).map_err(|_| CatalogError::NoDataFolder(data_dir.to_owned()))?;
    let leads_out = |canonical: PathBuf| !canonical.starts_with(&root);
    if fs::canonicalize(folder).is_ok_and(leads_out) { Err(CatalogError::LeadsOut(folder.to_owned())) } else { Ok(()) }
}

/// The files of one symbol, in the order of [`Format::ALL`], without listing the folder; none where it is missing.
pub(crate) fn files_of(data_dir: &Path, interval: Interval, symbol: &str) -> Result<Vec<CandleFile>, CatalogError> {
    let folder = data_dir.join(interval.to_string());
    inside(data_dir, &folder)?;
    let (Ok(root), Ok(canonical)) = (fs::canonicalize(data_dir), fs::canonicalize(&folder)) else {
        return Ok(Vec::new());
    };
    let lister = Lister { interval, folder: &folder, canonical: &canonical, root: &root };
    let entry = |format: Format| {
        let name = OsString::from(format!("{symbol}.{format}"));
        let metadata = folder.join(&name).symlink_metadata().ok()?;
        let mut entry = lister.entry(&name, symbol, format);
        look_at(&mut entry, Ok(metadata), &root);
        Some(entry)
    };
    Ok(Format::ALL.into_iter().filter_map(entry).collect())
}

struct Lister<'a> {
    interval: Interval,
    root: &'a Path,
    folder: &'a Path,
    canonical: &'a Path,
}

impl Lister<'_> {
    fn list(&self, is_looked_at: bool) -> io::Result<Vec<CandleFile>> {
        let mut by_symbol = BTreeMap::<String, CandleFile>::new();
        for listed in fs::read_dir(self.folder)? {
            let listed = listed?;
            let name = listed.file_name();
            // A name that is not UTF-8 is no symbol, but its file must not be left out without a word.
            let text = name.to_string_lossy();
            let Some((symbol, format)) = Format::split_name(&text) else { continue };
            let mut entry = self.entry(&name, symbol, format);
            if is_looked_at {
                look_at(&mut entry, listed.metadata(), self.root);
            }
            if name.to_str().is_none() {
                entry.problem = Some(FileProblem::NameIsNotText);
            }
            if let Some(first) = by_symbol.get_mut(symbol) {
                let (kept, other) =
                    if first.format < format { (&first.path, &entry.path) } else { (&entry.path, &first.path) };
                first.problem = Some(FileProblem::TwoFiles(other.display().to_string()));
                first.path = kept.clone();
            } else {
                by_symbol.insert(symbol.to_owned(), entry);
            }
        }
        Ok(by_symbol.into_values().collect())
    }

    fn entry(&self, name: &OsStr, symbol: &str, format: Format) -> CandleFile {
        CandleFile {
            symbol: symbol.to_owned(),
            path: in_folder(self.folder, name),
            canonical: in_folder(self.canonical, name),
            format,
            source: self.interval,
            interval: self.interval,
            bad_rows: BadRows::default(),
            settle: SETTLE,
            inside: None,
            stamp: FileFingerprint::default(),
            problem: None,
        }
    }
}

/// A file of a folder. Its path is made at once in the memory that it needs, as there are hundreds.
fn in_folder(folder: &Path, name: &OsStr) -> PathBuf {
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + 1 + name.len());
    path.push(folder);
    path.push(name);
    path
}

/// What is behind a name; `metadata` is that of the name itself: of a link, where it is one.
fn look_at(entry: &mut CandleFile, metadata: io::Result<fs::Metadata>, root: &Path) {
    let metadata = match metadata {
        Ok(link) if link.is_symlink() => {
            if let Ok(target) = fs::canonicalize(&entry.path) {
                entry.canonical = target;
            }
            fs::metadata(&entry.path)
        }
        own => own,
    };
    entry.problem = match metadata {
        _ if !entry.canonical.starts_with(root) => Some(FileProblem::LeadsOut),
        Ok(metadata) if metadata.is_file() => {
            entry.stamp = FileFingerprint::of(&metadata);
            None
        }
        _ => Some(FileProblem::NotAFile),
    };
}
