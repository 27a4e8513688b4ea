//! The arguments of `rank`.

use std::path::PathBuf;

use clap::Args;

use crate::args::options::Heading;
use crate::args::{AssetsArgs, BacktestArgs, BadRowsArg, OutputFormat};

/// `rank`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  backtest rank --all --top 20\n  backtest rank --all --strategy mine.toml --ago 1mo\n  backtest rank --all --holdings holdings.csv"
)]
pub(crate) struct RankArgs {
    /// Which assets.
    #[command(flatten)]
    pub assets: AssetsArgs,
    /// Strategy whose [portfolio] has the score: a name or a TOML file
    #[arg(long, short, value_name = "NAME|FILE", default_value = "momentum_score", help_heading = Heading::Strategy.title())]
    pub strategy: String,
    /// Value of a parameter: long=200; may be repeated
    #[arg(long = "param", short, value_name = "NAME=VALUE", help_heading = Heading::Strategy.title())]
    pub params: Vec<String>,
    /// Show how ranks have changed since: 1d, 1w, 1mo (30 days) or 1y. Assets without a bar since then have no rank
    #[arg(long, value_name = "LENGTH", default_value = "1w", allow_hyphen_values = true, help_heading = Heading::Ranking.title())]
    pub ago: String,
    /// Show only the best N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = Heading::Ranking.title())]
    pub top: Option<u64>,
    /// What is held: a CSV file with a column symbol and one of units or weight; CASH is cash
    #[arg(long, value_name = "FILE", help_heading = Heading::Ranking.title())]
    pub holdings: Option<PathBuf>,
    /// Returns that correlations of holdings are made of, at most
    #[arg(long, value_name = "N", default_value_t = 90, requires = "holdings", value_parser = clap::value_parser!(u64).range(2..=1_000_000), help_heading = Heading::Ranking.title())]
    pub correlation_bars: u64,
    #[arg(long, allow_hyphen_values = true)]
    pub interval: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub from: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub to: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    pub warmup: Option<String>,
    /// Value of all holdings, where the file has weights
    #[arg(long, allow_hyphen_values = true)]
    pub capital: Option<String>,
    /// Rows with a missing or impossible value: fail the asset, or go on without them [default: refuse]
    #[arg(long, value_name = "ACTION", help_heading = Heading::Assets.title())]
    pub on_bad_row: Option<BadRowsArg>,
    #[arg(long)]
    pub format: Option<OutputFormat>,
    /// Write the ranks to a file as well: .json, .csv or .parquet
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

impl RankArgs {
    /// The options that it has in common with commands that backtest.
    pub(crate) fn backtest(&self) -> BacktestArgs {
        BacktestArgs {
            params: self.params.clone(),
            interval: self.interval.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            warmup: self.warmup.clone(),
            capital: self.capital.clone(),
            on_bad_row: self.on_bad_row,
            format: self.format,
            out: self.out.clone(),
            refresh: self.refresh,
            no_cache: self.no_cache,
            ttl: self.ttl.clone(),
            threads: self.threads.clone(),
            ..BacktestArgs::default()
        }
    }
}
