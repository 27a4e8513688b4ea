//! Only what is asked for: ranges, row groups, and bars made of shorter ones.

use polars::prelude::*;

use super::*;
use crate::sim::Candles;

const MINUTE: Millis = 60_000;

fn interval(text: &str) -> Interval {
    text.parse().unwrap()
}

/// Bars of one minute from [`FIRST`] on.
fn minutes(count: usize) -> Candles {
    let column = |add: f64| (0..count).map(|i| 100.0 + (i % 97) as f64 + add).collect::<Vec<_>>();
    Candles {
        time: (0..count as Millis).map(|i| FIRST + i * MINUTE).collect(),
        open: column(0.0),
        high: column(2.0),
        low: column(-2.0),
        close: column(1.0),
        volume: column(0.0),
    }
}

/// A Parquet file with row groups of so many rows, and times as numbers of this many milliseconds or fractions of one.
fn parquet(candles: &Candles, group: usize, time: impl Fn(Series) -> Series) -> Vec<u8> {
    let mut columns = vec![Column::from(time(Series::new("timestamp".into(), &candles.time[..])))];
    for field in crate::sim::Field::ALL {
        columns.push(Column::from(Series::new(field.name().into(), candles.column(field))));
    }
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).set_parallel(false).with_row_group_size(Some(group));
    writer.finish(&mut DataFrame::new(candles.len(), columns).unwrap()).unwrap();
    bytes
}

fn put(folder: &Folder, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.root().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn load_from(folder: &Folder, bars: &str, range: TimeRange) -> Result<Loaded, DataError> {
    load(&Catalog::with_shorter(&folder.root(), interval(bars)).unwrap().entries()[0], range, NOW)
}

fn range(from: Millis, to: Millis) -> TimeRange {
    TimeRange { from: Some(FIRST + from * MINUTE), to: Some(FIRST + to * MINUTE) }
}

#[test]
fn a_range_of_a_file_in_row_groups_has_the_same_bars_whatever_its_bounds_and_the_unit_of_its_times() {
    let all = minutes(100);
    let micros = |time: Series| time * 1000;
    let stamps = |time: Series| time.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    let text = |time: Series| (time / 1000).cast(&DataType::Int64).unwrap();
    for bytes in [parquet(&all, 7, micros), parquet(&all, 7, stamps), parquet(&all, 7, text)] {
        let folder = Folder::new();
        put(&folder, "1m/A.parquet", bytes);
        for (from, to) in [(0, 100), (7, 14), (6, 15), (13, 14), (99, 100), (-5, 1), (50, 1000)] {
            let loaded = load_from(&folder, "1m", range(from, to)).unwrap();
            assert_eq!(loaded.candles, all.slice(all.within(range(from, to))), "{from} to {to}");
        }
        let error = load_from(&folder, "1m", range(200, 300)).unwrap_err().to_string();
        assert!(error.contains("its bars reach from 2020-01-01 to 2020-01-01T01:39"), "{error}");
    }
}

#[test]
fn row_groups_outside_of_the_range_are_not_read_and_rows_keep_their_numbers() {
    let mut all = minutes(100);
    all.low[8] = 0.0;
    all.low[93] = 0.0;
    let folder = Folder::new();
    put(&folder, "1m/A.parquet", parquet(&all, 10, |time| time));
    assert_eq!(load_from(&folder, "1m", range(10, 90)).unwrap().candles.len(), 80);
    assert_fault(load_from(&folder, "1m", range(85, 95)), Some(94), "low is 0");
    assert_fault(load_from(&folder, "1m", ALL), Some(9), "low is 0");
}

#[test]
fn warnings_are_about_the_bars_in_the_range() {
    let mut all = minutes(100);
    all.volume[3] = 0.0;
    let folder = Folder::new();
    put(&folder, "1m/A.parquet", parquet(&all, 10, |time| time));
    assert_eq!(load_from(&folder, "1m", ALL).unwrap().warnings.len(), 1);
    assert_eq!(load_from(&folder, "1m", range(4, 100)).unwrap().warnings, []);
}

#[test]
fn bars_made_of_row_groups_are_those_made_of_all() {
    let all = minutes(3_000);
    let folder = Folder::new();
    put(&folder, "1m/A.parquet", parquet(&all, 50, |time| time));
    let whole = load_from(&folder, "1h", ALL).unwrap().candles;
    assert_eq!(whole.len(), 50);
    for (from, to) in [(60, 120), (61, 180), (59, 2_941), (600, 5_000), (-500, 61)] {
        let part = load_from(&folder, "1h", range(from, to)).unwrap().candles;
        assert_eq!(part, whole.slice(whole.within(range(from, to))), "{from} to {to}");
    }
}

#[test]
fn a_file_of_the_interval_goes_before_one_of_shorter_bars_and_the_longest_of_those_before_others() {
    let folder = Folder::new();
    for path in ["4h/A.csv", "1h/A.csv", "1h/B-USDT.csv", "1m/A.csv", "1m/BUSDT.csv", "1m/C.csv", "3h/D.csv"] {
        put(&folder, path, "x");
    }
    let catalog = Catalog::with_shorter(&folder.root(), interval("4h")).unwrap();
    let found: Vec<_> = catalog.entries().iter().map(|entry| (&*entry.symbol, entry.source.to_string())).collect();
    assert_eq!(found, [("A", "4h"), ("B-USDT", "1h"), ("C", "1m")].map(|(symbol, from)| (symbol, from.to_owned())));
    assert!(catalog.entries().iter().all(|entry| entry.interval == interval("4h")));
    assert!(catalog.entries()[1].is_resampled() && !catalog.entries()[0].is_resampled());
    assert_eq!(Catalog::open(&folder.root(), interval("4h")).unwrap().entries().len(), 1);
    fs::remove_dir_all(folder.root().join("1m")).unwrap();
    let error = Catalog::with_shorter(&folder.root(), interval("90m")).unwrap_err().to_string();
    assert!(error.contains("There are candles of 1h, 3h, 4h"), "{error}");
}

#[test]
fn a_name_means_the_interval_s_own_file_before_one_of_shorter_bars() {
    let folder = Folder::new();
    for path in ["4h/BTCUSDT.csv", "1h/BTCUSD.csv", "1h/ETHUSD.csv", "1m/ETHUSDT.csv"] {
        put(&folder, path, "x");
    }
    let catalog = Catalog::with_shorter(&folder.root(), interval("4h")).unwrap();
    for (name, symbol) in [("BTC", "BTCUSDT"), ("BTCUSD", "BTCUSD"), ("ETH", "ETHUSD")] {
        assert_eq!(catalog.resolve(name).unwrap().symbol, symbol);
    }
}

#[test]
fn too_few_bars_for_one_longer_bar_are_said_to_be_that() {
    let folder = Folder::new();
    put(&folder, "1m/A.parquet", parquet(&minutes(50), 50, |time| time));
    assert_fault(load_from(&folder, "1h", ALL), None, "its bars of 1m do not make one whole bar of 1h");
}

#[test]
fn what_is_doubtful_about_the_shorter_bars_is_told_of_the_longer_ones() {
    let all = minutes(600);
    let kept: Vec<usize> = (0..600).filter(|i| !(70..75).contains(i) && !(180..300).contains(i)).collect();
    let mut gaps = Candles::default();
    for i in kept {
        let bar = all.slice(i..i + 1);
        gaps.time.extend(bar.time);
        gaps.open.extend(bar.open);
        gaps.high.extend(bar.high);
        gaps.low.extend(bar.low);
        gaps.close.extend(bar.close);
        gaps.volume.extend(bar.volume);
    }
    let folder = Folder::new();
    put(&folder, "1m/A.parquet", parquet(&gaps, 100, |time| time));
    let warnings = load_from(&folder, "1h", ALL).unwrap().warnings;
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1 bar made of shorter ones with a gap", "2 bars missing, not filled"]);
}
