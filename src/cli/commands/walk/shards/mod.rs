//! `backtest walk plan`, `run`, `status` and `merge`: walks over many assets in shards, each of some of the assets.

mod merge;
mod plan;
mod work;

use self::work::WalkWork;
use crate::args::WalkShardCommand;
use crate::commands::Context;
use crate::commands::sweep::shards;
use crate::error::Error;

/// Runs one of them.
///
/// # Errors
/// A wrong request or plan; what failed; what may go by itself.
pub(super) fn run(command: &WalkShardCommand, context: &Context) -> Result<(), Error> {
    match command {
        WalkShardCommand::Plan(args) => plan::run(args, context),
        WalkShardCommand::Run(args) => shards::run_shard::<WalkWork>(args, context),
        WalkShardCommand::Status(args) => shards::status::<WalkWork>(args, context),
        WalkShardCommand::Merge(args) => merge::run(args, context),
    }
}
