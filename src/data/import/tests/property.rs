//! A random table of candles, written in a random layout, imports to the same bars or is refused, and never to others.
//! This is the test that finds the next kind of fault.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::*;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::test_runner::TestCaseError;

use super::*;

/// Random numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Candles of a plausible market: decimals, so that every container holds them exactly.
fn candles(dice: &mut Dice) -> (Candles, Millis) {
    let step = *dice.pick(&[60_000, 300_000, 900_000, HOUR, 4 * HOUR, DAY, DAY]);
    let count = 8 + dice.below(60);
    // From 1995 to 2026.
    let first = (788_918_400_000 + Millis::try_from(dice.below(11_000)).unwrap() * DAY) / DAY * DAY;
    let tick = *dice.pick(&[0.01, 0.0001, 1.0, 0.5]);
    let base = *dice.pick(&[120.0, 61_000.0, 1.25, 0.75]);
    let ticks = (base / tick) as i64;
    let mut price = ticks.max(200);
    let value = |ticks: i64| format!("{:.4}", ticks as f64 * tick).parse::<f64>().unwrap();
    let mut all = Candles::default();
    for bar in 0..count {
        let spread = (price / 50).max(4);
        let move_by =
            |dice: &mut Dice| i64::try_from(dice.below(usize::try_from(spread).unwrap())).unwrap() - spread / 2;
        let open = price;
        let close = (price + move_by(dice)).max(100);
        let high = open.max(close) + move_by(dice).abs();
        let low = (open.min(close) - move_by(dice).abs()).max(50);
        let mut time = first + Millis::try_from(bar).unwrap() * step;
        // Gaps are no fault.
        if bar > count / 2 && dice.0.is_multiple_of(5) {
            time += step;
        }
        if all.time.last().is_some_and(|last| *last >= time) {
            time = all.time.last().unwrap() + step;
        }
        all.time.push(time);
        all.open.push(value(open));
        all.high.push(value(high));
        all.low.push(value(low));
        all.close.push(value(close));
        all.volume.push(dice.below(1_000_000) as f64 / 8.0);
        price = close;
    }
    (all, step)
}

/// How a table is written.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
struct Writing {
    container: usize,
    wrapping: usize,
    separator: char,
    comma: bool,
    grouped: bool,
    quoted: bool,
    has_header: bool,
    names: usize,
    times: usize,
    order: Vec<usize>,
    is_descending: bool,
    has_turnover: bool,
    /// In thousands.
    is_coarse: bool,
    /// Columns of words: one asset in all rows, and days of the week.
    has_words: bool,
    has_end: bool,
    has_clock_column: bool,
    extra: bool,
}

const NAMES: [[&str; 7]; 10] = [
    ["timestamp", "open", "high", "low", "close", "volume", "quote_volume"],
    ["Date", "Open", "High", "Low", "Close", "Volume", "Turnover"],
    ["t", "o", "h", "l", "c", "v", "q"],
    ["open_time", "open_price", "high_price", "low_price", "close_price", "base_volume", "quote_volume"],
    ["startedAt", "open", "high", "low", "close", "baseTokenVolume", "usdVolume"],
    ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>", "<VALUE>"],
    ["time", "Open", "Max", "Min", "Last", "Vol.", "Value"],
    ["Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke", "Umsatz value"],
    ["日期", "开盘", "最高", "最低", "收盘", "成交量", "成交额"],
    ["period_start", "price_open", "price_high", "price_low", "price_close", "volume_traded", "turnover"],
];

fn writing(dice: &mut Dice) -> Writing {
    let container = dice.below(9);
    let separator = *dice.pick(&[',', ',', ';', '\t', '|']);
    let comma = separator != ',' && dice.one_in(3);
    let has_header = container != 0 || !dice.one_in(4);
    let mut order: Vec<usize> = (0..6).collect();
    if has_header && dice.one_in(2) {
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
    } else if !has_header && dice.one_in(3) {
        order = dice.pick(&[vec![0, 1, 4, 2, 3, 5], vec![0, 3, 2, 1, 4, 5], vec![0, 2, 3, 1, 4, 5]]).clone();
    }
    Writing {
        container,
        wrapping: dice.below(5),
        separator,
        comma,
        grouped: dice.one_in(5),
        quoted: dice.one_in(4),
        has_header,
        names: dice.below(NAMES.len()),
        times: dice.below(22),
        order,
        is_descending: dice.one_in(3),
        has_turnover: dice.one_in(3),
        is_coarse: dice.one_in(4),
        has_words: dice.one_in(4),
        has_end: dice.one_in(6),
        has_clock_column: dice.one_in(6),
        extra: dice.one_in(4),
    }
}

/// A time in one of the forms; `None` where the form cannot hold it.
fn time(form: usize, at: Millis, step: Millis) -> String {
    let civil = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(at).unwrap());
    let text = |format: &str| civil.strftime(format).to_string();
    match form {
        0 => at.to_string(),
        1 => (at / 1_000).to_string(),
        2 => (at * 1_000).to_string(),
        3 => (at * 1_000_000).to_string(),
        4 => text("%Y-%m-%dT%H:%M:%SZ"),
        5 => text("%Y-%m-%d %H:%M:%S"),
        6 if step == DAY => text("%Y-%m-%d"),
        7 => text("%d.%m.%Y %H:%M"),
        8 => text("%m/%d/%Y %H:%M"),
        9 => text("%d-%b-%Y %H:%M:%S"),
        10 => text("%b %d, %Y %I:%M %p"),
        11 => text("%Y%m%d %H%M%S"),
        12 => text("%Y.%m.%d %H:%M"),
        13 => format!(
            "{}+02:00",
            TimeZone::fixed(jiff::tz::offset(2))
                .to_datetime(Timestamp::from_millisecond(at).unwrap())
                .strftime("%Y-%m-%dT%H:%M:%S")
        ),
        14 if step == DAY => text("%d-%b-%y"),
        15 if step == DAY => text("%Y%m%d"),
        16 if step == DAY => text("%d/%m/%y"),
        17 => format!("{}.0", at / 1_000),
        18 => text("%a %b %d %H:%M:%S %Y"),
        19 => text("%Y-%m-%d_%H-%M-%S"),
        20 => format!("{:.9}", at as f64 / DAY as f64 + 25_569.0),
        21 => format!(
            "{} +0800 CST",
            TimeZone::UTC
                .to_datetime(Timestamp::from_millisecond(at + 8 * HOUR).unwrap())
                .strftime("%Y-%m-%d %H:%M:%S")
        ),
        _ => text("%Y-%m-%dT%H:%M:%S.000Z"),
    }
}

fn number(value: f64, writing: &Writing) -> String {
    let plain = value.to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (group, mark) = if writing.comma { ('.', ',') } else { (',', '.') };
    let may_group = writing.grouped && (writing.separator != ',' || writing.quoted);
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if may_group && at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(group);
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { grouped } else { format!("{grouped}{mark}{fraction}") }
}

struct WrittenTable {
    names: Vec<String>,
    /// Texts of the cells; times first of each kind.
    cells: Vec<Vec<String>>,
    /// Whether a cell is a number in JSON.
    is_number: Vec<bool>,
}

fn rows(candles: &Candles, step: Millis, writing: &Writing) -> WrittenTable {
    let names = NAMES[writing.names];
    let is_text = matches!(writing.container, 0 | 1);
    let value = |value: f64| if is_text { number(value, writing) } else { value.to_string() };
    let form = time(writing.times, candles.time[0], step);
    let is_numeric = form.parse::<f64>().is_ok();
    let mut columns: Vec<(String, Vec<String>, bool)> = Vec::new();
    for at in &writing.order {
        let column: Vec<String> = match at {
            0 => candles.time.iter().map(|at| time(writing.times, *at, step)).collect(),
            at => {
                let column = [&candles.open, &candles.high, &candles.low, &candles.close, &candles.volume][at - 1];
                column.iter().map(|number| value(*number)).collect()
            }
        };
        columns.push((names[*at].to_owned(), column, *at > 0 || is_numeric));
    }
    if writing.has_turnover && writing.has_header {
        let unit = if writing.is_coarse { 1_000.0 } else { 1.0 };
        let turnover: Vec<String> =
            candles.volume.iter().zip(&candles.close).map(|(volume, close)| value(volume * close / unit)).collect();
        columns.push((names[6].to_owned(), turnover, true));
    }
    if writing.has_end && writing.has_header {
        let ends = candles.time.iter().map(|at| time(writing.times, at + step, step)).collect();
        columns.push(("close_time".to_owned(), ends, is_numeric));
    }
    if writing.extra && writing.has_header {
        columns.push(("trades".to_owned(), (0..candles.len()).map(|at| (at * 7 % 90).to_string()).collect(), true));
        columns.push(("remark".to_owned(), (0..candles.len()).map(|_| "fine".to_owned()).collect(), false));
    }
    if writing.has_words && writing.has_header {
        let days = ["MON", "TUE", "WED"];
        columns.push(("symbol".to_owned(), (0..candles.len()).map(|_| "TESTUSD".to_owned()).collect(), false));
        columns.push(("weekday".to_owned(), (0..candles.len()).map(|at| days[at % 3].to_owned()).collect(), false));
    }
    if writing.has_clock_column && writing.has_header && is_text && step < DAY {
        let civil = |at: &Millis, format: &str| {
            TimeZone::UTC.to_datetime(Timestamp::from_millisecond(*at).unwrap()).strftime(format).to_string()
        };
        let place = writing.order.iter().position(|at| *at == 0).unwrap();
        columns[place] = ("date".to_owned(), candles.time.iter().map(|at| civil(at, "%Y%m%d")).collect(), true);
        let clocks = candles.time.iter().map(|at| civil(at, if writing.extra { "%H%M%S" } else { "%H:%M" })).collect();
        columns.insert(place + 1, ("time".to_owned(), clocks, false));
        columns.retain(|(name, ..)| name != "close_time");
    }
    let mut cells: Vec<Vec<String>> =
        (0..candles.len()).map(|row| columns.iter().map(|(_, column, _)| column[row].clone()).collect()).collect();
    if writing.is_descending {
        cells.reverse();
    }
    WrittenTable {
        names: columns.iter().map(|(name, ..)| name.clone()).collect(),
        cells,
        is_number: columns.iter().map(|(.., is_number)| *is_number).collect(),
    }
}

/// The bytes of a file.
fn bytes(rows: &WrittenTable, writing: &Writing) -> Vec<u8> {
    let json = |row: &[String], as_text: bool| -> Vec<String> {
        row.iter()
            .zip(&rows.is_number)
            .map(|(cell, is_number)| if *is_number && !as_text { cell.clone() } else { format!("{cell:?}") })
            .collect()
    };
    let mut out = String::new();
    match writing.container {
        0 | 1 => {
            let quote = |cell: &String| {
                let must = cell.contains(writing.separator);
                if writing.quoted || must { format!("\"{cell}\"") } else { cell.clone() }
            };
            let line =
                |cells: &[String]| cells.iter().map(quote).collect::<Vec<_>>().join(&writing.separator.to_string());
            if writing.has_header {
                writeln!(out, "{}", line(&rows.names)).unwrap();
            }
            for row in &rows.cells {
                writeln!(out, "{}", line(row)).unwrap();
            }
        }
        2 => {
            let list: Vec<String> =
                rows.cells.iter().map(|row| format!("[{}]", json(row, writing.quoted).join(","))).collect();
            let names: Vec<String> = rows.names.iter().map(|name| format!("{name:?}")).collect();
            write!(out, "{{\"columns\":[{}],\"data\":[{}]}}", names.join(","), list.join(",")).unwrap();
        }
        3..=5 => {
            let object = |row: &Vec<String>| {
                let members: Vec<String> = rows
                    .names
                    .iter()
                    .zip(json(row, writing.quoted))
                    .map(|(name, cell)| format!("{name:?}:{cell}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            };
            let list: Vec<String> = rows.cells.iter().map(object).collect();
            match writing.container {
                3 => write!(out, "[{}]", list.join(",")).unwrap(),
                4 => out = list.join("\n"),
                _ => write!(out, "{{\"code\":0,\"result\":{{\"list\":[{}]}}}}", list.join(",")).unwrap(),
            }
        }
        6 => {
            let column = |at: usize| {
                let cells: Vec<String> = rows.cells.iter().map(|row| json(row, writing.quoted)[at].clone()).collect();
                format!("{:?}:[{}]", rows.names[at], cells.join(","))
            };
            let all: Vec<String> = (0..rows.names.len()).map(column).collect();
            write!(out, "{{{}}}", all.join(",")).unwrap();
        }
        _ => return frame(rows, writing),
    }
    out.into_bytes()
}

fn frame(rows: &WrittenTable, writing: &Writing) -> Vec<u8> {
    let columns: Vec<Column> = rows
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells: Vec<&str> = rows.cells.iter().map(|row| row[at].as_str()).collect();
            let ints: Option<Vec<i64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
            let floats: Option<Vec<f64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
            let name: PlSmallStr = name.as_str().into();
            match (rows.is_number[at], ints, floats) {
                (true, Some(ints), _) => Series::new(name, ints).into(),
                (true, None, Some(floats)) => Series::new(name, floats).into(),
                _ => Series::new(name, cells).into(),
            }
        })
        .collect();
    let mut frame = DataFrame::new(rows.cells.len(), columns).unwrap();
    let mut out = Cursor::new(Vec::new());
    if writing.container == 7 {
        ParquetWriter::new(&mut out).set_parallel(false).finish(&mut frame).unwrap();
    } else {
        IpcWriter::new(&mut out).finish(&mut frame).unwrap();
    }
    out.into_inner()
}

fn wrapped(bytes: Vec<u8>, writing: &Writing) -> Vec<u8> {
    match writing.wrapping {
        0 => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(&bytes).unwrap();
            gz.finish().unwrap()
        }
        1 => zstd::bulk::compress(&bytes, 1).unwrap(),
        2 => {
            let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("table.txt", ::zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
            zip.finish().unwrap().into_inner()
        }
        _ => bytes,
    }
}

/// Writes the table of this seed, reads it, and compares.
fn check(seed: u64) -> Result<bool, String> {
    let dice = &mut Dice(seed);
    let (candles, step) = candles(dice);
    let writing = writing(dice);
    let rows = rows(&candles, step, &writing);
    let bytes = bytes(&rows, &writing);
    let shown = || {
        let text = String::from_utf8_lossy(&bytes);
        text.chars().take(600).collect::<String>()
    };
    let Ok(found) = read("table", wrapped(bytes.clone(), &writing)) else { return Ok(false) };
    let [found] = &found[..] else { return Err(format!("seed {seed}: {} symbols", found.len())) };
    if found.candles == candles && found.interval.millis() == step {
        return Ok(true);
    }
    let differs = found.candles.time.iter().zip(&candles.time).position(|(a, b)| a != b);
    Err(format!(
        "seed {seed}: other bars ({} for {}, interval {} for {step} ms, times from row {differs:?})\n{:?}\nfirst {:?}\nwanted {:?}\n{writing:?}\n{}",
        found.candles.len(),
        candles.len(),
        found.interval,
        found.report.decisions,
        found.candles.slice(0..2),
        candles.slice(0..2),
        shown()
    ))
}

#[test]
fn a_table_in_any_layout_is_imported_as_it_is_or_refused() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    let refused = std::cell::Cell::new(0u32);
    proptest!(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }, |(seed in any::<u64>())| {
        match check(seed) {
            Ok(is_read) => refused.set(refused.get() + u32::from(!is_read)),
            Err(what) => return Err(TestCaseError::fail(what)),
        }
    });
    // What may be read either way must be refused, and no more.
    assert!(refused.get() * 4 < cases, "{} of {cases} refused", refused.get());
}
