//! Pictures of results: a page for the browser, a chart in the terminal.

use std::path::PathBuf;

use clap::Args;

/// How results are drawn.
#[derive(Args, Debug)]
pub struct PictureArgs {
    /// Write a page with charts and tables, which opens in any browser and needs no network: .html
    #[arg(long, value_name = "FILE", help_heading = "Pictures")]
    pub report: Option<PathBuf>,
    /// Draw in the terminal too
    #[arg(long, help_heading = "Pictures")]
    pub chart: bool,
}

/// `report`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest run --crypto BTC --strategy rsi --out rsi.json && backtest report rsi.json")]
pub struct ReportArgs {
    /// What run, batch or compare wrote as .json, or batch or sweep as .parquet
    #[arg(value_name = "RESULT")]
    pub result: PathBuf,
    /// Where the page goes [default: the result's name with .html]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Metric to rank by [default: sharpe]
    #[arg(long, value_name = "METRIC")]
    pub sort: Option<String>,
}
