//! The commands on stored results.

use clap::Subcommand;

use super::Format;

/// `cache`
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Entries, bytes, our hits and misses, the server's memory
    Stats {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Remove stored results: all of ours, or those of an asset or a strategy
    Clear {
        /// Only this asset's
        #[arg(long, short, value_name = "SYMBOL")]
        crypto: Option<String>,
        /// Only this strategy's
        #[arg(long, short, value_name = "NAME")]
        strategy: Option<String>,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}
