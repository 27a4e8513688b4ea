//! `backtest sweep plan`, `run`, `status` and `merge`: a sweep in shards, for many machines; and what other work in shards
//! has in common with it.

mod merge;
mod part;
mod plan;
mod setup;
mod status;

use std::path::Path;

pub(in crate::commands) use self::merge::{MergedShards, there, verified_share, verify};
pub(in crate::commands) use self::part::{ShardedWork, run as run_shard, stopped, unreadable, unwritten};
pub(in crate::commands) use self::plan::{PlanRequest, PlannedCost, check_size, identified, refuse};
pub(in crate::commands) use self::setup::{ShardSetup, other_candles};
pub(in crate::commands) use self::status::run as status;

use crate::args::{ShardCommand, ShardPlaceArgs};
use crate::commands::Context;
use crate::data::escape;
use crate::error::Error;
use crate::shards::{PartStore, PartStoreError, ShardPlan, ShardedCommand};

/// Runs one of them.
///
/// # Errors
/// A wrong request or plan; what failed; what may go by itself.
pub(super) fn run(command: &ShardCommand, context: &Context) -> Result<(), Error> {
    match command {
        ShardCommand::Plan(args) => plan::run(args, context),
        ShardCommand::Run(args) => part::run::<ShardSetup>(args, context),
        ShardCommand::Status(args) => status::run::<ShardSetup>(args, context),
        ShardCommand::Merge(args) => merge::run(args, context),
    }
}

/// The plan that is meant, which must be one of this command, and the place of its parts.
///
/// # Errors
/// A plan that cannot be used, or a place to which there is no way.
pub(in crate::commands) fn open(
    args: &ShardPlaceArgs,
    command: ShardedCommand,
) -> Result<(ShardPlan, PartStore), Error> {
    let wrong = |what: &dyn std::fmt::Display| Error::usage(format!("--plan {}: {what}", shown(&args.plan)));
    let plan = ShardPlan::open(&args.plan).map_err(|error| wrong(&error))?;
    if plan.command != command {
        let (name, other) = (command.name(), plan.command.name());
        return Err(wrong(&format!("is the plan of a {other}, not of a {name}: type `backtest {other}` in front")));
    }
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
