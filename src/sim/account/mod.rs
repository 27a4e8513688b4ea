//! Positions and costs: from signals to fills, and from fills to the tally.
//!
//! The account steps only where something happens. Between fills it hands whole stretches to the tally; which bar
//! comes next is the next set bit of the signals that matter in the present state.

#[expect(clippy::module_inception, reason = "the folder is named for its main concept")]
mod account;
mod exits;
mod level_account;
mod levels;
mod leverage;
mod orders;
mod recorder;
mod running_stats;
mod segments;
mod settings;
mod sizing;
#[cfg(test)]
mod tests;
mod tile_stats;
mod trade;

pub use account::{Account, Closed};
pub use exits::{Distance, Distances, EntryOrder, ExitPlan, SignalBar};
pub use level_account::{BorderRule, LevelAccount, LevelTile, PositionTerms, SlotBar, TileOrders};
pub use levels::{DetailBars, PriceRanges};
pub use leverage::{Leverage, funding_payments};
pub use orders::{SignalBits, WaitingEntry};
pub use recorder::{Record, Recorder};
pub use running_stats::{RunningStats, TradeCounts, TradeStats};
pub use segments::{SegmentRecorder, SegmentReturns, SegmentStats, SegmentTally};
pub use settings::{Direction, Fill, Settings};
pub use sizing::{SizeRule, Sizing};
pub use tile_stats::{ReturnSums, TileStats};
pub use trade::{BarTrade, EntryFill, EntryLevels, ExitReason, Side, Trade};
