//! Files that are whole or not there: written beside the target and renamed over it.

use std::io::{self, Write};
use std::path::Path;

/// Whether a file could be written there, found before any work: its folder is there and takes new files.
///
/// # Errors
/// Why not.
pub fn check(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::other("is a folder"));
    }
    tempfile::NamedTempFile::new_in(folder(path)).map(drop)
}

/// Writes the bytes under this name; what was there stays whole until they are all on disk.
///
/// # Errors
/// Why they could not be written; the old file is then unharmed.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".backtest-").suffix(".part").tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    #[cfg(unix)]
    {
        // Temporary files are private; a result is an ordinary file.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
