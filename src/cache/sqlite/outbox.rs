//! States and events of `signals` in a file: one transaction that takes the write lock at its beginning.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::file::{ADMIN_BUSY_TIMEOUT, FileOptions, Schema, classify, open};
use crate::backend::{Failure, KEPT, NUMBER, Outbox, OutboxEvent, StateRow, StateWrite};

const TABLES: &str = "
    CREATE TABLE states (name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, head BLOB NOT NULL,
                         latest BLOB NOT NULL, older BLOB NOT NULL);
    CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
    CREATE TABLE sinks (name TEXT NOT NULL PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;";

/// What was delivered must still be known after the power fails: each commit waits for the disk.
const SIGNALS: Schema = Schema { application: 0x6274_7367, version: 1, tables: TABLES, synchronous: "FULL" };

/// The file, open.
pub(crate) struct SqliteOutbox {
    store: Connection,
    label: String,
}

impl SqliteOutbox {
    /// Opens it, and makes a new one where there is none.
    pub(crate) fn open(path: &Path, label: &str) -> Result<Self, Failure> {
        let options = FileOptions { busy_timeout: ADMIN_BUSY_TIMEOUT, create: true, schema: SIGNALS };
        let store = open(path, options).map_err(|(class, detail)| Failure::new(class, label, detail))?;
        Ok(Self { store, label: label.to_owned() })
    }

    fn checked<T>(&self, result: rusqlite::Result<T>) -> Result<T, Failure> {
        result.map_err(|error| {
            let (class, detail) = classify(&error);
            Failure::new(class, &self.label, detail)
        })
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn write_all(store: &mut Connection, writes: &[StateWrite]) -> rusqlite::Result<Vec<bool>> {
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut done = Vec::with_capacity(writes.len());
    {
        let mut version = change.prepare("SELECT version FROM states WHERE name = ?1")?;
        let mut head = change.prepare("UPDATE states SET version = version + 1, head = ?2 WHERE name = ?1")?;
        let mut whole = change.prepare(
            "INSERT INTO states (name, version, head, latest, older) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET version = excluded.version, head = excluded.head, latest = excluded.latest,
                                       older = excluded.older",
        )?;
        let mut event = change.prepare("INSERT INTO events (document) VALUES (?1)")?;
        for write in writes {
            let stored: Option<i64> = version.query_row([&write.name], |row| row.get(0)).optional()?;
            let is_same = stored.unwrap_or(0) == signed(write.expected);
            done.push(is_same);
            if !is_same {
                continue;
            }
            match &write.checkpoints {
                None if write.expected > 0 => drop(head.execute(params![write.name, write.head])?),
                checkpoints => {
                    let (latest, older) = checkpoints.clone().unwrap_or_default();
                    whole.execute(params![write.name, signed(write.expected) + 1, write.head, latest, older])?;
                }
            }
            for document in &write.events {
                event.execute([document])?;
            }
        }
        change.execute(
            "DELETE FROM events WHERE seq <= (SELECT coalesce(max(seq), 0) FROM events) - ?1",
            [signed(KEPT)],
        )?;
    }
    change.commit()?;
    Ok(done)
}

impl Outbox for SqliteOutbox {
    fn states(&mut self, names: &[String]) -> Result<Vec<Option<StateRow>>, Failure> {
        let read = |store: &mut Connection| -> rusqlite::Result<Vec<Option<StateRow>>> {
            let reading = store.transaction()?;
            let mut query = reading.prepare("SELECT version, head, latest FROM states WHERE name = ?1")?;
            let mut row = |name: &String| {
                let row = |row: &rusqlite::Row<'_>| {
                    let version = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
                    Ok(StateRow { version, head: row.get(1)?, latest: row.get(2)? })
                };
                query.query_row([name], row).optional()
            };
            names.iter().map(&mut row).collect()
        };
        let found = read(&mut self.store);
        self.checked(found)
    }

    fn older(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        let found = self.store.query_row("SELECT older FROM states WHERE name = ?1", [name], |row| row.get(0));
        Ok(self.checked(found.optional())?.unwrap_or_default())
    }

    fn names(&mut self) -> Result<Vec<String>, Failure> {
        let read = || -> rusqlite::Result<Vec<String>> {
            self.store.prepare("SELECT name FROM states ORDER BY name")?.query_map([], |row| row.get(0))?.collect()
        };
        self.checked(read())
    }

    fn commit(&mut self, writes: &[StateWrite]) -> Result<Vec<bool>, Failure> {
        let done = write_all(&mut self.store, writes);
        self.checked(done)
    }

    fn events(&mut self, after: u64, most: usize) -> Result<Vec<OutboxEvent>, Failure> {
        let read = || -> rusqlite::Result<Vec<OutboxEvent>> {
            let mut query =
                self.store.prepare("SELECT seq, document FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
            let event = |row: &rusqlite::Row<'_>| {
                let (seq, document): (i64, String) = (row.get(0)?, row.get(1)?);
                let document = document.replacen(NUMBER, &format!("\"seq\":{seq},"), 1);
                Ok(OutboxEvent { seq: u64::try_from(seq).unwrap_or_default(), document })
            };
            query.query_map(params![signed(after), signed(most as u64)], event)?.collect()
        };
        self.checked(read())
    }

    fn last_event(&mut self) -> Result<u64, Failure> {
        let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";
        let last: i64 = self.checked(self.store.query_row(sql, [], |row| row.get(0)))?;
        Ok(u64::try_from(last).unwrap_or_default())
    }

    fn sinks(&mut self) -> Result<Vec<(String, String)>, Failure> {
        let read = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut query = self.store.prepare("SELECT name, facts FROM sinks ORDER BY name")?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        self.checked(read())
    }

    fn sink(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let found = self.store.query_row("SELECT facts FROM sinks WHERE name = ?1", [name], |row| row.get(0));
        self.checked(found.optional())
    }

    fn set_sink(&mut self, name: &str, before: Option<&str>, now: &str) -> Result<bool, Failure> {
        let changed = match before {
            None => self
                .store
                .execute("INSERT INTO sinks (name, facts) VALUES (?1, ?2) ON CONFLICT DO NOTHING", [name, now]),
            Some(before) => {
                self.store.execute("UPDATE sinks SET facts = ?3 WHERE name = ?1 AND facts = ?2", [name, before, now])
            }
        };
        Ok(self.checked(changed)? == 1)
    }
}
