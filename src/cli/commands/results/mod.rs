//! What becomes of results: files (`--out`, `--trades-out`, `--equity-out`), pages, and results read back.

pub(super) mod breakdown;
pub(super) mod pages;
pub(super) mod reproduce;
pub(super) mod saved;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::args::RunArgs;
use crate::cache::CacheLocation;
use crate::commands::Context;
use crate::commands::results::pages::PlanPlace;
use crate::data::escape;
use crate::engine::{self, Plan, Replay};
use crate::error::Error;
use crate::files::FileIdentity;
use crate::report;
use crate::report::stream::TradeStream;
use crate::report::table::{Records, TradeList};
use crate::settings::{self, request, strategies};
use crate::sim::{EquityCurve, Row};

/// Finds files that could not be written before anything is computed.
///
/// # Errors
/// An ending that names no form, or a place that takes no file.
pub(super) fn check_history(args: &RunArgs) -> Result<(), Error> {
    check_trades_out(args.trades_out.as_deref())?;
    let equity = args.equity_out.as_deref();
    equity.map_or(Ok(()), |path| request::check_file("--equity-out", path, &["csv", "parquet"]))
}

/// Finds a file of trades that could not be written before anything is computed.
///
/// # Errors
/// An ending that names no form, or a place that takes no file.
pub(super) fn check_trades_out(path: Option<&Path>) -> Result<(), Error> {
    path.map_or(Ok(()), |path| request::check_file("--trades-out", path, &["csv", "parquet"]))
}

/// A file that a command writes: its flag, and its path where it is wanted.
pub(super) type Output<'a> = (&'static str, Option<&'a Path>);

/// Refuses outputs that would replace what the command reads, or each other, by whatever spelling of their paths, before
/// anything is computed.
///
/// # Errors
/// Two paths that lead to the same file.
pub(super) fn check_outputs(outputs: &[Output<'_>], inputs: &[PathBuf]) -> Result<(), Error> {
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

/// The files that decide the results of a plan: candles, strategies that are files, the settings file; and the file of
/// cached results.
pub(super) fn inputs(plan: &Plan, names: &[String], context: &Context) -> Vec<PathBuf> {
    let candles = plan.assets.iter().chain(plan.extra.detail.values()).map(|file| file.path.clone());
    let strategies = names.iter().filter_map(|name| strategies::file_of(name));
    let cache = match settings::cache::location(&context.global, &context.config) {
        Ok(CacheLocation::File(path)) => Some(path),
        _ => None,
    };
    let others = [Some(context.config.path.clone()), cache].into_iter().flatten();
    candles.chain(strategies).chain(others.filter(|path| path.is_file())).collect()
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
        let trades = TradeList { trades, symbol, symbols: Vec::new(), strategy };
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

/// Writes the trades of these rows of a plan, each with its place in it, to one file: result by result, and each computed
/// again, so that memory does not grow with their number.
///
/// # Errors
/// Candles that have changed meanwhile, or a file that cannot be written; what was there is unharmed.
pub(super) fn write_trades(path: &Path, plan: &Plan, rows: &[Row], places: &[Option<PlanPlace>]) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("--trades-out {}: {error}", path.display()));
    let mut stream = TradeStream::create(path).map_err(|error| failed(&error))?;
    let wanted: Vec<(&Row, PlanPlace)> = rows.iter().zip(places).filter_map(|(row, at)| Some((row, (*at)?))).collect();
    for some in wanted.chunks(8 * plan.threads) {
        let places: Vec<PlanPlace> = some.iter().map(|(_, place)| *place).collect();
        let trades = engine::replays(plan, &places, |replay| (replay.key, replay.trades));
        for ((row, _), trades) in some.iter().zip(trades) {
            let (key, trades) = trades.map_err(Error::failed)?;
            if key != row.key {
                return Err(Error::failed(format!("{}: its candles have changed while they were used", row.symbol)));
            }
            let list =
                TradeList { trades, symbol: row.symbol.clone(), symbols: Vec::new(), strategy: row.strategy.clone() };
            stream.add(&list).map_err(|error| failed(&error))?;
        }
    }
    stream.finish().map_err(|error| failed(&error))
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "csv")
}

fn put(flag: &str, path: &Path, bytes: Result<Vec<u8>, String>) -> Result<(), Error> {
    let failed = |error: &dyn std::fmt::Display| Error::failed(format!("{flag} {}: {error}", path.display()));
    report::file::write(path, &bytes.map_err(|error| failed(&error))?).map_err(|error| failed(&error))
}

/// Writes a table to a file of .csv or .parquet; nothing where there is none.
///
/// # Errors
/// When the file cannot be written; what was there is unharmed.
pub(super) fn write_records<T: ?Sized>(flag: &str, path: &Path, records: Option<Records<'_, T>>) -> Result<(), Error> {
    let Some(records) = records else { return Ok(()) };
    let bytes = if is_csv(path) {
        report::csv::records(&records).map_err(|error| error.to_string())
    } else {
        report::parquet::records(&records).map_err(|error| error.to_string())
    };
    put(flag, path, bytes)
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
