//! `cache` and what it can do.

use clap::{Args, Subcommand, ValueEnum};

use crate::cache::Kind;
use crate::cli::args::{AssetsArgs, BacktestArgs, OutputFormat};

/// `cache`
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// The store: version, memory, latency, what may be done there, and why it is unusable if it is
    Info {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: OutputFormat,
    },
    /// Entries and bytes by kind, asset and strategy; our own hits and misses, in all and per day
    Stats {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: OutputFormat,
    },
    /// List stored results
    Keys(KeysArgs),
    /// Remove stored results: all of ours, or those that match
    Clear(ClearArgs),
    /// Compute and store what is missing
    Warm(WarmArgs),
    /// Compute stored results again and compare them bit for bit
    Verify(VerifyArgs),
    /// Whether the cache answers: exit code 0 or 1, for scripts
    Ping {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: OutputFormat,
    },
}

/// `cache keys`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache keys '*:BTC*:rsi:*' --format csv")]
pub struct KeysArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How it is printed: a table here is one name each line
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
}

/// Which entries are meant.
#[derive(Args, Debug)]
pub struct FilterArgs {
    /// Only those whose KIND:ASSET:STRATEGY:KEY matches, with `*`, `?` and `[abc]`
    pub pattern: Option<String>,
    /// Only of this kind
    #[arg(long)]
    pub kind: Option<KindArg>,
    /// Only this asset's
    #[arg(long, short, value_name = "SYMBOL")]
    pub crypto: Option<String>,
    /// Only this strategy's
    #[arg(long, short, value_name = "NAME|FILE")]
    pub strategy: Option<String>,
}

/// Kinds of stored values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Metrics of a run
    Result,
    /// Trades of a run
    Trades,
    /// Metrics of a part of a sweep
    Block,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Result => Self::Result,
            KindArg::Trades => Self::Trades,
            KindArg::Block => Self::Block,
        }
    }
}

/// `cache clear`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache clear --crypto BTC --strategy ma")]
pub struct ClearArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Say how many it would be, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
}

/// `cache verify`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: backtest cache verify --sample 5%\nThe same options as of the run, batch or sweep that stored the results say which are meant.",
    mut_arg("out", |arg| arg.hide(true)),
    mut_arg("no_cache", |arg| arg.hide(true)),
    mut_arg("refresh", |arg| arg.hide(true)),
    mut_arg("ttl", |arg| arg.hide(true)),
)]
pub struct VerifyArgs {
    /// Which assets; all when left out.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas [default: every one that something is stored of]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// How much of what is stored: a share (5%) or a number of results [default: 100%]
    #[arg(long, value_name = "SHARE|N", allow_hyphen_values = true)]
    pub sample: Option<String>,
    /// Another seed draws another sample [default: the day]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `cache warm`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: backtest cache warm --all --strategy rsi,ma\nA grid, for `sweep`: backtest cache warm --all --strategy ma --param fast=5..50 --param slow=60..200:5",
    mut_arg("out", |arg| arg.hide(true)),
    mut_arg("no_cache", |arg| arg.hide(true)),
)]
pub struct WarmArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas [default: those of batch]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// Store the trades too, for `run --trades`
    #[arg(long)]
    pub trades: bool,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}
