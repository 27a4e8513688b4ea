//! How candles become a result.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::exits::{EntryArgs, ExitArgs, SizeArgs};
use crate::args::options::Heading;

/// How candles become a result: shared by run, batch and sweep. Options without a word here are settings, which
/// `options.rs` explains.
#[derive(Args, Debug, Default)]
pub(crate) struct BacktestArgs {
    /// Value of a parameter: period=21; may be repeated. A sweep takes lists (7,14,21) and ranges (5..30, 20..40:5) too
    #[arg(long = "param", short, value_name = "NAME=VALUE", help_heading = Heading::Strategy.title())]
    pub params: Vec<String>,
    /// At which price an entry waits.
    #[command(flatten)]
    pub entries: EntryArgs,
    /// When a position ends beside its exit rule.
    #[command(flatten)]
    pub exits: ExitArgs,
    /// How large a position is, and what it borrows.
    #[command(flatten)]
    pub size: SizeArgs,
    #[arg(long, allow_hyphen_values = true)]
    pub interval: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub detail: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub from: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub to: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub warmup: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub settle: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub capital: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub fee: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub maker_fee: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub slippage: Option<String>,
    #[arg(long)]
    pub fill: Option<FillArg>,
    /// Rows with a missing or impossible value: fail the asset, or go on without them [default: refuse]
    #[arg(long, value_name = "ACTION", help_heading = Heading::Assets.title())]
    pub on_bad_row: Option<BadRowsArg>,
    #[arg(long)]
    pub direction: Option<DirectionArg>,
    #[arg(long, allow_hyphen_values = true)]
    pub year: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub risk_free: Option<String>,
    #[arg(long)]
    pub benchmark: Option<String>,
    #[arg(long)]
    pub format: Option<OutputFormat>,
    /// Write the result to a file as well: .json, .csv or .parquet
    #[arg(long, short, value_name = "FILE", help_heading = Heading::Output.title())]
    pub out: Option<PathBuf>,
    #[arg(long)]
    pub refresh: bool,
    #[arg(long, conflicts_with = "refresh")]
    pub no_cache: bool,
    #[arg(long, allow_hyphen_values = true)]
    pub ttl: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub threads: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Table,
    /// One document
    Json,
    /// One row for each result
    Csv,
}

/// What becomes of rows that are no candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BadRowsArg {
    /// They fail the asset
    Refuse,
    /// They are left out, which is reported
    Drop,
}

/// When orders fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FillArg {
    /// At the next bar's open
    NextOpen,
    /// At the close of the bar of the signal
    Close,
}

/// Which sides may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DirectionArg {
    /// Buy first
    Long,
    /// Sell first
    Short,
    /// One after the other
    Both,
}

/// Which assets.
#[derive(Args, Clone, Debug)]
pub(crate) struct AssetsArgs {
    /// Every asset in the data folder
    #[arg(long, short, conflicts_with = "crypto", help_heading = Heading::Assets.title())]
    pub all: bool,
    #[arg(long, short, visible_alias = "symbol", value_delimiter = ',')]
    pub crypto: Vec<String>,
    /// Assets to leave out: symbols, '*USDT' or @FILE
    #[arg(long, value_name = "SYMBOLS", value_delimiter = ',', help_heading = Heading::Assets.title())]
    pub exclude: Vec<String>,
    /// Leave out assets with fewer bars in the range
    #[arg(long, value_name = "N", help_heading = Heading::Assets.title())]
    pub min_bars: Option<u64>,
    /// Leave out assets that trade less a day, on average over the range: close times volume, in quote currency, as 5000000, 5M or 5e6
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, help_heading = Heading::Assets.title())]
    pub min_volume: Option<String>,
}

/// Which results are shown, and in which order.
#[derive(Args, Debug)]
pub(crate) struct RankingArgs {
    #[arg(long)]
    pub sort: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub top: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub min_trades: Option<String>,
    /// Show only results that fulfil this, as in `trades >= 10 and max_drawdown > -30%`
    #[arg(long = "where", value_name = "CONDITION", help_heading = Heading::Ranking.title())]
    pub filter: Option<String>,
}

/// How results are drawn.
#[derive(Args, Debug)]
pub(crate) struct PictureArgs {
    /// Write a page with charts and tables that opens in any browser and needs no network: .html
    #[arg(long, value_name = "FILE", help_heading = Heading::Pictures.title())]
    pub report: Option<PathBuf>,
    /// Draw a chart in the terminal
    #[arg(long, help_heading = Heading::Pictures.title())]
    pub chart: bool,
}
