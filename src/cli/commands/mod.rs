//! The commands, one file each.

pub mod batch;
pub mod cache;
pub mod compare;
pub mod completions;
pub mod data;
mod data_check;
mod data_convert;
mod data_export;
mod data_fetch;
mod data_import;
mod data_imported;
mod estimate;
mod picture;
pub mod report;
pub mod run;
mod shared;
mod stored;
pub mod strategies;
pub mod sweep;

pub use shared::{now, text, write};

use super::args::GlobalArgs;
use super::config::Config;
use super::printer::Printer;

/// What every command is given.
pub struct Context {
    /// Options of every command.
    pub global: GlobalArgs,
    /// The settings file.
    pub config: Config,
    /// Where to speak.
    pub printer: Printer,
}
