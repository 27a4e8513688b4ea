//! What is stored of a symbol before something new comes.

use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::join::{OnConflict, join};
use super::series::{COLUMNS, join_series};
use super::sources::{Origin, SOURCES, Sources};
use crate::catalog::format::Format;
use crate::catalog::{CandleFile, files_of};
use crate::pool::Pool;
use crate::read::own_columns::own_columns;
use crate::read::parquet::{DIGEST_KEY, key_values};
use crate::read::{LoadRequest, load_as};
use crate::sim::{Candles, FieldSet, Interval, Millis, OwnSeries, TimeRange};

/// All bars of a symbol that are stored; `None` where there is no file.
///
/// # Errors
/// When a file cannot be read, or two of them do not agree.
pub fn read(data_dir: &Path, symbol: &str, interval: Interval) -> Result<Option<Candles>, StoreError> {
    Ok(StoredCandles::read(data_dir, symbol, interval)?.map(|stored| stored.candles))
}

/// What the files of one symbol hold. There may be several: a process that was stopped between writing the new file
/// and setting the old one aside leaves both, and all are one again with the next write.
pub(super) struct StoredCandles {
    pub candles: Candles,
    /// Further columns, NaN where a bar has none.
    pub own: Vec<OwnSeries>,
    pub sources: Sources,
    pub synthetic: bool,
    /// The first of the files, for messages.
    pub path: PathBuf,
    /// All of them.
    pub files: Vec<PathBuf>,
    /// Files that are not of our making: they are set aside and never lost.
    pub foreign: Vec<PathBuf>,
    /// Whether it is one file, and of our making.
    pub is_ours: bool,
}

impl StoredCandles {
    pub(super) fn read(data_dir: &Path, symbol: &str, interval: Interval) -> Result<Option<Self>, StoreError> {
        let mut stored: Option<Self> = None;
        for entry in files_of(data_dir, interval, symbol)? {
            let one = Self::open(&entry)?;
            stored = Some(match stored {
                None => one,
                Some(before) => before.join(one)?,
            });
        }
        Ok(stored)
    }

    fn open(entry: &CandleFile) -> Result<Self, StoreError> {
        // Bars of the future are for the reader of the file to see.
        let request = LoadRequest {
            range: TimeRange::default(),
            now: Millis::MAX,
            fields: FieldSet::ALL,
            pool: &Pool::of_machine(),
        };
        let loaded = load_as(entry, request)?;
        let (mut states_digest, mut stated) = (false, None);
        let mut names: Vec<String> = Vec::new();
        if entry.format == Format::Parquet {
            for (key, value) in key_values(&entry.path) {
                match &*key {
                    DIGEST_KEY => states_digest = true,
                    SOURCES => stated = Sources::from_text(&value),
                    COLUMNS => names = serde_json::from_str(&value).unwrap_or_default(),
                    _ => {}
                }
            }
        }
        let path = entry.path.clone();
        let is_ours = states_digest && stated.is_some() || loaded.synthetic;
        let sources = stated.filter(|_| states_digest).unwrap_or_else(|| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let changes = loaded.warnings.iter().filter(|warning| warning.kind.is_change());
            let changes = changes.map(ToString::to_string).collect();
            let origin = Origin { name, format: entry.format.to_string(), changes, ..Origin::default() };
            Sources::one(&origin, &loaded.candles, loaded.digest)
        });
        let foreign = if is_ours { Vec::new() } else { vec![entry.path.clone()] };
        let files = vec![path.clone()];
        let wanted: Vec<&str> = names.iter().filter(|_| is_ours).map(String::as_str).collect();
        let values = if wanted.is_empty() { Vec::new() } else { own_columns(entry, &wanted, &loaded.candles.time)? };
        let own =
            wanted.iter().zip(values).map(|(name, values)| OwnSeries { name: (*name).to_owned(), values }).collect();
        Ok(Self { candles: loaded.candles, own, sources, synthetic: loaded.synthetic, path, files, foreign, is_ours })
    }

    fn join(mut self, other: Self) -> Result<Self, StoreError> {
        if self.synthetic != other.synthetic {
            let stored_is_synthetic = other.synthetic;
            return Err(StoreError::Synthetic { path: other.path, stored_is_synthetic });
        }
        let joined = join(&self.candles, &other.candles, OnConflict::Refuse);
        if joined.differing > 0 {
            return Err(StoreError::Conflict { path: other.path, count: joined.differing, examples: joined.examples });
        }
        let both = [(&*self.candles.time, &*self.own), (&*other.candles.time, &*other.own)];
        let own = join_series(&joined.candles.time, &both, OnConflict::Refuse)
            .map_err(|difference| StoreError::Series { path: other.path.clone(), difference })?;
        self.foreign.extend(other.foreign);
        self.files.extend(other.files);
        Ok(Self { candles: joined.candles, own, sources: self.sources.join(other.sources), is_ours: false, ..self })
    }
}
