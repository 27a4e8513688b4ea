//! `backtest sweep plan`, `run`, `status` and `merge`: a sweep in shards, for many machines.

mod merge;
mod part;
mod plan;
mod setup;
mod status;

use std::path::Path;

use crate::cli::args::{ShardCommand, ShardPlaceArgs};
use crate::cli::commands::Context;
use crate::cli::error::Error;
use crate::data::escape;
use crate::shards::{PartStore, PartStoreError, ShardPlan};

/// Runs one of them.
///
/// # Errors
/// A wrong request or plan; what failed; what may go by itself.
pub(super) fn run(command: &ShardCommand, context: &Context) -> Result<(), Error> {
    match command {
        ShardCommand::Plan(args) => plan::run(args, context),
        ShardCommand::Run(args) => part::run(args, context),
        ShardCommand::Status(args) => status::run(args, context),
        ShardCommand::Merge(args) => merge::run(args, context),
    }
}

/// The plan that is meant, and the place of its parts.
///
/// # Errors
/// A plan that cannot be used, or a place to which there is no way.
fn open(args: &ShardPlaceArgs) -> Result<(ShardPlan, PartStore), Error> {
    let plan = ShardPlan::open(&args.plan)
        .map_err(|error| Error::usage(format!("--plan {}: {error}", escape(&args.plan.display().to_string()))))?;
    Ok((plan, store(args)?))
}

/// The place of the parts: what is named, else a folder beside the plan.
fn store(args: &ShardPlaceArgs) -> Result<PartStore, Error> {
    let beside = || args.plan.with_extension("parts").display().to_string();
    let place = args.parts.clone().unwrap_or_else(beside);
    PartStore::at(&place).map_err(|what| Error::usage(format!("--parts: {what}")))
}

/// An error of the place of parts, which tells whether to try again.
fn store_error(error: &PartStoreError) -> Error {
    let message = format!("--parts: {}", escape(&error.message));
    if error.is_passing { Error::passing(message) } else { Error::failed(message) }
}

/// How a path is shown.
fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}
