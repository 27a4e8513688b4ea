//! The commands, one file each.

pub mod batch;
pub mod cache;
pub mod compare;
pub mod data;
mod execution;
pub mod report;
mod results;
pub mod run;
pub mod strategies;
pub mod sweep;

use std::path::PathBuf;

use crate::cli::args::GlobalArgs;
use crate::cli::output::printer::Printer;
use crate::cli::settings::file::SettingsFile;

/// What every command is given.
pub struct Context {
    /// Options of every command.
    pub global: GlobalArgs,
    /// The settings file.
    pub config: SettingsFile,
    /// The data folder that is meant.
    pub data_dir: PathBuf,
    /// Where to speak.
    pub printer: Printer,
}
