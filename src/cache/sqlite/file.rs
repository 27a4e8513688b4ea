//! The `SQLite` file: opening what is found there, making a new one, its size, and what its errors mean.

use std::fmt::Write;
use std::path::{Path, absolute};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, TransactionBehavior};

use crate::backend::{FailureCause, FailureClass};

/// What kind of store a file is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// In the header of its files.
    pub application: i64,
    /// Raise it with any change of the tables; newer files are then left alone by older programs.
    pub version: i64,
    /// The tables of a new file.
    pub tables: &'static str,
    /// How it is written: what is lost by a crash of the machine.
    pub synchronous: &'static str,
}

/// Results: whole after a crash of this program without waiting for the disk; after one of the machine the last may be gone.
pub(super) const RESULTS: Schema =
    Schema { application: 0x6274_7273, version: 1, tables: TABLES, synchronous: "NORMAL" };
/// Most bytes of the journal that stay on the disk between writes.
const JOURNAL: i64 = 4 << 20;
/// Most bytes that the entries of a file take; beyond that the oldest are deleted.
pub(super) const MAX_BYTES: i64 = 256 << 20;
/// How long a step of a command about the cache waits for other processes.
pub(super) const ADMIN_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(2);

const TABLES: &str = "
    CREATE TABLE entries (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires INTEGER);
    CREATE INDEX entries_expires ON entries (expires) WHERE expires IS NOT NULL;
    CREATE TABLE counters (name TEXT NOT NULL, field TEXT NOT NULL, number INTEGER NOT NULL, expires INTEGER,
                           PRIMARY KEY (name, field)) WITHOUT ROWID;";

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileOptions {
    /// How long each step waits for other processes.
    pub busy_timeout: Duration,
    /// Whether a new file is made where there is none.
    pub create: bool,
    /// What it is.
    pub schema: Schema,
}

/// Opens the store in this file.
pub(super) fn open(path: &Path, options: FileOptions) -> Result<Connection, FailureCause> {
    check(path, options)?;
    // Absolute, so that no name means something else to SQLite, such as `:memory:`.
    let path = absolute(path).map_err(|_| (FailureClass::Refused, "its path makes no sense"))?;
    let deadline = Instant::now() + options.busy_timeout;
    loop {
        match open_store(&path, options) {
            // Many processes may make the same new file at once: one does, and the others see it a moment later.
            Err(OpenError::Sqlite(error)) if is_busy(&error) && Instant::now() < deadline => thread::sleep(AGAIN),
            Err(OpenError::Sqlite(error)) if is_unwritable_folder(&error) => {
                return open_frozen(&path, options.schema).map_err(OpenError::into_cause);
            }
            opened => return opened.map_err(OpenError::into_cause),
        }
    }
}

enum OpenError {
    Sqlite(Error),
    Other(FailureCause),
}

impl OpenError {
    fn into_cause(self) -> FailureCause {
        match self {
            Self::Sqlite(error) => classify(&error),
            Self::Other(trouble) => trouble,
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What can be reported in better words than `SQLite`'s.
fn check(path: &Path, options: FileOptions) -> Result<(), FailureCause> {
    match path.metadata() {
        Ok(found) if found.is_dir() => Err((FailureClass::Refused, "it is a folder; name a file in it")),
        Ok(found) if !found.is_file() => Err((FailureClass::Refused, "it is no ordinary file")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.exists()) {
                Err((FailureClass::Refused, "there is no such folder"))
            } else if options.create {
                Ok(())
            } else {
                Err((FailureClass::Refused, "there is no such file; the first run that stores something makes it"))
            }
        }
        Err(_) => Err((FailureClass::Refused, "it cannot be opened")),
    }
}

fn open_store(path: &Path, options: FileOptions) -> Result<Connection, OpenError> {
    let create = if options.create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut store = Connection::open_with_flags(path, flags)?;
    store.busy_timeout(options.busy_timeout)?;
    harden(&store)?;
    if is_new(&store)? {
        create_tables(&mut store, options.schema)?;
    }
    check_application(&store, options.schema)?;
    store.pragma_update(None, "synchronous", options.schema.synchronous)?;
    store.pragma_update(None, "journal_size_limit", JOURNAL)?;
    Ok(store)
}

/// A store whose folder takes no files, so that `SQLite` cannot share it with others: read as it is. Should somebody
/// write meanwhile, what is read is checked like everything else.
fn open_frozen(path: &Path, schema: Schema) -> Result<Connection, OpenError> {
    let mut url = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => url.push(byte as char),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let store = Connection::open_with_flags(url + "?immutable=1", flags)?;
    harden(&store)?;
    check_application(&store, schema)?;
    Ok(store)
}

fn is_unwritable_folder(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
}

/// Anybody may have put the file there.
fn harden(store: &Connection) -> rusqlite::Result<()> {
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    store.pragma_update(None, "cell_size_check", true)
}

fn pragma_number(store: &Connection, name: &str) -> rusqlite::Result<i64> {
    store.pragma_query_value(None, name, |row| row.get(0))
}

fn is_new(store: &Connection) -> rusqlite::Result<bool> {
    Ok(pragma_number(store, "application_id")? == 0 && pragma_number(store, "schema_version")? == 0)
}

/// Makes the tables, unless another process has since.
fn create_tables(store: &mut Connection, schema: Schema) -> rusqlite::Result<()> {
    store.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    store.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_new(&change)? {
        change.execute_batch(schema.tables)?;
        change.pragma_update(None, "application_id", schema.application)?;
        change.pragma_update(None, "user_version", schema.version)?;
    }
    change.commit()
}

fn check_application(store: &Connection, schema: Schema) -> Result<(), OpenError> {
    if pragma_number(store, "application_id")? != schema.application {
        return Err(OpenError::Other(FOREIGN));
    }
    match pragma_number(store, "user_version")? {
        version if version == schema.version => Ok(()),
        _ => Err(OpenError::Other((FailureClass::Version, "it is of another version of backtest; name another file"))),
    }
}

/// Bytes of the pages that hold something.
pub(super) fn used_bytes(store: &Connection) -> rusqlite::Result<i64> {
    let pages = pragma_number(store, "page_count")? - pragma_number(store, "freelist_count")?;
    Ok(pages.saturating_mul(pragma_number(store, "page_size")?))
}

/// Class and text of an error.
pub(super) fn classify(error: &Error) -> FailureCause {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            (FailureClass::Locked, "another program holds it")
        }
        Some(ErrorCode::ReadOnly) => (FailureClass::ReadOnly, "it may not be written"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (FailureClass::Refused, "it cannot be opened"),
        Some(ErrorCode::NotADatabase) => FOREIGN,
        Some(ErrorCode::DiskFull) => (FailureClass::Full, "no room is left on its disk"),
        Some(ErrorCode::SystemIoFailure) => (FailureClass::Full, "its disk takes no more, or fails"),
        // Whatever else SQLite finds wrong, our own statements are not: the file is.
        _ => (FailureClass::Corrupt, "it is damaged; remove it, and the next run makes a new one"),
    }
}

/// For files that hold something else. They are never written.
const FOREIGN: FailureCause = (FailureClass::Corrupt, "it is no store of backtest; name another file");

/// Whether waiting may help.
fn is_busy(error: &Error) -> bool {
    classify(error).0 == FailureClass::Locked
}
