//! What cannot be candles is refused, and the reason is the right one.

use super::*;

#[test]
fn files_that_are_no_candles_say_why() {
    for (bytes, words) in [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("[]", "empty list"),
        ("{}", "no list of bars"),
        ("timestamp,open,high,low,close,volume\n", "no rows"),
        ("<!DOCTYPE html><html>", "is a web page"),
        ("<?xml version=\"1.0\"?>", "is XML"),
        ("{\"code\":-1121,\"msg\":\"Invalid symbol.\"}", "'Invalid symbol.'"),
        ("{\"retCode\":10001,\"retMsg\":\"params error\",\"result\":{}}", "'params error'"),
        ("{\"error\":[\"EQuery:Unknown asset pair\"]}", "Unknown asset pair"),
        ("[\"error\",10020,\"symbol: invalid\"]", "symbol: invalid"),
        ("{\"message\":\"NotFound\"}", "'NotFound'"),
        ("[[1502928000000,1,2", "not whole as JSON"),
        ("[[1502928000000,1,2,3,4,5,6,7,8,9]]", "rows of 10 values"),
        ("hello world", "begins with 'hello world'"),
        ("x,y,z\n1,2,3\n", "no column of time, open, high, low, close"),
        ("open,high,low,close,volume\n1,2,0.5,1,3\n", "no column of time (it has"),
        ("1,2,0.5,1,3\n1,2,0.5,1,3\n", "no column of time"),
        ("timestamp,open,high,low,volume\n1502928000,1,2,0.5,1\n", "no column of close"),
        ("timestamp,open,open,high,low,close,volume\n", "2 columns named open"),
        ("time,bid_open,bid_high,ask_open,ask_high\n", "quotes (bid and ask), not trades"),
        ("20150427 00:00,219,220,218,219,5,219,220,218,219,5\n", "quotes (bid and ask), not trades"),
        ("id,price,qty,time,side\n", "single trades, not bars"),
        ("1502928000000,4261.48,0.5\n1502928000100,4261.49,0.1\n", "rows of 3 values"),
        ("1502928000000,1,2,3,4,5,6,7,8\n", "rows of 9 values"),
        ("timestamp;open;high;low;close;volume\n1502928000;1,5;2;1;1,5;3\n", "1 bar, which does not tell"),
        ("timestamp\topen\thigh\tlow\tclose\tvolume\n", "no rows"),
        ("FEA1....", "Feather file of version 1"),
        ("PK\u{3}\u{4}....", "cannot be unpacked"),
    ] {
        refused("file", bytes, words);
    }
    refused("file", b"\xff\xfet\0i\0", "begins with 'ti'");
    refused("file", b"timestamp,open\xff,high,low,close\n", "no column of open");
    refused("file", "timestamp,open,high,low,close\n1,\0,2,3,4\n", "NUL");
    refused("file", b"\x1f\x8b\x08\0garbage", "cannot be decompressed");
    refused("file", b"\x28\xb5\x2f\xfdgarbage", "cannot be decompressed");
    refused("file", b"PAR1garbagePAR1", "file");
    refused("file", b"ARROW1\0\0garbage", "file");
}

#[test]
fn a_table_that_is_none_of_bars_is_what_its_name_says() {
    let rates = "calc_time,funding_interval_hours,last_funding_rate\n1709251200000,8,0.0001\n";
    for (name, bytes) in [
        ("BTCUSDT-fundingRate-2024-03.csv", rates),
        (
            "BTC_USDT_USDT-1h-funding_rate.json",
            "[[1709251200000,0.0001,0,0,0,0],[1709280000000,0.0002,0,0,0,0],[1709308800000,0.0001,0,0,0,0]]",
        ),
    ] {
        let error = refused(name, bytes, "holds funding rates, not trades");
        assert!(error.remedy.contains("data fetch --funding"), "{error}");
    }
    refused("rates.csv", rates, "no column of open");
}

#[test]
fn bars_that_are_in_no_order_are_refused_and_one_wrong_bar_is_named() {
    let rows = |row: &str| {
        format!(
            "timestamp,open,high,low,close,volume\n2024-03-01,10,12,9,11,5\n2024-03-02,10,12,9,11,5\n{row}\n2024-03-04,10,12,9,11,5\n"
        )
    };
    assert_eq!(refused("file", rows("2024-03-03,10,8,9,11,5"), "high 8 is below low 9").row, Some(4));
    let swapped = "timestamp,high,open,close,low,volume\n2024-03-01,10,12,9,11,5\n2024-03-02,10,12,9,11,5\n2024-03-03,10,12,9,11,5\n";
    refused("file", swapped, "in no order that bars have");
}

#[test]
fn symbol_and_interval_are_asked_for_where_nothing_tells_them() {
    let nameless = |bytes: &[u8]| read_bytes(bytes.to_vec(), "candles.csv", &options()).unwrap_err().to_string();
    let error = nameless(&miniature("nautilus.csv"));
    assert!(error.contains("which symbol") && error.contains("--symbol BTCUSDT"), "{error}");
    let two = "timestamp,open,high,low,close,volume\n2024-03-01,1,2,0.5,1,3\n2024-03-02,1,2,0.5,1,3\n";
    let error = refused("candles.csv", two, "2 bars, 1d apart").to_string();
    assert!(error.contains("--interval 1h"), "{error}");
    refused("candles.csv", &two[..two.len() - 23], "1 bar, which does not tell");
    assert_eq!(one("BTCUSD-1d.csv", two).interval.to_string(), "1d");
    let seconds = "1502928000,1,2,0.5,1,3\n1502928001,1,2,0.5,1,3\n1502928002,1,2,0.5,1,3\n";
    refused("candles.csv", seconds, "shortest interval is 1m");
}

#[test]
fn an_interval_that_contradicts_the_bars_is_refused() {
    let hourly = miniature("nautilus.csv");
    let read = |interval: &str| {
        let stated = ImportOptions { symbol: Some("BTCUSD".into()), interval: interval.parse().ok(), ..options() };
        read_bytes(hourly.clone(), "x.csv", &stated).map(|found| found[0].interval.to_string())
    };
    assert_eq!(read("1h").unwrap(), "1h");
    for wrong in ["1d", "15m", "7m"] {
        assert!(read(wrong).unwrap_err().to_string().contains(&format!("bars of 1h, not of {wrong}")));
    }
}

#[test]
fn a_file_of_several_symbols_is_refused() {
    let csv = "date,symbol,open,high,low,close\n2024-03-01,BTC,1,2,0.5,1\n2024-03-01,ETH,1,2,0.5,1\n";
    assert_eq!(refused("file", csv, "2 assets by its column 'symbol': 'BTC' (1 rows), 'ETH' (1 rows)").row, None);
    let json = "{\"result\":{\"A\":[[1502928000,1,1,1,1,1]],\"B\":[[1502928000,1,1,1,1,1]]}}";
    refused("file", json, "several lists of bars: result.A, result.B");
}

#[test]
fn dates_that_may_be_read_in_two_ways_are_refused() {
    let csv = "Date,Open,High,Low,Close\n01/02/2024,1,2,0.5,1\n02/02/2024,1,2,0.5,1\n";
    refused("file", csv, "no row tells whether the order is dmy or mdy");
}

#[test]
fn a_bomb_is_refused_at_the_cap_in_every_wrapping() {
    let text = format!("date,open,high,low,close,volume\n{}", "2024-03-01,1,1,1,1,1\n".repeat(100_000));
    let capped = |bytes: Vec<u8>, cap: u64| {
        let stated = ImportOptions { symbol: Some("A".into()), max_unpacked: Some(cap), ..options() };
        read_bytes(bytes, "file", &stated)
    };
    let zst = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, text.as_bytes()).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for part in 0..3 {
        zip.start_file(format!("{part}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &text.as_bytes()[..700_004]).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    for bytes in [zst, gz.finish().unwrap(), zip, text.into_bytes()] {
        let error = capped(bytes.clone(), 1 << 20).unwrap_err();
        assert!(error.what.contains("more than 1 MiB") && error.remedy.contains("--max-unpacked"), "{error}");
        assert!(capped(bytes, 4 << 20).is_err_and(|error| !error.what.contains("MiB")), "one bar tells no interval");
    }
}
