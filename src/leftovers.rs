//! How temporary files of this program are called, and the end of those that killed processes left behind.
//!
//! They stand beside the file that they are to become, and hidden, so that no catalogue lists them.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Begins the name of each.
pub const PREFIX: &str = ".backtest-";
/// Ends the name of a file of candles or of the index under construction.
pub const INPUT: &str = ".tmp";
/// Ends the name of a file of results under construction.
pub const OUTPUT: &str = ".part";
/// No process goes so long without writing to its file: an older one belongs to a process that was killed.
const STALE: Duration = Duration::from_hours(1);

/// Removes from this folder what killed processes left there. What cannot be removed stays, without a word.
pub fn sweep(folder: &Path) {
    let Some(oldest) = SystemTime::now().checked_sub(STALE) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = |name: &str| name.starts_with(PREFIX) && (name.ends_with(INPUT) || name.ends_with(OUTPUT));
        let is_stale = || {
            let data = entry.metadata().ok().filter(fs::Metadata::is_file);
            data.and_then(|data| data.modified().ok()).is_some_and(|changed| changed < oldest)
        };
        if name.to_str().is_some_and(is_ours) && is_stale() {
            // Somebody else may have swept it already.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_killed_processes_are_swept_and_all_else_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let path = folder.path().join(name);
            fs::File::create(&path).and_then(|file| file.set_modified(SystemTime::now() - age)).unwrap();
            path
        };
        let old = 2 * STALE;
        let stale = [".backtest-a.tmp", ".backtest-b.part"].map(|name| make(name, old));
        let fresh = [".backtest-c.tmp", ".backtest-d.part"].map(|name| make(name, Duration::ZERO));
        let foreign = [".backtest-mine", "backtest-a.tmp", "out.part"].map(|name| make(name, old));
        sweep(folder.path());
        assert!(stale.iter().all(|path| !path.exists()));
        assert!(fresh.iter().chain(&foreign).all(|path| path.exists()));
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_matter() {
        sweep(Path::new("/there/is/no/such/folder"));
    }
}
