//! Text files: what is read, what is refused, and that refusals name the line.

use super::*;

#[test]
fn a_plain_file_is_read_to_the_last_digit() {
    assert_three_days(&load_rows(ROWS));
    let loaded = load_rows("2020-01-01,0.1,0.30000000000000004,1e-12,0.2,1e-8\n").unwrap();
    assert_eq!(loaded.candles.high, [0.300_000_000_000_000_04]);
    assert_eq!(loaded.candles.low, [1e-12]);
    assert_eq!(loaded.candles.volume, [1e-8]);
}

#[test]
fn line_ends_byte_order_mark_and_a_missing_last_line_end_do_not_matter() {
    let text = format!("{HEADER}{ROWS}");
    assert_three_days(&load_csv(text.trim_end()));
    assert_three_days(&load_csv(text.replace('\n', "\r\n")));
    assert_three_days(&load_csv(text.replace('\n', "\r\n").trim_end()));
    assert_three_days(&load_csv(format!("\u{feff}{text}")));
    assert_three_days(&load_csv(format!("{text}\n\n")));
}

#[test]
fn header_case_spaces_order_and_extra_columns_do_not_matter() {
    assert_three_days(&load_csv(format!(" Timestamp , OPEN,High, low,Close ,\"Volume\"\n{ROWS}")));
    let extra: String = ROWS.lines().map(|line| format!("x,{line},,\"a, b\"\n")).collect();
    assert_three_days(&load_csv(format!("a,Date,open,high,low,close,volume,a,note\n{extra}")));
    let turned = "volume,close,low,high,open,time\n100,11,9,12,10,2020-01-01\n110,12,10,13,11,2020-01-02\n120,13,11,14,12,2020-01-03\n";
    assert_three_days(&load_csv(turned));
}

#[test]
fn quoted_numbers_and_spaces_around_cells_are_read() {
    let quoted: String = ROWS.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect();
    assert_three_days(&load_rows(&quoted));
    assert_three_days(&load_rows(&quoted.replace('\n', "\r\n")));
    assert_three_days(&load_rows(&ROWS.replace(',', ", ")));
    assert_three_days(&load_rows(&ROWS.replace(',', " ,")));
    assert_three_days(&load_rows(&ROWS.replace(',', "\t , ").replace('\n', " \r\n")));
}

#[test]
fn times_may_be_text_with_any_offset_or_numbers_of_any_one_unit() {
    let with = |times: [&str; 3]| {
        let rows = ROWS.lines().zip(times).map(|(line, time)| format!("{time},{}\n", line.split_once(',').unwrap().1));
        load_rows(&rows.collect::<String>())
    };
    assert_three_days(&with(["2020-01-01T00:00:00Z", "2020-01-02 00:00:00", "2020-01-03T02:00:00+02:00"]));
    assert_three_days(&with(["1577836800", "1577923200", "1578009600"]));
    assert_three_days(&with(["1577836800.0", "1577923200.0", "1578009600.0"]));
    assert_three_days(&with(["1577836800000", "1577923200000", "1578009600000"]));
    assert_three_days(&with(["1577836800000000", "1577923200000000", "1578009600000000"]));
    assert_three_days(&with(["1577836800000000000", "1577923200000000000", "1578009600000000000"]));
    assert_fault(with(["1577836800", "1577923200000", "1578009600"]), Some(3), "milliseconds");
    assert_fault(with(["2020-01-01", "yesterday", "2020-01-03"]), Some(3), "'yesterday'");
    assert_fault(with(["2020-01-01", "", "2020-01-03"]), Some(3), "timestamp is empty");
    assert_fault(with(["2020-01-01", "2020-01-02", "99999999999999999999"]), Some(4), "not a time");
}

#[test]
fn an_empty_file_and_one_with_only_a_header_are_refused() {
    assert_fault(load_csv(""), None, "is empty");
    assert_fault(load_csv(HEADER), None, "no rows");
    assert_fault(load_csv(HEADER.trim_end()), None, "no rows");
    assert_fault(load_csv("\u{feff}"), None, "no column named timestamp");
}

#[test]
fn a_missing_or_double_column_is_named() {
    assert_fault(load_csv("timestamp,open,high,low,close\n2020-01-01,1,1,1,1\n"), None, "no column named volume");
    assert_fault(
        load_csv("timestamp,open,open,high,low,close,volume\n2020-01-01,1,1,1,1,1,1\n"),
        None,
        "2 columns named open",
    );
    assert_fault(load_csv("1577836800000,1,1,1,1,1\n"), None, "no header line");
}

#[test]
fn other_encodings_are_refused_with_the_line() {
    let text = format!("{HEADER}{ROWS}");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_fault(load_csv([&[0xFF, 0xFE][..], &utf16].concat()), None, "UTF-16");
    assert_fault(load_csv(&utf16), Some(1), "NUL");
    let mut bad = text.clone().into_bytes();
    bad[HEADER.len() + 3] = 0xFF;
    assert_fault(load_csv(&bad), Some(2), "not UTF-8");
    bad[HEADER.len() + 3] = 0;
    assert_fault(load_csv(&bad), Some(2), "NUL");
}

#[test]
fn semicolons_and_decimal_commas_are_refused_with_a_hint() {
    assert_fault(load_csv(format!("{HEADER}{ROWS}").replace(',', ";")), None, "semicolons");
    assert_fault(load_rows("2020-01-01,1,5,1,5,1,5,1,5,1\n"), Some(2), "with a point, not with a comma");
    assert_fault(load_rows("2020-01-01,\"1,5\",\"1,5\",1,1,1\n"), Some(2), "open is '1,5'");
    assert_fault(load_rows("2020-01-01,\"33,543.6\",1,1,1,1\n"), Some(2), "no separators between thousands");
}

#[test]
fn a_cell_that_is_no_number_is_named_with_row_and_column() {
    let row = |cell: &str| load_rows(&format!("{ROWS}2020-01-04,1,2,1,{cell},1\n"));
    assert_fault(row(""), Some(5), "close is empty");
    assert_fault(row("abc"), Some(5), "close is 'abc', which is not a number");
    assert_fault(row("1.5.2"), Some(5), "close is '1.5.2'");
    assert_fault(row("\"1 \""), Some(5), "Remove the space");
    assert_fault(load_rows(&format!("{ROWS}2020-01-04 , 1 ,2 ,1 ,x ,1 \n")), Some(5), "close is 'x', which");
    assert_fault(row("NaN"), Some(5), "close is NaN");
    assert_fault(row("inf"), Some(5), "close is inf");
    assert_fault(row("1e999"), Some(5), "close is inf");
    assert_fault(row("-inf"), Some(5), "close is -inf");
    assert_fault(row("null"), Some(5), "close is 'null'");
    assert_fault(row("\u{1b}[31m"), Some(5), r"'\u{1b}[31m'");
}

#[test]
fn rows_of_another_width_are_refused_and_never_shifted_or_filled() {
    assert_fault(load_rows(&format!("{ROWS}2020-01-04,1,2,1\n")), Some(5), "4 fields where the header has 6");
    assert_fault(load_rows(&format!("{ROWS}2020-01-04,1,2,1,1,1,7\n")), Some(5), "7 fields where the header has 6");
    assert_fault(load_rows("2020-01-01,1,2,1,1,1,\n"), Some(2), "7 fields");
    assert_fault(load_rows(&format!("{ROWS}\n{ROWS}")), Some(5), "blank");
    assert_fault(load_rows("2020-01-01,1,2,1,\"1,1\n"), Some(2), "quotation mark");
    assert_fault(load_rows("2020-01-01,1,2,1,1,\"\n"), Some(2), "quotation mark");
    // One short and one long row: the number of commas is right in all.
    let header = "timestamp,open,high,low,close,volume,a\n";
    let rows = "2020-01-01,1,2,1,1,1\n2020-01-02,1,2,1,1,1,x,y\n";
    assert_fault(load_csv(format!("{header}{rows}")), Some(2), "6 fields where the header has 7");
}
