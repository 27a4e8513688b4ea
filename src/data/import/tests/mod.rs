//! Files as exchanges and tools write them: each known, none guessed, nothing wrong let in.

mod assets;
mod cases;
mod clocks;
mod faults;
mod kept;
mod kinds;
mod miniatures;
mod mutations;
mod property;
mod refusals;
mod replies;
mod shared;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::DataError;
use crate::sim::{Candles, Millis};
use crate::store::OnConflict;

/// 2027-01-15: the present moment of these tests.
const NOW: Millis = 1_800_000_000_000;
const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
/// 2024-03-01.
const FIRST: Millis = 1_709_251_200_000;

fn options() -> ImportOptions {
    ImportOptions::new(NOW)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/import")
}

/// The bytes of a miniature.
fn miniature(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// The six bars of all miniatures, so far apart.
fn six(first: Millis, step: Millis) -> Candles {
    Candles {
        time: (0..6).map(|bar| first + bar * step).collect(),
        open: vec![61000.5, 61400.0, 61100.5, 61950.0, 61800.0, 60750.5],
        high: vec![61500.0, 61450.75, 62000.0, 62100.5, 61900.0, 61250.0],
        low: vec![60900.25, 61000.0, 61050.0, 61700.0, 60500.0, 60700.0],
        close: vec![61400.0, 61100.5, 61950.0, 61800.0, 60750.5, 61200.0],
        volume: vec![12.5, 8.25, 20.0, 5.125, 31.5, 10.0],
    }
}

/// Reads bytes under this name; where nothing tells the symbol, they are of TESTUSD.
fn read(name: &str, bytes: impl AsRef<[u8]>) -> Result<Vec<Found>, DataError> {
    read_bytes(bytes.as_ref().to_vec(), name, &ImportOptions { symbol: Some("TESTUSD".into()), ..options() })
}

/// The one asset in these bytes.
#[track_caller]
fn one(name: &str, bytes: impl AsRef<[u8]>) -> Found {
    let mut found = read(name, bytes).unwrap();
    assert_eq!(found.len(), 1);
    found.swap_remove(0)
}

/// Reading these bytes fails and says so.
#[track_caller]
fn refused(name: &str, bytes: impl AsRef<[u8]>, words: &str) -> DataError {
    let error = read(name, bytes).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(name) && text.contains(words), "'{text}' does not say '{words}'");
    assert!(!error.remedy.is_empty(), "{text}");
    error
}
