//! Binance's archive: whole months, verified, then days; milliseconds and microseconds.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::fakes::{Desk, HOUR, LAST, bar, binance, hours};
use super::web_server::{Answer, WebServer};
use crate::exchange::archive::{parse_klines, sha256};
use crate::exchange::{FetchError, Pair};
use crate::sim::Millis;

const DAY: Millis = 24 * HOUR;
/// 2024-04-01
const APRIL: Millis = 1_711_929_600_000;
/// 2024-05-01
const MAY: Millis = APRIL + 30 * DAY;

fn text(times: &[Millis], unit: i64) -> String {
    let row = |time: &Millis| {
        let [open, high, low, close, volume] = bar(*time);
        let end = (time + HOUR) * unit - 1;
        format!("{},{open},{high},{low},{close},{volume},{end},1.0,308,1.0,28.4,0\n", time * unit)
    };
    times.iter().map(row).collect()
}

fn zipped(text: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("BTCUSDT-1h.csv", SimpleFileOptions::default()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// The file of a path, of a market that opened at noon of April 10 and whose May is not yet a month.
fn content(path: &str) -> Option<Vec<u8>> {
    let name = path.strip_suffix(".CHECKSUM").unwrap_or(path);
    let birth = APRIL + 9 * DAY + 12 * HOUR;
    let times = if name == "/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-04.zip" {
        hours(birth..MAY)
    } else {
        let day = name.strip_prefix("/data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-05-")?;
        let day: i64 = day.strip_suffix(".zip")?.parse().ok()?;
        hours(MAY + (day - 1) * DAY..MAY + day * DAY)
    };
    // Microseconds in some, as since 2025.
    Some(zipped(&text(&times, if name.contains("daily") { 1_000 } else { 1 })))
}

fn archive(path: &str) -> Answer {
    match content(path) {
        _ if path.starts_with("/api") => binance(path, 0),
        None => Answer::status(404, "<Error><Code>NoSuchKey</Code></Error>"),
        Some(bytes) if path.ends_with(".CHECKSUM") => {
            Answer::json(format!("{}  {}\n", sha256(&bytes), path.rsplit('/').next().unwrap_or_default()))
        }
        Some(bytes) => Answer::bytes(bytes),
    }
}

#[test]
fn months_and_then_days_are_taken_from_the_first_month_on() {
    let (desk, server) = (Desk::at("binance", "1h").of_archive(), WebServer::start(|path, _| archive(path)));
    let (fetched, result) = desk.fetch(&server);
    result.unwrap();
    let stored = desk.stored("BTCUSDT");
    assert_eq!(stored.time, hours(APRIL + 9 * DAY + 12 * HOUR..LAST + 1));
    assert_eq!(fetched.bars, stored.len() as u64);
    assert!([0, 300, 700].into_iter().all(|at| stored.close[at].to_bits() == bar(stored.time[at])[3].to_bits()));
    let asked = server.asked();
    assert!(!asked.iter().any(|path| path.contains("2024-03-")), "no day of a month long past: {asked:?}");
    assert!(asked.contains(&"/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2017-07.zip.CHECKSUM".to_owned()));
    assert!(!asked.contains(&"/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2017-07.zip".to_owned()));
}

#[test]
fn only_months_in_which_bars_are_missing_are_taken_and_the_api_goes_on_where_they_end() {
    let server = WebServer::start(|path, _| archive(path));
    let desk = Desk::at("binance", "1h").of_archive().from(MAY).to(MAY + 20 * DAY);
    desk.fetch(&server).1.unwrap();
    let before = server.asked().len();
    let mut desk = desk;
    desk.request.range.to = Some(MAY + 22 * DAY);
    desk.fetch(&server).1.unwrap();
    let asked = server.asked();
    let zips: Vec<_> =
        asked[before..].iter().filter_map(|path| path.rsplit('/').next()?.strip_suffix(".zip")).collect();
    assert_eq!(zips, ["BTCUSDT-1h-2024-05-20", "BTCUSDT-1h-2024-05-21", "BTCUSDT-1h-2024-05-22"]);
    desk.request.from_archive = false;
    desk.request.range.to = None;
    desk.update().fetch(&server).1.unwrap();
}

#[test]
fn a_file_that_is_not_what_its_checksum_says_is_asked_for_once_more_and_never_used() {
    let spoilt = |times: usize| {
        WebServer::start(move |path, before| {
            let bytes = content(path).filter(|_| path.ends_with("04.zip") && before < times);
            bytes.map_or_else(
                || archive(path),
                |mut bytes| {
                    bytes[60] ^= 1;
                    Answer::bytes(bytes)
                },
            )
        })
    };
    let desk = Desk::at("binance", "1h").of_archive().from(APRIL).to(MAY);
    let error = desk.fetch(&spoilt(99)).1.unwrap_err();
    assert!(matches!(&error, FetchError::Damaged { .. }), "{error}");
    assert!(error.to_string().starts_with("BTCUSDT-1h-2024-04.zip is not what its CHECKSUM says"), "{error}");
    assert!(desk.stored("BTCUSDT").is_empty());
    desk.fetch(&spoilt(1)).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").len(), 492);
}

#[test]
fn what_is_in_a_file_is_checked_line_by_line() {
    let good = text(&[APRIL, APRIL + HOUR], 1);
    assert_eq!(parse_klines(&good).unwrap().time, [APRIL, APRIL + HOUR]);
    assert_eq!(parse_klines(&format!("open_time,open,high\n{good}")).unwrap().len(), 2);
    assert_eq!(parse_klines(&text(&[APRIL], 1_000)).unwrap().time, [APRIL]);
    for (text, what) in [
        (good.replacen("28.4,", "", 1), "line 1: 11 values in place of 12"),
        (text(&[APRIL + HOUR, APRIL], 1), "line 2: 2024-04-01 does not come after the line before it"),
        (good.replace(",2", ",x2"), "line 1: 'x2"),
    ] {
        let error = parse_klines(&text).unwrap_err();
        assert!(error.starts_with(what), "{error}");
    }
    assert!(crate::exchange::archive::unzip_candles(b"no zip").is_err());
}

#[test]
fn a_mirror_that_has_files_alone_is_enough() {
    let server =
        WebServer::start(|path, _| if path.starts_with("/api") { Answer::status(404, "gone") } else { archive(path) });
    let desk = Desk::at("binance", "1h").of_archive().from(APRIL).to(MAY);
    desk.fetch(&server).1.unwrap();
    assert_eq!(desk.stored("BTCUSDT").len(), 492);
    let names = ["ETH", "ETH-BTC", "btcusdt"].map(str::to_owned);
    let pairs = crate::exchange::archive::unlisted(&names, "USDT");
    let codes: Vec<_> = pairs.iter().map(|pair: &Pair| (&*pair.code, pair.symbol())).collect();
    assert_eq!(
        codes,
        [("ETHUSDT", "ETHUSDT".to_owned()), ("ETHBTC", "ETHBTC".to_owned()), ("BTCUSDT", "BTCUSDT".to_owned())]
    );
}
