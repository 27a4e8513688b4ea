//! `backtest portfolio plan`, `run`, `status` and `merge`: the grid of a portfolio in shards, each of some of its points.

mod merge;
mod plan;
mod work;

use self::work::PortfolioWork;
use crate::args::PortfolioShardCommand;
use crate::commands::Context;
use crate::commands::sweep::shards;
use crate::error::Error;

/// Runs one of them.
///
/// # Errors
/// A wrong request or plan; what failed; what may go by itself.
pub(super) fn run(command: &PortfolioShardCommand, context: &Context) -> Result<(), Error> {
    match command {
        PortfolioShardCommand::Plan(args) => plan::run(args, context),
        PortfolioShardCommand::Run(args) => shards::run_shard::<PortfolioWork>(args, context),
        PortfolioShardCommand::Status(args) => shards::status::<PortfolioWork>(args, context),
        PortfolioShardCommand::Merge(args) => merge::run(args, context),
    }
}
