//! Stored candles in another form, in their place.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::merge::{free_name, lock, named, write_over};
use super::stored::StoredCandles;
use crate::catalog::format::Format;
use crate::catalog::symbol::check_name;
use crate::files::{Durability, replace};
use crate::sim::Interval;
use crate::write::text::{ExportFormat, text_with};

/// What converting did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The file, in its new form.
    pub path: PathBuf,
    /// Its bars.
    pub bars: u64,
    /// Whether it was written; what has the form already is left alone.
    pub written: bool,
    /// New names of the files that were stored.
    pub set_aside: Vec<PathBuf>,
}

/// Writes what is stored of a symbol as `SYMBOL.parquet` or `SYMBOL.csv`; the old file is renamed to `.bak`, for it may
/// hold more than bars. `None` where nothing is stored.
///
/// # Errors
/// See [`StoreError`]; whatever was there is unharmed.
pub fn convert(data_dir: &Path, symbol: &str, interval: Interval, to: Format) -> Result<Option<Converted>, StoreError> {
    check_name(symbol)?;
    let folder = data_dir.join(interval.to_string());
    let path = folder.join(format!("{symbol}.{to}"));
    let _lock = lock(&folder, symbol).map_err(|error| named(&error, &path))?;
    let Some(stored) = StoredCandles::read(data_dir, symbol, interval)? else { return Ok(None) };
    let bars = stored.candles.len() as u64;
    let is_done = stored.files == [path.clone()] && (to != Format::Parquet || stored.is_ours);
    if is_done {
        return Ok(Some(Converted { path, bars, written: false, set_aside: Vec::new() }));
    }
    let set_aside = if to == Format::Parquet {
        let (candles, own, sources) = (stored.candles.clone(), stored.own.clone(), stored.sources.clone());
        write_over(stored, &path, &candles, &own, &sources).map_err(|error| named(&error, &path))?
    } else {
        let text = text_with(&stored.candles, &stored.own, interval, ExportFormat::Csv);
        let write = || -> std::io::Result<Vec<PathBuf>> {
            let mut set_aside = Vec::new();
            replace(&path, Durability::ContentAndName, |file| file.write_all(text.as_bytes()))?;
            for old in stored.files.iter().filter(|old| **old != path) {
                let aside = free_name(old);
                fs::rename(old, &aside)?;
                set_aside.push(aside);
            }
            Ok(set_aside)
        };
        write().map_err(|error| named(&error, &path))?
    };
    Ok(Some(Converted { path, bars, written: true, set_aside }))
}
