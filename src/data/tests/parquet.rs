//! Parquet as others write it, and what we write as others read it.

use std::fs::File;
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use proptest::prelude::*;

use super::*;
use crate::pool::Pool;
use crate::read::open_file::OpenFile;
use crate::read::parquet::read_parquet;
use crate::sim::{Candle, Candles, Field, FieldSet};
use crate::store::{OnConflict, Origin, merge};
use crate::write::text::{ExportFormat, text};

/// The candles of `tests/fixtures/parquet/make.py`.
fn fixture() -> Candles {
    let bars = || (0..100).map(f64::from);
    let close: Vec<f64> = bars().map(|i| 100.0 + (i * 37.0 % 101.0) / 7.0).collect();
    let moved = |by: f64| close.iter().map(|close| close + by).collect();
    Candles {
        time: (0..100).map(|i| FIRST + i * DAY).collect(),
        open: moved(-0.5),
        high: moved(1.25),
        low: moved(-1.75),
        volume: bars().map(|i| (i * 13.0 % 17.0) * 1.1).collect(),
        close,
    }
}

#[test]
fn candles_are_the_same_however_pyarrow_keeps_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/parquet");
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files: Vec<_> = names.iter().filter(|path| path.extension().is_some_and(|end| end == "parquet")).collect();
    assert_eq!(files.len(), 8);
    for path in files {
        let loaded = load_bytes("BTC.parquet", fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.candles, fixture(), "{}", path.display());
    }
}

fn written(candles: &Candles) -> (Folder, PathBuf) {
    let folder = Folder::new();
    let path = folder.path("BTC.parquet");
    write_parquet(&path, candles, &[("made.by", "a test")]).unwrap();
    (folder, path)
}

/// Bits of all columns, as doubles of any kind are no equal to themselves.
fn bits(time: &[Millis], columns: [&[f64]; 5]) -> (Vec<Millis>, [Vec<u64>; 5]) {
    (time.to_vec(), columns.map(|column| column.iter().map(|value| value.to_bits()).collect()))
}

fn candles_of(rows: &[(Millis, [u64; 5])]) -> Candles {
    let column = |at: usize| rows.iter().map(|(_, bits)| f64::from_bits(bits[at])).collect();
    Candles {
        time: rows.iter().map(|(time, _)| *time).collect(),
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: column(4),
    }
}

fn assert_same_when_read(candles: &Candles) {
    let (_folder, path) = written(candles);
    let ours = bits(&candles.time, Field::ALL.map(|field| candles.column(field)));
    let raw = read_parquet(&OpenFile::open(&path).unwrap(), ALL).unwrap_or_else(|fault| panic!("{}", fault.what));
    assert!(ours == bits(&raw.time, raw.values.each_ref().map(|column| &column[..])), "read by us");
    let frame = ParquetReader::new(File::open(&path).unwrap()).finish().unwrap();
    let time = frame.column("timestamp").unwrap().cast(&polars::prelude::DataType::Int64).unwrap();
    let time: Vec<_> = time.i64().unwrap().into_no_null_iter().collect();
    let columns = Field::ALL.map(|field| {
        let column = frame.column(field.name()).unwrap();
        column.f64().unwrap().into_no_null_iter().collect::<Vec<_>>()
    });
    assert!(ours == bits(&time, columns.each_ref().map(|column| &column[..])), "read by polars");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_bit_of_any_number_comes_back(rows in prop::collection::vec((any::<i64>(), any::<[u64; 5]>()), 1..40)) {
        assert_same_when_read(&candles_of(&rows));
    }
}

#[test]
fn files_of_many_pages_and_row_groups_come_back() {
    let one = |i: u64| {
        (
            i.cast_signed() * 60_000,
            [1, 3, 5, 7, 11].map(|times| i.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(times))),
        )
    };
    for bars in [131_071, 131_073, 262_144, 600_000] {
        assert_same_when_read(&candles_of(&(0..bars).map(one).collect::<Vec<_>>()));
    }
}

/// Minutes with gaps and idle bars here and there.
fn minutes(bars: i64) -> Candles {
    let one = |i: i64| {
        let price = 100.0 + (i * 7 % 1013) as f64 * 0.25;
        let volume = if i % 1_000 == 3 { 0.0 } else { i as f64 };
        let (time, open, close) = (FIRST + (i + i / 5_000) * 60_000, price, price + 0.5);
        Candle { time, open, high: price + 1.0, low: price - 1.0, close, volume }
    };
    (0..bars).map(one).collect()
}

fn minute_file(folder: &Folder, name: &str) -> CandleFile {
    let catalog = Catalog::open(&folder.root(), "1m".parse().unwrap()).unwrap();
    catalog.entries().iter().find(|entry| entry.path.ends_with(name)).unwrap().clone()
}

#[test]
fn a_long_file_read_in_one_pass_has_the_candles_digest_and_warnings_of_the_same_bars_as_text() {
    let folder = Folder::new();
    fs::create_dir(folder.root().join("1m")).unwrap();
    for bars in [131_072, 131_073, 262_144, 700_001] {
        let candles = minutes(bars);
        write_parquet(&folder.root().join("1m/A.parquet"), &candles, &[]).unwrap();
        let csv = text(&candles, "1m".parse().unwrap(), ExportFormat::Csv);
        fs::write(folder.root().join("1m/B.csv"), csv).unwrap();
        let plain = load(&minute_file(&folder, "B.csv"), ALL, NOW).unwrap();
        assert_eq!(plain.digest, digest(&candles, 0..candles.len()));
        assert!(!plain.warnings.is_empty());
        for threads in [1, 2] {
            for fields in [FieldSet::ALL, FieldSet::default(), FieldSet::new([Field::Open, Field::Close])] {
                let request = LoadRequest { range: ALL, now: NOW, fields, pool: &Pool::new(threads) };
                let found = load_as(&minute_file(&folder, "A.parquet"), request).unwrap();
                assert_eq!((found.digest, &found.warnings), (plain.digest, &plain.warnings), "{bars}");
                assert_eq!(found.candles.time, candles.time);
                for field in Field::ALL {
                    let column = found.candles.column(field);
                    assert!(column == candles.column(field) || column.is_empty() && !fields.contains(field));
                }
            }
        }
    }
}

/// Puts something wrong into candles.
type Change = fn(&mut Candles);

#[test]
fn a_wrong_row_of_a_long_file_is_named_as_in_any_other() {
    let folder = Folder::new();
    fs::create_dir(folder.root().join("1m")).unwrap();
    let good = minutes(300_000);
    let changes: [(Change, Option<u64>, &str); 3] = [
        (|c| c.low[290_000] = 0.0, Some(290_001), "low is 0"),
        (|c| c.volume[131_072] = f64::NAN, Some(131_073), "volume is NaN"),
        (|c| c.close[5] = 1e9, Some(6), "lies outside"),
    ];
    for (change, row, words) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        write_parquet(&folder.root().join("1m/A.parquet"), &bad, &[]).unwrap();
        assert_fault(load(&minute_file(&folder, "A.parquet"), ALL, NOW), row, words);
    }
    let mut unsorted = good.clone();
    unsorted.time.swap(131_071, 131_072);
    write_parquet(&folder.root().join("1m/A.parquet"), &unsorted, &[]).unwrap();
    let loaded = load(&minute_file(&folder, "A.parquet"), ALL, NOW).unwrap();
    assert!(loaded.warnings.iter().any(|warning| warning.kind == WarningKind::Unsorted));
    assert_eq!(loaded.candles.time, good.time);
}

/// Flips bits all over files that this program stored: none gives other candles.
#[test]
fn damage_to_a_stored_file_is_noticed_wherever_it_is() {
    for bars in [300, 140_000] {
        let folder = Folder::new();
        let candles = minutes(bars);
        let origin = Origin { name: "a test".to_owned(), ..Origin::default() };
        merge(&folder.root(), "BTC", "1m".parse().unwrap(), &candles, &origin, OnConflict::Refuse).unwrap();
        let entry = minute_file(&folder, "BTC.parquet");
        assert_eq!(load(&entry, ALL, NOW).unwrap().candles, candles);
        let good = fs::read(&entry.path).unwrap();
        let step = (good.len() / 150).max(1);
        for at in (0..good.len()).step_by(step) {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&entry.path, &bad).unwrap();
            if let Ok(loaded) = load(&entry, ALL, NOW) {
                assert!(loaded.candles == candles, "bit {} of byte {at} of {}", at % 8, good.len());
            }
        }
    }
}
