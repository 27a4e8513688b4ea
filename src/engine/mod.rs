//! The work itself: from a plan to results, through the cache where it helps.

mod asset;
mod batch;
mod block;
mod handover;
mod lines;
mod near;
mod parallel;
mod plan;
mod points;
mod pool;
mod probe;
mod progress;
mod replay;
mod sink;
mod slices;
mod survey;
mod sweep;
#[cfg(test)]
mod sweep_tests;
mod verify;
mod wave;

pub use crate::sim::fold::{Combination, Compiled, Record, Terms, fold, fold_with_trades};
pub use batch::{Done, execute};
pub use block::Block;
pub use lines::panes;
pub use near::near;
pub use parallel::in_parallel;
pub use plan::{Bound, Identity, Keyring, Keys, Plan};
pub use points::Points;
pub use probe::{Probe, probe};
pub use progress::{Progress, Silent};
pub use replay::{Replay, replay, replays};
pub use sink::{Finished, Sink, Swept};
pub use survey::survey;
pub use sweep::sweep;
pub use verify::{Mismatch, Sample, Share, Verified, verify, verify_blocks};
