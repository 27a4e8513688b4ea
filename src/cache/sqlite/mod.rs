//! `SQLite`, the store of users without a server: a file on this machine, shared by all processes that name it.
//!
//! What was considered: redb, sled and fjall let one process at a time open a file, and a cold run of
//! twenty would be one run with a cache and nineteen without; LMDB maps the file into memory, so that a damaged one can
//! end the process, and cannot be opened without `unsafe`; a file for each result takes a block of the disk (4 KiB) for
//! the 500 bytes of one, and has no counters, no order by age and no limit of its own. `SQLite` has transactions that
//! survive a kill, readers that never wait for writers (its write-ahead log), errors instead of undefined behaviour for
//! damaged files, and gives room back. It is C, built with the program. Its log needs shared
//! memory, so the file must be on a disk of this machine, not on a network's.
//!
//! The values are sealed in envelopes as in any other store: the file is not trusted either.

mod admin;
mod file;
mod outbox;

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use self::file::{ADMIN_BUSY_TIMEOUT, FileOptions, MAX_BYTES, RESULTS, classify, open, used_bytes};
use super::backend::{Backend, Failure, FailureCause, FailureClass, FetchedValues, NewEntry, WriteOutcome};
use super::envelope::MAX_VALUE;
use super::key::EntryKind;
use super::statistics::{CounterDelta, SINCE};
use crate::clock::now;
use crate::sim::Millis;
use crate::sim::metrics::validation::TrialSet;

pub(super) use self::admin::SqliteAdmin;
pub(super) use self::outbox::SqliteOutbox;

/// Entries that one write deletes at most because they have expired, and at a time to make room.
const EXPIRED: i64 = 1_000;
const OLDEST: i64 = 64;
/// How long the counters of a day are kept.
const KEEP_DAYS: Millis = 40 * 86_400_000;

/// A store in a file, opened on first use.
pub(super) struct SqliteBackend {
    path: PathBuf,
    label: String,
    busy_timeout: Duration,
    max_bytes: i64,
    store: Option<Connection>,
}

impl SqliteBackend {
    /// Does not open it yet.
    pub(super) fn new(path: PathBuf, label: String, timeout: Duration) -> Self {
        // A step waits for other processes for a part of the time of the whole: 150 ms with the usual one.
        let busy_timeout = (timeout / 5 * 3).min(ADMIN_BUSY_TIMEOUT);
        Self { path, label, busy_timeout, max_bytes: MAX_BYTES, store: None }
    }

    fn store(&mut self) -> Result<&mut Connection, Failure> {
        let store = match self.store.take() {
            Some(store) => store,
            None => open(&self.path, FileOptions { busy_timeout: self.busy_timeout, create: true, schema: RESULTS })
                .map_err(|cause| self.failure(cause))?,
        };
        Ok(self.store.insert(store))
    }

    fn failure(&self, (class, detail): FailureCause) -> Failure {
        Failure::new(class, &self.label, detail)
    }

    /// What an error of a write means for the rest of the process: a damaged file is not used any more.
    fn write_failure(&self, error: &rusqlite::Error) -> Result<Failure, Failure> {
        let failure = self.failure(classify(error));
        if failure.class == FailureClass::Corrupt { Err(failure) } else { Ok(failure) }
    }
}

impl Backend for SqliteBackend {
    fn connect(&mut self) -> Result<(), Failure> {
        self.store().map(|_| ())
    }

    fn get_many(&mut self, names: &[String]) -> Result<FetchedValues, Failure> {
        let values = look_up(self.store()?, names).map_err(|error| self.failure(classify(&error)))?;
        Ok(FetchedValues { values, failure: None })
    }

    fn put_many(&mut self, entries: &[NewEntry]) -> Result<WriteOutcome, Failure> {
        let max_bytes = self.max_bytes;
        match store_all(self.store()?, entries, max_bytes) {
            Ok(()) => Ok(WriteOutcome { stored: vec![true; entries.len()], failure: None }),
            Err(error) => {
                Ok(WriteOutcome { stored: vec![false; entries.len()], failure: Some(self.write_failure(&error)?) })
            }
        }
    }

    fn count(&mut self, delta: &CounterDelta) -> Result<(), Failure> {
        match add_counters(self.store()?, delta) {
            Ok(()) => Ok(()),
            // Without permission to write, or without room, nothing else is lost.
            Err(error) => self.write_failure(&error).map(|_| ()),
        }
    }

    fn add_trials(&mut self, name: &str, trials: &TrialSet, ttl: Duration) -> Result<Option<u64>, Failure> {
        let max_bytes = self.max_bytes;
        match merge_trials(self.store()?, (name, trials), ttl, max_bytes) {
            Ok(count) => Ok(Some(count)),
            Err(error) => self.write_failure(&error).map(|_| None),
        }
    }
}

fn look_up(store: &mut Connection, names: &[String]) -> rusqlite::Result<Vec<Option<Vec<u8>>>> {
    let reading = store.transaction()?;
    // A value over the cap is not ours: it becomes empty, which no envelope is.
    let mut query = reading.prepare(
        "SELECT CASE WHEN length(value) <= ?3 THEN CAST(value AS BLOB) ELSE x'' END
         FROM entries WHERE name = ?1 AND (expires IS NULL OR expires > ?2)",
    )?;
    let (now, cap) = (now(), i64::try_from(MAX_VALUE).unwrap_or(i64::MAX));
    names.iter().map(|name| query.query_row(params![name, now, cap], |row| row.get(0)).optional()).collect()
}

fn store_all(store: &mut Connection, entries: &[NewEntry], max_bytes: i64) -> rusqlite::Result<()> {
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = now();
    make_room(&change, entries.iter().map(NewEntry::size).sum(), max_bytes, now)?;
    let mut insert = change.prepare("REPLACE INTO entries (name, value, expires) VALUES (?1, ?2, ?3)")?;
    for entry in entries {
        let ttl = entry.ttl.map(|ttl| i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).max(1));
        insert.execute(params![entry.name, entry.value, ttl.map(|ttl| now.saturating_add(ttl))])?;
    }
    drop(insert);
    change.commit()
}

/// Deletes what has expired, and then the oldest entries, until these bytes fit.
fn make_room(change: &Transaction<'_>, bytes: usize, max_bytes: i64, now: Millis) -> rusqlite::Result<()> {
    change
        .prepare(
            "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
        )?
        .execute([now, EXPIRED])?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let mut oldest =
        change.prepare("DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY rowid LIMIT ?1)")?;
    while used_bytes(change)?.saturating_add(bytes) > max_bytes {
        if oldest.execute([OLDEST])? == 0 {
            break;
        }
    }
    Ok(())
}

/// Adds to the trials of a name, and gives the number of all of them.
fn merge_trials(
    store: &mut Connection,
    (name, trials): (&str, &TrialSet),
    ttl: Duration,
    max_bytes: i64,
) -> rusqlite::Result<u64> {
    let known = look_up(store, &[name.to_owned()])?.pop().flatten();
    let mut all = known.and_then(|bytes| TrialSet::from_bytes(&bytes)).unwrap_or_default();
    all.merge(trials);
    if !trials.is_empty() {
        let (name, value) = (name.to_owned(), all.to_bytes());
        store_all(store, &[NewEntry { name, kind: EntryKind::Block, value, ttl: Some(ttl) }], max_bytes)?;
    }
    Ok(all.count())
}

fn add_counters(store: &mut Connection, delta: &CounterDelta) -> rusqlite::Result<()> {
    let change = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
    change.execute("DELETE FROM counters WHERE expires <= ?1", [delta.now])?;
    change.execute(
        "INSERT INTO counters (name, field, number) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![delta.total, SINCE, delta.now],
    )?;
    let mut add = change.prepare(
        "INSERT INTO counters (name, field, number, expires) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET number = number + excluded.number, expires = excluded.expires",
    )?;
    let over = delta.now.saturating_add(KEEP_DAYS);
    for (field, number) in delta.counters.fields() {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        add.execute(params![delta.total, field, number, None::<i64>])?;
        add.execute(params![delta.day, field, number, over])?;
    }
    drop(add);
    change.commit()
}

#[cfg(test)]
mod tests;
