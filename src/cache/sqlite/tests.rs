use super::*;
use crate::key::EntryKind;
use crate::statistics::Counters;

fn entry(n: usize, ttl: Option<Duration>) -> NewEntry {
    NewEntry { name: format!("backtest:v2:result:{n:064}"), kind: EntryKind::Result, value: vec![n as u8; 4_000], ttl }
}

fn store(max_bytes: i64) -> (tempfile::TempDir, SqliteBackend) {
    let folder = tempfile::tempdir().unwrap();
    let store =
        SqliteBackend::new(folder.path().join("results.db"), "cache file results.db".into(), Duration::from_secs(30));
    (folder, SqliteBackend { max_bytes, ..store })
}

fn found(store: &mut SqliteBackend, entries: &[NewEntry]) -> Vec<bool> {
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    store.get_many(&names).unwrap().values.iter().map(Option::is_some).collect()
}

#[test]
fn an_entry_is_there_until_its_time_is_over() {
    let (_folder, mut store) = store(MAX_BYTES);
    let entries = [entry(0, None), entry(1, Some(Duration::from_hours(1))), entry(2, Some(Duration::MAX))];
    assert_eq!(store.put_many(&entries).unwrap().stored, [true; 3]);
    assert_eq!(found(&mut store, &entries), [true; 3]);
    let open = store.store().unwrap();
    open.execute("UPDATE entries SET expires = ?1 WHERE name = ?2", params![now(), entries[1].name]).unwrap();
    assert_eq!(found(&mut store, &entries), [true, false, true]);
    store.put_many(&[entry(3, None)]).unwrap();
    let left: i64 = store.store().unwrap().query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3, "what is over leaves with the next write");
}

#[test]
fn the_oldest_leave_when_there_is_no_room_and_the_file_stays_small() {
    let (folder, mut store) = store(1 << 20);
    let entries: Vec<_> = (0..2_000).map(|n| entry(n, None)).collect();
    for batch in entries.chunks(128) {
        assert!(store.put_many(batch).unwrap().stored.iter().all(|stored| *stored));
    }
    let there = found(&mut store, &entries);
    let first = there.iter().position(|there| *there).unwrap();
    assert!(there[first..].iter().all(|there| *there), "the newest stay");
    assert!((1_700..1_950).contains(&first), "{first}");
    let size = folder.path().join("results.db").metadata().unwrap().len();
    assert!(size < 3 << 19, "{size}");
}

#[test]
fn a_value_that_is_too_large_or_of_another_type_becomes_what_no_envelope_is() {
    let (_folder, mut store) = store(MAX_BYTES);
    let entries = [entry(0, None), entry(1, None)];
    store.put_many(&entries).unwrap();
    let open = store.store().unwrap();
    open.execute("UPDATE entries SET value = zeroblob(5000000) WHERE name = ?1", [&entries[0].name]).unwrap();
    open.execute("UPDATE entries SET value = 'text' WHERE name = ?1", [&entries[1].name]).unwrap();
    let names = entries.map(|entry| entry.name);
    assert_eq!(store.get_many(&names).unwrap().values, [Some(Vec::new()), Some(b"text".to_vec())]);
}

#[test]
fn counters_add_up_and_those_of_a_day_leave_in_time() {
    let (_folder, mut store) = store(MAX_BYTES);
    let mut delta =
        CounterDelta { total: "stats".into(), day: "stats:1".into(), now: 1_000, counters: Counters::default() };
    delta.counters.kind_mut(EntryKind::Result).hits = 3;
    store.count(&delta).unwrap();
    store.count(&CounterDelta { now: 2_000, ..delta.clone() }).unwrap();
    store.count(&CounterDelta { day: "stats:2".into(), now: 2_000 + KEEP_DAYS, ..delta }).unwrap();
    let mut query = store.store().unwrap().prepare("SELECT name, field, number FROM counters ORDER BY 1, 2").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let rows: Vec<(String, String, i64)> = rows.map(Result::unwrap).collect();
    let row = |name: &str, field: &str, number| (name.to_owned(), field.to_owned(), number);
    assert_eq!(rows, [row("stats", "result.hits", 9), row("stats", "since", 1_000), row("stats:2", "result.hits", 3)]);
}
