//! Bars that join those stored: nothing lost, nothing wrong, the same bytes in any order.

use std::fs;
use std::path::Path;

use super::*;
use crate::catalog::format::Format;
use crate::sim::{Candles, DAY, Interval, Millis, OwnSeries, TimeRange};
use crate::{Catalog, load, sample};

fn daily() -> Interval {
    "1d".parse().unwrap()
}

/// Bars of these days, each with prices of its own.
fn days(days: impl IntoIterator<Item = i64>) -> Candles {
    let mut candles = Candles::default();
    for day in days {
        let price = 100.0 + day as f64 * 0.25;
        candles.time.push(day * DAY);
        candles.open.push(price);
        candles.high.push(price + 2.0);
        candles.low.push(price - 1.5);
        candles.close.push(price + 0.5);
        candles.volume.push(day as f64);
    }
    candles
}

fn origin(name: &str) -> Origin {
    Origin { name: name.into(), format: "test".into(), ..Origin::default() }
}

fn put(folder: &Path, candles: &Candles, name: &str) -> Result<Merged, StoreError> {
    merge(folder, "BTCUSDT", daily(), candles, &origin(name), OnConflict::Refuse)
}

fn bytes(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("1d/BTCUSDT.parquet")).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("1d"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_stored_is_read_back_as_the_catalogue_reads_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let merged = put(folder.path(), &days(10..20), "a.csv").unwrap();
    assert_eq!(
        (merged.added, merged.bars, merged.start, merged.end, merged.written),
        (10, 10, 10 * DAY, 19 * DAY, true)
    );
    let catalog = Catalog::open(folder.path(), daily()).unwrap();
    assert_eq!(load(&catalog.entries()[0], TimeRange::default(), i64::MAX).unwrap().candles, days(10..20));
    assert_eq!(read(folder.path(), "BTCUSDT", daily()).unwrap(), Some(days(10..20)));
    assert_eq!(read(folder.path(), "ETHUSDT", daily()).unwrap(), None);
    assert_eq!(names(folder.path()), ["BTCUSDT.parquet"]);
}

#[test]
fn files_joined_in_any_order_give_the_same_bytes() {
    let parts = [days(0..40), days((30..70).filter(|day| *day != 50)), days([90, 91]), days(0..5)];
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
    let written: Vec<Vec<u8>> = orders
        .iter()
        .map(|order| {
            let folder = tempfile::tempdir().unwrap();
            for at in order {
                put(folder.path(), &parts[*at], &format!("{at}.csv")).unwrap();
            }
            assert_eq!(read(folder.path(), "BTCUSDT", daily()).unwrap().unwrap().len(), 71);
            bytes(folder.path())
        })
        .collect();
    assert!(written.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn sources_are_the_same_in_any_order_however_many_there_are() {
    let joined = |order: &mut dyn Iterator<Item = i64>| {
        let folder = tempfile::tempdir().unwrap();
        for day in order {
            put(folder.path(), &days([day]), &format!("{day}.csv")).unwrap();
        }
        bytes(folder.path())
    };
    assert!(joined(&mut (0..130)) == joined(&mut (0..130).rev()));
}

#[test]
fn bars_that_are_there_already_change_nothing_not_even_the_file() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &days(0..40), "a.csv").unwrap();
    let before = fs::metadata(folder.path().join("1d/BTCUSDT.parquet")).unwrap().modified().unwrap();
    let merged = put(folder.path(), &days(0..40), "a.csv").unwrap();
    assert_eq!((merged.added, merged.same, merged.written), (0, 40, false));
    assert_eq!(fs::metadata(merged.path).unwrap().modified().unwrap(), before);
}

#[test]
fn a_source_that_is_asked_again_and_again_stays_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Origin { is_lasting: true, ..origin("api.example.com") };
    for day in 0..5 {
        merge(folder.path(), "BTCUSDT", daily(), &days(day..day + 2), &exchange, OnConflict::Refuse).unwrap();
    }
    let lines = sources(&folder.path().join("1d/BTCUSDT.parquet"));
    assert_eq!(lines, ["api.example.com (test), 1970-01-01 to 1970-01-06"]);
}

#[test]
fn bars_that_differ_are_refused_by_name_or_decided_as_wanted() {
    let mut other = days(3..8);
    other.close[2] = 101.0;
    for (conflict, close) in [(OnConflict::First, 101.75), (OnConflict::Last, 101.0)] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &days(0..6), "a.csv").unwrap();
        let before = bytes(folder.path());
        let error = put(folder.path(), &other, "b.csv").unwrap_err().to_string();
        assert!(error.contains("1 bar is there with other values: 1970-01-06 has 101.25,103.25,99.75,101.75,5 there and 101.25,103.25,99.75,101,5 here"), "{error}");
        assert!(error.contains("--on-conflict first") && bytes(folder.path()) == before, "{error}");
        let merged = merge(folder.path(), "BTCUSDT", daily(), &other, &origin("b.csv"), conflict).unwrap();
        assert_eq!((merged.added, merged.same, merged.differing), (2, 2, 1));
        assert_eq!(read(folder.path(), "BTCUSDT", daily()).unwrap().unwrap().close[5..6], [close]);
    }
}

#[test]
fn a_csv_that_was_there_is_joined_and_set_aside_and_never_lost() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("1d")).unwrap();
    let csv = "timestamp,open,high,low,close,volume\n1970-01-01,1,2,0.5,1.5,7\n1970-01-02,1,2,0.5,1.5,7\n";
    fs::write(folder.path().join("1d/BTCUSDT.csv"), csv).unwrap();
    let merged = put(folder.path(), &days(2..4), "a.csv").unwrap();
    assert_eq!((merged.bars, merged.added), (4, 2));
    assert_eq!(merged.set_aside, [folder.path().join("1d/BTCUSDT.csv.bak")]);
    assert_eq!(names(folder.path()), ["BTCUSDT.csv.bak", "BTCUSDT.parquet"]);
    assert_eq!(fs::read_to_string(folder.path().join("1d/BTCUSDT.csv.bak")).unwrap(), csv);
    // Stopped before the old one was set aside: both are there, and the next write makes one of them.
    fs::write(folder.path().join("1d/BTCUSDT.csv"), csv).unwrap();
    let merged = put(folder.path(), &days(4..5), "b.csv").unwrap();
    assert_eq!((merged.bars, merged.set_aside), (5, vec![folder.path().join("1d/BTCUSDT.csv.bak2")]));
}

#[test]
fn a_parquet_file_of_another_program_is_kept_beside_for_its_other_columns() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("1d")).unwrap();
    let path = folder.path().join("1d/BTCUSDT.parquet");
    crate::write_parquet(&path, &days(0..3), &[("made.by", "others")]).unwrap();
    let foreign = fs::read(&path).unwrap();
    let merged = put(folder.path(), &days(3..4), "a.csv").unwrap();
    assert_eq!((merged.bars, fs::read(&merged.set_aside[0]).unwrap()), (4, foreign));
    assert_eq!(names(folder.path()), ["BTCUSDT.parquet", "BTCUSDT.parquet.bak"]);
}

#[test]
fn real_and_synthetic_candles_are_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    sample::write(folder.path(), 1).unwrap();
    let before = bytes(folder.path());
    let error = put(folder.path(), &days(0..3), "a.csv").unwrap_err().to_string();
    assert!(error.contains("synthetic sample candles") && error.contains("--data-dir"), "{error}");
    assert!(bytes(folder.path()) == before);
}

#[test]
fn a_file_whose_bars_were_changed_behind_its_digest_is_not_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), &days(0..3), "a.csv").unwrap().path;
    let pairs = crate::read::parquet::key_values(&path);
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (&**key, &**value)).collect();
    crate::write_parquet(&path, &days(1..3), &pairs).unwrap();
    let error = put(folder.path(), &days(3..4), "b.csv").unwrap_err().to_string();
    assert!(error.contains("BTCUSDT.parquet: its bars are not those that were written"), "{error}");
}

#[test]
fn what_are_no_candles_and_what_is_no_symbol_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = vec![days([2, 1]), days([1, 1]), days(0..2), days(0..2), Candles::default()];
    wrong[2].high[1] = 1.0;
    wrong[3].open.pop();
    for candles in wrong {
        assert!(put(folder.path(), &candles, "a.csv").is_err(), "{candles:?}");
    }
    for symbol in ["", ".", "../x", "a/b", ".hidden", "a\u{1b}[31m", " A", &"A".repeat(65), "C:x"] {
        let merged = merge(folder.path(), symbol, daily(), &days(0..1), &origin("a"), OnConflict::Refuse);
        assert!(matches!(merged, Err(StoreError::BadSymbol { .. })), "{symbol}: {merged:?}");
    }
    assert!(!folder.path().join("1d").exists());
}

#[test]
#[cfg(unix)]
fn a_link_out_of_the_data_folder_is_not_written_to() {
    let [folder, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    std::os::unix::fs::symlink(other.path(), folder.path().join("1d")).unwrap();
    assert!(put(folder.path(), &days(0..1), "a").unwrap_err().to_string().contains("leads out"));
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
}

#[test]
fn many_that_store_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for part in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                for day in 0..10 {
                    put(folder, &days([part * 10 + day]), &format!("{part}.csv")).unwrap();
                }
            });
        }
    });
    assert_eq!(read(folder.path(), "BTCUSDT", daily()).unwrap(), Some(days(0..80)));
    assert_eq!(names(folder.path()), ["BTCUSDT.parquet"]);
}

#[test]
fn the_sources_say_where_the_bars_came_from_and_what_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let changed = Origin { changes: vec!["2 duplicate rows dropped".into()], ..origin("a.csv") };
    merge(folder.path(), "BTCUSDT", daily(), &days(0..3), &changed, OnConflict::Refuse).unwrap();
    put(folder.path(), &days(3..5), "b.csv").unwrap();
    let lines = sources(&folder.path().join("1d/BTCUSDT.parquet"));
    assert_eq!(
        lines,
        ["a.csv (test), 1970-01-01 to 1970-01-03; 2 duplicate rows dropped", "b.csv (test), 1970-01-04 to 1970-01-05"]
    );
}

#[test]
fn the_same_periods_at_other_times_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &days(0..3), "midnight.csv").unwrap();
    let mut morning = days(3..6);
    morning.time.iter_mut().for_each(|time| *time += 8 * 3_600_000);
    let error = put(folder.path(), &morning, "morning.csv").unwrap_err().to_string();
    assert!(error.contains("1970-01-01T00:00:00Z") && error.contains("1970-01-04T08:00:00Z"), "{error}");
    assert_eq!(read(folder.path(), "BTCUSDT", daily()).unwrap(), Some(days(0..3)));
}

#[test]
fn further_columns_are_kept_by_every_way_of_storing_bars_again() {
    let folder = tempfile::tempdir().unwrap();
    let series = |name: &str, values: &[f64]| OwnSeries { name: name.to_owned(), values: values.to_vec() };
    let (candles, own) = (days(0..3), [series("oi", &[1.0, f64::NAN, 3.0])]);
    let origin = origin("a.csv");
    let store = |candles: &Candles, own: &[OwnSeries], conflict| {
        merge_all(folder.path(), "BTCUSDT", daily(), &[Part { candles, own, origin: &origin }], conflict)
    };
    store(&candles, &own, OnConflict::Refuse).unwrap();
    let read = |count: i64| {
        let entries = crate::catalog::files_of(folder.path(), daily(), "BTCUSDT").unwrap();
        let times: Vec<Millis> = days(0..count).time;
        crate::own_columns(&entries[0], &["OI"], &times).unwrap().swap_remove(0)
    };
    assert!(read(3)[0].to_bits() == 1.0_f64.to_bits() && read(3)[1].is_nan());
    // As fetching does: bars alone.
    merge(folder.path(), "BTCUSDT", daily(), &days(3..5), &origin, OnConflict::Refuse).unwrap();
    assert!(read(5)[2].to_bits() == 3.0_f64.to_bits() && read(5)[4].is_nan());
    // A value that was empty is filled, and one that differs is refused.
    store(&days(1..2), &[series("oi", &[2.0])], OnConflict::Refuse).unwrap();
    assert_eq!(read(2)[1].to_bits(), 2.0_f64.to_bits());
    let error = store(&days(1..2), &[series("oi", &[9.0])], OnConflict::Refuse).unwrap_err().to_string();
    assert!(error.contains("column 'oi' of") && error.contains("--on-conflict"), "{error}");
    assert!(store(&days(1..2), &[series("oi", &[9.0])], OnConflict::First).unwrap().same == 1);
    assert_eq!(read(2)[1].to_bits(), 2.0_f64.to_bits());
    let merged = store(&days(1..2), &[series("oi", &[9.0])], OnConflict::Last).unwrap();
    assert!(merged.written && read(2)[1].to_bits() == 9.0_f64.to_bits());
    convert(folder.path(), "BTCUSDT", daily(), Format::Csv).unwrap();
    let text = fs::read_to_string(folder.path().join("1d/BTCUSDT.csv")).unwrap();
    assert!(text.starts_with("timestamp,open,high,low,close,volume,oi\n"), "{text}");
    assert!(text.lines().nth(4).unwrap().ends_with(','), "a bar without a value has an empty cell");
}
