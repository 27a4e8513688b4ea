//! Whose bars they are: columns that tell several assets apart under any name, columns that only look so, words of names.

use super::kinds::{bars, is_bars, lines};
use std::io::{Cursor, Write as _};

use super::*;

/// Two series after each other, whose times do not meet, with a column that tells them apart.
fn two(column: &str, words: [&str; 2]) -> String {
    let part = |word: &str, shift: Millis| {
        lines(HOUR, |_, t, [o, h, l, c, v]| format!("{},{o},{h},{l},{c},{v},{word}", t + shift))
    };
    format!("time,open,high,low,close,volume,{column}\n{}\n{}", part(words[0], 0), part(words[1], 12 * HOUR))
}

#[test]
fn assets_after_each_other_are_refused_by_whatever_column_names_them() {
    for (column, words) in [
        ("slug", ["bitcoin", "ethereum"]),
        ("crypto_name", ["Bitcoin", "Ethereum"]),
        ("Company", ["Apple", "Google"]),
        ("base", ["BTC", "ETH"]),
        ("Asset_ID", ["1", "6"]),
        ("instrument_token", ["256265", "260105"]),
        ("sid", ["1", "2"]),
        ("id", ["bitcoin", "ethereum"]),
        ("index_name", ["NIFTY 50", "NIFTY BANK"]),
        ("SecurityID", ["12", "13"]),
    ] {
        let text = two(column, words);
        let error = refused("file", &text, "2 assets");
        assert!(error.what.contains(column) && error.remedy.contains("--only-symbol"), "{error}");
        let only = ImportOptions { symbol: Some("A".into()), only_symbol: Some(words[0].into()), ..options() };
        assert_eq!(read_bytes(text.into_bytes(), "file", &only).unwrap()[0].candles, bars(HOUR), "{column}");
    }
    let text = two("exchange", ["binance", "kraken"]);
    let error = refused("file", &text, "'exchange'");
    assert!(error.remedy.contains("--columns symbol=NAME"), "{error}");
    let columns = [(ColumnRole::Symbol, "exchange".to_owned())].into();
    let only = ImportOptions { symbol: Some("A".into()), only_symbol: Some("binance".into()), columns, ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &only).unwrap()[0].candles, bars(HOUR));
    // Contracts that follow each other, which the user knows to be one series.
    let text = two("contract", ["ESZ24", "ESH25"]);
    refused("file", &text, "2 assets");
    let columns = [(ColumnRole::Symbol, String::new())].into();
    let stated = ImportOptions { symbol: Some("ES".into()), columns, ..options() };
    assert_eq!(read_bytes(text.into_bytes(), "file", &stated).unwrap()[0].candles.len(), 24);
}

#[test]
fn words_that_are_no_assets_keep_no_file_out() {
    for (column, words) in [
        ("weekday", &["MON", "TUE", "WED"][..]),
        ("signal", &["BUY", "SELL"]),
        ("direction", &["UP", "DOWN"]),
        ("source", &["rest", "ws"]),
        ("month_name", &["Jan"]),
        ("status", &["ok"]),
    ] {
        let row =
            |at: usize, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v},{}", words[at % words.len()]);
        is_bars(&format!("time,open,high,low,close,volume,{column}\n{}", lines(HOUR, row)), HOUR);
    }
}

#[test]
fn a_name_that_is_no_symbol_is_refused_with_the_option() {
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v}");
    let text = lines(HOUR, row).into_bytes();
    for name in ["^GSPC.csv", "BTC=F.csv"] {
        let error = read_bytes(text.clone(), name, &options()).unwrap_err();
        assert!(error.to_string().starts_with(name) && error.remedy.contains("--symbol"), "{error}");
    }
    let found = read_bytes(text, "EURUSD_Candlestick_1_Hour_BID_2024.csv", &options()).unwrap();
    assert!(found[0].report.notes.iter().any(|note| note.contains("prices are bids")), "{:?}", found[0].report.notes);
}

#[test]
fn quotes_and_columns_of_unknown_names_are_no_bars_by_their_shape() {
    let rows = |columns: &str| {
        let row = |at: usize, t, _| format!("{t},{0},{1},{2},{3}", 100 + at, 101 + at, 3 + at % 2, 4);
        format!("{columns}\n{}", lines(60_000, row))
    };
    refused("file", rows("timestamp,bid,ask,bid_size,ask_size"), "quotes (bid and ask)");
    let error = refused("file", rows("timestamp,a,b,c,d"), "no column of open");
    assert!(error.remedy.contains("--columns"));
}

#[test]
fn volumes_of_lots_and_beside_a_turnover_in_thousands_are_in_units() {
    let row =
        |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},600000.SH,{o},{h},{l},{c},{},{}", v / 100.0, v * c / 1_000.0);
    let text = format!("trade_date,ts_code,open,high,low,close,vol,amount\n{}", lines(DAY, row));
    let found = one("file", text);
    let error = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
    assert!(found.candles.volume.iter().zip(&bars(DAY).volume).all(error), "{:?}", found.candles.volume);
    let row = |_, t, [o, h, l, c, v]: [f64; 5]| format!("{t},{o},{h},{l},{c},{v},{}", v * c / 1e5);
    is_bars(&format!("time,open,high,low,close,volume,Turnover (Lacs)\n{}", lines(HOUR, row)), HOUR);
}

/// A zip with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A tar with these files.
fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn archives_within_archives_are_read_and_their_names_tell_assets() {
    let text = lines(HOUR, |_, t, [o, h, l, c, v]| format!("{t},{o},{h},{l},{c},{v}"));
    let at = text.match_indices('\n').nth(6).unwrap().0 + 1;
    let (first, second) = text.split_at(at);
    let month = |name: &str, text: &str| zipped(&[(name, text.as_bytes())]);
    let (january, february) = (month("1.csv", first), month("2.csv", second));
    let months: [(&str, &[u8]); 2] = [("BTCUSDT-1h-1.zip", &january), ("BTCUSDT-1h-2.zip", &february)];
    let one = gzipped(text.as_bytes());
    let folder: [(&str, &[u8]); 1] = [("spot/BTCUSDT/1h.csv", text.as_bytes())];
    for (name, bytes) in [
        ("all.zip", zipped(&months)),
        ("all.tar", tarred(&months)),
        ("all.tar.gz", gzipped(&tarred(&months))),
        ("all.zip.gz", gzipped(&zipped(&months))),
        ("all.tar.gz", gzipped(&tarred(&[("BTCUSDT.csv.gz", &one)]))),
        ("BTCUSDT.csv.gz", gzipped(&one)),
        ("all.zip", zipped(&[("inner.tar.gz", &gzipped(&tarred(&[("BTCUSDT.csv", text.as_bytes())])))])),
        ("all.zip", zipped(&folder)),
        ("all.tar", tarred(&folder)),
    ] {
        let found = read_bytes(bytes, name, &options()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let [only] = &found[..] else { panic!("{name}: {} assets", found.len()) };
        assert_eq!((only.symbol.as_str(), &only.candles), ("BTCUSDT", &bars(HOUR)), "{name}");
    }
}

#[test]
fn what_is_no_archive_of_candles_within_one_is_named_and_left_out() {
    let text = lines(HOUR, |_, t, [o, h, l, c, v]| format!("{t},{o},{h},{l},{c},{v}"));
    let sheet = zipped(&[("[Content_Types].xml", b"<Types/>")]);
    let bytes = zipped(&[("BTCUSDT.csv", text.as_bytes()), ("notes.xlsx", &sheet), ("broken.zip", b"PK\x03\x04..")]);
    let found = read_bytes(bytes, "all.zip", &options()).unwrap();
    assert_eq!(found[0].candles, bars(HOUR));
    let notes = found[0].report.notes.join("; ");
    assert!(
        notes.contains("notes.xlsx left out: it is a workbook") && notes.contains("broken.zip left out"),
        "{notes}"
    );
    let mut deep = text.into_bytes();
    for _ in 0..6 {
        deep = zipped(&[("inner.zip", &deep)]);
    }
    let error = read_bytes(deep, "all.zip", &options()).unwrap_err();
    assert!(error.to_string().contains("too many archives"), "{error}");
    // All files of an archive have one cap, however they are packed.
    let zeros = zipped(&[("a.zip", &zipped(&[("a.csv", &vec![b'0'; 1 << 20])]))]);
    let small = ImportOptions { max_unpacked: Some(1 << 16), ..options() };
    let error = read_bytes(zeros, "all.zip", &small).unwrap_err();
    assert!(error.remedy.contains("--max-unpacked"), "{error}");
}
