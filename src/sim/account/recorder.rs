//! Who hears of an account's trades and equity as they come.

use super::levels::{DetailBars, Prices};
use super::orders::WaitingEntry;
use super::settings::Fill;
use super::tile_stats::TileStats;
use super::trade::{BarTrade, EntryFill, ExitReason, Side, Trade};
use crate::candles::Candles;

/// Who wants to hear of trades and equity. `()` hears nothing and costs nothing; the arithmetic is the same.
pub trait Recorder {
    /// Whether [`Recorder::trade`] is to be called at all.
    const TRADES: bool = true;
    /// Whether [`Recorder::equity`] is to be called at all.
    const EQUITY: bool = false;
    /// Whether [`Recorder::flat`], [`Recorder::held`] and [`Recorder::bar`] are to be called at all. Together they hear
    /// of each bar once, in order.
    const SPANS: bool = false;
    /// A trade was closed, or is still open after the last bar.
    fn trade(&mut self, _trade: BarTrade) {}
    /// An entry was filled inside this bar, in the finer bar of this number.
    fn fills(&mut self, _bar: usize, _within: usize) {}
    /// From this bar on an entry waits for its price, or none does any more but for those whose time is over.
    fn waits(&mut self, _bar: usize, _entry: Option<WaitingEntry>) {}
    /// The equity at the close of the next bar.
    fn equity(&mut self, _equity: f64) {}
    /// The bars `from..to` of the tile passed without a position, at this equity.
    fn flat(&mut self, _tile: &TileStats<'_>, _from: usize, _to: usize, _equity: f64) {}
    /// Through the bars `from..to` of the tile so many bought units were held, and nothing beside them.
    fn held(&mut self, _tile: &TileStats<'_>, _from: usize, _to: usize, _units: f64) {}
    /// A bar of the tile took the equity from `before` to `equity`; whether a position stood at its close.
    fn bar(&mut self, _tile: &TileStats<'_>, _bar: usize, _before: f64, _equity: f64, _is_held: bool) {}
}

impl Recorder for () {
    const TRADES: bool = false;
}

/// Keeps every trade and the equity at every close.
#[derive(Clone, Debug, Default)]
pub struct Record {
    trades: Vec<BarTrade>,
    /// Entries that wait for their price, by the bars from which on they do; none where one does no more.
    waits: Vec<(usize, Option<WaitingEntry>)>,
    /// Bars inside which an entry was filled, and the number of the finer bar that filled it.
    fills: Vec<(usize, usize)>,
    /// Equity at the close of each bar.
    pub equity: Vec<f64>,
}

impl Recorder for Record {
    const EQUITY: bool = true;

    fn trade(&mut self, trade: BarTrade) {
        self.trades.push(trade);
    }

    fn fills(&mut self, bar: usize, within: usize) {
        self.fills.push((bar, within));
    }

    fn waits(&mut self, bar: usize, entry: Option<WaitingEntry>) {
        self.waits.push((bar, entry));
    }

    fn equity(&mut self, equity: f64) {
        self.equity.push(equity);
    }
}

impl Record {
    /// The trades, by the bars of their fills.
    #[must_use]
    pub fn bar_trades(&self) -> &[BarTrade] {
        &self.trades
    }

    /// The entry that waits for its price in `next`, if one was placed by this bar and neither filled nor voided.
    #[must_use]
    pub fn waiting(&self, placed_by: usize, next: usize) -> Option<WaitingEntry> {
        let last = self.waits.iter().rev().find(|(bar, _)| *bar <= placed_by);
        last.and_then(|(_, entry)| *entry).filter(|entry| entry.until > next)
    }

    /// The number of the finer bar in which an entry was filled inside this bar.
    fn entry_within(&self, bar: usize) -> Option<usize> {
        self.fills.binary_search_by_key(&bar, |(bar, _)| *bar).ok().map(|at| self.fills[at].1)
    }

    /// The trades, with the open times of their bars in place of the bars' indices, and with the excursions of the
    /// price: by the finer bars, where there are any.
    ///
    /// # Panics
    /// When these are not the candles that were folded.
    #[must_use]
    pub fn trades(&self, candles: &Candles, detail: Option<&DetailBars>, fill: Fill) -> Vec<Trade> {
        let time = &candles.time;
        self.trades
            .iter()
            .map(|trade| {
                let (mae, mfe) = excursions(trade, self.entry_within(trade.entry_bar), (candles, detail), fill);
                Trade {
                    side: trade.side,
                    entry_time: time[trade.entry_bar],
                    entry_price: trade.entry_price,
                    exit_time: time[trade.exit_bar],
                    exit_price: trade.exit_price,
                    size: trade.size,
                    fees: trade.fees,
                    pnl: trade.pnl,
                    ret: trade.ret,
                    bars: (trade.exit_bar - trade.entry_bar) as u64,
                    open: trade.open,
                    exit_reason: trade.reason,
                    mae,
                    mfe,
                    ambiguous: trade.ambiguous,
                }
            })
            .collect()
    }
}

/// How far the price went against a trade and for it while it was held, as fractions of the entry's price.
///
/// Only prices that are sure to lie between entry and exit count: of the entry's bar those after its fill, of the exit's
/// bar, where the fill is not at its close, the open and the fill. Finer bars, where a bar has some, are looked at in its
/// place.
fn excursions(
    trade: &BarTrade,
    entry_within: Option<usize>,
    (candles, detail): (&Candles, Option<&DetailBars>),
    fill: Fill,
) -> (f64, f64) {
    let at_close = match trade.reason {
        ExitReason::Rule | ExitReason::Reverse | ExitReason::Time => fill == Fill::Close,
        ExitReason::Ruin | ExitReason::Open | ExitReason::Ended => true,
        ExitReason::Stop
        | ExitReason::Trailing
        | ExitReason::BreakEven
        | ExitReason::Target
        | ExitReason::Liquidation => false,
    };
    let is_inside = trade.entry_fill != EntryFill::AtOnce;
    let from = trade.entry_bar + usize::from(is_inside || fill == Fill::Close);
    let to = if at_close { trade.exit_bar + 1 } else { trade.exit_bar };
    let inside = |bar: usize| detail.map_or(&[][..], |detail| detail.inside(bar));
    let (mut low, mut high) = (trade.entry_price, trade.entry_price);
    let mut see = |price: f64| (low, high) = (low.min(price), high.max(price));
    // The finer bars before the one in which a level ended the trade.
    let last = if trade.reason.is_level() { inside(trade.exit_bar) } else { &[] };
    let last = &last[..trade.exit_within.min(last.len())];
    if is_inside {
        let finer = inside(trade.entry_bar);
        let is_same = trade.exit_bar == trade.entry_bar && !at_close;
        // Prices beyond the level came after the fill; so did the close.
        let falls = (trade.side == Side::Long) == (trade.entry_fill == EntryFill::Limit);
        let beyond = |(_, high, low): Prices| if falls { low } else { high };
        match entry_within {
            Some(at) if at < finer.len() => {
                let end = if is_same { last.len() } else { finer.len() };
                if at < end {
                    see(beyond(finer[at]));
                }
                for (_, high, low) in finer.iter().take(end).skip(at + 1) {
                    see(*low);
                    see(*high);
                }
                if is_same && at < last.len() {
                    see(inside(trade.exit_bar)[last.len()].0);
                }
            }
            _ if !is_same => see(beyond((0.0, candles.high[trade.entry_bar], candles.low[trade.entry_bar]))),
            _ => {}
        }
        if !is_same {
            see(candles.close[trade.entry_bar]);
        }
    }
    (from..to).for_each(|bar| {
        see(candles.low[bar]);
        see(candles.high[bar]);
    });
    if !at_close && trade.exit_bar >= from {
        see(candles.open[trade.exit_bar]);
        for (_, high, low) in last {
            see(*low);
            see(*high);
        }
        if let Some((open, ..)) = inside(trade.exit_bar).get(last.len()).filter(|_| trade.reason.is_level()) {
            see(*open);
        }
    }
    if !at_close {
        see(trade.exit_price);
    }
    let (down, up) = (low / trade.entry_price - 1.0, high / trade.entry_price - 1.0);
    match trade.side {
        Side::Long => (down, up),
        Side::Short => (-up, -down),
    }
}
