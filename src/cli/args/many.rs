//! What goes over many assets or results: which assets, and which results are shown.

use clap::Args;

/// Which assets.
#[derive(Args, Debug)]
pub struct AssetsArgs {
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
}

/// Which results are shown, and in which order.
#[derive(Args, Debug)]
pub struct RankingArgs {
    /// Metric to rank by, the better end first [default: sharpe]
    #[arg(long, value_name = "METRIC")]
    pub sort: Option<String>,
    /// Show only the best N [default: 20 of a sweep, all of a batch]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Show only results for which this holds, as in `trades >= 10 and max_drawdown > -0.3`
    #[arg(long = "where", value_name = "CONDITION")]
    pub filter: Option<String>,
}
