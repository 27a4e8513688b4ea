//! One miniature of each format: all hold the same bars, and so all must give the same candles.

use std::io::{Cursor, Write};

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use polars::prelude::*;

use super::*;

/// File, family, symbol in it or in its name.
const HOURLY: [(&str, &str, Option<&str>); 23] = [
    ("BTCUSDT-1h-2024-03.csv", "Binance klines", Some("BTCUSDT")),
    ("BTCUSDT-1h-header.csv", "Binance klines", Some("BTCUSDT")),
    ("BTCUSDT-1h-micros.csv", "Binance klines", Some("BTCUSDT")),
    ("binance_rest.json", "Binance REST", None),
    ("XBTUSD_60.csv", "Kraken OHLCVT", Some("XBTUSD")),
    ("kraken_rest.json", "Kraken REST", Some("XXBTZUSD")),
    ("coinbase_rest.json", "JSON objects", None),
    ("coinbase_exchange.json", "JSON rows", None),
    ("bybit_rest.json", "Bybit REST", Some("BTCUSDT")),
    ("okx_rest.json", "OKX REST", None),
    ("okx_swap.json", "OKX REST", None),
    ("kucoin_rest.json", "KuCoin REST", None),
    ("BTC_USDT-1h.json", "JSON rows", Some("BTCUSDT")),
    ("bitfinex_ochl.csv", "rows without header", None),
    ("bitfinex_ochl.json", "JSON rows", None),
    ("Binance_BTCUSDT_1h.csv", "CryptoDataDownload", Some("BTCUSDT")),
    ("cdd_mixed_units.csv", "CryptoDataDownload", Some("BTCUSDT")),
    ("BINANCE_BTCUSDT, 60.csv", "table with header", Some("BTCUSDT")),
    ("lean_hour.csv", "LEAN trades", None),
    ("pandas_zone.csv", "table with header", None),
    ("nautilus.csv", "table with header", None),
    ("date_and_time.csv", "table with header", None),
    ("slashes.csv", "table with header", None),
];
const DAILY: [(&str, &str, Option<&str>); 4] = [
    ("BTC-USD.csv", "Yahoo Finance", Some("BTCUSD")),
    ("yfinance.csv", "Yahoo Finance", Some("BTCUSD")),
    ("Bitcoin Historical Data.csv", "Investing.com", None),
    ("backtestingpy.csv", "table with header", None),
];

#[test]
fn every_format_gives_the_same_candles() {
    let files = HOURLY.iter().map(|file| (file, "1h", HOUR)).chain(DAILY.iter().map(|file| (file, "1d", DAY)));
    for (&(name, format, symbol), interval, step) in files {
        // Its hours lie on days of which the number tells that it is no month.
        let first = if name == "slashes.csv" { FIRST + 27 * DAY } else { FIRST };
        let stated = ImportOptions { symbol: symbol.is_none().then(|| "BTCUSDT".into()), ..options() };
        let found = read_bytes(miniature(name), name, &stated).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].candles, six(first, step), "{name}");
        assert_eq!(found[0].interval.to_string(), interval, "{name}");
        assert_eq!(found[0].report.format, format, "{name}");
        assert_eq!(found[0].symbol, symbol.unwrap_or("BTCUSDT"), "{name}");
    }
}

#[test]
fn every_miniature_is_tried() {
    let tried = HOURLY.iter().chain(&DAILY).map(|(name, ..)| *name);
    let mut tried: Vec<String> = tried.chain(["README.md"]).map(str::to_owned).collect();
    let names = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<String> = names.collect();
    tried.sort();
    there.sort();
    assert_eq!(tried, there);
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn wrappings_are_told_by_content_whatever_the_name() {
    let csv = miniature("BTCUSDT-1h-2024-03.csv");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&csv).unwrap();
    let gz = gz.finish().unwrap();
    let zst = zstd::bulk::compress(&csv, 1).unwrap();
    let zip = zipped(&[("__MACOSX/._BTCUSDT-1h.csv", b"litter"), ("BTCUSDT-1h-2024-03.csv", &csv)]);
    let both = zipped(&[("BTCUSDT-1h-2024-03.csv.gz", &gz)]);
    for bytes in [gz, zst, zip, both] {
        assert_eq!(one("download", bytes).candles, six(FIRST, HOUR));
    }
}

#[test]
fn a_zip_of_many_days_is_one_asset_and_one_of_many_assets_is_many() {
    let csv = String::from_utf8(miniature("BTCUSDT-1h-2024-03.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    let [early, late] = [lines[..3].join("\n"), lines[3..].join("\n")];
    let zip = zipped(&[("BTCUSDT-1h-b.csv", late.as_bytes()), ("BTCUSDT-1h-a.csv", early.as_bytes())]);
    assert_eq!(read_bytes(zip, "x.zip", &options()).unwrap()[0].candles, six(FIRST, HOUR));
    let zip = zipped(&[("BTCUSDT-1h.csv", csv.as_bytes()), ("ETHUSDT-1h.csv", csv.as_bytes())]);
    let found = read_bytes(zip, "x.zip", &options()).unwrap();
    assert_eq!([&*found[0].symbol, &*found[1].symbol], ["BTCUSDT", "ETHUSDT"]);
}

#[test]
fn minutes_of_lean_take_their_day_from_the_files_name() {
    let csv = "0,100,102,99,101,5\n60000,101,103,100,102,6\n120000,102,104,101,103,7\n";
    let zip = zipped(&[("20240301_btcusd_minute_trade.csv", csv.as_bytes())]);
    let found = read_bytes(zip, "20240301_trade.zip", &options()).unwrap();
    assert_eq!(found[0].candles.time, [FIRST, FIRST + 60_000, FIRST + 120_000]);
    assert_eq!((&*found[0].symbol, &*found[0].interval.to_string()), ("BTCUSD", "1m"));
}

fn frame() -> DataFrame {
    let bars = six(FIRST, HOUR);
    let time = Series::new("date".into(), &bars.time);
    let time = time.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))).unwrap();
    let column = |name: &str, values: &[f64]| Column::from(Series::new(name.into(), values));
    let columns = vec![
        Column::from(time),
        column("open", &bars.open),
        column("high", &bars.high),
        column("low", &bars.low),
        column("close", &bars.close),
        column("volume", &bars.volume),
    ];
    DataFrame::new(6, columns).unwrap()
}

#[test]
fn feather_of_freqtrade_and_parquet_are_read() {
    let mut feather = Cursor::new(Vec::new());
    IpcWriter::new(&mut feather).with_compression(Some(IpcCompression::LZ4)).finish(&mut frame()).unwrap();
    let mut parquet = Vec::new();
    ParquetWriter::new(&mut parquet).set_parallel(false).finish(&mut frame()).unwrap();
    for (bytes, format) in [(feather.into_inner(), "Feather"), (parquet, "Parquet")] {
        let found = one("BTC_USDT-1h.bin", bytes);
        assert_eq!((found.candles, found.report.format), (six(FIRST, HOUR), format));
    }
}

#[test]
fn month_ends_and_weekdays_are_calendars_and_not_faults() {
    let months = ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"];
    let csv = |days: &[&str]| {
        let rows: Vec<String> = days.iter().map(|day| format!("{day},10,12,9,11,5")).collect();
        format!(",Open,High,Low,Close,Volume\n{}\n", rows.join("\n"))
    };
    let found = one("btc.csv", csv(&months));
    assert_eq!((found.interval.to_string(), found.report.missing), ("1mo".into(), 0));
    assert_eq!(one("btc.csv", csv(&[&months[..2], &months[3..]].concat())).interval.to_string(), "1mo");
    let week = ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"];
    let found = one("goog.csv", csv(&week));
    assert_eq!((found.interval.to_string(), found.report.missing, found.candles.len()), ("1d".into(), 2, 7));
}

#[test]
fn what_was_found_and_changed_is_reported() {
    let report = one("x", miniature("BTC-USD.csv")).report;
    assert_eq!((report.rows, report.distinct, report.nulls), (7, 6, 1));
    let report = one("x", miniature("kraken_rest.json")).report;
    assert_eq!((report.distinct, report.unfinished), (7, 1));
    let report = one("x", miniature("bitfinex_ochl.csv")).report;
    assert_eq!(report.changes(), ["columns are in the order open, close, high, low"]);
    let report = one("x", miniature("Binance_BTCUSDT_1h.csv")).report;
    let named = "says that it is of BTCUSDT, and yet taken as TESTUSD";
    assert_eq!(report.changes(), ["newest first, turned round", named]);
}
