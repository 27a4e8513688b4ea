//! Looking after a store in a file: an [`AdminBackend`] over `SQLite`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::file::{ADMIN_BUSY_TIMEOUT, FileOptions, MAX_BYTES, RESULTS, classify, open, used_bytes};
use crate::backend::{AdminBackend, Failure, FailureClass, NamePage, Permission, PermissionProbe, RemainingTtl};
use crate::clock::now;
use crate::sim::text::glob;
use crate::statistics::{BytesBy, ServerInfo};

/// Names that a step looks at.
const PAGE: u32 = 1_000;

/// An open file for the `cache` commands.
pub(crate) struct SqliteAdmin {
    store: Connection,
    label: String,
}

impl SqliteAdmin {
    /// Opens an existing file. Expired entries are deleted at once, and their room goes back to the disk.
    pub(crate) fn open(path: &Path, label: &str) -> Result<Self, Failure> {
        let options = FileOptions { busy_timeout: ADMIN_BUSY_TIMEOUT, create: false, schema: RESULTS };
        let store = open(path, options).map_err(|(class, detail)| Failure::new(class, label, detail))?;
        let admin = Self { store, label: label.to_owned() };
        match admin.store.execute("DELETE FROM entries WHERE expires <= ?1", [now()]) {
            Ok(0) => Ok(admin),
            Ok(_) => admin.vacuum().map(|()| admin),
            // With permission to read only, what is there is still shown.
            Err(error) if classify(&error).0 == FailureClass::Corrupt => Err(admin.failure(&error)),
            Err(_) => Ok(admin),
        }
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        let (class, detail) = classify(error);
        Failure::new(class, &self.label, detail)
    }

    fn checked<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, Failure> {
        outcome.map_err(|error| self.failure(&error))
    }

    /// A value for each name, of a row with that name.
    fn column<T>(&self, sql: &str, names: &[Vec<u8>], read: fn(i64) -> T) -> Result<Vec<Option<T>>, Failure> {
        let all = || -> rusqlite::Result<Vec<Option<T>>> {
            let mut query = self.store.prepare(sql)?;
            let one = |name: &Vec<u8>| {
                let name = String::from_utf8_lossy(name);
                query.query_row([name], |row| row.get(0).map(read)).optional()
            };
            names.iter().map(one).collect()
        };
        self.checked(all())
    }

    fn vacuum(&self) -> Result<(), Failure> {
        self.checked(self.store.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"))
    }

    fn delete_rows(&mut self, sql: &str, names: &[String]) -> Result<u64, Failure> {
        let mut all = || -> rusqlite::Result<u64> {
            let change = self.store.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut count = 0;
            let mut delete = change.prepare(sql)?;
            for name in names {
                count += delete.execute([name])? as u64;
            }
            drop(delete);
            change.commit().map(|()| count)
        };
        let deleted = all();
        let deleted = self.checked(deleted)?;
        self.vacuum().map(|()| deleted)
    }
}

impl AdminBackend for SqliteAdmin {
    fn ping(&mut self) -> Result<(), Failure> {
        self.checked(self.store.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))
    }

    fn scan(&mut self, cursor: Option<&[u8]>, pattern: &str) -> Result<NamePage, Failure> {
        let after = String::from_utf8_lossy(cursor.unwrap_or_default()).into_owned();
        let all = || -> rusqlite::Result<Vec<String>> {
            let mut query = self.store.prepare("SELECT name FROM entries WHERE name > ?1 ORDER BY name LIMIT ?2")?;
            query.query_map(params![after, PAGE], |row| row.get(0))?.collect()
        };
        let names = self.checked(all())?;
        let next = (names.len() == PAGE as usize).then(|| names.last().cloned().unwrap_or_default().into_bytes());
        let names = names.into_iter().filter(|name| glob::matches(pattern, name)).map(String::into_bytes).collect();
        Ok(NamePage { next, names })
    }

    fn read(&mut self, names: &[Vec<u8>], length: usize) -> Result<Vec<Option<Vec<u8>>>, Failure> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let all = || -> rusqlite::Result<Vec<Option<Vec<u8>>>> {
            let mut query =
                self.store.prepare("SELECT CAST(substr(value, 1, ?2) AS BLOB) FROM entries WHERE name = ?1")?;
            let one = |name: &Vec<u8>| {
                query.query_row(params![String::from_utf8_lossy(name), length], |row| row.get(0)).optional()
            };
            names.iter().map(one).collect()
        };
        self.checked(all())
    }

    fn sizes(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure> {
        let sizes = self.column("SELECT length(value) FROM entries WHERE name = ?1", names, i64::unsigned_abs)?;
        Ok((BytesBy::Length, sizes))
    }

    fn ttls(&mut self, names: &[Vec<u8>]) -> Result<Vec<RemainingTtl>, Failure> {
        let sql = "SELECT coalesce(expires, -1) FROM entries WHERE name = ?1";
        let ttls = self.column(sql, names, |expires| match u64::try_from(expires) {
            Err(_) => RemainingTtl::NoExpiry,
            Ok(_) => match u64::try_from(expires - now()) {
                Ok(left) if left > 0 => RemainingTtl::Expires(Duration::from_millis(left)),
                _ => RemainingTtl::Expired,
            },
        })?;
        Ok(ttls.into_iter().map(|ttl| ttl.unwrap_or(RemainingTtl::Expired)).collect())
    }

    fn delete(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure> {
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        self.delete_rows("DELETE FROM entries WHERE name = ?1", &names)
    }

    fn counters(&mut self, names: &[String]) -> Result<Vec<Vec<(String, String)>>, Failure> {
        let all = || -> rusqlite::Result<Vec<Vec<(String, String)>>> {
            let mut query = self.store.prepare("SELECT field, number FROM counters WHERE name = ?1")?;
            let mut one = |name| {
                let rows = query.query_map([name], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.to_string())))?;
                rows.collect()
            };
            names.iter().map(&mut one).collect()
        };
        self.checked(all())
    }

    fn delete_counters(&mut self, names: &[String]) -> Result<(), Failure> {
        self.delete_rows("DELETE FROM counters WHERE name = ?1", names).map(|_| ())
    }

    fn server(&mut self) -> Result<ServerInfo, Failure> {
        let used = self.checked(used_bytes(&self.store))?;
        Ok(ServerInfo {
            version: Some(format!("SQLite {}", rusqlite::version())),
            used_memory: u64::try_from(used).ok(),
            maxmemory: Some(MAX_BYTES.unsigned_abs()),
            policy: Some("the oldest leave first".to_owned()),
            ..ServerInfo::default()
        })
    }

    /// By writing something and taking it back.
    fn permissions(&mut self, probe: &PermissionProbe) -> Result<Vec<(Permission, Option<Failure>)>, Failure> {
        let mut write = || -> rusqlite::Result<()> {
            let change = self.store.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute("REPLACE INTO entries (name, value) VALUES (?1, x'')", [&probe.entry])?;
            change.rollback()
        };
        let written = write();
        let written = self.checked(written).err();
        let read = self.ping().err();
        Ok(vec![
            (Permission::Read, read.clone()),
            (Permission::Write, written.clone()),
            (Permission::Count, written.clone()),
            (Permission::List, read),
            (Permission::Clear, written),
        ])
    }
}
