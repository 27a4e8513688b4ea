//! The program: its commands, and the options of them all.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::args::{
    BatchArgs, CacheCommand, CompareArgs, DataCommand, ReportArgs, RunArgs, StrategiesCommand, SweepArgs,
};

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
    /// First part of the names of all stored results: teams that share a Redis keep apart by it [default: backtest]
    #[arg(long, global = true, env = "BACKTEST_CACHE_PREFIX", value_name = "NAME", help_heading = "Cache")]
    pub prefix: Option<String>,
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
    /// Put strategies, or results that were saved, side by side on one asset
    Compare(CompareArgs),
    /// Make a page of a result that was saved
    Report(ReportArgs),
    /// Show the strategies there are, or check one of your own
    #[command(subcommand)]
    Strategies(StrategiesCommand),
    /// Candles: what there is, fetch or take in more, check, convert, export
    #[command(subcommand)]
    Data(DataCommand),
    /// Look at the stored results, fill the cache, prove it, or empty it
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
