//! What a tile of candles means to every account that holds it: computed once, read by all combinations.
//!
//! A position that is held from one bar to the next gains what the market gains, whatever its size. So the sums
//! that the metrics need of a held stretch are put together from sums of the market's own returns over spans of 32 and
//! of 8 bars and over single bars, and most of its drawdown follows from the highest and lowest close of the same
//! spans. How bars are cut into spans changes no drawdown: it is the smallest of the same quotients.
//!
//! Sums are only ever added, never subtracted: in a difference of two prefix sums, a jump of the price anywhere before
//! a stretch wipes out the digits of what is held after it.

mod holding;
mod range_sums;

pub(super) use self::holding::{AllIn, Beside, Holding};

use self::range_sums::{FEW, RangeSums};
use crate::sim::candles::Candles;
use crate::sim::simd::Cpu;
use crate::sim::tile::bitset::TILE;
use crate::sim::tile::resumable::resumable;

/// Bars in one short span of the drawdown summary.
pub(super) const SPAN: usize = 8;
/// Short spans in a long one.
pub(super) const SPANS: usize = 4;
/// Bars in a long span.
pub(super) const LONG: usize = SPAN * SPANS;

/// Sums over returns, as the metrics want them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReturnSums {
    /// Sum of `max(r, 0)`.
    pub gains: f64,
    /// Sum of `max(-r, 0)`.
    pub losses: f64,
    /// Sum of `r^2`.
    pub squares: f64,
    /// Sum of `min(r, 0)^2`.
    pub loss_squares: f64,
}

resumable!(ReturnSums: gains, losses, squares, loss_squares);

impl ReturnSums {
    /// Of one return.
    #[must_use]
    #[inline]
    pub fn of(r: f64) -> Self {
        let gain = if r > 0.0 { r } else { 0.0 };
        let loss = if r < 0.0 { -r } else { 0.0 };
        Self { gains: gain, losses: loss, squares: r * r, loss_squares: loss * loss }
    }

    /// Adds one return.
    pub fn push(&mut self, r: f64) {
        self.add(&Self::of(r));
    }

    /// Adds the same sums so many times.
    #[expect(clippy::cast_precision_loss, reason = "a tile has 1,024 bars")]
    pub(super) fn add_times(&mut self, other: &Self, times: usize) {
        let times = times as f64;
        self.gains += times * other.gains;
        self.losses += times * other.losses;
        self.squares += times * other.squares;
        self.loss_squares += times * other.loss_squares;
    }

    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        self.gains += other.gains;
        self.losses += other.losses;
        self.squares += other.squares;
        self.loss_squares += other.loss_squares;
    }
}

/// The candles of one tile with the sums and summaries that all accounts share.
pub struct TileStats<'a> {
    /// Open prices of the tile.
    pub open: &'a [f64],
    /// Close prices of the tile.
    pub close: &'a [f64],
    /// Index of the tile's first bar in the range.
    pub first: usize,
    /// Bars before the first candle.
    skipped: usize,
    /// Close of the bar before the tile; of no use in the first.
    pub close_before: f64,
    /// What cash that bears no risk earns in a bar; all sums are of returns above it.
    pub risk_free: f64,
    /// Which instructions compute; no bit depends on it.
    pub(super) cpu: Cpu,
    /// The return of each bar of the tile, as sums over it alone.
    pub(super) bar_sums: Box<[ReturnSums; TILE]>,
    /// Sums of each short span, and of each long one.
    pub(super) short_sums: [ReturnSums; TILE / SPAN],
    pub(super) long_sums: [ReturnSums; TILE / LONG],
    /// Highest and lowest close of each whole short span.
    pub short: [Extremes; TILE / SPAN],
    /// Highest and lowest close of each whole long span.
    pub long: [Extremes; TILE / SPAN / SPANS],
    /// Sums of any stretch, where statistics are cut at borders.
    ranges: Option<RangeSums>,
}

/// Highest and lowest close of some bars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extremes {
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
}

impl Extremes {
    #[inline]
    fn join(self, other: Self) -> Self {
        Self {
            high: if other.high > self.high { other.high } else { self.high },
            low: if other.low < self.low { other.low } else { self.low },
        }
    }
}

impl<'a> TileStats<'a> {
    /// Before the first tile, of a market in which cash earns nothing.
    #[must_use]
    #[expect(clippy::large_stack_arrays, reason = "24 KB for a moment, once for each asset")]
    pub fn new() -> Self {
        Self {
            open: &[],
            close: &[],
            first: 0,
            skipped: 0,
            close_before: f64::NAN,
            risk_free: 0.0,
            cpu: Cpu::Portable,
            bar_sums: Box::new([ReturnSums::default(); TILE]),
            short_sums: [ReturnSums::default(); TILE / SPAN],
            long_sums: [ReturnSums::default(); TILE / LONG],
            short: [Extremes::default(); TILE / SPAN],
            long: [Extremes::default(); TILE / SPAN / SPANS],
            ranges: None,
        }
    }

    /// The same with sums of any stretch at hand: for accounts whose statistics are cut at borders.
    #[must_use]
    pub fn with_ranges(self) -> Self {
        Self { ranges: Some(RangeSums::new()), ..self }
    }

    /// The same where cash earns this in a bar.
    #[must_use]
    pub fn with_risk_free(self, risk_free: f64) -> Self {
        Self { risk_free, ..self }
    }

    /// The same with these instructions.
    #[must_use]
    pub fn on(self, cpu: Cpu) -> Self {
        Self { cpu, ..self }
    }

    /// The same where so many bars come before the first candle.
    #[must_use]
    pub fn behind(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }

    /// Moves on to the `bars` bars whose candles start at `first`.
    pub fn extend(&mut self, candles: &'a Candles, first: usize, bars: usize) {
        self.first = self.skipped + first;
        self.open = &candles.open[first..first + bars];
        self.close = &candles.close[first..first + bars];
        // The very first bar has no return of its own: no position can have been held into it.
        self.close_before = if first == 0 { candles.close[0] } else { candles.close[first - 1] };
        self.sum_up();
        let one = |&close: &f64| Extremes { high: close, low: close };
        let spans = self.close.chunks_exact(SPAN);
        for (extremes, closes) in self.short.iter_mut().zip(spans) {
            *extremes = closes.iter().map(one).fold(one(&closes[0]), Extremes::join);
        }
        for (extremes, short) in self.long.iter_mut().zip(self.short.chunks_exact(SPANS)) {
            *extremes = short.iter().fold(short[0], |all, &one| all.join(one));
        }
        if let Some(ranges) = &mut self.ranges {
            ranges.extend(&self.bar_sums[..bars]);
        }
    }

    /// Adds the sums over the returns of the bars `from..to`, one at least.
    #[inline]
    pub(super) fn add_returns(&self, sums: &mut ReturnSums, from: usize, to: usize) {
        match &self.ranges {
            Some(ranges) if to - from > FEW => ranges.add_to(sums, from, to),
            _ => self.bar_sums[from..to].iter().for_each(|bar| sums.add(bar)),
        }
    }

    /// Adds the sums over the returns of the bars `from..to`, of single bars up to the first short span, of short spans up
    /// to the first long one, and so back.
    #[inline]
    pub(super) fn add_spans(&self, sums: &mut ReturnSums, from: usize, to: usize) {
        let mut bar = from;
        let mut add = |all: &[ReturnSums], bars: usize, end: usize| {
            if bar < end {
                all[bar / bars..end / bars].iter().for_each(|part| sums.add(part));
                bar = end;
            }
        };
        let (short_end, long_end) = (to / SPAN * SPAN, to / LONG * LONG);
        add(&self.bar_sums[..], 1, from.next_multiple_of(SPAN).min(to));
        add(&self.short_sums, SPAN, from.next_multiple_of(LONG).min(short_end));
        add(&self.long_sums, LONG, long_end);
        add(&self.short_sums, SPAN, short_end);
        add(&self.bar_sums[..], 1, to);
    }

    /// Highest and lowest close of all long spans that the bars `from..to` lie in; nothing where the tile ends inside one.
    #[inline]
    pub(super) fn extremes_around(&self, from: usize, to: usize) -> Option<Extremes> {
        let spans = from / LONG..to.div_ceil(LONG);
        let (first, rest) = self.long[..self.bars() / LONG].get(spans)?.split_first()?;
        Some(rest.iter().fold(*first, |all, &one| all.join(one)))
    }

    /// Sums over the returns of single bars and of spans of them.
    fn sum_up(&mut self) {
        let mut before = self.close_before;
        for (sums, &close) in self.bar_sums.iter_mut().zip(self.close) {
            *sums = ReturnSums::of(close / before - 1.0 - self.risk_free);
            before = close;
        }
        let whole = |parts: &[ReturnSums]| {
            let mut sums = parts[0];
            parts[1..].iter().for_each(|part| sums.add(part));
            sums
        };
        for (sums, bars) in self.short_sums.iter_mut().zip(self.bar_sums[..self.close.len()].chunks_exact(SPAN)) {
            *sums = whole(bars);
        }
        for (sums, short) in self.long_sums.iter_mut().zip(self.short_sums.chunks_exact(SPANS)) {
            *sums = whole(short);
        }
    }

    /// Number of bars in the tile.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.close.len()
    }

    /// The close before this bar of the tile.
    #[must_use]
    pub fn previous_close(&self, bar: usize) -> f64 {
        if bar == 0 { self.close_before } else { self.close[bar - 1] }
    }
}

impl Default for TileStats<'_> {
    fn default() -> Self {
        Self::new()
    }
}
