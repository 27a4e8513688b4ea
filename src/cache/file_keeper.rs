//! What looking after a store in a file needs.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::failure::{Class, Failure};
use super::file::{PATIENT, ROOM, used};
use super::file_error::classify;
use super::file_open::{Opening, open};
use super::glob;
use super::keeper::{BytesBy, Keeper, Life, Page, Probes, Right, ServerInfo};
use super::results::now;

/// Names that a step looks at.
const PAGE: u32 = 1_000;

/// A store in a file that is being looked after.
pub(super) struct FileKeeper {
    store: Connection,
    label: String,
}

impl FileKeeper {
    /// Opens a file that is there. What is over leaves it at once, and its room goes back to the disk.
    pub fn open(path: &Path, label: &str) -> Result<Self, Failure> {
        let how = Opening { patience: PATIENT, create: false };
        let store = open(path, how).map_err(|(class, detail)| Failure::new(class, label, detail))?;
        let keeper = Self { store, label: label.to_owned() };
        match keeper.store.execute("DELETE FROM entries WHERE expires <= ?1", [now()]) {
            Ok(0) => Ok(keeper),
            Ok(_) => keeper.give_back().map(|()| keeper),
            // Who may only read is still told what there is.
            Err(error) if classify(&error).0 == Class::Corrupt => Err(keeper.failure(&error)),
            Err(_) => Ok(keeper),
        }
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        let (class, detail) = classify(error);
        Failure::new(class, &self.label, detail)
    }

    fn told<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, Failure> {
        outcome.map_err(|error| self.failure(&error))
    }

    /// A value for each name, of a row with that name.
    fn each<T>(&self, sql: &str, names: &[Vec<u8>], read: fn(i64) -> T) -> Result<Vec<Option<T>>, Failure> {
        let all = || -> rusqlite::Result<Vec<Option<T>>> {
            let mut query = self.store.prepare(sql)?;
            let one = |name: &Vec<u8>| {
                let name = String::from_utf8_lossy(name);
                query.query_row([name], |row| row.get(0).map(read)).optional()
            };
            names.iter().map(one).collect()
        };
        self.told(all())
    }

    fn give_back(&self) -> Result<(), Failure> {
        self.told(self.store.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"))
    }

    fn delete(&mut self, sql: &str, names: &[String]) -> Result<u64, Failure> {
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
        let removed = all();
        let removed = self.told(removed)?;
        self.give_back().map(|()| removed)
    }
}

impl Keeper for FileKeeper {
    fn ping(&mut self) -> Result<(), Failure> {
        self.told(self.store.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))
    }

    fn scan(&mut self, at: Option<&[u8]>, pattern: &str) -> Result<Page, Failure> {
        let after = String::from_utf8_lossy(at.unwrap_or_default()).into_owned();
        let all = || -> rusqlite::Result<Vec<String>> {
            let mut query = self.store.prepare("SELECT name FROM entries WHERE name > ?1 ORDER BY name LIMIT ?2")?;
            query.query_map(params![after, PAGE], |row| row.get(0))?.collect()
        };
        let names = self.told(all())?;
        let next = (names.len() == PAGE as usize).then(|| names.last().cloned().unwrap_or_default().into_bytes());
        let names = names.into_iter().filter(|name| glob::matches(pattern, name)).map(String::into_bytes).collect();
        Ok(Page { next, names })
    }

    fn weigh(&mut self, names: &[Vec<u8>]) -> Result<(BytesBy, Vec<Option<u64>>), Failure> {
        let sizes = self.each("SELECT length(value) FROM entries WHERE name = ?1", names, i64::unsigned_abs)?;
        Ok((BytesBy::Length, sizes))
    }

    fn lives(&mut self, names: &[Vec<u8>]) -> Result<Vec<Life>, Failure> {
        let sql = "SELECT coalesce(expires, -1) FROM entries WHERE name = ?1";
        let lives = self.each(sql, names, |expires| match u64::try_from(expires) {
            Err(_) => Life::Endless,
            Ok(_) => match u64::try_from(expires - now()) {
                Ok(left) if left > 0 => Life::Left(Duration::from_millis(left)),
                _ => Life::Over,
            },
        })?;
        Ok(lives.into_iter().map(|life| life.unwrap_or(Life::Over)).collect())
    }

    fn remove(&mut self, names: &[Vec<u8>]) -> Result<u64, Failure> {
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        self.delete("DELETE FROM entries WHERE name = ?1", &names)
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
        self.told(all())
    }

    fn forget(&mut self, names: &[String]) -> Result<(), Failure> {
        self.delete("DELETE FROM counters WHERE name = ?1", names).map(|_| ())
    }

    fn server(&mut self) -> Result<ServerInfo, Failure> {
        let used = self.told(used(&self.store))?;
        Ok(ServerInfo {
            version: Some(format!("SQLite {}", rusqlite::version())),
            used_memory: u64::try_from(used).ok(),
            maxmemory: Some(ROOM.unsigned_abs()),
            policy: Some("the oldest leave first".to_owned()),
            ..ServerInfo::default()
        })
    }

    /// By writing something and taking it back.
    fn rights(&mut self, probes: &Probes) -> Result<Vec<(Right, Option<Failure>)>, Failure> {
        let mut write = || -> rusqlite::Result<()> {
            let change = self.store.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute("REPLACE INTO entries (name, value) VALUES (?1, x'')", [&probes.probe])?;
            change.rollback()
        };
        let written = write();
        let written = self.told(written).err();
        let read = self.ping().err();
        Ok(vec![
            (Right::Read, read.clone()),
            (Right::Write, written.clone()),
            (Right::Count, written.clone()),
            (Right::List, read),
            (Right::Clear, written),
        ])
    }
}
