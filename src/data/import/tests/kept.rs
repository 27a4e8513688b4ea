//! Further columns that are kept for rules to read.

use super::kinds::{bars, lines};
use super::*;

fn table() -> String {
    let row = |at: usize, t, [o, h, l, c, v]: [f64; 5]| {
        let funding = if at == 3 { String::new() } else { format!("{}", at as f64 / 4.0) };
        format!("{t},{o},{h},{l},{c},{v},{funding},{},word{},{}", at * 10, at % 2, v * c)
    };
    format!("time,open,high,low,close,volume,funding,openInterest,note,turnover\n{}", lines(HOUR, row))
}

fn keeping(text: &str, keep: &str) -> Result<Found, DataError> {
    let keep_columns = KeepColumns::parse(keep).unwrap();
    let options = ImportOptions { symbol: Some("A".into()), keep_columns, ..options() };
    read_bytes(text.as_bytes().to_vec(), "file", &options).map(|mut found| found.swap_remove(0))
}

fn names(found: &Found) -> Vec<&str> {
    found.own.iter().map(|series| series.name.as_str()).collect()
}

#[test]
fn named_columns_are_kept_under_their_names_or_others() {
    let found = keeping(&table(), "funding,oi=openInterest").unwrap();
    assert_eq!((names(&found), &found.candles), (vec!["funding", "oi"], &bars(HOUR)));
    let funding = &found.own[0].values;
    assert!(funding[3].is_nan() && funding[5].to_bits() == 1.25_f64.to_bits());
    assert_eq!(found.own[1].values[11].to_bits(), 110.0_f64.to_bits());
    let kept: Vec<_> = found.report.columns.iter().filter(|column| column.meaning == "kept").collect();
    assert_eq!((kept[1].column.as_str(), kept[1].unit.as_str()), ("openInterest", "column(\"oi\")"));
    assert!(keeping(&table(), "7").is_ok_and(|found| names(&found) == ["7"]));
    assert!(one("file", table()).own.is_empty());
}

#[test]
fn all_columns_of_numbers_are_kept_and_no_others() {
    assert_eq!(names(&keeping(&table(), "all").unwrap()), ["funding", "openInterest", "turnover"]);
    let clash = table().replace("openInterest", "asset_id");
    let found = keeping(&clash, "all").unwrap();
    assert_eq!(names(&found), ["funding", "turnover"]);
    assert!(found.report.notes.iter().any(|note| note.starts_with("'asset_id' not kept")), "{:?}", found.report.notes);
}

#[test]
fn columns_that_cannot_be_kept_are_refused_with_what_to_write() {
    let bare = table().split_once('\n').unwrap().1.to_owned();
    for (text, keep, words) in [
        (table(), "fundin", "did you mean 'funding'?"),
        (table(), "close", "as the close of its bars"),
        (table(), "time", "as the time of its bars"),
        (table(), "note", "'word0' in its column 'note', which is not a number"),
        (table(), "symbol=funding", "--keep-columns funding=COLUMN"),
        (table().replace("funding", "Symbol"), "oi=openInterest,zz", "no column 'zz'"),
        (bare.clone(), "all", "has no names for its columns"),
        (bare, "7", "would have none"),
        (table().replace(",1.25,", ",many,"), "funding", "row 7: funding is 'many'"),
    ] {
        let error = keeping(&text, keep).unwrap_err().to_string();
        assert!(error.contains(words), "{keep}: {error}");
    }
    for (text, words) in [("a,a", "twice"), ("=x", "NAME=COLUMN"), (" , ", "say all")] {
        assert!(KeepColumns::parse(text).unwrap_err().contains(words), "{text}");
    }
}

#[test]
fn kept_columns_follow_their_rows_through_sorting_dropping_and_files_of_one_archive() {
    let mut rows: Vec<String> = table().lines().map(str::to_owned).collect();
    rows[1..].reverse();
    let first = rows.pop().unwrap();
    rows.insert(4, first);
    let live = format!("{},103.5,104,103,103.5,1,9,9,x,1", super::kinds::START + 11 * HOUR + 1_234_000);
    rows.push(live);
    let found = keeping(&rows.join("\n"), "funding,openInterest").unwrap();
    let sorted = keeping(&table(), "funding,openInterest").unwrap();
    assert_eq!(found.candles, sorted.candles);
    for (one, other) in found.own.iter().zip(&sorted.own) {
        let bits =
            |series: &crate::sim::OwnSeries| series.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(one), bits(other), "{}", one.name);
    }
    // Where a volume is refused for its row, so is its row's further cell.
    let dropped = ImportOptions {
        symbol: Some("A".into()),
        keep_columns: KeepColumns::All,
        on_bad_row: OnBadRow::Drop,
        ..options()
    };
    let broken = table().replace(",101,98.5,", ",98,101,");
    let broken = broken.replace("102.5,103,98.5", "102.5,98,103");
    let found = read_bytes(broken.into_bytes(), "file", &dropped).unwrap().swap_remove(0);
    assert_eq!((found.candles.len(), found.own[1].values.len()), (11, 11));
    assert_eq!(found.own[1].values[2].to_bits(), 30.0_f64.to_bits(), "the third row was dropped");
}
