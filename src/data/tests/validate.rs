//! Prices and times: what no market can have fails the file with the row; what is odd is counted.

use super::*;
use crate::pool::Pool;
use crate::read::raw_candles::RawCandles;
use crate::read::resample::Beyond;
use crate::read::validate::validate;

fn warnings(rows: &str) -> Vec<(WarningKind, u64)> {
    load_rows(rows).unwrap().warnings.iter().map(|warning| (warning.kind, warning.count)).collect()
}

#[test]
fn impossible_prices_fail_the_file_with_row_and_day() {
    for (cells, words) in [
        ("0,12,9,11,1", "open is 0; prices must be above zero"),
        ("10,12,-9,11,1", "low is -9; prices must be above zero"),
        ("10,9,12,11,1", "high 9 is below low 12"),
        ("13,12,9,11,1", "open 13 lies outside of low 9 to high 12"),
        ("10,12,9,8,1", "close 8 lies outside of low 9 to high 12"),
        ("10,12,9,11,-1", "volume is -1; it must not be negative"),
        ("10,12,9,11,inf", "volume is inf"),
        ("10,12,NaN,11,1", "low is NaN"),
    ] {
        let loaded = load_rows(&format!("{ROWS}2020-01-04,{cells}\n"));
        assert_fault(loaded, Some(5), &format!("row 5 (2020-01-04): {words}"));
    }
}

#[test]
fn a_constant_and_a_tiny_price_are_fine() {
    let rows = "2020-01-01,1e-12,1e-12,1e-12,1e-12,1\n2020-01-02,1e-12,1e-12,1e-12,1e-12,1\n";
    assert_eq!(load_rows(rows).unwrap().candles.close, [1e-12, 1e-12]);
}

#[test]
fn a_repeated_row_is_dropped_and_counted_and_a_contradicting_one_fails() {
    let last = ROWS.lines().last().unwrap();
    let loaded = load_rows(&format!("{ROWS}{last}\n{last}\n")).unwrap();
    assert_eq!(loaded.candles.len(), 3);
    assert_eq!(loaded.warnings, [Warning { kind: WarningKind::DuplicatesDropped, count: 2 }]);
    let contradicting = load_rows(&format!("{ROWS}2020-01-02,11,13,10,12,111\n"));
    assert_fault(contradicting, Some(5), "the bar of 2020-01-02 is already in row 3, with other values");
}

#[test]
fn newest_first_is_sorted_and_counted() {
    let mut lines: Vec<&str> = ROWS.lines().collect();
    lines.reverse();
    let loaded = load_rows(&lines.join("\n")).unwrap();
    assert_eq!(loaded.warnings, [Warning { kind: WarningKind::Unsorted, count: 2 }]);
    assert_three_days(&Ok(Loaded { warnings: Vec::new(), ..loaded }));
}

#[test]
fn a_fault_in_an_unsorted_file_names_the_row_as_it_stands_there() {
    let rows = "2020-01-03,1,1,1,1,1\n2020-01-01,0,1,1,1,1\n2020-01-02,1,1,1,1,1\n";
    assert_fault(load_rows(rows), Some(3), "2020-01-01");
}

#[test]
fn gaps_are_counted_in_bars_and_not_filled() {
    let rows = format!("{ROWS}2020-01-04,1,1,1,1,1\n2020-01-08,1,1,1,1,1\n2020-01-10,1,1,1,1,1\n");
    assert_eq!(warnings(&rows), [(WarningKind::MissingBars, 4)]);
    assert_eq!(load_rows(&rows).unwrap().candles.len(), 6);
}

#[test]
fn steps_off_the_interval_and_files_of_another_interval_are_told_apart() {
    let rows = format!("{ROWS}2020-01-04,1,1,1,1,1\n2020-01-05T01:00,1,1,1,1,1\n2020-01-06T01:00,1,1,1,1,1\n");
    assert_eq!(warnings(&rows), [(WarningKind::IrregularSteps, 1)]);
    let hourly: String = (0..10).map(|hour| format!("2020-01-01T0{hour}:00,1,1,1,1,1\n")).collect();
    assert_eq!(warnings(&hourly), [(WarningKind::WrongInterval, 9)]);
}

#[test]
fn bars_without_volume_before_2009_or_in_the_future_are_counted() {
    assert_eq!(warnings("2020-01-01,1,1,1,1,0\n2020-01-02,1,1,1,1,0\n"), [(WarningKind::ZeroVolume, 2)]);
    assert_eq!(warnings("2008-12-31,1,1,1,1,1\n2009-01-01,1,1,1,1,1\n"), [(WarningKind::BeforeBitcoin, 1)]);
    assert_eq!(warnings("2027-01-15,1,1,1,1,1\n2027-01-16,1,1,1,1,1\n"), [(WarningKind::InTheFuture, 1)]);
}

#[test]
fn one_bar_is_enough() {
    assert_eq!(load_rows("2020-01-01,1,1,1,1,1\n").unwrap().candles.len(), 1);
}

#[test]
fn columns_of_different_lengths_as_damaged_files_give_them_are_refused() {
    let raw = |lows: usize| RawCandles {
        time: vec![FIRST, FIRST + DAY],
        values: [2, 2, lows, 2, 2].map(|length| vec![1.0; length]),
        first_row: 1,
        synthetic: false,
        beyond: Beyond::default(),
        bad_rows: BadRows::Refuse,
        dropped: 0,
    };
    assert!(validate(&Pool::new(1), raw(2)).is_ok());
    assert!(validate(&Pool::new(1), raw(0)).unwrap_err().what.contains("different lengths"));
}

/// Loads the only file, without its bad rows.
fn load_good_rows(name: &str, bytes: impl AsRef<[u8]>) -> Result<Loaded, DataError> {
    let folder = Folder::new().with(name, bytes);
    let file = CandleFile { bad_rows: BadRows::Drop, ..folder.catalog().entries()[0].clone() };
    load(&file, ALL, NOW)
}

#[test]
fn bad_rows_are_left_out_and_counted_where_that_was_asked_for() {
    let bad = "2020-01-04,,14,11,13,120\n2020-01-05,0,14,11,13,1\n2020-01-06,12,14\nnever,12,14,11,13,120\n               2020-01-07,12,11,14,13,1\n2020-01-08,x,14,11,13,120\n2020-01-09,12,14,11,NaN,1\n";
    let text = format!("{HEADER}{bad}{ROWS}");
    assert!(load_csv(&text).is_err());
    let mut loaded = load_good_rows("BTC.csv", &text);
    let dropped = Warning { kind: WarningKind::BadRowsDropped, count: 7 };
    assert_eq!(loaded.as_mut().unwrap().warnings.extract_if(.., |it| *it == dropped).count(), 1, "{loaded:?}");
    assert_three_days(&loaded);
    assert_three_days(&load_good_rows("BTC.csv", format!("{HEADER}{ROWS}")));
    assert_fault(load_good_rows("BTC.csv", format!("{HEADER}2020-01-05,0,14,11,13,1\n")), Some(2), "open is 0");
}

#[test]
fn a_last_bar_that_is_not_over_yet_is_left_out() {
    let row = |time: Millis| format!("{time},10,12,9,11,100\n");
    let open = NOW - NOW % DAY;
    let loaded = load_rows(&(row(open - 2 * DAY) + &row(open - DAY) + &row(open))).unwrap();
    assert_eq!(loaded.candles.time, [open - 2 * DAY, open - DAY]);
    assert_eq!(loaded.warnings, [Warning { kind: WarningKind::Unfinished, count: 1 }]);
    assert_eq!(load_rows(&row(open)).unwrap().candles.len(), 1, "the only bar is better than none");
}

#[test]
fn rows_of_two_assets_are_no_candles_of_one() {
    let header = "symbol,timestamp,open,high,low,close,volume\n";
    let one = "BTC,2020-01-01,10,12,9,11,100\nBTC,2020-01-02,11,13,10,12,110\n\"BTC\",2020-01-03,12,14,11,13,120\n";
    assert_three_days(&load_csv(format!("{header}{one}")));
    let two = format!("{header}{one}ETH,2020-01-04,12,14,11,13,120\n");
    assert_fault(load_csv(&two), Some(5), "is of 'ETH', and rows before it are of 'BTC'");
    assert_fault(load_good_rows("BTC.csv", &two), Some(5), "data import");
}

#[test]
fn columns_of_any_name_for_assets_tell_two_of_them_apart() {
    let text = |name: &str, words: [&str; 2]| {
        let row = |day: usize, word: &str| format!("{word},2020-01-0{day},10,12,9,11,100\n");
        format!("{name},timestamp,open,high,low,close,volume\n{}{}", row(1, words[0]), row(2, words[1]))
    };
    for (name, words) in [("Name", ["BTC", "ETH"]), ("asset_id", ["1", "6"]), ("exchange", ["binance", "kraken"])] {
        assert_fault(load_csv(text(name, words)), Some(3), "rows before it are of");
        assert_eq!(load_csv(text(name, [words[0]; 2])).unwrap().candles.len(), 2);
    }
    // Numbers in a column of another kind count something.
    assert_eq!(load_csv(text("contract", ["17", "18"])).unwrap().candles.len(), 2);
}

#[test]
fn a_last_row_within_an_open_bar_is_left_out_and_said() {
    let row = |time: Millis| format!("{time},10,12,9,11,100\n");
    let days: String = (0..6).map(|day| row(FIRST + day * DAY)).collect();
    let loaded = load_rows(&(days.clone() + &row(FIRST + 5 * DAY + 48_131_000))).unwrap();
    assert_eq!((loaded.candles.len(), loaded.candles.time[5]), (6, FIRST + 5 * DAY));
    assert_eq!(loaded.warnings, [Warning { kind: WarningKind::LiveRow, count: 1 }]);
    assert_eq!(load_rows(&days).unwrap().warnings, []);
}

#[test]
fn bars_that_begin_to_open_elsewhere_are_said() {
    let row = |day: Millis| format!("{},10,12,9,11,100\n", FIRST + day * DAY + if day < 5 { 0 } else { DAY / 3 });
    let loaded = load_rows(&(0..10).map(row).collect::<String>()).unwrap();
    assert_eq!(loaded.candles.len(), 10);
    let kinds: Vec<WarningKind> = loaded.warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [WarningKind::IrregularSteps, WarningKind::PhaseChange]);
}
