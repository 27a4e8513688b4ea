//! What an error of `SQLite` means, in our classes and our words.

use rusqlite::{Error, ErrorCode};

use super::failure::Class;

/// Class and text of an error.
pub(super) fn classify(error: &Error) -> (Class, &'static str) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            (Class::Locked, "another program holds it")
        }
        Some(ErrorCode::ReadOnly) => (Class::ReadOnly, "it may not be written"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (Class::Refused, "it cannot be opened"),
        Some(ErrorCode::NotADatabase) => FOREIGN,
        Some(ErrorCode::DiskFull) => (Class::Full, "no room is left on its disk"),
        Some(ErrorCode::SystemIoFailure) => (Class::Full, "its disk takes no more, or fails"),
        // Whatever else SQLite finds wrong, our own statements are not: the file is.
        _ => (Class::Corrupt, "it is damaged; remove it, and the next run makes a new one"),
    }
}

/// For files that hold something else. They are never written.
pub(super) const FOREIGN: (Class, &str) = (Class::Corrupt, "it is no store of backtest; name another file");

/// Whether waiting may help.
pub(super) fn is_busy(error: &Error) -> bool {
    classify(error).0 == Class::Locked
}
