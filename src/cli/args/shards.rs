//! `backtest sweep`, `walk` and `portfolio`, alone or in shards: plan, run, status, merge.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::options::Heading::{General, Output, Shards};
use crate::args::{OutputFormat, PortfolioArgs, SweepArgs, WalkArgs};

/// `sweep`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SweepCommandArgs {
    /// The same sweep in shards.
    #[command(subcommand)]
    pub shards: Option<ShardCommand>,
    /// A sweep on this machine.
    #[command(flatten)]
    pub sweep: SweepArgs,
}

/// A sweep in shards, for many machines.
#[derive(Debug, Subcommand)]
pub(crate) enum ShardCommand {
    /// Cut a sweep into shards that other machines compute
    #[command(
        after_help = "Example: backtest sweep plan --all --interval 1m --strategy ma --param fast=5..50 --param slow=60..200 --out plan.json"
    )]
    #[command(mut_arg("out", |arg| arg.value_name("FILE").help("File of the plan: .json").required(true)))]
    #[command(mut_args(without_what_machines_decide))]
    Plan(Box<ShardPlanArgs>),
    /// Compute one shard of a plan; what is done already is not done again
    #[command(after_help = "Example: backtest sweep run --plan plan.json --shard 0")]
    Run(ShardRunArgs),
    /// Show which shards of a plan are done, missing or damaged
    #[command(after_help = "Example: backtest sweep status --plan plan.json")]
    Status(ShardStatusArgs),
    /// Put the parts of all shards together: the result that one machine would have
    #[command(after_help = "Example: backtest sweep merge --plan plan.json --out grid.parquet --verify 1%")]
    Merge(ShardMergeArgs),
}

/// `walk`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct WalkCommandArgs {
    /// The same walk in shards.
    #[command(subcommand)]
    pub shards: Option<WalkShardCommand>,
    /// A walk on this machine.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// Walks over many assets in shards, for many machines.
#[derive(Debug, Subcommand)]
pub(crate) enum WalkShardCommand {
    /// Share out the assets of a walk to other machines
    #[command(
        after_help = "Example: backtest walk plan --all --strategy ma --param fast=5..50:5 --param slow=60..200:20 --train 24mo --test 3mo --out plan.json"
    )]
    #[command(mut_arg("out", |arg| arg.value_name("FILE").help("File of the plan: .json").required(true)))]
    #[command(mut_args(without_what_machines_decide))]
    Plan(Box<WalkPlanArgs>),
    /// Compute one shard of a plan; what is done already is not done again
    #[command(after_help = "Example: backtest walk run --plan plan.json --shard 0")]
    Run(ShardRunArgs),
    /// Show which shards of a plan are done, missing or damaged
    #[command(after_help = "Example: backtest walk status --plan plan.json")]
    Status(ShardStatusArgs),
    /// Put the parts of all shards together: the result that one machine would have
    #[command(
        after_help = "Example: backtest walk merge --plan plan.json --out windows.csv --verify 1%",
        mut_arg("out", |arg| arg.help("File of all windows: .json, .csv or .parquet"))
    )]
    Merge(ShardMergeArgs),
}

/// `portfolio`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct PortfolioCommandArgs {
    /// The same grid in shards.
    #[command(subcommand)]
    pub shards: Option<PortfolioShardCommand>,
    /// A portfolio on this machine.
    #[command(flatten)]
    pub portfolio: PortfolioArgs,
}

/// The grid of a portfolio in shards, for many machines.
#[derive(Debug, Subcommand)]
pub(crate) enum PortfolioShardCommand {
    /// Share out the configurations of a grid to other machines
    #[command(
        after_help = "Example: backtest portfolio plan --all --strategy rotation.toml --param lookback=20..200:10 --param top=3..20 --out plan.json"
    )]
    #[command(mut_arg("out", |arg| arg.value_name("FILE").help("File of the plan: .json").required(true)))]
    #[command(mut_args(without_what_machines_decide))]
    #[command(mut_args(without_what_is_of_one))]
    Plan(Box<PortfolioPlanArgs>),
    /// Compute one shard of a plan; what is done already is not done again
    #[command(after_help = "Example: backtest portfolio run --plan plan.json --shard 0")]
    Run(ShardRunArgs),
    /// Show which shards of a plan are done, missing or damaged
    #[command(after_help = "Example: backtest portfolio status --plan plan.json")]
    Status(ShardStatusArgs),
    /// Put the parts of all shards together: the result that one machine would have
    #[command(
        after_help = "Example: backtest portfolio merge --plan plan.json --out grid.csv --verify 1%",
        mut_arg("out", |arg| arg.help("File of all configurations, the best first: .json, .csv or .parquet"))
    )]
    Merge(ShardMergeArgs),
}

/// Options that are about one configuration alone.
fn without_what_is_of_one(arg: clap::Arg) -> clap::Arg {
    let single = ["trades", "weights", "trades_out", "weights_out", "equity_out"];
    if single.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg }
}

/// Options that are no part of a plan: what one machine draws, stores and asks.
fn without_what_machines_decide(arg: clap::Arg) -> clap::Arg {
    let others = ["report", "chart", "dry_run", "yes", "reality_check", "refresh", "no_cache", "ttl"];
    if others.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg }
}

/// How large shards are, and what they may cost.
#[derive(Args, Debug)]
pub(crate) struct ShardSizeArgs {
    /// Seconds of one core that a shard takes
    #[arg(long, value_name = "S", default_value_t = 120.0, help_heading = Shards.title())]
    pub shard_seconds: f64,
    /// Number of shards, in place of --shard-seconds
    #[arg(long, value_name = "N", conflicts_with = "shard_seconds", value_parser = clap::value_parser!(u64).range(1..=10_000), help_heading = Shards.title())]
    pub shards: Option<u64>,
    /// Price of an hour of one core, to estimate the cost
    #[arg(long, value_name = "MONEY", help_heading = Shards.title())]
    pub price: Option<f64>,
    /// Make no plan that would cost more
    #[arg(long, value_name = "MONEY", requires = "price", help_heading = Shards.title())]
    pub budget: Option<f64>,
}

/// `sweep plan`
#[derive(Args, Debug)]
pub(crate) struct ShardPlanArgs {
    /// How large shards are.
    #[command(flatten)]
    pub size: ShardSizeArgs,
    /// Keep no row for each combination, only the best and what all together say; above 1,000,000,000 there are none anyway
    #[arg(long, help_heading = Shards.title())]
    pub no_rows: bool,
    /// The sweep.
    #[command(flatten)]
    pub sweep: SweepArgs,
}

/// `walk plan`
#[derive(Args, Debug)]
pub(crate) struct WalkPlanArgs {
    /// How large shards are.
    #[command(flatten)]
    pub size: ShardSizeArgs,
    /// The walk.
    #[command(flatten)]
    pub walk: WalkArgs,
}

/// `portfolio plan`
#[derive(Args, Debug)]
pub(crate) struct PortfolioPlanArgs {
    /// How large shards are.
    #[command(flatten)]
    pub size: ShardSizeArgs,
    /// The portfolio.
    #[command(flatten)]
    pub portfolio: PortfolioArgs,
}

/// Which plan, and where its parts are.
#[derive(Args, Debug)]
pub(crate) struct ShardPlaceArgs {
    /// The plan that `plan` made
    #[arg(long, value_name = "FILE", help_heading = Shards.title())]
    pub plan: PathBuf,
    /// Folder of the parts, which all machines share [default: beside the plan, its name with .parts]
    #[arg(long, value_name = "DIR", help_heading = Shards.title())]
    pub parts: Option<String>,
}

/// `sweep run`
#[derive(Args, Debug)]
pub(crate) struct ShardRunArgs {
    /// Which plan.
    #[command(flatten)]
    pub place: ShardPlaceArgs,
    /// Number of the shard, from 0
    #[arg(long, value_name = "K", help_heading = Shards.title())]
    pub shard: u32,
    #[arg(long, allow_hyphen_values = true)]
    pub threads: Option<String>,
    #[arg(long)]
    pub refresh: bool,
    #[arg(long, conflicts_with = "refresh")]
    pub no_cache: bool,
    #[arg(long, allow_hyphen_values = true)]
    pub ttl: Option<String>,
}

/// `sweep status`
#[derive(Args, Debug)]
pub(crate) struct ShardStatusArgs {
    /// Which plan.
    #[command(flatten)]
    pub place: ShardPlaceArgs,
    /// Print only the shards that are to be run, as in 3,17-19; nothing when all are done
    #[arg(long, help_heading = Output.title())]
    pub missing: bool,
    /// Format of the output
    #[arg(long, value_name = "FORMAT", default_value = "table", conflicts_with = "missing", help_heading = Output.title())]
    pub format: OutputFormat,
}

/// `sweep merge`
#[derive(Args, Debug)]
pub(crate) struct ShardMergeArgs {
    /// Which plan.
    #[command(flatten)]
    pub place: ShardPlaceArgs,
    /// File of all rows: .parquet
    #[arg(long, short, value_name = "FILE", help_heading = Output.title())]
    pub out: Option<PathBuf>,
    /// Merge the parts that are there, even if shards are missing
    #[arg(long, help_heading = General.title())]
    pub partial: bool,
    /// Compute this share of the shards here once more, and compare: 1%
    #[arg(long, value_name = "SHARE", help_heading = General.title())]
    pub verify: Option<String>,
    #[arg(long)]
    pub format: Option<OutputFormat>,
    #[arg(long, allow_hyphen_values = true)]
    pub threads: Option<String>,
    #[arg(long)]
    pub no_cache: bool,
}
