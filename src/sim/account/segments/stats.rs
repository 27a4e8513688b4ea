//! What is kept of a segment: little where a metric needs little, else all sums of an account.

use super::SegmentTally;
use crate::account::running_stats::RunningStats;
use crate::account::tile_stats::{AllIn, ReturnSums, TileStats};
use crate::account::trade::BarTrade;

/// Sums over the returns of one segment: what metrics of returns alone need, such as the Sharpe ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentReturns {
    /// Sums over the returns, each less what cash earns in a bar.
    pub returns: ReturnSums,
    /// Equity at the close of the last bar; of a segment without bars, at the close before it.
    pub equity: f64,
    /// Bars with a position at their close.
    pub exposed: u32,
    /// Trades that were closed.
    pub trades: u32,
}

impl SegmentTally for SegmentReturns {
    fn merge(&mut self, later: &Self) {
        self.returns.add(&later.returns);
        self.equity = later.equity;
        self.exposed += later.exposed;
        self.trades += later.trades;
    }

    fn scale(&mut self, factor: f64) {
        self.equity *= factor;
    }

    fn equity(&self) -> f64 {
        self.equity
    }

    fn flat(&mut self, tile: &TileStats<'_>, bars: usize, _equity: f64) {
        if tile.risk_free != 0.0 {
            self.returns.add_times(&ReturnSums::of(-tile.risk_free), bars);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a tile has 1,024 bars")]
    fn held(&mut self, tile: &TileStats<'_>, (from, to): (usize, usize), _units: f64) {
        self.exposed += (to - from) as u32;
        tile.add_returns(&mut self.returns, from, to);
    }

    fn bar(&mut self, tile: &TileStats<'_>, before: f64, equity: f64, is_held: bool) {
        self.returns.push(equity / before - 1.0 - tile.risk_free);
        self.exposed += u32::from(is_held);
    }

    fn trade(&mut self, trade: &BarTrade, _spans: bool) {
        self.trades += u32::from(!trade.open);
    }

    fn fee(&mut self, _fee: f64) {}

    fn end(&mut self, equity: f64) {
        self.equity = equity;
    }
}

/// All sums of one segment but those of its longest drawdown, as runs of bars cannot be merged.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentStats {
    /// Sums of the bars and of the trades that were closed.
    pub sums: RunningStats,
    /// Lowest equity at a close; infinite where there is no bar.
    pub lowest: f64,
    /// Equity at the close of the last bar; of a segment without bars, at the close before it.
    pub equity: f64,
    /// Closed trades that began before the segment; of merged ones, before the segment in which they were closed.
    pub spanning: u64,
    /// Whether a position stood at the close of the last bar.
    pub is_open: bool,
}

impl Default for SegmentStats {
    fn default() -> Self {
        Self { sums: RunningStats::default(), lowest: f64::INFINITY, equity: 0.0, spanning: 0, is_open: false }
    }
}

impl SegmentStats {
    fn see(&mut self, equity: f64) {
        if equity < self.lowest {
            self.lowest = equity;
        }
    }
}

impl SegmentTally for SegmentStats {
    fn merge(&mut self, later: &Self) {
        let is_empty = later.lowest.is_infinite();
        self.sums.merge(&later.sums, later.lowest);
        self.see(later.lowest);
        self.equity = later.equity;
        self.spanning += later.spanning;
        self.is_open = if is_empty { self.is_open } else { later.is_open };
    }

    fn scale(&mut self, factor: f64) {
        self.sums.scale(factor);
        if self.lowest.is_finite() {
            self.lowest *= factor;
        }
        self.equity *= factor;
    }

    fn equity(&self) -> f64 {
        self.equity
    }

    fn flat(&mut self, tile: &TileStats<'_>, bars: usize, equity: f64) {
        self.sums.flat(bars, equity, tile.risk_free);
        self.see(equity);
        self.is_open = false;
    }

    fn held(&mut self, tile: &TileStats<'_>, (from, to): (usize, usize), units: f64) {
        self.sums.held(tile, from, to, AllIn { units });
        let lowest = tile.close[from..to].iter().copied().fold(f64::INFINITY, f64::min);
        self.see(units * lowest);
        self.is_open = true;
    }

    fn bar(&mut self, tile: &TileStats<'_>, before: f64, equity: f64, is_held: bool) {
        self.sums.bar(before, equity, tile.risk_free);
        self.sums.exposed += u64::from(is_held);
        self.see(equity);
        self.is_open = is_held;
    }

    fn trade(&mut self, trade: &BarTrade, spans: bool) {
        if !trade.open {
            self.sums.trades.push(trade.pnl, trade.ret, (trade.exit_bar - trade.entry_bar) as u64);
            self.spanning += u64::from(spans);
        }
    }

    fn fee(&mut self, fee: f64) {
        self.sums.fees += fee;
    }

    fn end(&mut self, equity: f64) {
        self.equity = equity;
        self.sums.drop_runs();
    }
}
