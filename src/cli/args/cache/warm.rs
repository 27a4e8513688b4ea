//! Filling the cache.

use clap::Args;

use crate::cli::args::{AssetsArgs, BacktestArgs};

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
    #[arg(long, short, env = "BACKTEST_STRATEGY", value_name = "NAMES|FILES", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// Store the trades too, for `run --trades`
    #[arg(long)]
    pub trades: bool,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}
