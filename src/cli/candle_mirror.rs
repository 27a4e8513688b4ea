//! A data folder in a bucket: commands read the folder of this machine that mirrors it.

use std::path::PathBuf;

use crate::args::{Command, DataCommand};
use crate::data::escape;
use crate::error::Error;
use crate::output::format;
use crate::output::printer::Printer;
use crate::settings::environment;
use crate::shards::{PartStore, is_in_store};

/// The folder of the candles for a command, brought up to date where it mirrors a place in a bucket.
///
/// # Errors
/// A command that writes candles; a place that cannot be read.
pub(super) fn local(data_dir: PathBuf, command: &Command, printer: Printer) -> Result<PathBuf, Error> {
    if !is_in_store(&data_dir) || !reads_candles(command) {
        return Ok(data_dir);
    }
    let place = data_dir.display().to_string();
    if let Some(name) = writing(command) {
        return Err(Error::usage(format!(
            "--data-dir {}: `{name}` writes candles, and those in a bucket are only read; name a folder, and copy it there",
            escape(&place)
        )));
    }
    let cache = environment::cache_dir().ok_or_else(|| {
        Error::usage(
            "--data-dir: candles in a bucket are mirrored in $XDG_CACHE_HOME/backtest, and there is no home folder",
        )
    })?;
    let store = PartStore::at(&place).map_err(|what| Error::usage(format!("--data-dir: {what}")))?;
    let (folder, files, bytes) = store.mirrored(&cache.join("buckets")).map_err(|error| {
        let message = format!("--data-dir: {}", escape(&error.message));
        if error.is_passing { Error::passing(message) } else { Error::failed(message) }
    })?;
    if files > 0 {
        let (files, bytes) = (format::counted(files, "candle file"), format::bytes(bytes));
        printer.note(&format!("{files} fetched from {} ({bytes})", escape(&place)));
    }
    Ok(folder)
}

/// Whether a command may read candles.
fn reads_candles(command: &Command) -> bool {
    !matches!(command, Command::Init(_) | Command::Strategies(_) | Command::Report(_) | Command::Completions { .. })
}

/// The name of a command that writes candles.
fn writing(command: &Command) -> Option<&'static str> {
    let Command::Data(command) = command else { return None };
    match command {
        DataCommand::Import(_) => Some("data import"),
        DataCommand::Convert(_) => Some("data convert"),
        DataCommand::Fetch(_) => Some("data fetch"),
        DataCommand::Sample { .. } => Some("data sample"),
        DataCommand::List { .. } | DataCommand::Check(_) | DataCommand::Export(_) => None,
    }
}
