//! Funding rates of perpetual contracts: `DATA_DIR/funding/SYMBOL.csv` or `.parquet`, with the columns `timestamp` and
//! `rate`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use blake3::Hasher;

use super::join::OnConflict;
use crate::catalog::inside;
use crate::date::{show_moment, show_time};
use crate::escape::{quote, shown};
use crate::files::{Durability, read_limited, replace};
use crate::read::parquet::{RateColumns, read_rates};
use crate::read::time::TimeReader;
use crate::sim::Millis;

/// The folder below the data folder.
const FOLDER: &str = "funding";
/// Rates further apart have a gap between them: no exchange pays less often than every 8 hours. Some pay a moment late.
const LONGEST_STEP: Millis = 8 * 3_600_000 + 60_000;
/// A rate a minute for 20 years.
const MOST_BYTES: u64 = 512 << 20;

/// What is wrong with funding rates: the file, the row where there is one, what is wrong, the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}. {remedy}.")]
pub struct FundingError {
    /// The file, escaped.
    path: String,
    what: String,
    remedy: &'static str,
}

/// The funding rates of one market in the order of their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FundingRates {
    path: PathBuf,
    /// When they were paid.
    pub time: Vec<Millis>,
    /// What a long position paid, as a fraction of its value.
    pub rate: Vec<f64>,
}

/// Reads the funding rates of a symbol.
///
/// # Errors
/// When there is no such file, when it cannot be read, or holds a row that is no rate.
pub fn read_funding(data_dir: &Path, symbol: &str) -> Result<FundingRates, FundingError> {
    let folder = data_dir.join(FOLDER);
    let files = ["csv", "parquet"].map(|ending| folder.join(format!("{symbol}.{ending}")));
    let error = |path: &Path, what: String, remedy| FundingError { path: shown(path), what, remedy };
    inside(data_dir, &folder).map_err(|wrong| error(&folder, wrong.to_string(), "Name another --data-dir"))?;
    let there: Vec<&PathBuf> = files.iter().filter(|path| path.is_file()).collect();
    let path = match there[..] {
        [path] => path,
        [] => {
            let remedy = "Fetch them, as in 'backtest data fetch --exchange binance --crypto BTC --funding', or pass one rate for all, as in --funding 0.01%";
            return Err(error(&files[0], format!("there are no funding rates of {}", quote(symbol)), remedy));
        }
        _ => {
            return Err(error(&files[0], "there is a .parquet file of this symbol too".to_owned(), "Keep one of them"));
        }
    };
    let rates = if path == &files[0] { read_csv(path) } else { read_rates(path) };
    let rates = rates.and_then(|(time, rate)| checked(time, rate));
    let (time, rate) = rates.map_err(|what| {
        error(
            path,
            what,
            "It needs the columns timestamp (UTC) and rate (a fraction, as 0.0001), a row for each payment",
        )
    })?;
    Ok(FundingRates { path: path.clone(), time, rate })
}

fn read_csv(path: &Path) -> Result<RateColumns, String> {
    let bytes = read_limited(path, MOST_BYTES).map_err(|error| error.to_string())?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let place = |name: &str| {
        let place = header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        place.ok_or_else(|| format!("has no column {name}"))
    };
    let places = [place("timestamp")?, place("rate")?];
    let (mut times, mut columns) = (TimeReader::default(), RateColumns::default());
    for (row, record) in reader.records().enumerate() {
        let at = |what: String| format!("line {}: {what}", row + 2);
        let record = record.map_err(|error| at(error.to_string()))?;
        let [time, rate] = places.map(|place| record.get(place).unwrap_or_default().trim());
        columns.0.push(times.text(time).map_err(at)?);
        columns.1.push(rate.parse().map_err(|_| at(format!("rate is {}, which is not a number", quote(rate))))?);
    }
    Ok(columns)
}

/// Rates in the order of time, each time once.
fn checked(time: Vec<Millis>, rate: Vec<f64>) -> Result<RateColumns, String> {
    let mut rows: Vec<(Millis, f64)> = time.into_iter().zip(rate).collect();
    if let Some((time, rate)) = rows.iter().find(|(_, rate)| rate.is_nan() || rate.abs() >= 1.0) {
        return Err(format!("the rate of {} is {rate}, which is not a fraction below 1", show_time(*time)));
    }
    rows.sort_by_key(|(time, _)| *time);
    rows.dedup_by(|one, other| one.0 == other.0 && one.1.to_bits() == other.1.to_bits());
    match rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!("there are two rates of {}", show_time(pair[0].0))),
        None => Ok(rows.into_iter().unzip()),
    }
}

impl FundingRates {
    /// Those of a range of time, in which none is missing.
    ///
    /// # Errors
    /// Where there is none for more than 8 hours.
    pub fn covering(mut self, range: &Range<Millis>) -> Result<Self, FundingError> {
        let from = self.time.partition_point(|time| *time < range.start);
        let to = self.time.partition_point(|time| *time < range.end);
        let mut before = range.start;
        for &time in self.time[from..to].iter().chain([&range.end]) {
            if time - before > LONGEST_STEP {
                let what = format!("no rate between {} and {}", show_time(before), show_time(time));
                let remedy = "Fetch what is missing, as in 'backtest data fetch --exchange binance --crypto BTC --funding', or choose --from and --to so that it is not needed";
                return Err(FundingError { path: shown(&self.path), what, remedy });
            }
            before = time;
        }
        self.time = self.time[from..to].to_vec();
        self.rate = self.rate[from..to].to_vec();
        Ok(self)
    }

    /// The sum of the rates from `open` until `end`.
    #[must_use]
    pub fn sum(&self, open: Millis, end: Millis) -> f64 {
        let from = self.time.partition_point(|time| *time < open);
        let inside = self.time[from..].iter().zip(&self.rate[from..]).take_while(|(time, _)| **time < end);
        // Not `sum`, which begins with -0.
        inside.fold(0.0, |all, (_, rate)| all + rate)
    }

    /// Names their content.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Hasher::new();
        for (time, rate) in self.time.iter().zip(&self.rate) {
            hasher.update(&time.to_le_bytes());
            hasher.update(&(rate + 0.0).to_bits().to_le_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// Stores funding rates of a symbol beside those that are there; gives how many are new, and the file.
///
/// # Errors
/// When what is there cannot be read or has another rate at the same time, or the file cannot be written.
pub fn merge_funding(
    data_dir: &Path,
    symbol: &str,
    new: &[(Millis, f64)],
    conflict: OnConflict,
) -> Result<(u64, FundingRates), FundingError> {
    let path = data_dir.join(FOLDER).join(format!("{symbol}.csv"));
    let error = |what: String, remedy| FundingError { path: shown(&path), what, remedy };
    let is_there = path.is_file() || path.with_extension("parquet").is_file();
    let mut all = if is_there {
        read_funding(data_dir, symbol)?
    } else {
        FundingRates { path: path.clone(), ..FundingRates::default() }
    };
    let mut added = 0;
    for &(time, rate) in new {
        match all.time.binary_search(&time) {
            Ok(at) if all.rate[at].to_bits() == rate.to_bits() || conflict == OnConflict::First => {}
            Ok(at) if conflict == OnConflict::Last => all.rate[at] = rate,
            Ok(at) => {
                let what = format!("the rate of {} is {} there, and {rate} now", show_time(time), all.rate[at]);
                return Err(error(what, "Pass --on-conflict first or last, or move the file away"));
            }
            Err(at) => {
                all.time.insert(at, time);
                all.rate.insert(at, rate);
                added += 1;
            }
        }
    }
    if all.path != path {
        return Err(error("there is a .parquet file of this symbol too".to_owned(), "Move one of them away"));
    }
    let mut text = String::from("timestamp,rate\n");
    for (time, rate) in all.time.iter().zip(&all.rate) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{},{rate}", show_moment(*time));
    }
    let written = std::fs::create_dir_all(data_dir.join(FOLDER))
        .and_then(|()| replace(&path, Durability::ContentAndName, |file| file.write_all(text.as_bytes())));
    written.map_err(|wrong| error(format!("cannot be written: {wrong}"), "Check the folder and the disk"))?;
    Ok((added, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;

    fn stored(text: &str) -> (tempfile::TempDir, Result<FundingRates, FundingError>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join("funding/BTCUSDT.csv"), text).unwrap();
        let read = read_funding(folder.path(), "BTCUSDT");
        (folder, read)
    }

    #[test]
    fn a_bar_pays_the_rates_from_its_open_until_its_end() {
        let text = "timestamp,rate\n2024-01-01T08:00:00Z,0.0002\n2024-01-01,0.0001\n2024-01-01T16:00:00Z,-0.0003\n";
        let (_folder, rates) = stored(text);
        let rates = rates.unwrap();
        let midnight = rates.time[0];
        assert_eq!(rates.rate, [0.0001, 0.0002, -0.0003]);
        assert_eq!(rates.sum(midnight, midnight + 24 * HOUR).to_bits(), (0.0001 + 0.0002 + -0.0003_f64).to_bits());
        assert_eq!(rates.sum(midnight, midnight + 8 * HOUR).to_bits(), 0.0001_f64.to_bits());
        assert_eq!(rates.sum(midnight + HOUR, midnight + 2 * HOUR).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_gap_in_the_range_is_named_and_one_outside_of_it_is_not() {
        let day = |day: i64| (day * 3..day * 3 + 3).map(|eighth| (eighth * 8 * HOUR, 0.0001));
        let folder = tempfile::tempdir().unwrap();
        let rates: Vec<_> = day(10).chain(day(11)).chain(day(13)).collect();
        let (added, all) = merge_funding(folder.path(), "BTCUSDT", &rates, OnConflict::Refuse).unwrap();
        assert_eq!((added, all.time.len()), (9, 9));
        let covering = |from: i64, to: i64| {
            read_funding(folder.path(), "BTCUSDT").unwrap().covering(&(from * 24 * HOUR..to * 24 * HOUR))
        };
        assert_eq!(covering(10, 12).unwrap().time.len(), 6);
        assert_eq!(covering(13, 14).unwrap().time.len(), 3);
        for (from, to, says) in [
            (9, 11, "1970-01-10 and 1970-01-11"),
            (10, 14, "1970-01-12T16:00:00Z and 1970-01-14"),
            (13, 15, "1970-01-14T16:00:00Z and 1970-01-16"),
        ] {
            let error = covering(from, to).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("data fetch --exchange binance --crypto BTC --funding"),
                "{error}"
            );
        }
    }

    #[test]
    fn rates_that_are_there_with_other_values_are_refused_unless_it_is_said_which_counts() {
        let folder = tempfile::tempdir().unwrap();
        let merge = |rate: f64, conflict| merge_funding(folder.path(), "BTCUSDT", &[(0, rate)], conflict);
        assert_eq!(merge(0.0001, OnConflict::Refuse).unwrap().0, 1);
        assert_eq!(merge(0.0001, OnConflict::Refuse).unwrap().0, 0);
        let error = merge(0.0002, OnConflict::Refuse).unwrap_err().to_string();
        assert!(error.contains("is 0.0001 there, and 0.0002 now"), "{error}");
        assert_eq!(merge(0.0002, OnConflict::First).unwrap().1.rate, [0.0001]);
        assert_eq!(merge(0.0002, OnConflict::Last).unwrap().1.rate, [0.0002]);
    }

    #[test]
    fn what_is_no_rate_is_named_with_its_line() {
        for (text, says) in [
            ("timestamp,funding\n2024-01-01,0.1\n", "has no column rate"),
            ("timestamp,rate\n2024-01-01,x\n", "line 2: rate is 'x'"),
            ("timestamp,rate\nsoon,0.1\n", "line 2: timestamp is 'soon'"),
            ("timestamp,rate\n2024-01-01,1.5\n", "which is not a fraction below 1"),
            ("timestamp,rate\n2024-01-01,0.1\n2024-01-01,0.2\n", "two rates of 2024-01-01"),
        ] {
            let error = stored(text).1.unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("BTCUSDT.csv"), "{error}");
        }
        let error = read_funding(tempfile::tempdir().unwrap().path(), "BTCUSDT").unwrap_err().to_string();
        assert!(error.contains("there are no funding rates of 'BTCUSDT'"), "{error}");
    }
}
