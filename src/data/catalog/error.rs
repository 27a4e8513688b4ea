//! Why candle files cannot be listed, and what to do.

use std::io;
use std::path::PathBuf;

use crate::escape::shown;
use crate::sim::Interval;

/// Why there is no catalogue: nothing can be computed at all.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The data folder is missing.
    #[error("{}: there is no such data folder. Name the folder that holds the candles with --data-dir, or write sample \
             candles with 'backtest data sample'.", shown(.0))]
    NoDataFolder(PathBuf),
    /// The data folder is a file.
    #[error("{}: is a file and not a folder. Name the folder that holds the candles with --data-dir.", shown(.0))]
    NotAFolder(PathBuf),
    /// No folder for this interval, or no candle file in it.
    #[error("{}: there are no candles of {interval} here (files named SYMBOL.csv, .csv.gz, .csv.zst, .parquet or \
             .feather). {}.", shown(.folder), remedy(.there))]
    NoCandles {
        /// `DATA_DIR/INTERVAL`.
        folder: PathBuf,
        /// The interval asked for.
        interval: Interval,
        /// Other intervals that the data folder has candles of.
        there: Vec<Interval>,
    },
    /// A folder whose name is no usual spelling of the interval.
    #[error("{}: is the folder of {interval} under another name. Rename it to {interval}.", shown(.folder))]
    OtherName {
        /// The folder.
        folder: PathBuf,
        /// What it should be called.
        interval: Interval,
    },
    /// The interval's folder is a link to somewhere else.
    #[error("{}: is a link that leads out of the data folder. Point --data-dir at the folder it leads to.",
            shown(.0))]
    LeadsOut(PathBuf),
    /// The operating system refused.
    #[error("{}: cannot be listed: {reason}. Check the folder's permissions or choose another with --data-dir.",
            shown(.folder))]
    Unreadable {
        /// `DATA_DIR/INTERVAL`.
        folder: PathBuf,
        /// What it said.
        reason: io::Error,
    },
}

fn remedy(there: &[Interval]) -> String {
    if there.is_empty() {
        return "Choose another folder with --data-dir, or write sample candles with 'backtest data sample'".into();
    }
    let list: Vec<String> = there.iter().map(Interval::to_string).collect();
    format!(
        "There are candles of {}: choose one with --interval, another folder with --data-dir, or get others with backtest data fetch or backtest data import",
        list.join(", ")
    )
}
