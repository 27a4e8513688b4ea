//! Parts and candles in a bucket of S3, or of a store that speaks its protocol. Credentials, region and address come from the usual
//! variables (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL`, ..) or from the machine's role.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Error, GetOptions, ListResult, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig};
use tokio::runtime::{Builder, Runtime};

use super::PartStoreError;
use crate::files::AtomicFile;

/// Bytes that are fetched at a time.
const STEP: u64 = 32 << 20;

/// Variables of which one says who asks, unless the machine's role does.
const CREDENTIALS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// An object as a listing has it.
#[derive(Debug)]
pub(super) struct Listed {
    /// `FOLDER/FILE`.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Another one when it is changed: the `ETag`, or else the time of the last change.
    pub version: String,
    etag: Option<String>,
}

/// A place in a bucket.
pub struct Bucket {
    store: AmazonS3,
    prefix: Path,
    place: String,
    runtime: Runtime,
}

/// A store that does not answer is asked again for some seconds; then whoever started the program decides.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 6, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() }
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
        let store = AmazonS3Builder::from_env().with_url(place).with_retry(retries()).build();
        let store = store.map_err(|error| wrong(&error))?;
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
        let place = format!("{}/{name}", self.place.trim_end_matches('/'));
        PartStoreError { is_passing, message: format!("{}: {error}", place.trim_end_matches('/')) }
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

    /// As [`Self::refused`] of what is only read: what is not there does not come by itself.
    fn unread(&self, name: &str, error: &Error) -> PartStoreError {
        let mut failed = self.refused(name, error);
        // Of a listing that is refused, the library says nothing but what the store answered; and where nothing says who
        // asks, it has looked for the role of a machine, which this one does not have.
        let is_anonymous = !CREDENTIALS.iter().any(|name| std::env::var_os(name).is_some());
        let says = |answer: &&str| failed.message.contains(answer);
        let is_lasting = matches!(error, Error::NotFound { .. })
            || ["NoSuchBucket", "403 Forbidden", "401 Unauthorized"].iter().any(says)
            || is_anonymous && says(&"/latest/api/token");
        failed.is_passing &= !is_lasting;
        if is_anonymous {
            failed.message += "; no credentials are set (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)";
        }
        failed
    }

    /// The objects in the folders of this place, those that lie deeper left out.
    pub(super) fn list(&self) -> Result<Vec<Listed>, PartStoreError> {
        let of = |prefix: &Path| -> Result<ListResult, PartStoreError> {
            let found = self.runtime.block_on(self.store.list_with_delimiter(Some(prefix)));
            found.map_err(|error| self.unread("", &error))
        };
        let mut all = Vec::new();
        for folder in of(&self.prefix)?.common_prefixes {
            for object in of(&folder)?.objects {
                let (Some(last), Some(file)) = (folder.parts().next_back(), object.location.filename()) else {
                    continue;
                };
                let version = object.e_tag.clone().unwrap_or_else(|| object.last_modified.to_rfc3339());
                let name = format!("{}/{file}", last.as_ref());
                all.push(Listed { name, size: object.size, version, etag: object.e_tag });
            }
        }
        Ok(all)
    }

    /// Writes an object that was listed; one that was changed since then, or that ends early, is an error.
    pub(super) fn fetch(&self, object: &Listed, into: &mut impl Write) -> Result<(), PartStoreError> {
        let Listed { name, size, etag, .. } = object;
        let here = |error: io::Error| self.failed(name, &error, true);
        let path = Path::parse(format!("{}/{name}", self.prefix)).map_err(|error| self.failed(name, &error, false))?;
        let mut at = 0;
        while at < *size {
            let end = (at + STEP).min(*size);
            let options = GetOptions { range: Some((at..end).into()), if_match: etag.clone(), ..GetOptions::default() };
            let found = self.runtime.block_on(async { self.store.get_opts(&path, options).await?.bytes().await });
            let bytes = found.map_err(|error| match error {
                Error::Precondition { .. } => self.failed(name, &"was changed while it was read", true),
                error => self.unread(name, &error),
            })?;
            if bytes.len() as u64 != end - at {
                return Err(self.failed(name, &"ends early: the connection was cut", true));
            }
            into.write_all(&bytes).map_err(here)?;
            at = end;
        }
        Ok(())
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
