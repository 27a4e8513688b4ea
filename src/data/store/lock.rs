//! One process at a time changes a candle file: of two that read, join and write at once, one would lose its bars.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::data::stamp::Stamp;

/// Held until it is dropped, or its process ends in whatever way.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock of a symbol in this folder.
    pub(super) fn wait(folder: &Path, symbol: &str) -> io::Result<Self> {
        let path = folder.join(format!(".backtest-{symbol}.lock"));
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            // Whoever held it before has removed the file: then this lock holds nothing that others see.
            let ours = Stamp::of(&file.metadata()?);
            if fs::metadata(&path).is_ok_and(|there| Stamp::of(&there).inode == ours.inode) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the lock goes with the file: see `wait`. Left behind it does no harm. Where a file has no number, one
        // that was removed could not be told from the next.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
