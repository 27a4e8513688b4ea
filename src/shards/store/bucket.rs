//! Parts in a bucket of S3, or of a store that speaks its protocol. Credentials, region and address come from the usual
//! variables (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL`, ..) or from the machine's role.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::runtime::{Builder, Runtime};

use super::PartStoreError;
use crate::files::AtomicFile;

/// Bytes that are fetched at a time.
const STEP: u64 = 32 << 20;

/// A place in a bucket.
pub struct Bucket {
    store: AmazonS3,
    prefix: Path,
    place: String,
    runtime: Runtime,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Bucket {
    /// The place `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// A place or variables that make no sense.
    pub(super) fn at(place: &str) -> Result<Self, String> {
        let wrong = |error: &dyn fmt::Display| format!("{place}: {error}");
        let prefix = place.trim_start_matches("s3://").split_once('/').map_or("", |(_, prefix)| prefix);
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|error| wrong(&error))?;
        // One that was installed before is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = AmazonS3Builder::from_env().with_url(place).build().map_err(|error| wrong(&error))?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| wrong(&error))?;
        Ok(Self { store, prefix, place: place.to_owned(), runtime })
    }

    /// As it was named.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    fn failed(&self, name: &str, error: &dyn fmt::Display, is_passing: bool) -> PartStoreError {
        PartStoreError { is_passing, message: format!("{}/{name}: {error}", self.place.trim_end_matches('/')) }
    }

    /// What the store says: who may not come in today may not do so tomorrow; all else may go by.
    fn refused(&self, name: &str, error: &Error) -> PartStoreError {
        let is_lasting = matches!(
            error,
            Error::PermissionDenied { .. }
                | Error::Unauthenticated { .. }
                | Error::NotSupported { .. }
                | Error::NotImplemented { .. }
        );
        self.failed(name, error, !is_lasting)
    }

    /// Whether there is an object.
    pub(super) fn has(&self, name: &str) -> Result<bool, PartStoreError> {
        self.size(name).map(|size| size.is_some())
    }

    /// Bytes of an object; none where there is none.
    fn size(&self, name: &str) -> Result<Option<u64>, PartStoreError> {
        match self.runtime.block_on(self.store.head(&self.path(name))) {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.refused(name, &error)),
        }
    }

    /// An object, fetched into a file that has no name.
    pub(super) fn read(&self, name: &str) -> Result<Option<File>, PartStoreError> {
        let Some(size) = self.size(name)? else { return Ok(None) };
        let path = self.path(name);
        let here = |error: io::Error| self.failed(name, &error, true);
        let mut file = tempfile::tempfile().map_err(here)?;
        let mut at = 0;
        while at < size {
            let end = (at + STEP).min(size);
            let bytes = self.runtime.block_on(self.store.get_range(&path, at..end));
            file.write_all(&bytes.map_err(|error| self.refused(name, &error))?).map_err(here)?;
            at = end;
        }
        Ok(Some(file))
    }

    /// Makes an object of a file, if there is none of its name: whoever was first has written the same bytes. A damaged one
    /// is replaced.
    pub(super) fn write(&self, name: &str, part: &AtomicFile, replaces: bool) -> Result<(), PartStoreError> {
        let here = |error: io::Error| self.failed(name, &error, true);
        let mut bytes = Vec::new();
        let mut file = part.handle().map_err(here)?;
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(here)?;
        let mode = if replaces { PutMode::Overwrite } else { PutMode::Create };
        let path = self.path(name);
        let put = self.store.put_opts(&path, PutPayload::from(bytes), mode.into());
        match self.runtime.block_on(put) {
            Ok(_) | Err(Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(self.refused(name, &error)),
        }
    }
}
