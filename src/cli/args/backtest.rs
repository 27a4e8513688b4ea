//! How candles become a result.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How candles become a result: shared by run, batch and sweep.
#[derive(Args, Debug)]
pub struct BacktestArgs {
    /// Value of a strategy's parameter, as in period=21; may be repeated. A sweep takes lists (7,14,21) and ranges
    /// (5..30, 20..40:5) too
    #[arg(long = "param", short, value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Length of a bar: the folder in the data folder [default: 1d]
    #[arg(long, env = "BACKTEST_INTERVAL", allow_hyphen_values = true)]
    pub interval: Option<String>,
    /// First open time that counts, as 2024-01-31 or 2024-01-31T12:00:00Z
    #[arg(long, env = "BACKTEST_FROM", value_name = "TIME")]
    pub from: Option<String>,
    /// First open time that no longer counts
    #[arg(long, env = "BACKTEST_TO", value_name = "TIME")]
    pub to: Option<String>,
    /// Cash at the start [default: 10000]
    #[arg(long, env = "BACKTEST_CAPITAL", value_name = "CASH", allow_negative_numbers = true, value_parser = cash)]
    pub capital: Option<f64>,
    /// Fee of a fill as a fraction of its value [default: 0.001]
    #[arg(long, env = "BACKTEST_FEE", value_name = "FRACTION", allow_negative_numbers = true, value_parser = fraction)]
    pub fee: Option<f64>,
    /// Fraction by which a fill is worse than the price [default: 0]
    #[arg(long, env = "BACKTEST_SLIPPAGE", value_name = "FRACTION", allow_negative_numbers = true, value_parser = fraction)]
    pub slippage: Option<f64>,
    /// When orders fill [default: next-open]
    #[arg(long, env = "BACKTEST_FILL")]
    pub fill: Option<FillArg>,
    /// Which sides may be held [default: long]
    #[arg(long, env = "BACKTEST_DIRECTION")]
    pub direction: Option<DirectionArg>,
    /// Threads to compute with [default: one for each processor]
    #[arg(long, env = "BACKTEST_THREADS", value_name = "N", allow_negative_numbers = true)]
    pub threads: Option<String>,
    /// How the result is printed [default: table]
    #[arg(long, env = "BACKTEST_FORMAT")]
    pub format: Option<OutputFormat>,
    /// Write the result to a file too: .json, .csv or .parquet
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compute even what is stored, and store it again
    // No `env` here: to clap a variable would contradict the other's flag, which must win. See `cache.rs`.
    #[arg(
        long,
        help = "Compute even what is stored, and store it again [env: BACKTEST_REFRESH]",
        help_heading = "Cache"
    )]
    pub refresh: bool,
    /// Neither read nor store results [env: `BACKTEST_NO_CACHE`]
    #[arg(
        long,
        help = "Neither read nor store results [env: BACKTEST_NO_CACHE]",
        conflicts_with = "refresh",
        help_heading = "Cache"
    )]
    pub no_cache: bool,
    /// How long a result stays stored: 90s, 30m, 24h, 7d; 0 = until Redis needs the room [default: 24h]
    #[arg(long, env = "BACKTEST_TTL", value_name = "TIME", allow_hyphen_values = true, help_heading = "Cache")]
    pub ttl: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// For people
    Table,
    /// One document
    Json,
    /// One row for each result
    Csv,
}

/// When orders fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FillArg {
    /// At the next bar's open
    NextOpen,
    /// At the close of the bar of the signal
    Close,
}

/// Which sides may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionArg {
    /// Buy first
    Long,
    /// Sell first
    Short,
    /// One after the other
    Both,
}

fn cash(text: &str) -> Result<f64, &'static str> {
    text.trim().parse().map_err(|_| "it is no number; write it as 10000")
}

fn fraction(text: &str) -> Result<f64, &'static str> {
    text.trim().parse().map_err(|_| "it is no fraction; 0.1 % is 0.001")
}

/// Which assets.
#[derive(Args, Debug)]
pub struct AssetsArgs {
    /// Every asset in the data folder
    #[arg(long, short, conflicts_with = "crypto")]
    pub all: bool,
    /// Assets, separated by commas [env: `BACKTEST_CRYPTO`]
    #[arg(
        long,
        short,
        help = "Assets, separated by commas [env: BACKTEST_CRYPTO]",
        value_name = "SYMBOLS",
        value_delimiter = ','
    )]
    pub crypto: Vec<String>,
}

/// Which results are shown, and in which order.
#[derive(Args, Debug)]
pub struct RankingArgs {
    /// Metric to rank by, the better end first [default: sharpe]
    #[arg(long, value_name = "METRIC")]
    pub sort: Option<String>,
    /// Show only the best N [default: 20 of a sweep, all of a batch]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Show only results for which this holds, as in `trades >= 10 and max_drawdown > -0.3`
    #[arg(long = "where", value_name = "CONDITION")]
    pub filter: Option<String>,
}

/// How results are drawn.
#[derive(Args, Debug)]
pub struct PictureArgs {
    /// Write a page with charts and tables, which opens in any browser and needs no network: .html
    #[arg(long, value_name = "FILE", help_heading = "Pictures")]
    pub report: Option<PathBuf>,
    /// Draw in the terminal too
    #[arg(long, help_heading = "Pictures")]
    pub chart: bool,
}
