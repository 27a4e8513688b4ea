//! What can be typed. Only syntax: what it means, and whether it makes sense, is decided in `resolve.rs`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Backtests of trading strategies over hundreds of assets: parallel, the same bits everywhere, results shared
/// through Redis when it is there.
#[derive(Debug, Parser)]
#[command(name = "backtest", version, max_term_width = 100, infer_subcommands = true, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct GlobalArgs {
    /// Settings file (default: ./backtest.toml, else backtest/backtest.toml in the user's config folder)
    #[arg(long, global = true, env = "BACKTEST_CONFIG", value_name = "FILE", help_heading = "General")]
    pub config: Option<PathBuf>,
    /// Folder with INTERVAL/SYMBOL.{csv,csv.gz,csv.zst,parquet,feather} [default: data]
    #[arg(long, global = true, env = "BACKTEST_DATA_DIR", value_name = "DIR", help_heading = "General")]
    pub data_dir: Option<PathBuf>,
    /// Redis: `redis://[user:password@]host[:port][/db]` [default: `redis://127.0.0.1:6379/0`]
    #[arg(
        long,
        global = true,
        env = "BACKTEST_CACHE_URL",
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Cache"
    )]
    pub cache_url: Option<String>,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true, env = "BACKTEST_QUIET", value_parser = FalseyValueParser::new(), help_heading = "General")]
    pub quiet: bool,
    /// Say more on stderr: each hit and miss (-v), and what Redis answered (-vv)
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "General")]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Backtest one strategy on one asset
    Run(RunArgs),
    /// Backtest strategies on many assets, ranked
    Batch(BatchArgs),
    /// Backtest one strategy with a whole grid of parameters
    Sweep(SweepArgs),
    /// Show the strategies there are, or check one of your own
    #[command(subcommand)]
    Strategies(StrategiesCommand),
    /// Show the candles there are, or make sample ones
    #[command(subcommand)]
    Data(DataCommand),
    /// Look at the stored results, or remove them
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Print a shell's completion script, or the manual page
    #[command(after_help = "Example: backtest completions bash > ~/.local/share/bash-completion/completions/backtest")]
    Completions {
        /// Which shell; `man` prints the manual page
        shell: CompletionTarget,
    },
}

/// What `completions` can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CompletionTarget {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
    /// The manual page, as roff
    Man,
}

/// How candles become a result: shared by run and batch.
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
    #[arg(long, env = "BACKTEST_CAPITAL", value_name = "CASH", allow_negative_numbers = true)]
    pub capital: Option<f64>,
    /// Fee of a fill as a fraction of its value [default: 0.001]
    #[arg(long, env = "BACKTEST_FEE", value_name = "FRACTION", allow_negative_numbers = true)]
    pub fee: Option<f64>,
    /// Fraction by which a fill is worse than the price [default: 0]
    #[arg(long, env = "BACKTEST_SLIPPAGE", value_name = "FRACTION", allow_negative_numbers = true)]
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
    pub format: Option<Format>,
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

/// `run`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest run --crypto BTC --strategy rsi --param period=21 --fee 0.0005")]
pub struct RunArgs {
    /// Asset: a symbol (BTCUSDT) or its base (BTC)
    #[arg(long, short, env = "BACKTEST_CRYPTO", value_name = "SYMBOL")]
    pub crypto: String,
    /// Strategy: a name (see `backtest strategies list`) or a TOML file
    #[arg(long, short, env = "BACKTEST_STRATEGY", value_name = "NAME|FILE")]
    pub strategy: String,
    /// List the trades
    #[arg(long)]
    pub trades: bool,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `batch`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest batch --all --strategy rsi,ma --sort sharpe --top 20 --where 'trades >= 10'")]
pub struct BatchArgs {
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
    /// Strategies, separated by commas [default: rsi,ma]
    #[arg(long, short, env = "BACKTEST_STRATEGY", value_name = "NAMES|FILES", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// Metric to rank by, the better end first [default: sharpe]
    #[arg(long, value_name = "METRIC")]
    pub sort: Option<String>,
    /// Show only the best N
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Show only results for which this holds, as in `trades >= 10 and max_drawdown > -0.3`
    #[arg(long = "where", value_name = "CONDITION")]
    pub filter: Option<String>,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `sweep`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: backtest sweep --crypto BTC --strategy ma --param fast=5..50 --param slow=60..200:5 --out grid.parquet"
)]
pub struct SweepArgs {
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
    /// Strategy: a name or a TOML file
    #[arg(long, short, env = "BACKTEST_STRATEGY", value_name = "NAME|FILE")]
    pub strategy: String,
    /// Compute only so many points, spread over the grid
    #[arg(long, value_name = "N")]
    pub random: Option<u64>,
    /// Another seed draws other points
    #[arg(long, value_name = "S", default_value_t = 0, requires = "random")]
    pub seed: u64,
    /// Say what it would cost, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do it even if it is very large
    #[arg(long, short)]
    pub yes: bool,
    /// Metric to rank by, the better end first [default: sharpe]
    #[arg(long, value_name = "METRIC")]
    pub sort: Option<String>,
    /// Show the best N [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Rank only results for which this holds, as in `trades >= 30 and max_drawdown > -0.4`
    #[arg(long = "where", value_name = "CONDITION")]
    pub filter: Option<String>,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `strategies`
#[derive(Debug, Subcommand)]
pub enum StrategiesCommand {
    /// All strategies, with their parameters
    List {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// The TOML definition of one
    Show {
        /// A name or a TOML file
        name: String,
    },
    /// Check a TOML definition, without any candle
    Check {
        /// The file
        file: PathBuf,
    },
    /// All indicators that rules can call
    Indicators,
}

/// `data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// All assets: bars, range, file
    List {
        /// Length of a bar: the folder in the data folder [default: every one there is]
        #[arg(long, env = "BACKTEST_INTERVAL")]
        interval: Option<String>,
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Make synthetic daily candles of 24 assets, for trying things out
    Sample {
        /// Another seed gives other candles
        #[arg(long, default_value_t = crate::data::sample::SEED)]
        seed: u64,
    },
}

/// `cache`
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Entries, bytes, our hits and misses, the server's memory
    Stats {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Remove stored results: all of ours, or those of an asset or a strategy
    Clear {
        /// Only this asset's
        #[arg(long, short, value_name = "SYMBOL")]
        crypto: Option<String>,
        /// Only this strategy's
        #[arg(long, short, value_name = "NAME")]
        strategy: Option<String>,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
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
