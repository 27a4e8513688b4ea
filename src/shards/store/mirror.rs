//! Candles in a bucket, mirrored in a folder of this machine: what is missing or was changed is fetched, what is gone is
//! removed, and the rest stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::bucket::{Bucket, Listed};
use super::{PartStoreError, failed};
use crate::files::{AtomicFile, Durability, FileLock, read_limited, replace};

/// Largest list of versions that is read: of a million objects.
const MOST_BYTES: u64 = 256 << 20;

/// Brings a folder up to date with a place in a bucket, and gives the folder of the candles in it, and how many files
/// were fetched with how many bytes. One process at a time.
///
/// # Errors
/// A store that cannot be reached or does not let us in, a place without candles, a disk that is full; what was fetched
/// whole by then stays.
pub(super) fn mirrored(bucket: &Bucket, folder: &Path) -> Result<(PathBuf, usize, u64), PartStoreError> {
    let candles = folder.join("candles");
    let here = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| failed(&path, &error)
    };
    fs::create_dir_all(&candles).map_err(here(&candles))?;
    let lock = folder.join("lock");
    let _held = FileLock::wait(lock.clone(), |_| {}).map_err(here(&lock))?;
    let listed: Vec<Listed> = bucket.list()?.into_iter().filter(|object| is_plain(&object.name)).collect();
    if listed.is_empty() {
        let message = format!("{}: there is no candle file below it, such as 1d/BTCUSDT.parquet", bucket.place());
        return Err(PartStoreError { is_passing: false, message });
    }
    let list = folder.join("versions.json");
    let mut versions: BTreeMap<String, String> =
        read_limited(&list, MOST_BYTES).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let is_there = |object: &Listed| {
        let size = fs::metadata(candles.join(&object.name)).map(|meta| meta.len());
        versions.get(&object.name) == Some(&object.version) && size.is_ok_and(|size| size == object.size)
    };
    let open: Vec<&Listed> = listed.iter().filter(|object| !is_there(object)).collect();
    // What is about to be replaced is not known until it has been: a process that is killed leaves no wrong version.
    let names: BTreeSet<&str> = listed.iter().map(|object| object.name.as_str()).collect();
    let gone: Vec<String> = versions.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
    open.iter().map(|object| &object.name).chain(&gone).for_each(|name| drop(versions.remove(name)));
    let save = |versions: &BTreeMap<String, String>| {
        let bytes = serde_json::to_vec(versions).map_err(io::Error::other);
        let saved = bytes.and_then(|bytes| replace(&list, Durability::Content, |file| file.write_all(&bytes)));
        saved.map_err(here(&list))
    };
    if !open.is_empty() || !gone.is_empty() {
        save(&versions)?;
    }
    for name in gone {
        let path = candles.join(name);
        fs::remove_file(&path).or_else(absent_is_fine).map_err(here(&path))?;
    }
    let (mut files, mut fetched) = (0, 0);
    let mut ended = Ok(());
    for object in open {
        ended = fetch(bucket, object, &candles.join(&object.name));
        if ended.is_err() {
            break;
        }
        versions.insert(object.name.clone(), object.version.clone());
        (files, fetched) = (files + 1, fetched + object.size);
    }
    if files > 0 {
        save(&versions)?;
    }
    ended.map(|()| (candles, files, fetched))
}

/// Fetches an object into its place in one step.
fn fetch(bucket: &Bucket, object: &Listed, path: &Path) -> Result<(), PartStoreError> {
    let here = |error: io::Error| failed(path, &error);
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(here)?;
    let mut file = AtomicFile::create(path).map_err(here)?;
    bucket.fetch(object, file.as_file_mut())?;
    file.commit(Durability::Content).map_err(here)
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Whether a name stays in the folder that it is joined to, on every system.
fn is_plain(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
    name.split('/').count() == 2 && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_mirror_are_none_of_it() {
        assert!(is_plain("1d/BTCUSDT.parquet"));
        for name in ["../x", "1d/../x", "1d/..", "/1d", "1d", "1d/", "a/b/c", "1d/.hidden", "c:/x", "1d/a\\b"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
