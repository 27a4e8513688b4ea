//! What becomes of results: files (`--out`, `--trades-out`, `--equity-out`), pages, and results read back.

pub mod pages;
pub mod reproduce;
pub mod saved;

use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::error::Error;
use crate::cli::settings::request;
use crate::engine::Replay;
use crate::report::{self, Curve, Row};

/// Finds files that could not be written before anything is computed.
///
/// # Errors
/// An ending that names no form, or a place that takes no file.
pub fn check_history(args: &RunArgs) -> Result<(), Error> {
    let files = [("--trades-out", &args.trades_out), ("--equity-out", &args.equity_out)];
    let mut named = files.iter().filter_map(|(flag, path)| Some((*flag, path.as_deref()?)));
    named.try_for_each(|(flag, path)| request::check_file(flag, path, &["csv", "parquet"]))?;
    if args.trades_out.is_some() && args.trades_out == args.equity_out {
        return Err(Error::usage("--trades-out and --equity-out name the same file; give each its own"));
    }
    Ok(())
}

/// Whether any is wanted.
#[must_use]
pub fn is_history_wanted(args: &RunArgs) -> bool {
    args.trades_out.is_some() || args.equity_out.is_some()
}

/// Writes those that are wanted.
///
/// # Errors
/// When a file cannot be written; what was there is unharmed.
pub fn write_history(args: &RunArgs, replay: &Replay, capital: f64) -> Result<(), Error> {
    if let Some(path) = &args.trades_out {
        let bytes = if is_csv(path) {
            report::csv::trades(&replay.trades).map_err(|error| error.to_string())
        } else {
            report::parquet::trades(&replay.trades).map_err(|error| error.to_string())
        };
        put("--trades-out", path, bytes)?;
    }
    if let Some(path) = &args.equity_out {
        let curve = Curve::new(&replay.candles, replay.equity.clone(), capital);
        let bytes = if is_csv(path) {
            report::csv::curve(&curve).map_err(|error| error.to_string())
        } else {
            report::parquet::curve(&curve).map_err(|error| error.to_string())
        };
        put("--equity-out", path, bytes)?;
    }
    Ok(())
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "csv")
}

fn put(flag: &str, path: &Path, bytes: Result<Vec<u8>, String>) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("{flag} {}: {error}", path.display()));
    report::file::write(path, &bytes.map_err(|error| failed(&error))?).map_err(|error| failed(&error))
}

/// Writes the results to `--out`, in the form that its ending names; as tables, of the one result whose trades were
/// asked for, the trades.
///
/// # Errors
/// When the file cannot be written; what was there is unharmed.
pub fn write_rows(path: &Path, rows: &[Row], params: &[String], json: impl FnOnce() -> String) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("--out {}: {error}", path.display()));
    let trades = match rows {
        [row] => row.trades.as_deref(),
        _ => None,
    };
    let bytes = match (path.extension().and_then(|ext| ext.to_str()), trades) {
        (Some("parquet"), Some(trades)) => report::parquet::trades(trades).map_err(|error| failed(&error))?,
        (Some("csv"), Some(trades)) => report::csv::trades(trades).map_err(|error| failed(&error))?,
        (Some("parquet"), None) => report::parquet::batch(rows, params).map_err(|error| failed(&error))?,
        (Some("csv"), None) => report::csv::batch(rows, params).map_err(|error| failed(&error))?,
        _ => json().into_bytes(),
    };
    report::file::write(path, &bytes).map_err(|error| failed(&error))
}

/// Text that was written as bytes.
///
/// # Errors
/// When it could not be written at all.
pub fn as_text<E: std::fmt::Display>(bytes: Result<Vec<u8>, E>) -> Result<String, Error> {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(Error::failed)
}
