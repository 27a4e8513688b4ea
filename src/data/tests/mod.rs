//! The promises about candle files, each tried on a small file made by hand.

#![expect(clippy::format_collect, reason = "tests may be slow and short")]

mod catalog;
mod csv;
mod file;
mod frame;
mod parquet;
mod range;

mod shared;
mod validate;

use std::fs;
use std::path::PathBuf;

use super::*;
pub(super) use crate::sim::DAY;
use crate::sim::{Interval, Millis, TimeRange};

/// 2027-01-15: the present moment of these tests.
pub(super) const NOW: Millis = 1_800_000_000_000;
pub(super) const ALL: TimeRange = TimeRange { from: None, to: None };
/// 2020-01-01.
pub(super) const FIRST: Millis = 1_577_836_800_000;
pub(super) const HEADER: &str = "timestamp,open,high,low,close,volume\n";

pub(super) fn daily() -> Interval {
    "1d".parse().unwrap()
}

/// A data folder of its own, gone at the end of the test.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1d")).unwrap();
        Self(folder)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("1d").join(name)
    }

    pub(super) fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    pub(super) fn catalog(&self) -> Catalog {
        Catalog::open(&self.root(), daily()).unwrap()
    }

    /// Loads the only file.
    pub(super) fn load(&self) -> Result<Loaded, DataError> {
        load(&self.catalog().entries()[0], ALL, NOW)
    }
}

/// Loads a file of these bytes.
pub(super) fn load_bytes(name: &str, bytes: impl AsRef<[u8]>) -> Result<Loaded, DataError> {
    Folder::new().with(name, bytes).load()
}

/// Loads CSV text.
pub(super) fn load_csv(text: impl AsRef<[u8]>) -> Result<Loaded, DataError> {
    load_bytes("BTC.csv", text)
}

/// Loads rows below the usual header.
pub(super) fn load_rows(rows: &str) -> Result<Loaded, DataError> {
    load_csv(format!("{HEADER}{rows}"))
}

/// Three good days.
pub(super) const ROWS: &str = "2020-01-01,10,12,9,11,100\n2020-01-02,11,13,10,12,110\n2020-01-03,12,14,11,13,120\n";

pub(super) fn assert_three_days(loaded: &Result<Loaded, DataError>) {
    let loaded = loaded.as_ref().unwrap();
    let candles = &loaded.candles;
    assert_eq!(candles.time, [FIRST, FIRST + DAY, FIRST + 2 * DAY]);
    assert_eq!(candles.open, [10.0, 11.0, 12.0]);
    assert_eq!(candles.high, [12.0, 13.0, 14.0]);
    assert_eq!(candles.low, [9.0, 10.0, 11.0]);
    assert_eq!(candles.close, [11.0, 12.0, 13.0]);
    assert_eq!(candles.volume, [100.0, 110.0, 120.0]);
    assert_eq!(loaded.warnings, []);
}

/// Asserts that loading failed with this row and these words.
pub(super) fn assert_fault(loaded: Result<Loaded, DataError>, row: Option<u64>, words: &str) {
    let error = loaded.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(words), "'{text}' does not say '{words}'");
    assert_eq!(error.row, row, "{text}");
    assert!(!error.remedy.is_empty() && error.path.file_name().is_some(), "{text}");
}
