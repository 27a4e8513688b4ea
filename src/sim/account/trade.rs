//! Trades: with the times of their bars, as the outputs have them, and with the bars' numbers, as the account makes them.

use crate::interval::Millis;
use crate::tile::resumable::{resumable, resumable_enum};

/// Side of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Bought first.
    Long,
    /// Sold first.
    Short,
}

/// Why a trade ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExitReason {
    /// Its exit rule.
    #[default]
    Rule,
    /// The other side's entry.
    Reverse,
    /// The stop loss.
    Stop,
    /// The trailing stop.
    Trailing,
    /// The stop after it rose to the entry's price.
    BreakEven,
    /// The take profit.
    Target,
    /// As many bars as it may be held.
    Time,
    /// The margin was used up.
    Liquidation,
    /// The account's equity was gone.
    Ruin,
    /// It is still open after the last bar.
    Open,
    /// Its asset has no more bars, while others of its account have.
    Ended,
}

impl ExitReason {
    /// All of them, in the order in which tables list them.
    pub const ALL: [Self; 11] = [
        Self::Rule,
        Self::Reverse,
        Self::Stop,
        Self::Trailing,
        Self::BreakEven,
        Self::Target,
        Self::Time,
        Self::Liquidation,
        Self::Ruin,
        Self::Open,
        Self::Ended,
    ];

    /// The word for it in all outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Reverse => "reverse",
            Self::Stop => "stop",
            Self::Trailing => "trailing",
            Self::BreakEven => "break_even",
            Self::Target => "target",
            Self::Time => "time",
            Self::Liquidation => "liquidation",
            Self::Ruin => "ruin",
            Self::Open => "open",
            Self::Ended => "ended",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rule => "exit rule",
            Self::Reverse => "reversal",
            Self::Stop => "stop loss",
            Self::Trailing => "trailing stop",
            Self::BreakEven => "break-even stop",
            Self::Target => "take profit",
            Self::Time => "max bars",
            Self::Liquidation => "liquidation",
            Self::Ruin => "ruin",
            Self::Open => "still open",
            Self::Ended => "asset ended",
        }
    }

    /// Whether the price touched a level, so that the exit was inside a bar.
    #[must_use]
    pub const fn is_level(self) -> bool {
        matches!(self, Self::Stop | Self::Trailing | Self::BreakEven | Self::Target | Self::Liquidation)
    }
}

/// How the price of an entry came about, and so which prices of its bar are sure to come after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryFill {
    /// At the open or the close: all later prices of the bar, or none.
    #[default]
    AtOnce,
    /// By a limit order inside the bar: the price had to pass the level to reach the bar's worst price.
    Limit,
    /// By a stop order inside the bar: the price had to pass the level to reach the bar's best price.
    Stop,
}

resumable_enum!(EntryFill: AtOnce, Limit, Stop);
resumable_enum!(
    ExitReason: Rule,
    Reverse,
    Stop,
    Trailing,
    BreakEven,
    Target,
    Time,
    Liquidation,
    Ruin,
    Open
);

/// Stop and target of a position as they are at its entry, where it has them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EntryLevels {
    /// The price at which it is given up; the trailing stop, where there is no other.
    pub stop: Option<f64>,
    /// The price at which its profit is taken.
    pub target: Option<f64>,
}

resumable!(EntryLevels: stop, target);

/// One position from its entry to its exit, or to the last bar while still open.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// Long or short.
    pub side: Side,
    /// Open time of the bar of the entry fill.
    pub entry_time: Millis,
    /// Fill price, slippage included.
    pub entry_price: f64,
    /// Open time of the bar of the exit fill; of the last bar while open.
    pub exit_time: Millis,
    /// Fill price, slippage included; the last close while open.
    pub exit_price: f64,
    /// Units held, above zero on both sides.
    pub size: f64,
    /// Fees of both fills; of the entry alone while open.
    pub fees: f64,
    /// Profit net of fees, in quote currency.
    pub pnl: f64,
    /// `pnl / (entry_price * size)`.
    pub ret: f64,
    /// Bars from the entry fill to the exit fill.
    pub bars: u64,
    /// Still open at the end: marked to the last close and not counted in trade metrics.
    pub open: bool,
    /// Why it ended.
    pub exit_reason: ExitReason,
    /// Deepest fall of the price below the entry's while held, as a fraction of it: 0 or negative.
    pub mae: f64,
    /// Highest rise of the price above the entry's while held, as a fraction of it: 0 or positive.
    pub mfe: f64,
    /// Whether its last bar touched stop and target alike, so that the candle cannot say which was first; the stop was taken.
    pub ambiguous: bool,
}

/// A trade in bars; who records it knows their times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarTrade {
    /// Long or short.
    pub side: Side,
    /// Bar of the entry fill.
    pub entry_bar: usize,
    /// Entry price with slippage.
    pub entry_price: f64,
    /// How that price came about.
    pub entry_fill: EntryFill,
    /// Number of the finer bar within the exit's bar in which a level was touched; 0 where there is none.
    pub exit_within: usize,
    /// Where its levels were at the entry.
    pub entry_levels: EntryLevels,
    /// Bar of the exit fill.
    pub exit_bar: usize,
    /// Exit price with slippage; the last close while open.
    pub exit_price: f64,
    /// Units, above zero.
    pub size: f64,
    /// Fees of both fills; of the entry while open.
    pub fees: f64,
    /// Fee of the entry.
    pub entry_fee: f64,
    /// Net profit.
    pub pnl: f64,
    /// `pnl / (entry_price * size)`
    pub ret: f64,
    /// Not closed by the last bar.
    pub open: bool,
    /// Why it ended.
    pub reason: ExitReason,
    /// Whether its last bar touched stop and target alike, so that the candle cannot say which was first; the stop was taken.
    pub ambiguous: bool,
}
