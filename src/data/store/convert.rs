//! Stored candles in another form, in their place.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::StoreError;
use super::lock::Lock;
use super::symbol::check_name;
use super::there::There;
use super::write::{free_name, named, replace};
use crate::data::atomic;
use crate::data::export::{Whom, text};
use crate::data::format::Format;
use crate::sim::model::Interval;

/// What converting did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The file, in its new form.
    pub path: PathBuf,
    /// Its bars.
    pub bars: u64,
    /// Whether it was written; what has the form already is left alone.
    pub written: bool,
    /// New names of the files that were there.
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
    let _lock = Lock::wait(&folder, symbol).map_err(|error| named(&error, &path))?;
    let Some(there) = There::read(data_dir, symbol, interval)? else { return Ok(None) };
    let bars = there.candles.len() as u64;
    let is_done = there.files == [path.clone()] && (to != Format::Parquet || there.is_ours);
    if is_done {
        return Ok(Some(Converted { path, bars, written: false, set_aside: Vec::new() }));
    }
    let set_aside = if to == Format::Parquet {
        let (candles, sources) = (there.candles.clone(), there.sources.clone());
        replace(there, &path, &candles, &sources).map_err(|error| named(&error, &path))?
    } else {
        let text = text(&there.candles, interval, Whom::Csv);
        let write = || -> std::io::Result<Vec<PathBuf>> {
            let mut set_aside = Vec::new();
            atomic::replace(&path, |file| {
                std::io::Write::write_all(file, text.as_bytes())?;
                file.sync_all()
            })?;
            for old in there.files.iter().filter(|old| **old != path) {
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
