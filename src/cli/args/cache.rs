//! `cache` and what it can do.

use clap::{Args, Subcommand, ValueEnum};

use crate::args::commands::pbo_blocks;
use crate::args::options::Heading::{Assets, Output, Strategy};
use crate::args::{AssetsArgs, BacktestArgs, OutputFormat, RankingArgs, WindowArgs};
use crate::cache::EntryKind;

const FORMAT: &str = "Format of the output";

/// `cache`
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Show the state of the cache: version, memory, latency, permissions, and why it cannot be used
    #[command(after_help = "Example: backtest cache info")]
    Info {
        #[arg(long, default_value = "table", help = FORMAT)]
        format: OutputFormat,
    },
    /// Show entries and bytes by kind, asset and strategy, and the hits and misses of each day
    #[command(after_help = "Example: backtest cache stats --format json")]
    Stats {
        #[arg(long, default_value = "table", help = FORMAT)]
        format: OutputFormat,
    },
    /// List cached results
    Keys(KeysArgs),
    /// Show what is cached under a key: metrics, trades, or a block of a sweep
    Show(ShowArgs),
    /// Remove cached results: all of them, or those that match
    Clear(ClearArgs),
    /// Compute what is missing, and cache it
    Warm(Box<WarmArgs>),
    /// Compute cached results again, and compare them bit for bit
    Verify(Box<VerifyArgs>),
    /// Check whether the cache answers: exit code 0 or 1, for scripts
    #[command(after_help = "Example: backtest cache ping --quiet && backtest batch --all")]
    Ping {
        #[arg(long, default_value = "table", help = FORMAT)]
        format: OutputFormat,
    },
}

/// `cache keys`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache keys '*:BTC*:rsi:*' --format csv")]
pub(crate) struct KeysArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Format of the output; a table is one name a line
    #[arg(long, default_value = "table", help_heading = Output.title())]
    pub format: OutputFormat,
}

/// `cache show`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache show a1f0baa9a757")]
pub(crate) struct ShowArgs {
    /// The key, or at least its first 8 digits, as `run` and `cache keys` print it
    pub key: String,
    #[arg(long, default_value = "table", help = FORMAT)]
    pub format: OutputFormat,
}

/// Which entries are meant.
#[derive(Args, Debug)]
pub(crate) struct FilterArgs {
    /// Only entries whose KIND:ASSET:STRATEGY:KEY matches: `*` is any text, `?` one character, `[abc]` one of these
    pub pattern: Option<String>,
    /// Only entries of this kind
    #[arg(long)]
    pub kind: Option<KindArg>,
    /// Only entries of this asset
    #[arg(long, short, visible_alias = "symbol", value_name = "SYMBOL", help_heading = Assets.title())]
    pub crypto: Option<String>,
    /// Only entries of this strategy
    #[arg(long, short, value_name = "NAME|FILE", help_heading = Strategy.title())]
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
    /// Statistics of a part of a sweep by segments of time, as `walk` needs them
    Segments,
    /// Score of an asset, as `rank` needs it
    Score,
    /// Metrics of one account over many assets
    Portfolio,
}

impl From<KindArg> for EntryKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Result => Self::Result,
            KindArg::Trades => Self::Trades,
            KindArg::Block => Self::Block,
            KindArg::Segments => Self::Segments,
            KindArg::Score => Self::Score,
            KindArg::Portfolio => Self::Portfolio,
        }
    }
}

/// `cache clear`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache clear --crypto BTC --strategy ma")]
pub(crate) struct ClearArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Show how many entries would be removed, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    #[arg(long, default_value = "table", help = FORMAT, help_heading = Output.title())]
    pub format: OutputFormat,
}

/// `cache verify`
#[derive(Args, Debug)]
#[command(
    after_help = "Pass the options of the run, batch or sweep that stored the results.\n\nExample: backtest cache verify --sample 5%",
    mut_arg("out", |arg| arg.hide(true)),
    mut_arg("no_cache", |arg| arg.hide(true)),
    mut_arg("refresh", |arg| arg.hide(true)),
    mut_arg("ttl", |arg| arg.hide(true)),
    mut_arg("top", |arg| arg.hide(true)),
    mut_arg("filter", |arg| arg.help("Condition of the walk with --cpcv whose statistics are checked")),
)]
pub(crate) struct VerifyArgs {
    /// Which assets; all when left out.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas [default: all with cached results]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// How many of the cached results to check: a share (5%) or a number [default: 100%]
    #[arg(long, value_name = "SHARE|N", allow_hyphen_values = true)]
    pub sample: Option<String>,
    /// Blocks of time of the sweep's cross-validation whose statistics are checked too, as `sweep` takes them
    #[arg(long, value_name = "S", default_value_t = 8, value_parser = pbo_blocks)]
    pub pbo_blocks: usize,
    /// The windows of a walk whose statistics are checked in their place.
    #[command(flatten)]
    pub windows: WindowArgs,
    /// By what that walk chooses, which decides how wide the gaps of --cpcv are.
    #[command(flatten)]
    pub ranking: RankingArgs,
    /// How far back the scores look that are checked, as `rank` takes it
    #[arg(long, value_name = "LENGTH", default_value = "1w", allow_hyphen_values = true)]
    pub ago: String,
    /// Seed of the random sample [default: one for each day]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// `cache warm`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest cache warm --all --strategy rsi,ma\n  backtest cache warm --all --strategy ma --param fast=5..50 --param slow=60..200:5",
    mut_arg("out", |arg| arg.hide(true)),
    mut_arg("no_cache", |arg| arg.hide(true)),
)]
pub(crate) struct WarmArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategies, separated by commas [default: rsi,ma]
    #[arg(long, short, value_name = "NAMES|FILES", value_delimiter = ',', help_heading = Strategy.title())]
    pub strategy: Vec<String>,
    /// Cache the trades too, for `run --trades`
    #[arg(long, help_heading = Output.title())]
    pub trades: bool,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}
