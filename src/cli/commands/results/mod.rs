//! What becomes of results: files (`--out`, `--trades-out`, `--equity-out`), pages, and results read back.

pub(super) mod pages;
pub(super) mod reproduce;
pub(super) mod saved;

use std::collections::HashMap;
use std::path::Path;

use crate::cli::args::RunArgs;
use crate::cli::commands::Context;
use crate::cli::error::Error;
use crate::cli::settings::request;
use crate::data::escape;
use crate::engine::{Plan, Replay};
use crate::files::FileIdentity;
use crate::report;
use crate::report::table::TradeList;
use crate::sim::{EquityCurve, Row};

/// Finds files that could not be written before anything is computed.
///
/// # Errors
/// An ending that names no form, or a place that takes no file.
pub(super) fn check_history(args: &RunArgs) -> Result<(), Error> {
    let files = [("--trades-out", &args.trades_out), ("--equity-out", &args.equity_out)];
    let mut named = files.iter().filter_map(|(flag, path)| Some((*flag, path.as_deref()?)));
    named.try_for_each(|(flag, path)| request::check_file(flag, path, &["csv", "parquet"]))
}

/// A file that a command writes: its flag, and its path where it is wanted.
pub(super) type Output<'a> = (&'static str, Option<&'a Path>);

/// Refuses outputs that would replace what the command reads, or each other, by whatever spelling of their paths, before
/// anything is computed.
///
/// # Errors
/// Two paths that lead to the same file.
pub(super) fn check_outputs(outputs: &[Output<'_>], inputs: &[&Path]) -> Result<(), Error> {
    let wanted: Vec<(&str, &Path)> = outputs.iter().filter_map(|(flag, path)| Some((*flag, (*path)?))).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<FileIdentity, String> = inputs
        .iter()
        .map(|path| (FileIdentity::of(path), format!("would replace {}, which this command reads", shown(path))))
        .collect();
    for (flag, path) in wanted {
        let same = format!("names the same file as {flag} {}", shown(path));
        if let Some(what) = known.insert(FileIdentity::of(path), same) {
            return Err(Error::usage(format!("{flag} {}: {what}; name another file", shown(path))));
        }
    }
    Ok(())
}

/// The files that decide the results of a plan: candles, strategies that were named by a path, the settings file.
pub(super) fn inputs<'a>(plan: &'a Plan, strategies: &'a [String], context: &'a Context) -> Vec<&'a Path> {
    let candles = plan.assets.iter().map(|entry| entry.path.as_path());
    let strategies = strategies.iter().map(Path::new).filter(|path| path.is_file());
    let settings = std::iter::once(context.config.path.as_path()).filter(|path| path.is_file());
    candles.chain(strategies).chain(settings).collect()
}

fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}

/// Whether any is wanted.
#[must_use]
pub(super) fn is_history_wanted(args: &RunArgs) -> bool {
    args.trades_out.is_some() || args.equity_out.is_some()
}

/// Writes those that are wanted.
///
/// # Errors
/// When a file cannot be written; what was there is unharmed.
pub(super) fn write_history(args: &RunArgs, row: &Row, replay: &Replay, capital: f64) -> Result<(), Error> {
    if let Some(path) = &args.trades_out {
        let (trades, symbol, strategy) = (replay.trades.clone(), row.symbol.clone(), row.strategy.clone());
        let trades = TradeList { trades, symbol, strategy };
        let bytes = if is_csv(path) {
            report::csv::trades(&trades).map_err(|error| error.to_string())
        } else {
            report::parquet::trades(&trades).map_err(|error| error.to_string())
        };
        put("--trades-out", path, bytes)?;
    }
    if let Some(path) = &args.equity_out {
        let curve = EquityCurve::new(&replay.candles, replay.equity.clone(), capital);
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
pub(super) fn write_rows(
    path: &Path,
    rows: &[Row],
    params: &[String],
    json: impl FnOnce() -> String,
) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("--out {}: {error}", path.display()));
    let trades = match rows {
        [row] if row.trades.is_some() => Some(TradeList::of(row)),
        _ => None,
    };
    let bytes = match (path.extension().and_then(|ext| ext.to_str()), trades) {
        (Some("parquet"), Some(trades)) => report::parquet::trades(&trades).map_err(|error| failed(&error))?,
        (Some("csv"), Some(trades)) => report::csv::trades(&trades).map_err(|error| failed(&error))?,
        (Some("parquet"), None) => report::parquet::rows(rows, params).map_err(|error| failed(&error))?,
        (Some("csv"), None) => report::csv::rows(rows, params).map_err(|error| failed(&error))?,
        _ => json().into_bytes(),
    };
    report::file::write(path, &bytes).map_err(|error| failed(&error))
}

/// Text that was written as bytes.
///
/// # Errors
/// When it could not be written at all.
pub(super) fn as_text<E: std::fmt::Display>(bytes: Result<Vec<u8>, E>) -> Result<String, Error> {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(Error::failed)
}
