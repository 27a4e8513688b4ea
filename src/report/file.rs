//! Files that are whole or not there: written beside the target and renamed over it.

use std::io::{self, Write};
use std::path::Path;

use crate::leftovers;

/// Whether a file could be written there, found before any work: its folder is there and takes new files.
///
/// # Errors
/// Why not.
pub fn check(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::other("is a folder"));
    }
    unfinished(path).map(drop)
}

/// Writes the bytes under this name; what was there stays whole until they are all on disk.
///
/// # Errors
/// Why they could not be written; the old file is then unharmed.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = unfinished(path)?;
    file.write_all(bytes)?;
    persist(file, path)
}

/// A new file that is to become `path`, in its folder; what killed processes left there is removed.
///
/// # Errors
/// Why no file can be made there.
pub(super) fn unfinished(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    leftovers::sweep(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(leftovers::PREFIX).suffix(leftovers::OUTPUT).tempfile_in(folder).map_err(bare)
}

/// Gives a finished file its name.
///
/// # Errors
/// Why it could not be; an older file of that name is then unharmed.
pub(super) fn persist(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_data()?;
    #[cfg(unix)]
    {
        // Temporary files are private; a result is an ordinary file.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// The reason alone: the error of a temporary file has that file's name in it, which means nothing to anybody.
fn bare(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return io::Error::new(error.kind(), "there is no such folder");
    }
    let reason = error.get_ref().and_then(std::error::Error::source).map(ToString::to_string);
    match reason {
        Some(reason) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_named_as_that_and_no_temporary_file_is() {
        let path = Path::new("/there/is/no/such/folder/result.csv");
        for error in [check(path).unwrap_err(), write(path, b"").unwrap_err()] {
            assert_eq!(error.to_string(), "there is no such folder");
        }
        assert_eq!(check(Path::new("/proc/result.csv")).unwrap_err().to_string().matches('/').count(), 0);
    }
}
