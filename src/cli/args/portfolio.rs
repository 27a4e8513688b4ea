//! The arguments of `portfolio`.

use std::path::PathBuf;

use clap::Args;

use crate::args::options::Heading;
use crate::args::{AssetsArgs, BacktestArgs, PictureArgs, RankingArgs};

/// `portfolio`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest portfolio --all --strategy rotation.toml --from 2023-01-01 --chart\n  backtest portfolio --all --strategy rotation.toml --param lookback=20..200:10 --param top=3..20 --sort sharpe"
)]
pub(crate) struct PortfolioArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategy with a [portfolio]: a TOML file, or its name
    #[arg(long, short, value_name = "NAME|FILE", help_heading = Heading::Strategy.title())]
    pub strategy: Option<String>,
    /// Of a grid compute only N configurations, drawn at random
    #[arg(long, value_name = "N", help_heading = Heading::Strategy.title())]
    pub random: Option<u64>,
    /// Seed of --random
    #[arg(long, value_name = "S", default_value_t = 0, requires = "random", help_heading = Heading::Strategy.title())]
    pub seed: u64,
    /// List the trades
    #[arg(long, help_heading = Heading::Output.title())]
    pub trades: bool,
    /// List what was held after each rebalance
    #[arg(long, help_heading = Heading::Output.title())]
    pub weights: bool,
    /// Write the list of trades to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Heading::Output.title())]
    pub trades_out: Option<PathBuf>,
    /// Write what was held after each rebalance to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Heading::Output.title())]
    pub weights_out: Option<PathBuf>,
    /// Write the equity at each bar's close to a file: .csv or .parquet
    #[arg(long, value_name = "FILE", help_heading = Heading::Output.title())]
    pub equity_out: Option<PathBuf>,
    /// What is said of luck.
    #[command(flatten)]
    pub luck: GridLuckArgs,
    /// Which configurations of a grid are shown.
    #[command(flatten)]
    pub ranking: RankingArgs,
    /// How results are drawn.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How to backtest.
    #[command(flatten)]
    pub backtest: BacktestArgs,
}

/// How much of the best of a portfolio's grid may be luck.
#[derive(Args, Debug)]
pub(crate) struct GridLuckArgs {
    /// Test too whether the best of a grid earns more than cash: White's reality check, Hansen's SPA, the stepwise test of
    /// Romano and Wolf
    #[arg(long, conflicts_with = "no_honesty", help_heading = Heading::Output.title())]
    pub reality_check: bool,
    /// Do not say how much of the best of a grid may be luck
    #[arg(long, help_heading = Heading::Output.title())]
    pub no_honesty: bool,
}
