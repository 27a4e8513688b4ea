//! The work itself: from a plan to results, through the cache where it helps.

mod asset;
mod batch;
mod block;
mod estimate;
mod inputs;
mod plan;
mod ranking;
mod replay;
mod scan;
mod segmentation;
mod sweep;
mod validation;
mod verify;
mod warmup;

pub use crate::pool::{NoProgress, Progress};
pub use batch::{BatchResults, run_batch};
pub use block::{Block, GridPoints};
pub use estimate::{SweepEstimate, estimate_sweep};
pub use inputs::load_benchmark;
pub use plan::{BoundStrategy, ExtraFiles, KeyMaker, Plan, ResultKeys};
pub use ranking::{FilterComparison, Ranking, ResultFilter, SymbolMatches};
pub use replay::{LastBar, Replay, last_bar, last_bars, recompute_points, replay, replays};
pub use scan::{in_parallel, scan_files};
pub use segmentation::{BlockSegments, Cuts, SegmentRows, Segmentation};
pub use sweep::{BlockSink, FinishedBlock, SweepPoint, SweepSummary, SweepTop, Swept, sweep, sweep_strategies};
pub use validation::{
    CutDifference, DEFAULT_BLOCKS, HonestyCollector, IndicatorStarts, Proof, STARTS, honesty_segments, monte_carlo,
    prove, reality_check,
};
pub use verify::{Mismatch, Sample, SampleSize, Verified, verify, verify_blocks};
pub use warmup::Warmup;
