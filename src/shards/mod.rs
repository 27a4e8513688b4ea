//! A sweep, a walk or the grid of a portfolio in shards, for many machines: the plan that says which blocks, assets or
//! configurations are whose, the parts that come of them, and where parts are kept. Each part is the same bytes whoever makes it, so that a retry or a second copy of the work cannot
//! disagree, and all parts together give the file that one machine would have written.
//!
//! There is no scheduler here: whatever can start a process with a number is one.
#![cfg_attr(
    test,
    expect(clippy::cast_precision_loss, reason = "tests count small things and mean equal when they say it")
)]

mod cut;
mod documents;
mod part;
mod plan;
mod records;
mod row_file;
mod shard_set;
mod store;

use backtest_engine as engine;
use backtest_report as report;
use backtest_sim as sim;
use backtest_system::files;

pub use cut::{BlockWeights, Stretch, cut};
pub use documents::{AssetDocument, DocumentContents, FoundDocument};
pub use part::{
    ConfigurationContents, ConfigurationRecord, Contents, PartContents, PartProblem, ShardPart, finish_part,
};
pub use plan::{
    MOST_SHARDS, PROGRAM, PlanError, PlannedAsset, PlannedSample, PlannedStrategy, ShardPlan, ShardedCommand,
};
pub use records::{Digest, PlannedParam, PlannedRanking, PlannedSettings, PlannedWalk, PlannedWarmup};
pub use row_file::MergedRows;
pub use shard_set::ShardSet;
pub use store::{PartStore, PartStoreError, is_in_store};
