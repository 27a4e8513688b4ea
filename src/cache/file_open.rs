//! Opening a store in a file: what is found there, and making a new one.

use std::fmt::Write;
use std::path::{Path, absolute};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failure::Class;
use super::file_error::{FOREIGN, classify, is_busy};

/// In the header of our files: `btrs`.
const APPLICATION: i64 = 0x6274_7273;
/// Raise it with any change of the tables; newer files are then left alone by older programs.
const VERSION: i64 = 1;
/// Most bytes of the journal that stay on the disk between writes.
const JOURNAL: i64 = 4 << 20;
const AGAIN: Duration = Duration::from_millis(2);

const TABLES: &str = "
    CREATE TABLE entries (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires INTEGER);
    CREATE INDEX entries_expires ON entries (expires) WHERE expires IS NOT NULL;
    CREATE TABLE counters (name TEXT NOT NULL, field TEXT NOT NULL, number INTEGER NOT NULL, expires INTEGER,
                           PRIMARY KEY (name, field)) WITHOUT ROWID;";

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// How long each step waits for other processes.
    pub patience: Duration,
    /// Whether a new file is made where there is none.
    pub create: bool,
}

type Trouble = (Class, &'static str);

/// Opens the store in this file.
pub(super) fn open(path: &Path, how: Opening) -> Result<Connection, Trouble> {
    check(path, how)?;
    // Absolute, so that no name means something else to SQLite, such as `:memory:`.
    let path = absolute(path).map_err(|_| (Class::Refused, "its path makes no sense"))?;
    let deadline = Instant::now() + how.patience;
    loop {
        match prepared(&path, how) {
            // Many processes may make the same new file at once: one does, and the others see it a moment later.
            Err(Found::Sqlite(error)) if is_busy(&error) && Instant::now() < deadline => thread::sleep(AGAIN),
            Err(Found::Sqlite(error)) if is_unwritable_folder(&error) => return frozen(&path).map_err(Found::told),
            opened => return opened.map_err(Found::told),
        }
    }
}

enum Found {
    Sqlite(rusqlite::Error),
    Other(Trouble),
}

impl Found {
    fn told(self) -> Trouble {
        match self {
            Self::Sqlite(error) => classify(&error),
            Self::Other(trouble) => trouble,
        }
    }
}

impl From<rusqlite::Error> for Found {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What can be said in better words than `SQLite`'s.
fn check(path: &Path, how: Opening) -> Result<(), Trouble> {
    match path.metadata() {
        Ok(found) if found.is_dir() => Err((Class::Refused, "it is a folder; name a file in it")),
        Ok(found) if !found.is_file() => Err((Class::Refused, "it is no ordinary file")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.exists()) {
                Err((Class::Refused, "there is no such folder"))
            } else if how.create {
                Ok(())
            } else {
                Err((Class::Refused, "there is no such file; the first run that stores something makes it"))
            }
        }
        Err(_) => Err((Class::Refused, "it cannot be opened")),
    }
}

fn prepared(path: &Path, how: Opening) -> Result<Connection, Found> {
    let create = if how.create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut store = Connection::open_with_flags(path, flags)?;
    store.busy_timeout(how.patience)?;
    distrust(&store)?;
    if is_new(&store)? {
        fill(&mut store)?;
    }
    identify(&store)?;
    // Whole after a crash of this program without waiting for the disk; after one of the machine the last may be gone.
    store.pragma_update(None, "synchronous", "NORMAL")?;
    store.pragma_update(None, "journal_size_limit", JOURNAL)?;
    Ok(store)
}

/// A store whose folder takes no files, so that `SQLite` cannot share it with others: read as it is. Should somebody
/// write meanwhile, what is read is checked like everything else.
fn frozen(path: &Path) -> Result<Connection, Found> {
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
    distrust(&store)?;
    identify(&store)?;
    Ok(store)
}

fn is_unwritable_folder(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied)
    )
}

/// Anybody may have put the file there.
fn distrust(store: &Connection) -> rusqlite::Result<()> {
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    store.pragma_update(None, "cell_size_check", true)
}

fn number(store: &Connection, name: &str) -> rusqlite::Result<i64> {
    store.pragma_query_value(None, name, |row| row.get(0))
}

fn is_new(store: &Connection) -> rusqlite::Result<bool> {
    Ok(number(store, "application_id")? == 0 && number(store, "schema_version")? == 0)
}

/// Makes the tables, unless another process has since.
fn fill(store: &mut Connection) -> rusqlite::Result<()> {
    store.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    store.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_new(&change)? {
        change.execute_batch(TABLES)?;
        change.pragma_update(None, "application_id", APPLICATION)?;
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.commit()
}

fn identify(store: &Connection) -> Result<(), Found> {
    if number(store, "application_id")? != APPLICATION {
        return Err(Found::Other(FOREIGN));
    }
    match number(store, "user_version")? {
        VERSION => Ok(()),
        _ => Err(Found::Other((Class::Version, "it is of another version of backtest; name another file"))),
    }
}
