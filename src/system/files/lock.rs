//! One process at a time changes a file: of two that read, join and write at once, one would lose what it wrote.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::fingerprint::FileFingerprint;

/// A lock beside the file that it protects. Held until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    _file: File,
}

impl FileLock {
    /// Waits for the lock of this name, a file in the folder of what it protects. `waiting` is called once if another
    /// process holds it.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn wait(path: PathBuf, waiting: impl FnOnce(&Path)) -> io::Result<Self> {
        let mut waiting = Some(waiting);
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting(&path);
                    }
                    file.lock()?;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it before has removed the file: then this lock holds nothing that others see.
            let ours = FileFingerprint::of(&file.metadata()?);
            if fs::metadata(&path).is_ok_and(|there| FileFingerprint::of(&there).inode == ours.inode) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Before the lock goes with the file: see `wait`. Left behind it does no harm. Where a file has no number, one
        // that was removed could not be told from the next.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn who_has_to_wait_is_told_so_once_and_then_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".backtest-BTC.lock");
        let first = FileLock::wait(path.clone(), |_| unreachable!("nobody else has it")).unwrap();
        let (told, heard) = channel();
        let second = std::thread::spawn(move || FileLock::wait(path, move |path| told.send(path.to_owned()).unwrap()));
        assert!(heard.recv().unwrap().ends_with(".backtest-BTC.lock"));
        assert!(!second.is_finished());
        drop(first);
        drop(second.join().unwrap().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
