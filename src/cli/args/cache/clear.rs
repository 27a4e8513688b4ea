//! Removing entries.

use clap::Args;

use super::FilterArgs;
use crate::cli::args::Format;

/// `cache clear`
#[derive(Args, Debug)]
#[command(after_help = "Example: backtest cache clear --crypto BTC --strategy ma")]
pub struct ClearArgs {
    /// Which entries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Say how many it would be, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
    /// How it is printed
    #[arg(long, default_value = "table")]
    pub format: Format,
}
