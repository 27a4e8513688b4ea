//! Where the price first touches a level: the search behind stops, targets, trailing stops, liquidation and orders that
//! rest.
//!
//! All of them ask one question: *which is the first bar of `from..to` whose low is at or below one price, or whose high
//! is at or above another?* Spans of 32 and of 8 bars answer it for all their bars at once by their lowest low and
//! highest high, which are computed once a tile and read by every combination. How bars are cut into spans changes no
//! answer: a span that might hold a touch is opened, and its bars are looked at one by one.

mod detail;

pub use detail::DetailBars;
pub(super) use detail::Prices;

use super::tile_stats::Extremes;
use crate::candles::Candles;
use crate::tile::bitset::TILE;
use crate::tile::resumable::resumable;

/// Bars of a short span, and bars looked at one by one before spans are tried: most holds are short.
const SHORT: usize = 8;
/// Bars of a long span.
const LONG: usize = 32;

/// The range of every bar of a tile, with the extremes of its spans.
pub struct PriceRanges<'a> {
    /// Open prices of the tile.
    pub(super) open: &'a [f64],
    /// High prices of the tile.
    pub(super) high: &'a [f64],
    /// Low prices of the tile.
    pub(super) low: &'a [f64],
    short: [Extremes; TILE / SHORT],
    long: [Extremes; TILE / LONG],
}

impl<'a> PriceRanges<'a> {
    /// Ranges before the first tile.
    #[must_use]
    pub fn new() -> Self {
        let none = Extremes::default();
        Self { open: &[], high: &[], low: &[], short: [none; TILE / SHORT], long: [none; TILE / LONG] }
    }

    /// Moves on to the `bars` bars that start at `first`.
    pub fn extend(&mut self, candles: &'a Candles, first: usize, bars: usize) {
        self.open = &candles.open[first..first + bars];
        self.high = &candles.high[first..first + bars];
        self.low = &candles.low[first..first + bars];
        // The last spans of the last tile may be cut short: what they hold is all there is.
        let spans = self.high.chunks(SHORT).zip(self.low.chunks(SHORT));
        for (extremes, (high, low)) in self.short.iter_mut().zip(spans) {
            *extremes = extremes_of(high.iter().copied().zip(low.iter().copied()));
        }
        let spans = bars.div_ceil(SHORT);
        for (extremes, short) in self.long.iter_mut().zip(self.short[..spans].chunks(LONG / SHORT)) {
            *extremes = extremes_of(short.iter().map(|span| (span.high, span.low)));
        }
    }

    /// The first of the bars `from..to` whose low is at or below `floor` or whose high is at or above `ceiling`; `to`
    /// where there is none. A level at infinity is never touched.
    pub(super) fn first_touch(&self, from: usize, to: usize, floor: f64, ceiling: f64) -> usize {
        let touched = |bar: usize| self.low[bar] <= floor || self.high[bar] >= ceiling;
        let clear = |span: &Extremes| !(span.low <= floor || span.high >= ceiling);
        if let Some(bar) = (from..to.min(from + SHORT)).find(|&bar| touched(bar)) {
            return bar;
        }
        let mut bar = from + SHORT;
        while bar < to {
            if bar.is_multiple_of(LONG) && clear(&self.long[bar / LONG]) {
                bar += LONG;
            } else if bar.is_multiple_of(SHORT) && clear(&self.short[bar / SHORT]) {
                bar += SHORT;
            } else {
                let end = (bar / SHORT + 1) * SHORT;
                if let Some(bar) = (bar..end.min(to)).find(|&bar| touched(bar)) {
                    return bar;
                }
                bar = end;
            }
        }
        to
    }

    /// As [`Self::first_touch`], with a stop that follows the price: it is at `trail.level(peak)`, where the peak is the
    /// highest of `peak`, the highs of the bars from `from` to the one before and the bar's own open; `levels` are the
    /// floor and the ceiling that stay where they are. Raises `peak` by the bars that were passed, not by the one that
    /// is returned. With `finer` bars inside, the peak may rise within a bar, and one is returned that may be touched.
    ///
    /// Prices and levels are mirrored (times -1, low and high exchanged) where `SOLD`, so that a stop is always below.
    pub(super) fn first_trailed<const SOLD: bool>(
        &self,
        (from, to): (usize, usize),
        levels: (f64, f64),
        trail: Trail,
        peak: &mut f64,
        finer: bool,
    ) -> usize {
        let plain = to.min(from + SHORT);
        let mut bar = from;
        while bar < to {
            if bar >= plain {
                // No span beyond the end: the peak must not know of later bars.
                let passed = if bar.is_multiple_of(LONG)
                    && bar + LONG <= to
                    && passes::<SOLD>(&self.long[bar / LONG], levels, trail, peak)
                {
                    LONG
                } else if bar.is_multiple_of(SHORT)
                    && bar + SHORT <= to
                    && passes::<SOLD>(&self.short[bar / SHORT], levels, trail, peak)
                {
                    SHORT
                } else {
                    0
                };
                if passed > 0 {
                    bar += passed;
                    continue;
                }
            }
            let end = if bar < plain { plain } else { to.min((bar / SHORT + 1) * SHORT) };
            while bar < end {
                let (open, high, low) = self.bar::<SOLD>(bar);
                let highest = larger(*peak, if finer { high } else { open });
                if low <= levels.0 || low <= trail.level(highest) || high >= levels.1 {
                    return bar;
                }
                *peak = larger(*peak, high);
                bar += 1;
            }
        }
        to
    }

    /// Open, high and low of a bar.
    pub(super) fn prices(&self, bar: usize) -> Prices {
        (self.open[bar], self.high[bar], self.low[bar])
    }

    /// Open, high and low of a bar, mirrored where `SOLD`.
    fn bar<const SOLD: bool>(&self, bar: usize) -> Prices {
        if SOLD {
            (-self.open[bar], -self.low[bar], -self.high[bar])
        } else {
            (self.open[bar], self.high[bar], self.low[bar])
        }
    }
}

impl Default for PriceRanges<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// How far behind its peak a trailing stop is: a fraction of it (`keep`) or a distance in price (`shift`); mirrored for
/// a short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trail {
    pub keep: f64,
    pub shift: f64,
}

resumable!(Trail: keep, shift);

impl Trail {
    /// Where the stop is for this peak. One of the two operations changes no bit.
    pub(super) fn level(self, peak: f64) -> f64 {
        peak * self.keep + self.shift
    }
}

/// Whether no bar of a span can touch anything, in whatever order its prices came; then the peak rises by it.
fn passes<const SOLD: bool>(span: &Extremes, levels: (f64, f64), trail: Trail, peak: &mut f64) -> bool {
    let (high, low) = if SOLD { (-span.low, -span.high) } else { (span.high, span.low) };
    let highest = larger(*peak, high);
    let clear = !(low <= levels.0 || low <= trail.level(highest) || high >= levels.1);
    if clear {
        *peak = highest;
    }
    clear
}

/// The larger of two prices, which are never NaN.
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

fn extremes_of(bars: impl Iterator<Item = (f64, f64)>) -> Extremes {
    bars.fold(Extremes { high: f64::NEG_INFINITY, low: f64::INFINITY }, |all, (high, low)| Extremes {
        high: larger(all.high, high),
        low: if low < all.low { low } else { all.low },
    })
}
