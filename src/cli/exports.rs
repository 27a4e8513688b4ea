//! `--trades-out` and `--equity-out`: one result's history as files for other tools.

use std::path::Path;

use super::args::RunArgs;
use super::fault::Fault;
use super::resolve;
use crate::engine::Replay;
use crate::report::{self, Curve};

/// Finds files that could not be written before anything is computed.
///
/// # Errors
/// An ending that names no form, or a place that takes no file.
pub fn check(args: &RunArgs) -> Result<(), Fault> {
    let files = [("--trades-out", &args.trades_out), ("--equity-out", &args.equity_out)];
    let mut named = files.iter().filter_map(|(flag, path)| Some((*flag, path.as_deref()?)));
    named.try_for_each(|(flag, path)| resolve::check_file(flag, path, &["csv", "parquet"]))?;
    if args.trades_out.is_some() && args.trades_out == args.equity_out {
        return Err(Fault::wrong("--trades-out and --equity-out name the same file; give each its own"));
    }
    Ok(())
}

/// Whether any is wanted.
#[must_use]
pub fn any(args: &RunArgs) -> bool {
    args.trades_out.is_some() || args.equity_out.is_some()
}

/// Writes those that are wanted.
///
/// # Errors
/// When a file cannot be written; what was there is unharmed.
pub fn write(args: &RunArgs, replay: &Replay, capital: f64) -> Result<(), Fault> {
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

fn put(flag: &str, path: &Path, bytes: Result<Vec<u8>, String>) -> Result<(), Fault> {
    let failed = |error: &dyn std::fmt::Display| Fault::failed(format!("{flag} {}: {error}", path.display()));
    report::file::write(path, &bytes.map_err(|error| failed(&error))?).map_err(|error| failed(&error))
}
