//! `cache` and what it can do.

use clap::Subcommand;

use super::{ClearArgs, KeysArgs, VerifyArgs, WarmArgs};
use crate::cli::args::Format;

/// `cache`
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// The store: version, memory, latency, what may be done there, and why it is unusable if it is
    Info {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Entries and bytes by kind, asset and strategy; our own hits and misses, in all and per day
    Stats {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// List stored results
    Keys(KeysArgs),
    /// Remove stored results: all of ours, or those that match
    Clear(ClearArgs),
    /// Compute and store what is missing
    Warm(WarmArgs),
    /// Compute stored results again and compare them bit for bit
    Verify(VerifyArgs),
    /// Whether the cache answers: exit code 0 or 1, for scripts
    Ping {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
}
