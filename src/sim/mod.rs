//! The simulator: candles through indicators, rules and accounts to metrics. No IO, no clock, no threads.
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

pub mod account;
mod candles;
pub mod fold;
pub mod indicators;
mod interval;
pub mod metrics;
pub mod random;
mod result;
pub mod rules;
pub mod simd;
pub mod strategy;
mod sweep_grid;
pub mod text;
mod tile;

pub use account::{Direction, Fill, Settings, Side, Trade};
pub use candles::{Candle, Candles, Field, FieldSet};
pub use fold::OwnSeries;
pub use interval::{CalendarPart, DAY, IanaZone, Interval, Millis, TimeRange, Year};
pub use metrics::{Breakdown, BreakdownBy, BreakdownPart};
pub use result::{
    CacheState, CandleId, ChoiceRow, EquityCurve, Failed, HoldingRow, LastBar, LastWaiting, PortfolioSummary,
    RankSpread, Row, ScoreRow, Signal, SignalKind, SplitRow, StrategyTotals, Summary, WarmupId, WeightRow, WindowRow,
    drawdown,
};
pub use sweep_grid::SweepGrid;
pub use tile::bitset::{self, TILE};
pub use tile::resumable::{Resumable, StateBytes};

/// Named in every cache key. Raise it with any change that can alter one bit of a result.
pub const ENGINE_VERSION: u32 = 4;
