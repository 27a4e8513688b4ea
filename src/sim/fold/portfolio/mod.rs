//! The second fold: many assets in one account, bar after bar of the union of their times.
//!
//! It knows of an asset what the first fold made of it, its scores and weights at each bar, and its opens and closes. So
//! many accounts that differ in how many they hold share all that is computed of the assets.

mod asset_bars;
mod candidates;
mod outcome;
mod portfolio_schedule;
mod positions;
mod rebalancing;
mod series_values;
mod slot_entries;
mod slot_orders;
mod slots;
#[cfg(test)]
mod tests;
mod universe;
mod weighted;

pub use asset_bars::AssetBars;
pub use candidates::{AssetScores, Candidates, RankedCandidate};
pub use outcome::{PortfolioBenchmark, PortfolioFigures, PortfolioRun, WeightsAt};
pub use portfolio_schedule::{PortfolioSchedule, ScheduledPortfolio};
pub use positions::AssetTrade;
pub use series_values::{BoundSeries, recent_values, series_values};
pub use slot_entries::SlotEntries;
pub use slot_orders::{SlotEntry, SlotOrders, slot_orders};
pub use slots::SlotPortfolio;
pub use universe::{AssetPrices, Universe, UniverseError};
pub use weighted::WeightedPortfolio;
