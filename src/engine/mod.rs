//! The work itself: from a plan to results, through the cache where it helps.
#![cfg_attr(
    test,
    expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests count small things and mean equal when they say it"
    )
)]

mod batch;
mod block;
mod inputs;
mod plan;
mod portfolio;
mod ranking;
mod replay;
mod scores;
mod segmentation;
mod signals;
mod sweep;
mod validation;
mod verify;
mod walk;

use backtest_cache as cache;
use backtest_data as data;
use backtest_sim as sim;
use backtest_system::pool;

pub use crate::pool::{NoProgress, Progress};
pub use batch::{BatchResults, last_bar, run_batch};
pub use block::{Block, GridPoints};
pub use inputs::{identify, in_parallel, load_benchmark, scan_files, scan_turnover};
pub use plan::{BoundStrategy, ExtraFiles, KeyMaker, OtherCandles, Plan, ResultKeys, Warmup};
pub use portfolio::{
    PORTFOLIO, PortfolioOutcome, PortfolioPoint, PortfolioResult, UniverseData, UniverseSpan, portfolio_honesty,
    portfolio_reality_check, run_portfolio, seconds_of_configuration, universe_id,
};
pub use ranking::{FilterComparison, Ranking, ResultFilter, SymbolMatches};
pub use replay::{Replay, recompute_points, replay, replays};
pub use scores::{
    AssetScore, Concentration, CorrelationMatrix, HoldingAmount, HoldingEntry, HoldingsAnalysis, RankedAsset,
    ScorePoint, ScoreRanking, Scores, part_names, score_assets,
};
pub use segmentation::{BlockSegments, Cuts, SegmentRows, Segmentation};
pub use signals::{
    Pass, PassState, PassTimes, ReadCounts, SignalHead, SignalRequest, signal_pass, signals_without_state,
};
pub use sweep::{
    BlockPlace, BlockSequence, BlockSink, FinishedBlock, ShardTop, SweepEstimate, SweepPoint, SweepSummary, SweepTop,
    Swept, estimate_sweep, sweep, sweep_blocks, sweep_strategies,
};
pub use validation::{
    BlockHonesty, CutDifference, DEFAULT_BLOCKS, HonestyCollector, IndicatorStarts, Proof, STARTS, honesty_segments,
    monte_carlo, prove, reality_check,
};
pub use verify::{Mismatch, Sample, SampleSize, Verified, verify, verify_blocks, verify_portfolio, verify_scores};
pub use walk::{
    CpcvOptions, CpcvPath, CrossValidated, Pick, ValidatedSplit, WalkFailure, WalkOptions, Walked, WalkedAssets,
    WalkedWindow, WindowBars, WindowChoice, WindowLength, WindowLengths, WindowPlan, Windows, cpcv_cuts,
    cross_validate, cross_validated_cuts, segment_detail, walk, walk_portfolio, walk_windows,
};
