//! The faults that files have, row by row: which end the import, which are told, and which do not matter.

use super::*;

const HEADER: &str = "timestamp,open,high,low,close,volume\n";
const ROWS: &str = "2024-03-01,10,12,9,11,5\n2024-03-02,11,13,10,12,6\n2024-03-03,12,14,11,13,7\n";

fn days() -> Candles {
    Candles {
        time: (0..3).map(|day| FIRST + day * DAY).collect(),
        open: vec![10.0, 11.0, 12.0],
        high: vec![12.0, 13.0, 14.0],
        low: vec![9.0, 10.0, 11.0],
        close: vec![11.0, 12.0, 13.0],
        volume: vec![5.0, 6.0, 7.0],
    }
}

fn csv(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[test]
fn an_impossible_cell_is_refused_with_its_row() {
    let bad = |cell: &str| csv(&ROWS.replace("2024-03-02,11,", &format!("2024-03-02,{cell},")));
    for (cell, words) in [
        ("", "open is empty"),
        ("NaN", "open is 'NaN'; it must be a finite number"),
        ("inf", "open is inf; it must be a finite number"),
        ("1e999", "open is inf"),
        ("0", "prices must be above zero"),
        ("-3", "prices must be above zero"),
        ("99", "open 99 lies outside of low 10 to high 13"),
        ("\"1,5\"", "open 1.5 lies outside of low 10 to high 13"),
        ("\"1,5,2\"", "open is '1,5,2', which is not a number"),
        ("1x", "open is '1x', which is not a number"),
    ] {
        assert_eq!(refused("file", bad(cell), words).row, Some(3), "{cell}");
    }
    assert_eq!(refused("file", csv(&ROWS.replace(",12,6", ",12,-6")), "volume is -6").row, Some(3));
    assert_eq!(refused("file", csv(&ROWS.replace(",13,10,", ",9,10,")), "high 9 is below low 10").row, Some(3));
}

#[test]
fn ragged_rows_and_open_quotes_are_refused_with_their_line() {
    assert_eq!(refused("file", csv(&ROWS.replace(",12,6", ",12")), "5 fields").row, Some(3));
    assert_eq!(refused("file", csv(&ROWS.replace(",12,6", ",12,6,7")), "7 fields").row, Some(3));
    assert_eq!(refused("file", csv(&ROWS.replace(",12,6", ",12,\"6")), "quotation mark").row, Some(3));
    assert_eq!(refused("file", csv(&ROWS[..ROWS.len() - 8]), "fields").row, Some(4));
    let json = "[[1709251200000,1,2,0.5,1,3],[1709337600000,1,2,0.5,1]]";
    assert_eq!(refused("file", json, "5 fields where other rows have 6").row, Some(2));
}

#[test]
fn times_that_are_none_are_refused_and_units_may_change_from_row_to_row() {
    for time in ["hello", "7", "2024-13-01", "", "99999999999999999999", "1e9"] {
        assert_eq!(refused("file", csv(&ROWS.replace("2024-03-02", time)), "time is").row, Some(3), "{time}");
    }
    let mixed = ROWS.replace("2024-03-01", "1709251200").replace("2024-03-02", "1709337600000000");
    assert_eq!(one("file", csv(&mixed)).candles, days());
}

#[test]
fn decoration_does_not_matter() {
    let plain = csv(ROWS);
    for text in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        format!("{plain}\n\n"),
        plain.replace("2024-03-02,11", "\"2024-03-02\",\"11\""),
        plain.replace(HEADER, " Timestamp ,OPEN,High, low,Close,\"Volume\"\n"),
        plain.replace(",12,6", ", 12 ,6.0"),
        plain.replace(",12,6", ",1.2e1,6"),
        plain.replace("2024-03-02", "2024-03-02T01:00:00+01:00"),
        plain
            .replace(",5\n", ",5,extra\n")
            .replace(",6\n", ",6,\n")
            .replace(",7\n", ",7,=1+1\n")
            .replace("volume\n", "volume,note\n"),
        format!("{HEADER}{}{HEADER}{}", &ROWS[..49], &ROWS[49..]),
    ] {
        assert_eq!(read("file", &text).map(|found| found[0].candles.clone()), Ok(days()), "{text:?}");
    }
}

#[test]
fn repeated_rows_are_dropped_conflicting_ones_refused_or_decided() {
    let twice = csv(&format!("{ROWS}2024-03-02,11,13,10,12,6\n"));
    let found = one("file", &twice);
    assert_eq!((found.candles, found.report.duplicates, found.report.breaks), (days(), 1, 1));
    let other = csv(&format!("{ROWS}2024-03-02,11,13,10,12.5,6\n"));
    let error =
        refused("file", &other, "1 row repeats the time of another with other values: 2024-03-02 in rows 3 and 5");
    assert!(error.remedy.contains("--on-conflict"));
    for (conflict, close) in [(OnConflict::First, 12.0), (OnConflict::Last, 12.5)] {
        let stated = ImportOptions { symbol: Some("A".into()), conflict, ..options() };
        let found = read_bytes(other.clone().into_bytes(), "file", &stated).unwrap();
        assert_eq!((found[0].candles.close[1..2].to_vec(), found[0].report.conflicts), (vec![close], 1));
    }
}

#[test]
fn disorder_is_sorted_gaps_are_told_and_never_filled() {
    let mut rows: Vec<&str> = ROWS.lines().collect();
    rows.swap(0, 1);
    let found = one("file", csv(&rows.join("\n")));
    assert_eq!((found.candles, found.report.breaks), (days(), 1));
    let gap = csv(&format!("{ROWS}2024-03-08,12,14,11,13,7\n2024-03-09,12,14,11,13,0\n"));
    let found = one("file", gap);
    assert_eq!((found.candles.len(), found.report.missing, found.report.zero_volume), (5, 4, 1));
    assert_eq!(found.report.longest_gap, Some((FIRST + 2 * DAY, FIRST + 7 * DAY, 4)));
}

#[test]
fn the_bar_that_is_not_finished_is_dropped_unless_it_is_wanted() {
    // In the middle of the last bar.
    let now = FIRST + 2 * DAY + HOUR;
    for (keep_last, bars) in [(false, 2), (true, 3)] {
        let stated = ImportOptions { symbol: Some("A".into()), keep_last, now, ..options() };
        let found = read_bytes(csv(ROWS).into_bytes(), "file", &stated).unwrap();
        assert_eq!((found[0].candles.len(), found[0].report.unfinished), (bars, 1));
    }
    let stated = ImportOptions { symbol: Some("A".into()), interval: "1d".parse().ok(), now, ..options() };
    let only = csv(ROWS.lines().last().unwrap());
    assert!(read_bytes(only.into_bytes(), "file", &stated).unwrap_err().to_string().contains("no finished bar"));
    let created = csv(ROWS)
        .replace(HEADER, "Created on 03-03-2024,https://www.CryptoDataDownload.com\ndate,open,high,low,close,volume\n");
    assert_eq!(one("file", created).candles.len(), 2);
}

#[test]
fn a_month_ends_with_its_last_day_wherever_its_bar_is_stamped() {
    let bars = |days: [&str; 3], now: Millis| {
        let rows: Vec<String> = days.iter().map(|day| format!("{day},10,12,9,11,5")).collect();
        let stated = ImportOptions { symbol: Some("A".into()), now, ..options() };
        read_bytes(csv(&rows.join("\n")).into_bytes(), "file", &stated).unwrap()[0].candles.len()
    };
    // 2024-03-01, and the days before and after.
    for (now, ends, begins) in [(FIRST - HOUR, 2, 2), (FIRST + HOUR, 3, 3), (FIRST - 20 * DAY, 3, 2)] {
        let of_ends = if now < FIRST - DAY {
            ["2023-11-30", "2023-12-31", "2024-01-31"]
        } else {
            ["2023-12-31", "2024-01-31", "2024-02-29"]
        };
        assert_eq!(bars(of_ends, now), ends);
        assert_eq!(bars(["2023-12-01", "2024-01-01", "2024-02-01"], now), begins);
    }
}

#[test]
fn times_before_2009_and_in_the_future_are_told() {
    let report = one("file", csv(&ROWS.replace("2024", "2008"))).report;
    assert_eq!(report.before_bitcoin, 3);
    let report = one("file", csv(&ROWS.replace("2024", "2031"))).report;
    assert_eq!((report.future, report.unfinished), (3, 0));
}

#[test]
fn tiny_prices_flat_prices_and_no_volume_are_candles() {
    let tiny = one("file", csv(&ROWS.replace(",10,12,9,11,", ",1e-12,1e-12,1e-12,1e-12,"))).candles;
    assert_eq!(tiny.low[0..1], [1e-12]);
    let found = one("file", "date,open,high,low,close\n2024-03-01,1,1,1,1\n2024-03-02,1,1,1,1\n2024-03-03,1,1,1,1\n");
    assert_eq!(found.candles.volume, [0.0; 3]);
    assert_eq!(found.report.changes(), ["no column of volume; it is 0"]);
}

#[test]
fn names_from_outside_are_escaped_in_messages() {
    let error = read("a\u{1b}[31m.csv", "\u{1b}]0;x\u{7},\u{202e},c,d\n").unwrap_err().to_string();
    assert!(!error.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{error:?}");
}

#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_refused_and_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo.csv");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for path in [&fifo, Path::new("/dev/zero")] {
        assert!(read_file(path, &options()).unwrap_err().to_string().contains("is not a regular file"));
    }
    let error = read_file(folder.path(), &options()).unwrap_err().to_string();
    assert!(error.contains("is a folder; name the files in it: ") && error.contains("/*"), "{error}");
    assert!(read_file(Path::new("/none"), &options()).unwrap_err().to_string().contains("cannot be read"));
}
