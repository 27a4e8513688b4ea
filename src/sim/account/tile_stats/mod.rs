//! What a tile of candles means to every account that holds it: computed once, read by all combinations.
//!
//! A position that is held from one bar to the next gains what the market gains, whatever its size. So the sums
//! that the metrics need of a held stretch are put together from sums of the market's own returns over spans of 32 and
//! of 8 bars and over single bars, and most of its drawdown follows from the highest and lowest close of the same
//! spans. How bars are cut into spans changes no drawdown: it is the smallest of the same quotients. For the many
//! combinations of a sweep, all of that is looked up in tables; for the few of a run or a batch, making these would take
//! longer than all else.
//!
//! Sums are only ever added, never subtracted: in a difference of two prefix sums, a jump of the price anywhere before
//! a stretch wipes out the digits of what is held after it.

mod holding;
mod stretches;

pub(super) use self::holding::{AllIn, Beside, Holding};

use self::stretches::StretchTables;
use crate::candles::Candles;
use crate::simd::Cpu;
use crate::tile::bitset::TILE;
use crate::tile::resumable::resumable;

/// Bars in one short span of the drawdown summary.
pub(super) const SPAN: usize = 8;
/// Short spans in a long one.
pub(super) const SPANS: usize = 4;
/// Bars in a long span.
pub(super) const LONG: usize = SPAN * SPANS;
/// So many accounts make up for the tables of [`StretchTables`]: filling them takes 4 ns a bar, and looking stretches up
/// saves each account from 0.02 ns (positions held for long) to 0.7 ns (averages that cross every few bars).
const MANY: usize = 64;

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
    #[inline]
    pub fn push(&mut self, r: f64) {
        self.add(&Self::of(r));
    }

    /// Adds the same sums so many times.
    #[expect(clippy::cast_precision_loss, reason = "a tile has 1,024 bars")]
    #[inline]
    pub(super) fn add_times(&mut self, other: &Self, times: usize) {
        let times = times as f64;
        self.gains += times * other.gains;
        self.losses += times * other.losses;
        self.squares += times * other.squares;
        self.loss_squares += times * other.loss_squares;
    }

    /// Adds other sums.
    #[inline]
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
    /// Sums and extremes of any stretch, where enough is read of the tile to make up for finding them.
    stretches: Option<StretchTables>,
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
    /// Of no bars.
    const NONE: Self = Self { high: f64::NEG_INFINITY, low: f64::INFINITY };

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
            stretches: None,
        }
    }

    /// The same for so many accounts.
    #[must_use]
    pub fn read_by(self, accounts: usize) -> Self {
        Self { stretches: (accounts >= MANY).then(StretchTables::new), ..self }
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
        for (all, closes) in self.short.iter_mut().zip(self.close.chunks_exact(SPAN)) {
            *all = extremes(closes);
        }
        for (extremes, short) in self.long.iter_mut().zip(self.short.chunks_exact(SPANS)) {
            *extremes = short.iter().fold(short[0], |all, &one| all.join(one));
        }
        if let Some(stretches) = &mut self.stretches {
            let closes = (self.close, [&self.short[..], &self.long]);
            let sums = (&self.bar_sums[..bars], [&self.short_sums[..], &self.long_sums]);
            stretches.extend(self.cpu, closes, sums);
        }
    }

    /// Adds the sums over the returns of the bars `from..to`, one at least.
    ///
    /// Bars within one long span are added one by one. Of others, what lies in the first long span and what lies in the last
    /// are summed up from the border outwards, as are the long spans between: the same sums that [`StretchTables`] keeps.
    #[inline]
    pub(super) fn add_returns(&self, sums: &mut ReturnSums, from: usize, to: usize) {
        let last = to - 1;
        if from / LONG == last / LONG {
            self.bar_sums[from..to].iter().for_each(|bar| sums.add(bar));
        } else if let Some(stretches) = &self.stretches {
            stretches.add_returns(sums, from, last);
        } else {
            self.add_spans(sums, from, last);
        }
    }

    // Apart, so that the accounts of a sweep do not carry it in their loop.
    #[cold]
    #[inline(never)]
    fn add_spans(&self, sums: &mut ReturnSums, from: usize, last: usize) {
        sums.add(&self.until_end(from));
        sums.add(&total(&self.long_sums[from / LONG + 1..last / LONG]));
        sums.add(&self.since_start(last));
    }

    /// Sums of a long span from its start to this bar: of short spans, then of the bars of the last one.
    fn since_start(&self, last: usize) -> ReturnSums {
        let span = last / SPAN;
        let mut sums = total(&self.short_sums[last / LONG * SPANS..span]);
        sums.add(&total(&self.bar_sums[span * SPAN..=last]));
        sums
    }

    /// Sums of a long span from this bar to its end: of short spans from the last one on, then of bars.
    fn until_end(&self, from: usize) -> ReturnSums {
        let (next, end) = (from / SPAN + 1, (from / LONG + 1) * SPANS);
        let mut sums = total(self.short_sums[next..end].iter().rev());
        sums.add(&total(self.bar_sums[from..next * SPAN].iter().rev()));
        sums
    }

    /// Highest and lowest close of the bars `from..to`, one at least.
    #[inline(never)]
    pub(super) fn extremes(&self, from: usize, to: usize) -> Extremes {
        let (next, last) = (from / LONG + 1, to - 1);
        if next > last / LONG {
            return extremes(&self.close[from..to]);
        }
        if let Some(stretches) = &self.stretches {
            return stretches.extremes(from, last);
        }
        let [start, end] = [from..next * LONG, last / LONG * LONG..to].map(|bars| extremes(&self.close[bars]));
        self.long[next..last / LONG].iter().fold(start.join(end), |all, &one| all.join(one))
    }

    /// Sums over the returns of single bars and of spans of them.
    fn sum_up(&mut self) {
        let mut before = self.close_before;
        for (sums, &close) in self.bar_sums.iter_mut().zip(self.close) {
            *sums = ReturnSums::of(close / before - 1.0 - self.risk_free);
            before = close;
        }
        for (sums, bars) in self.short_sums.iter_mut().zip(self.bar_sums[..self.close.len()].chunks_exact(SPAN)) {
            *sums = total(bars);
        }
        for (sums, short) in self.long_sums.iter_mut().zip(self.short_sums.chunks_exact(SPANS)) {
            *sums = total(short);
        }
    }

    /// Number of bars in the tile.
    #[inline]
    #[must_use]
    pub fn bars(&self) -> usize {
        self.close.len()
    }

    /// The close before this bar of the tile.
    #[inline]
    #[must_use]
    pub fn previous_close(&self, bar: usize) -> f64 {
        if bar == 0 { self.close_before } else { self.close[bar - 1] }
    }
}

/// Of these closes, one at least.
#[inline]
fn extremes(closes: &[f64]) -> Extremes {
    let one = |&close: &f64| Extremes { high: close, low: close };
    closes[1..].iter().map(one).fold(one(&closes[0]), Extremes::join)
}

/// Adds sums in this order.
#[inline]
fn total<'a>(parts: impl IntoIterator<Item = &'a ReturnSums>) -> ReturnSums {
    let mut sums = ReturnSums::default();
    parts.into_iter().for_each(|part| sums.add(part));
    sums
}

impl Default for TileStats<'_> {
    fn default() -> Self {
        Self::new()
    }
}
