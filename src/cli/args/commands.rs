//! The commands on results: run, batch, sweep, compare, report; and those on strategies.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::options::Heading::{Assets, General, Output, Strategy};
use crate::args::{AssetsArgs, BacktestArgs, OutputFormat, PictureArgs, RankingArgs};

/// `run`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest run --crypto BTC --strategy rsi --param period=21 --fee 0.0005")]
pub(crate) struct RunArgs {
    /// Asset: BTC, BTCUSDT or BTC/USDT
    #[arg(long, short, visible_alias = "symbol", value_name = "SYMBOL", help_heading = Assets.title())]
    pub crypto: Option<String>,
    /// Strategy: a name (`backtest strategies list` shows them) or a TOML file
    #[arg(long, short, value_name = "NAME|FILE", help_heading = Strategy.title())]
    pub strategy: Option<String>,
    /// List the trades
    #[arg(long, help_heading = Output.title())]
    pub trades: bool,
    /// Write the list of trades to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Output.title())]
    pub trades_out: Option<PathBuf>,
    /// Write the equity at each bar's close to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Output.title())]
    pub equity_out: Option<PathBuf>,
    /// Show the result in parts too: month, year, weekday, hour, exit-reason, or several of them, separated by commas
    #[arg(long, value_name = "PARTS", value_delimiter = ',', help_heading = Output.title())]
    pub breakdown: Vec<String>,
    /// Resample the result N times: its trades in another order, its bars drawn anew, its positions at other times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000), help_heading = Output.title())]
    pub monte_carlo: Option<u64>,
    /// Seed of --monte-carlo
    #[arg(long, value_name = "S", default_value_t = 1, requires = "monte_carlo", help_heading = Output.title())]
    pub seed: u64,
    /// Compare with another strategy on the same candles: ma, or ma:fast=20; may be repeated
    #[arg(long, value_name = "STRATEGY[:NAME=VALUE,..]", help_heading = Strategy.title())]
    pub against: Vec<String>,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `batch`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest batch --all --strategy rsi,ma --sort sharpe --top 20 --where 'trades >= 10'")]
pub(crate) struct BatchArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas: names or TOML files [default: rsi,ma]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// Show each position after the last bar, and the order for the next open
    #[arg(long, help_heading = Output.title())]
    pub last: bool,
    /// Show the totals of each strategy over all assets in place of its results (as table and as CSV)
    #[arg(long, conflicts_with = "last", help_heading = Output.title())]
    pub by_strategy: bool,
    /// Write the trades of all results that are shown to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Output.title())]
    pub trades_out: Option<PathBuf>,
    /// Which results are shown.
    #[command(flatten)]
    pub ranking: RankingArgs,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `sweep`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest sweep --crypto BTC --strategy ma --param fast=5..50 --param slow=60..200:5 --out grid.parquet\n  backtest sweep --all --strategy ma,ema_cross,rsi --param fast=5..50:5 --param slow=60..200:20 --param period=7..28:7"
)]
pub(crate) struct SweepArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas: names or TOML files; each takes those parameters that it has
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// Compute only N combinations, drawn at random from the grid
    #[arg(long, value_name = "N", help_heading = Strategy.title())]
    pub random: Option<u64>,
    /// Seed of --random
    #[arg(long, value_name = "S", default_value_t = 0, requires = "random", help_heading = Strategy.title())]
    pub seed: u64,
    /// What is said of luck.
    #[command(flatten)]
    pub luck: LuckArgs,
    /// Show how long it would take and how much memory it needs, and stop
    #[arg(long, help_heading = General.title())]
    pub dry_run: bool,
    /// Compute even a very large grid
    #[arg(long, short, help_heading = General.title())]
    pub yes: bool,
    /// Which results are shown.
    #[command(flatten)]
    pub ranking: RankingArgs,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// How much of the best of a sweep may be luck.
#[derive(Args, Debug)]
pub(crate) struct LuckArgs {
    /// Test too whether the best of all earns more than cash: White's reality check, Hansen's SPA, the stepwise test of Romano and Wolf
    #[arg(long, conflicts_with = "no_honesty", help_heading = Output.title())]
    pub reality_check: bool,
    /// Blocks of time by whose halves the choice of the best is cross-validated: an even number from 2 to 16
    #[arg(long, value_name = "S", default_value_t = 8, value_parser = pbo_blocks, conflicts_with = "no_honesty", help_heading = Output.title())]
    pub pbo_blocks: usize,
    /// Do not say how much of the best may be luck
    #[arg(long, help_heading = Output.title())]
    pub no_honesty: bool,
}

/// An even number of blocks.
pub(super) fn pbo_blocks(text: &str) -> Result<usize, String> {
    let blocks =
        text.trim().parse().ok().filter(|blocks: &usize| (2..=16).contains(blocks) && blocks.is_multiple_of(2));
    blocks.ok_or_else(|| "must be an even number from 2 to 16: the best is chosen on half of the blocks, and tested on the other half".to_owned())
}

/// `compare`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest compare rsi rsi:period=21 ma:fast=20,slow=100 --crypto BTC\n  backtest compare rsi rsi:fee=0,direction=both --crypto BTC,ETH\n  backtest compare mine.json theirs.json"
)]
pub(crate) struct CompareArgs {
    /// Strategies, with parameters and options (fee, slippage, fill, direction, capital, interval) after a colon, or
    /// results that `run --out` wrote as .json
    #[arg(value_name = "STRATEGY[:NAME=VALUE,..]|RESULT.json", required = true, num_args = 1..)]
    pub contenders: Vec<String>,
    /// Which assets; each strategy is tested on each. Where none is named, that of the first result.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `report`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest run --crypto BTC --strategy rsi --out rsi.json && backtest report rsi.json")]
pub(crate) struct ReportArgs {
    /// Result written by run, batch or compare as .json, or by batch or sweep as .parquet; or the key of a cached one
    #[arg(value_name = "RESULT")]
    pub result: PathBuf,
    /// File of the page [default: the result's name, or its key, with .html]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[arg(long)]
    pub sort: Option<String>,
}

/// `strategies prove`
#[derive(Args, Debug)]
pub(crate) struct ProveArgs {
    /// A name or a TOML file
    #[arg(value_name = "NAME|FILE")]
    pub strategy: String,
    /// Asset: BTC, BTCUSDT or BTC/USDT
    #[arg(long, short, visible_alias = "symbol", value_name = "SYMBOL", help_heading = Assets.title())]
    pub crypto: Option<String>,
    /// At how many bars, drawn at random, the candles are cut
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub cuts: u64,
    /// Seed of the cuts
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `strategies`
#[derive(Debug, Subcommand)]
pub(crate) enum StrategiesCommand {
    /// List all strategies with their parameters
    #[command(after_help = "Example: backtest strategies list --format json")]
    List {
        /// Format of the output
        #[arg(long, default_value = "table", help_heading = Output.title())]
        format: OutputFormat,
    },
    /// Print the TOML definition of a strategy
    #[command(after_help = "Example: backtest strategies show rsi > mine.toml")]
    Show {
        /// A name or a TOML file
        name: String,
    },
    /// Check a TOML definition; needs no candles
    #[command(after_help = "Example: backtest strategies check mine.toml")]
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print the JSON schema of strategy files, by which editors complete and check keys
    #[command(
        after_help = "Example: backtest strategies schema > strategy.schema.json\n         (then, in the first line of a strategy: #:schema ./strategy.schema.json)"
    )]
    Schema,
    /// Prove on candles that a strategy does not look ahead, and see how many bars its indicators need
    #[command(after_help = "Example: backtest strategies prove mine.toml --crypto BTC")]
    Prove(Box<ProveArgs>),
    /// List all indicators and functions that rules can call, or explain one
    #[command(after_help = "Example: backtest strategies indicators\n         backtest strategies indicators rsi")]
    Indicators {
        /// One of them: its formula, parameters, first value, source and an example
        name: Option<String>,
    },
}

/// Options of `backtest init`.
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest init my-research")]
pub(crate) struct InitArgs {
    /// The folder, made where it is missing
    #[arg(default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,
}
