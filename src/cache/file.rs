//! The store of somebody who has no server: a file on this machine, shared by all processes that name it.
//!
//! It is `SQLite`. What was weighed: redb, sled and fjall let one process at a time open a file, and a cold run of
//! twenty would be one run with a cache and nineteen without; LMDB maps the file into memory, so that a damaged one can
//! end the process, and cannot be opened without `unsafe`; a file for each result takes a block of the disk (4 KiB) for
//! the 500 bytes of one, and has no counters, no order by age and no limit of its own. `SQLite` has transactions that
//! survive a kill, readers that never wait for writers (its write-ahead log), errors instead of undefined behaviour for
//! damaged files, and gives room back. It is C, built with the program. Its log needs shared
//! memory, so the file must be on a disk of this machine, not on a network's.
//!
//! The values are those of any other store, envelope and all: the file is not believed either.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::backend::{Backend, Entry, Fetched, Written};
use super::counts::{Booking, SINCE};
use super::envelope::MAX_VALUE;
use super::failure::{Class, Failure};
use super::file_error::classify;
use super::file_open::{Opening, open};
use super::results::now;
use crate::sim::model::Millis;

/// Most bytes that the entries of a file take; beyond that the oldest leave.
pub(super) const ROOM: i64 = 256 << 20;
/// How long a step of a run waits for other processes: less than the budget of the whole.
const BRISK: Duration = Duration::from_millis(150);
/// How long a step of a command about the cache waits.
pub(super) const PATIENT: Duration = Duration::from_secs(5);
/// Entries that one write removes at most because their time is over, and at a time to make room.
const EXPIRED: i64 = 1_000;
const OLDEST: i64 = 64;
/// How long the counters of a day are kept.
const KEEP_DAYS: Millis = 40 * 86_400_000;

/// A store in a file, opened on first use.
pub(super) struct FileStore {
    path: PathBuf,
    label: String,
    patience: Duration,
    room: i64,
    store: Option<Connection>,
}

impl FileStore {
    /// Does not open it yet.
    pub fn new(path: PathBuf, label: String, patient: bool) -> Self {
        Self { path, label, patience: if patient { PATIENT } else { BRISK }, room: ROOM, store: None }
    }

    fn store(&mut self) -> Result<&mut Connection, Failure> {
        let store = match self.store.take() {
            Some(store) => store,
            None => open(&self.path, Opening { patience: self.patience, create: true })
                .map_err(|trouble| self.failure(trouble))?,
        };
        Ok(self.store.insert(store))
    }

    fn failure(&self, (class, detail): (Class, &'static str)) -> Failure {
        Failure::new(class, &self.label, detail)
    }

    /// What an error is to the rest of the process: a file that is damaged is of no use at all.
    fn refusal(&self, error: &rusqlite::Error) -> Result<Failure, Failure> {
        let failure = self.failure(classify(error));
        if failure.class == Class::Corrupt { Err(failure) } else { Ok(failure) }
    }
}

impl Backend for FileStore {
    fn connect(&mut self) -> Result<(), Failure> {
        self.store().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<Fetched, Failure> {
        let values = look_up(self.store()?, names).map_err(|error| self.failure(classify(&error)))?;
        Ok(Fetched { values, trouble: None })
    }

    fn put_many(&mut self, entries: &[Entry]) -> Result<Written, Failure> {
        let room = self.room;
        match store_all(self.store()?, entries, room) {
            Ok(()) => Ok(Written { stored: vec![true; entries.len()], trouble: None }),
            Err(error) => Ok(Written { stored: vec![false; entries.len()], trouble: Some(self.refusal(&error)?) }),
        }
    }

    fn count(&mut self, booking: &Booking) -> Result<(), Failure> {
        match book(self.store()?, booking) {
            Ok(()) => Ok(()),
            // Who may not write, or has no room, has lost nothing else.
            Err(error) => self.refusal(&error).map(|_| ()),
        }
    }
}

fn look_up(store: &mut Connection, names: &[String]) -> rusqlite::Result<Vec<Option<Vec<u8>>>> {
    let reading = store.transaction()?;
    // A value over the cap is none of ours: it becomes empty, which no envelope is.
    let mut query = reading.prepare(
        "SELECT CASE WHEN length(value) <= ?3 THEN CAST(value AS BLOB) ELSE x'' END
         FROM entries WHERE name = ?1 AND (expires IS NULL OR expires > ?2)",
    )?;
    let (now, cap) = (now(), i64::try_from(MAX_VALUE).unwrap_or(i64::MAX));
    names.iter().map(|name| query.query_row(params![name, now, cap], |row| row.get(0)).optional()).collect()
}

fn store_all(store: &mut Connection, entries: &[Entry], room: i64) -> rusqlite::Result<()> {
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = now();
    make_room(&change, entries.iter().map(Entry::size).sum(), room, now)?;
    let mut insert = change.prepare("REPLACE INTO entries (name, value, expires) VALUES (?1, ?2, ?3)")?;
    for entry in entries {
        let life = entry.ttl.map(|ttl| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).max(1));
        insert.execute(params![entry.name, entry.value, life.map(|life| now.saturating_add(life))])?;
    }
    drop(insert);
    change.commit()
}

/// Removes what is over, and then the oldest, until these bytes fit.
fn make_room(change: &Transaction<'_>, bytes: usize, room: i64, now: Millis) -> rusqlite::Result<()> {
    change
        .prepare(
            "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
        )?
        .execute([now, EXPIRED])?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let mut oldest =
        change.prepare("DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY rowid LIMIT ?1)")?;
    while used(change)?.saturating_add(bytes) > room {
        if oldest.execute([OLDEST])? == 0 {
            break;
        }
    }
    Ok(())
}

/// Bytes of the pages that hold something.
pub(super) fn used(store: &Connection) -> rusqlite::Result<i64> {
    let number = |name| store.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((number("page_count")? - number("freelist_count")?).saturating_mul(number("page_size")?))
}

fn book(store: &mut Connection, booking: &Booking) -> rusqlite::Result<()> {
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    change.execute("DELETE FROM counters WHERE expires <= ?1", [booking.now])?;
    change.execute(
        "INSERT INTO counters (name, field, number) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![booking.total, SINCE, booking.now],
    )?;
    let mut add = change.prepare(
        "INSERT INTO counters (name, field, number, expires) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET number = number + excluded.number, expires = excluded.expires",
    )?;
    let over = booking.now.saturating_add(KEEP_DAYS);
    for (field, number) in booking.ledger.fields() {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        add.execute(params![booking.total, field, number, None::<i64>])?;
        add.execute(params![booking.day, field, number, over])?;
    }
    drop(add);
    change.commit()
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
