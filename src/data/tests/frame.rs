//! Parquet and Feather: every usual kind of column, and no panic whatever the bytes are.

use std::io::Cursor;

use polars::prelude::*;

use super::*;
use crate::read::arrow::check_batches;

const TIMES: [i64; 3] = [FIRST, FIRST + DAY, FIRST + 2 * DAY];

fn frame(time: Series) -> DataFrame {
    let column = |name: &str, values: [f64; 3]| Column::from(Series::new(name.into(), &values));
    let columns = vec![
        Column::from(time.with_name("timestamp".into())),
        column("open", [10.0, 11.0, 12.0]),
        column("high", [12.0, 13.0, 14.0]),
        column("low", [9.0, 10.0, 11.0]),
        column("close", [11.0, 12.0, 13.0]),
        column("volume", [100.0, 110.0, 120.0]),
    ];
    DataFrame::new(3, columns).unwrap()
}

fn good() -> DataFrame {
    frame(Series::new("t".into(), &TIMES))
}

fn parquet(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).set_parallel(false).finish(&mut frame.clone()).unwrap();
    bytes
}

fn feather(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    IpcWriter::new(&mut bytes).finish(&mut frame.clone()).unwrap();
    bytes.into_inner()
}

fn load_both(frame: &DataFrame) -> [Result<Loaded, DataError>; 2] {
    [load_bytes("BTC.parquet", parquet(frame)), load_bytes("BTC.feather", feather(frame))]
}

#[test]
fn times_may_be_of_any_unit_zone_or_type() {
    let ms = Series::new("t".into(), &TIMES);
    let mut kinds = vec![ms.clone(), ms.clone() / 1000, ms.clone() * 1000];
    for unit in [TimeUnit::Milliseconds, TimeUnit::Microseconds, TimeUnit::Nanoseconds] {
        let base = ms.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
        kinds.push(base.cast(&DataType::Datetime(unit, None)).unwrap());
        let utc = ms.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))).unwrap();
        kinds.push(utc.cast(&DataType::Datetime(unit, Some(TimeZone::UTC))).unwrap());
    }
    kinds.push(ms.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap().cast(&DataType::Date).unwrap());
    kinds.push(Series::new("t".into(), &["2020-01-01", "2020-01-02T00:00:00Z", "2020-01-03 00:00:00"]));
    for time in kinds {
        for loaded in load_both(&frame(time.clone())) {
            assert_three_days(&loaded);
        }
    }
}

#[test]
fn whole_and_single_precision_numbers_are_read_and_text_is_refused() {
    for kind in [DataType::Float32, DataType::Int64, DataType::Int32, DataType::UInt32, DataType::UInt64] {
        let mut frame = good();
        for name in ["open", "high", "low", "close", "volume"] {
            let cast = frame.column(name).unwrap().cast(&kind).unwrap();
            frame.with_column(cast).unwrap();
        }
        load_both(&frame).iter().for_each(assert_three_days);
    }
    let mut frame = good();
    frame.with_column(Column::from(Series::new("open".into(), &["1", "2", "3"]))).unwrap();
    for loaded in load_both(&frame) {
        assert_fault(loaded, None, "column open is of type str");
    }
    for loaded in load_both(&self::frame(Series::new("t".into(), &[1.0, 2.0, 3.0]))) {
        assert_fault(loaded, None, "column timestamp is of type f64");
    }
}

#[test]
fn nulls_and_nan_are_named_with_their_row_counted_from_1() {
    let mut frame = good();
    frame.with_column(Column::from(Series::new("low".into(), &[Some(9.0), None, Some(11.0)]))).unwrap();
    for loaded in load_both(&frame) {
        assert_fault(loaded, Some(2), "low is empty");
    }
    frame.with_column(Column::from(Series::new("low".into(), &[9.0, 10.0, f64::NAN]))).unwrap();
    for loaded in load_both(&frame) {
        assert_fault(loaded, Some(3), "low is NaN");
    }
    let time = Series::new("t".into(), &[None, Some(FIRST), Some(FIRST + DAY)]);
    for loaded in load_both(&self::frame(time)) {
        assert_fault(loaded, Some(1), "timestamp is empty");
    }
}

#[test]
fn missing_nested_and_absent_data_are_refused() {
    for loaded in load_both(&good().drop("volume").unwrap()) {
        assert_fault(loaded, None, "no column named volume");
    }
    for loaded in load_both(&good().slice(0, 0)) {
        assert_fault(loaded, None, "no rows");
    }
    let list = Series::new("x".into(), &[1.0]);
    let mut frame = good();
    frame.with_column(Column::from(Series::new("open".into(), &[list.clone(), list.clone(), list]))).unwrap();
    for loaded in load_both(&frame) {
        assert_fault(loaded, None, "column open is of type list");
    }
    for name in ["BTC.parquet", "BTC.feather"] {
        assert_fault(load_bytes(name, ""), None, "is empty");
        assert_fault(load_bytes(name, format!("{HEADER}{ROWS}")), None, "cannot be read");
    }
}

#[test]
fn an_extra_column_of_a_kind_that_is_not_supported_does_not_matter() {
    let mut frame = good();
    frame.with_column(Column::from(Series::new("note".into(), &["a", "b", "c"]))).unwrap();
    let list = Series::new("x".into(), &[1.0]);
    frame.with_column(Column::from(Series::new("list".into(), &[list.clone(), list.clone(), list]))).unwrap();
    load_both(&frame).iter().for_each(assert_three_days);
}

#[test]
fn what_is_written_is_read_back_to_the_bit_and_carries_its_mark() {
    let folder = Folder::new();
    let candles = sample::generate(3).swap_remove(0).1;
    write_parquet(&folder.path("A.parquet"), &candles, &[("backtest.synthetic", "true")]).unwrap();
    write_parquet(&folder.path("B.parquet"), &candles, &[("origin", "exchange")]).unwrap();
    let catalog = folder.catalog();
    let [a, b] = [0, 1].map(|at| load(&catalog.entries()[at], ALL, NOW).unwrap());
    assert_eq!(a.candles, candles);
    assert_eq!(digest(&a.candles, 0..1500), digest(&b.candles, 0..1500));
    assert!(a.synthetic && !b.synthetic);
    let nowhere = folder.root().join("none/x.parquet");
    assert!(
        write_parquet(&nowhere, &candles, &[]).unwrap_err().to_string().contains("none/x.parquet: cannot be written")
    );
}

#[test]
fn no_cut_and_no_flipped_bit_makes_the_reader_panic() {
    for (name, bytes) in [("BTC.parquet", parquet(&good())), ("BTC.feather", feather(&good()))] {
        let folder = Folder::new().with(name, &bytes);
        let entry = folder.catalog().entries()[0].clone();
        let try_bytes = |bytes: &[u8]| {
            fs::write(&entry.path, bytes).unwrap();
            load(&entry, ALL, NOW)
        };
        for length in 1..bytes.len() {
            assert!(try_bytes(&bytes[..length]).is_err(), "{name} cut to {length}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            // It may load: not every bit matters. It must come back.
            let _ = try_bytes(&bad);
        }
    }
}

/// Text longer than fits into a view, so that the file has a buffer of text.
fn packed_text() -> Vec<u8> {
    let text: Vec<String> = (0..300).map(|i| format!("2020-01-01T00:00:00.{i:03}Z")).collect();
    let mut frame = DataFrame::new(300, vec![Column::from(Series::new("timestamp".into(), text))]).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    IpcWriter::new(&mut bytes).with_compression(Some(IpcCompression::LZ4)).finish(&mut frame).unwrap();
    bytes.into_inner()
}

#[test]
fn feather_files_that_claim_more_rows_or_bytes_than_the_caps_are_refused() {
    for file in [feather(&good()), packed_text()] {
        assert!(check_batches(&file, 300, 1 << 20).is_some());
        assert!(check_batches(&file, 2, 1 << 20).is_none());
        assert!(check_batches(&file, 300, 10).is_none());
    }
}

#[test]
fn no_cut_and_no_flipped_bit_makes_the_check_of_feather_files_panic() {
    let good = packed_text();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x80;
        let _ = check_batches(&bad, 300, 1 << 20);
        assert!(check_batches(&good[..at], 300, 1 << 20).is_none());
    }
}

#[test]
fn two_assets_are_told_apart_by_words_categories_and_numbers() {
    let words = Series::new("symbol".into(), &["BTC", "BTC", "ETH"]);
    let categories = words.cast(&DataType::from_categories(Categories::global())).unwrap();
    let numbers = Series::new("asset_id".into(), &[1, 1, 6]);
    for column in [words, categories, numbers] {
        let mut frame = good();
        frame.with_column(column.into()).unwrap();
        for loaded in load_both(&frame) {
            assert_fault(loaded, Some(3), "rows before it are of");
        }
    }
}
