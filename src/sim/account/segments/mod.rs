//! Statistics of one running account, closed and opened anew at each border in time.
//!
//! A border changes nothing for the account: it gives no order and sells nothing. What happened before the border's bar
//! is in the earlier segment; the return of that bar is the first of the later one. A trade counts where it is closed,
//! with its whole profit. All that listens is a recorder, so an account without borders pays nothing for them.

mod stats;

pub use stats::{SegmentReturns, SegmentStats};

use super::recorder::Recorder;
use super::tile_stats::TileStats;
use super::trade::BarTrade;

/// Statistics of one combination in one segment, which can be merged with those of the segment after it.
pub trait SegmentTally: Clone + Default + Send + Sync {
    /// Takes in the statistics of the next segment.
    fn merge(&mut self, later: &Self);

    /// Makes all amounts of money so many times as large; returns stay as they are.
    fn scale(&mut self, factor: f64);

    /// Equity at the close of the last bar.
    fn equity(&self) -> f64;

    /// Bars without a position.
    fn flat(&mut self, tile: &TileStats<'_>, bars: usize, equity: f64);

    /// The tile's bars `from..to`, one at least, through which so many bought units were held, and nothing beside them.
    fn held(&mut self, tile: &TileStats<'_>, bars: (usize, usize), units: f64);

    /// One bar that took the equity from `before` to `equity`; whether a position stood at its close.
    fn bar(&mut self, tile: &TileStats<'_>, before: f64, equity: f64, is_held: bool);

    /// A trade that was closed, or is still open after the last bar.
    fn trade(&mut self, trade: &BarTrade, spans: bool);

    /// A fee that was paid.
    fn fee(&mut self, fee: f64);

    /// Sets the equity at the close of the last bar.
    fn end(&mut self, equity: f64);
}

/// Keeps the statistics of each segment.
#[derive(Clone, Debug)]
pub struct SegmentRecorder<'a, S> {
    /// Bars at which a segment begins, sorted.
    borders: &'a [usize],
    /// One more than there are borders; the first is empty where the first border is at bar 0.
    segments: Vec<S>,
    /// The segment that goes on.
    at: usize,
    /// Its first bar, and the first of the next.
    start: usize,
    next: usize,
    equity: f64,
}

impl<'a, S: SegmentTally> SegmentRecorder<'a, S> {
    /// Before the first bar of an account with this capital. `borders` are sorted.
    #[must_use]
    pub fn new(borders: &'a [usize], capital: f64) -> Self {
        let next = borders.first().copied().unwrap_or(usize::MAX);
        let segments = vec![S::default(); borders.len() + 1];
        Self { borders, segments, at: 0, start: 0, next, equity: capital }
    }

    /// The statistics of each segment, after the last bar.
    #[must_use]
    pub fn finish(mut self) -> Vec<S> {
        // Borders behind the last bar begin segments in which nothing happens.
        while self.at < self.borders.len() {
            self.close();
        }
        self.segments[self.at].end(self.equity);
        self.segments
    }

    /// Closes the segment that goes on.
    fn close(&mut self) {
        self.segments[self.at].end(self.equity);
        self.start = self.next;
        self.at += 1;
        self.next = self.borders.get(self.at).copied().unwrap_or(usize::MAX);
    }

    /// Closes all segments that end before this bar of the whole range.
    fn advance(&mut self, bar: usize) {
        while bar >= self.next {
            self.close();
        }
    }

    /// The bars `from..to` of the tile, one at least, cut at the borders.
    #[inline]
    fn pieces(&mut self, tile: &TileStats<'_>, from: usize, to: usize, mut take: impl FnMut(&mut Self, usize, usize)) {
        let mut from = from;
        loop {
            self.advance(tile.first + from);
            let end = to.min(self.next - tile.first);
            take(self, from, end);
            if end == to {
                return;
            }
            from = end;
        }
    }
}

impl<S: SegmentTally> Recorder for SegmentRecorder<'_, S> {
    const SPANS: bool = true;

    fn flat(&mut self, tile: &TileStats<'_>, from: usize, to: usize, equity: f64) {
        self.pieces(tile, from, to, |all, from, to| {
            all.segments[all.at].flat(tile, to - from, equity);
            all.equity = equity;
        });
    }

    fn held(&mut self, tile: &TileStats<'_>, from: usize, to: usize, units: f64) {
        self.pieces(tile, from, to, |all, from, to| {
            all.segments[all.at].held(tile, (from, to), units);
            all.equity = units * tile.close[to - 1];
        });
    }

    fn bar(&mut self, tile: &TileStats<'_>, bar: usize, before: f64, equity: f64, is_held: bool) {
        self.advance(tile.first + bar);
        self.segments[self.at].bar(tile, before, equity, is_held);
        self.equity = equity;
    }

    fn trade(&mut self, trade: BarTrade) {
        self.advance(trade.exit_bar);
        let entered = self.borders[..self.at].partition_point(|&border| border <= trade.entry_bar);
        self.segments[entered].fee(trade.entry_fee);
        let segment = &mut self.segments[self.at];
        if !trade.open {
            segment.fee(trade.fees - trade.entry_fee);
        }
        segment.trade(&trade, trade.entry_bar < self.start);
    }
}
