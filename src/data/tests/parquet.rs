//! Parquet as others write it, and what we write as others read it.

use std::fs::File;
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use proptest::prelude::*;

use super::*;
use crate::data::read::open_file::OpenFile;
use crate::data::read::parquet::read_parquet;
use crate::sim::model::{Candles, Field};

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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet");
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
