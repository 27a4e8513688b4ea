//! The commands on candles.

use clap::Subcommand;

use super::Format;

/// `data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// All assets: bars, range, file
    List {
        /// Length of a bar: the folder in the data folder [default: every one there is]
        #[arg(long, env = "BACKTEST_INTERVAL")]
        interval: Option<String>,
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Make synthetic daily candles of 24 assets, for trying things out
    Sample {
        /// Another seed gives other candles
        #[arg(long, default_value_t = crate::data::sample::SEED)]
        seed: u64,
    },
}
