//! Whether the best of many is more than luck: what a choice among many results, or a result of few bars, is worth.
//!
//! Everything here is about returns of single bars; nothing is per year unless its name says so. Threads are none of its
//! business: what takes long comes in parts whose sum is the same however they are shared out.

mod bootstrap;
mod cpcv;
mod cscv;
mod data_snooping;
mod honesty;
mod monte_carlo;
mod normal;
mod position_shift;
mod sharpe_inference;
mod trade_shuffle;
mod trial_set;

pub use bootstrap::{BootstrapIntervals, Quantiles, StationaryBootstrap, block_length};
pub use cpcv::{CpcvPlan, CpcvSplit, PathSpread};
pub use cscv::{BlockReturns, Cscv, CscvError, CscvSplit, CscvSummary, PointChunk};
pub use data_snooping::{DataSnooping, RealityCheck, SegmentReturnMatrix, SnoopingMaxima, SnoopingTest, SpaValues};
pub use honesty::{Honesty, HonestyFigure, SweepWinner};
pub use monte_carlo::{MonteCarlo, MonteCarloPart, MonteCarloRun, RunHistory};
pub use normal::{normal_cdf, normal_quantile};
pub use position_shift::{PositionShifts, ShiftTest};
pub use sharpe_inference::{CONFIDENCE, ReturnShape, SharpeSpread, expected_max, min_backtest_years};
pub use trade_shuffle::{ShuffledTrades, TradeShuffle};
pub use trial_set::TrialSet;

#[cfg(test)]
mod tests;
