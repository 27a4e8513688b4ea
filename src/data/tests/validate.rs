//! Prices and times: what no market can have fails the file with the row; what is odd is counted.

use super::*;
use crate::data::read::raw_candles::RawCandles;
use crate::data::read::resample::Beyond;
use crate::data::read::validate::validate;

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
    };
    assert!(validate(raw(2)).is_ok());
    assert!(validate(raw(0)).unwrap_err().what.contains("different lengths"));
}
