//! Replaces a file in one step, so that a reader, a crash or Ctrl-C meets the old or the new one, never a half.

#[cfg(unix)]
use std::fs::Permissions;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::stale::{PREFIX, SUFFIX, remove_stale};

/// How certain it is that a new file survives a power failure right after it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Not at all: it can be made again.
    None,
    /// Its content is on the disk before it replaces the old file.
    Content,
    /// Its content and its name are on the disk.
    ContentAndName,
}

/// A file under construction: hidden, beside the one that it replaces once it is whole. Removed when it is dropped
/// before that.
///
/// It is locked as long as its process lives, which is how [`remove_stale`] tells it from the file of a process that
/// was killed.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// A new file that is to become `path`, in its folder; what killed processes left there is removed.
    ///
    /// It has the permissions of the file that it replaces; where there is none, those that the umask leaves. A link is
    /// followed, so that the file it leads to is replaced and not the link.
    ///
    /// # Errors
    /// When no file can be made there, or `path` is a folder, pipe or device. The error is the reason alone, without the
    /// name of the temporary file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = followed(path)?;
        let old = match fs::symlink_metadata(&target) {
            Ok(old) if old.is_dir() => return Err(io::Error::other("is a folder")),
            Ok(old) if !old.is_file() => return Err(io::Error::other("is not a regular file")),
            Ok(old) => Some(old.permissions()),
            Err(_) => None,
        };
        let folder = folder_of(&target);
        remove_stale(folder);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let mut builder = Builder::new();
        builder.prefix(&prefix).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(new_permissions(old.as_ref()));
        loop {
            let file = builder.tempfile_in(folder).map_err(reason_alone)?;
            // Where files cannot be locked, none is ever taken for stale.
            let is_locked = match file.as_file().try_lock() {
                Ok(()) | Err(fs::TryLockError::Error(_)) => true,
                Err(fs::TryLockError::WouldBlock) => false,
            };
            // Another process may have removed it between the two steps, as nobody held it yet.
            if is_locked && file.path().exists() {
                if let Some(old) = old {
                    // The umask must not narrow what the old file allowed. Where it cannot be set, the file is narrower.
                    let _ = file.as_file().set_permissions(old);
                }
                return Ok(Self { file, target });
            }
        }
    }

    /// The file under construction.
    #[must_use]
    pub fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// The same, to write to.
    pub fn as_file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Another handle of it, for whoever wants to own one.
    ///
    /// # Errors
    /// When the system has no more of them.
    pub fn handle(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }

    /// Replaces the old file.
    ///
    /// # Errors
    /// When the content cannot be brought to the disk, or the file cannot be renamed; the old file is then unharmed.
    pub fn commit(self, durability: Durability) -> io::Result<()> {
        let Self { file, target } = self;
        match durability {
            Durability::None => {}
            Durability::Content => file.as_file().sync_data()?,
            Durability::ContentAndName => file.as_file().sync_all()?,
        }
        file.persist(&target).map_err(|error| error.error)?;
        if durability == Durability::ContentAndName {
            // The name is on the disk once the folder is. Not every system lets a folder be opened for that.
            let _ = File::open(folder_of(&target)).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// Writes a file and puts it in the place of the old one once it is whole.
///
/// # Errors
/// Why it could not be written; the old file is then unharmed.
pub fn replace(path: &Path, durability: Durability, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    write(file.as_file_mut())?;
    file.commit(durability)
}

/// Whether a file could be written there, found before any work: its folder exists and takes new files.
///
/// # Errors
/// Why not.
pub fn check_writable(path: &Path) -> io::Result<()> {
    AtomicFile::create(path).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a chain of links ends, which may be a file that does not exist yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if !path.is_symlink() {
            return Ok(path);
        }
        path = folder_of(&path).join(fs::read_link(&path)?);
    }
    Err(io::Error::other("is a chain of links without an end"))
}

/// What a new file may be used for by whom, before the umask; never more than the file that it replaces.
#[cfg(unix)]
fn new_permissions(old: Option<&Permissions>) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(old.map_or(0o666, |old| old.mode() & 0o666))
}

/// The reason alone: the error of a temporary file has that file's name in it, which means nothing to anybody.
fn reason_alone(error: io::Error) -> io::Error {
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
mod tests;
