//! Where parts are kept: a folder that all machines share, or a bucket.

#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "cloud")]
mod mirror;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::files::{AtomicFile, Durability};

/// A place for the parts of a plan.
#[derive(Debug)]
pub enum PartStore {
    /// A folder.
    Folder(PathBuf),
    /// A place in a bucket.
    #[cfg(feature = "cloud")]
    Bucket(Box<bucket::Bucket>),
}

/// Why a part could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PartStoreError {
    /// Whether it may well go by itself: a disk that is full, a store that cannot be reached.
    pub is_passing: bool,
    /// What went wrong, and where.
    pub message: String,
}

impl PartStore {
    /// The store at this place.
    ///
    /// # Errors
    /// A place that this program has no way to.
    pub fn at(place: &str) -> Result<Self, String> {
        match place.split_once("://") {
            None => Ok(Self::Folder(PathBuf::from(place))),
            #[cfg(feature = "cloud")]
            Some(("s3", _)) => bucket::Bucket::at(place).map(|bucket| Self::Bucket(Box::new(bucket))),
            #[cfg(not(feature = "cloud"))]
            Some(("s3", _)) => Err(format!(
                "{place}: this program was built without object stores; name a folder, or build it with `cargo build --release --features cloud`"
            )),
            Some((scheme, _)) => Err(format!(
                "{scheme}:// is no place that this program has a way to; name a folder, or s3://BUCKET/PREFIX"
            )),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            #[cfg(feature = "cloud")]
            Self::Bucket(bucket) => bucket.place().to_owned(),
        }
    }

    /// The file of a part; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, shard: u32) -> Result<Option<File>, PartStoreError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name(shard));
                // Anything else than a file could hang.
                match fs::metadata(&path) {
                    Ok(meta) if !meta.is_file() => Err(failed(&path, &io::Error::other("is not a file"))),
                    Ok(_) => File::open(&path).map(Some).map_err(|error| failed(&path, &error)),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failed(&path, &error)),
                }
            }
            #[cfg(feature = "cloud")]
            Self::Bucket(bucket) => bucket.read(&name(shard)),
        }
    }

    /// Whether there is a part, whatever it holds.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub fn has(&self, shard: u32) -> Result<bool, PartStoreError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name(shard));
                path.try_exists().map_err(|error| failed(&path, &error))
            }
            #[cfg(feature = "cloud")]
            Self::Bucket(bucket) => bucket.has(&name(shard)),
        }
    }

    /// Where candles of this place are on this machine: the folder itself, or one below `cache` that mirrors the bucket and
    /// is brought up to date; with how many files were fetched, of how many bytes.
    ///
    /// # Errors
    /// A store that cannot be reached or does not let us in; a bucket without candles; a disk that is full.
    #[cfg_attr(not(feature = "cloud"), expect(unused_variables, reason = "there is no way to a bucket"))]
    pub fn mirrored(&self, cache: &Path) -> Result<(PathBuf, usize, u64), PartStoreError> {
        match self {
            Self::Folder(folder) => Ok((folder.clone(), 0, 0)),
            #[cfg(feature = "cloud")]
            Self::Bucket(bucket) => {
                // Places of one name at different stores are different places.
                let address = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
                let name = blake3::hash(format!("{address} {}", bucket.place()).as_bytes()).to_hex();
                mirror::mirrored(bucket, &cache.join(&name[..16]))
            }
        }
    }

    /// A new file for a part, which nobody sees before it is published.
    ///
    /// # Errors
    /// When no file can be made.
    pub fn create(&self, shard: u32) -> Result<AtomicFile, PartStoreError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name(shard));
                let made = fs::create_dir_all(folder).and_then(|()| AtomicFile::create(&path));
                made.map_err(|error| failed(&path, &error))
            }
            // It is made here, and then goes there as a whole.
            #[cfg(feature = "cloud")]
            Self::Bucket(_) => {
                let path = std::env::temp_dir().join(name(shard));
                AtomicFile::create(&path).map_err(|error| failed(&path, &error))
            }
        }
    }

    /// Lets everybody see a part. One that came there meanwhile is the same bytes; `replaces` says that there is one which
    /// is damaged.
    ///
    /// # Errors
    /// When it cannot be brought there.
    #[cfg_attr(
        not(feature = "cloud"),
        expect(unused_variables, reason = "in a folder the last one is as good as the first")
    )]
    pub fn publish(&self, shard: u32, part: AtomicFile, replaces: bool) -> Result<(), PartStoreError> {
        match self {
            Self::Folder(folder) => {
                part.commit(Durability::ContentAndName).map_err(|error| failed(&folder.join(name(shard)), &error))
            }
            #[cfg(feature = "cloud")]
            Self::Bucket(bucket) => bucket.write(&name(shard), &part, replaces),
        }
    }
}

/// Whether a place is one that only an object store has, and no path.
#[must_use]
pub fn is_in_store(place: &Path) -> bool {
    place.to_str().is_some_and(|place| place.contains("://"))
}

/// Name of the part of a shard.
fn name(shard: u32) -> String {
    format!("{shard:05}.part")
}

fn failed(path: &Path, error: &io::Error) -> PartStoreError {
    // A folder that is missing or closed to us may be so on this machine alone: others may have it.
    let lasting = [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::NotADirectory];
    PartStoreError { is_passing: !lasting.contains(&error.kind()), message: format!("{}: {error}", path.display()) }
}
