//! The commands on strategies.

use std::path::PathBuf;

use clap::Subcommand;

use super::Format;

/// `strategies`
#[derive(Debug, Subcommand)]
pub enum StrategiesCommand {
    /// All strategies, with their parameters
    List {
        /// How it is printed
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// The TOML definition of one
    Show {
        /// A name or a TOML file
        name: String,
    },
    /// Check a TOML definition, without any candle
    Check {
        /// The file
        file: PathBuf,
    },
    /// All indicators that rules can call
    Indicators,
}
