//! What temporary files are called, and the removal of those that killed processes left behind.
//!
//! They stand beside the file that they are to become, and hidden, so that no catalog lists them. Their process holds a
//! lock on each, which the system releases with the process, however it ends: a file that can be locked has no owner.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Begins the name of each.
pub(super) const PREFIX: &str = ".backtest-";
/// Ends the name of each.
pub(super) const SUFFIX: &str = ".part";
/// Ended the names of temporary candle files in versions before 0.2.
const OLD_SUFFIX: &str = ".tmp";
/// A younger file is left alone: it is locked a moment after it is made, and versions before 0.2 lock none.
const SETTLED: Duration = Duration::from_mins(1);

/// Removes from this folder the temporary files whose process is dead. What cannot be removed stays, without a word.
pub fn remove_stale(folder: &Path) {
    let Some(latest) = SystemTime::now().checked_sub(SETTLED) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = |name: &str| name.starts_with(PREFIX) && (name.ends_with(SUFFIX) || name.ends_with(OLD_SUFFIX));
        let is_settled = || {
            let data = entry.metadata().ok().filter(fs::Metadata::is_file);
            data.and_then(|data| data.modified().ok()).is_some_and(|changed| changed < latest)
        };
        if name.to_str().is_some_and(is_ours) && is_settled() {
            let path = entry.path();
            // For writing, as some network file systems demand it for an exclusive lock.
            let file = File::options().write(true).open(&path);
            if file.as_ref().is_ok_and(|file| file.try_lock().is_ok()) {
                // Somebody else may have removed it already.
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::AtomicFile;
    use super::*;

    fn age(file: &File) {
        file.set_modified(SystemTime::now() - Duration::from_hours(48)).unwrap();
    }

    #[test]
    fn files_of_killed_processes_are_removed_and_all_else_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, is_old: bool| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            if is_old {
                age(&file);
            }
            path
        };
        let stale = [".backtest-a.tmp", ".backtest-7-b.part"].map(|name| make(name, true));
        let fresh = [".backtest-c.tmp", ".backtest-d.part"].map(|name| make(name, false));
        let foreign = [".backtest-mine", "backtest-a.tmp", "out.part", ".backtest-BTC.lock"].map(|n| make(n, true));
        remove_stale(folder.path());
        assert!(stale.iter().all(|path| !path.exists()));
        assert!(fresh.iter().chain(&foreign).all(|path| path.exists()));
    }

    #[test]
    fn the_file_of_a_process_that_was_paused_for_two_days_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.csv");
        let file = AtomicFile::create(&path).unwrap();
        age(file.as_file());
        remove_stale(folder.path());
        file.commit(super::super::Durability::None).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn a_folder_that_does_not_exist_is_nothing_to_clean() {
        remove_stale(Path::new("/there/is/no/such/folder"));
    }
}
