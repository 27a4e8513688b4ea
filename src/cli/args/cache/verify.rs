//! Proving the cache.

use clap::Args;

use crate::cli::args::{AssetsArgs, BacktestArgs};

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
