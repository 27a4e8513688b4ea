//! Replaces a file in one step, so that a reader, a crash or Ctrl-C meets the old or the new one, never a half.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Temporary files of ours: hidden, so that no catalogue lists them.
const PREFIX: &str = ".backtest-";
const SUFFIX: &str = ".tmp";
/// No write takes that long: an older temporary file belongs to a process that was killed.
const STALE: Duration = Duration::from_hours(1);

/// Writes a new file beside `path` and puts it in its place once it is whole.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sweep(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Readable as any new file is; the process's umask still applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes temporary files that killed processes left behind.
fn sweep(folder: &Path) {
    let Some(oldest) = SystemTime::now().checked_sub(STALE) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        let is_stale = || entry.metadata().and_then(|data| data.modified()).is_ok_and(|changed| changed < oldest);
        if ours && is_stale() {
            // Somebody else may have swept it already.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        assert!(replace(&path, |_| Err(io::Error::other("no"))).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn leftovers_of_killed_processes_are_swept_and_fresh_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let [stale, fresh] = [".backtest-a.tmp", ".backtest-b.tmp"].map(|name| folder.path().join(name));
        fs::write(&fresh, "").unwrap();
        let file = File::create(&stale).unwrap();
        file.set_modified(SystemTime::now() - 2 * STALE).unwrap();
        replace(&folder.path().join("file"), |_| Ok(())).unwrap();
        assert!(fresh.exists() && !stale.exists());
    }
}
