//! Sums and extremes of any stretch of a tile's bars, looked up: for tiles that many accounts read.
//!
//! A stretch is the rest of the long span in which it begins, whole long spans, and the start of the one in which it ends.
//! All three stand in tables, so that a stretch of any length takes three additions and no loop: nothing foretells where
//! stretches end, and each loop over their parts would cost what a wrong guess of the processor costs.
//!
//! Each entry is put together in the order in which [`TileStats`](super::TileStats) adds the same parts without tables.

use super::{Extremes, LONG, ReturnSums, SPAN};
use crate::simd::{Cpu, Vectorized};
use crate::tile::bitset::TILE;

/// Long spans of a tile.
const SPANS_OF_TILE: usize = TILE / LONG;

/// The tables of one tile: of sums over returns, and of the extremes of closes.
pub(super) struct StretchTables {
    sums: Table<ReturnSums>,
    closes: Table<Extremes>,
}

/// What is known of any stretch.
struct Table<T> {
    /// From the start of its long span to each bar.
    since_start: Box<[T; TILE]>,
    /// From each bar to the end of its long span, where that is whole.
    until_end: Box<[T; TILE]>,
    /// The long spans between any two.
    between: Box<[[T; SPANS_OF_TILE]; SPANS_OF_TILE]>,
}

impl<T: Copy> Table<T> {
    fn of(none: T) -> Self {
        Self {
            since_start: Box::new([none; TILE]),
            until_end: Box::new([none; TILE]),
            between: Box::new([[none; SPANS_OF_TILE]; SPANS_OF_TILE]),
        }
    }

    #[inline]
    fn parts(&self, from: usize, last: usize) -> [T; 3] {
        [self.until_end[from], self.between[from / LONG][last / LONG], self.since_start[last]]
    }

    /// Moves on to a tile with so many bars: what is known of each of them, of short spans and of long ones, and how two
    /// parts are put together.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn extend(&mut self, bars: &[T], [short, long]: [&[T]; 2], none: T, and: impl Fn(T, T) -> T) {
        for (start, span) in (0..bars.len()).step_by(LONG).zip(bars.chunks(LONG)) {
            let mut before = none;
            for (start, span) in (start..).step_by(SPAN).zip(span.chunks(SPAN)) {
                let mut part = none;
                for (&bar, place) in span.iter().zip(&mut self.since_start[start..]) {
                    part = and(part, bar);
                    *place = and(before, part);
                }
                before = and(before, part);
            }
        }
        let whole = bars.len() / LONG;
        for start in (0..whole * LONG).step_by(LONG) {
            let mut after = none;
            for span in (start..start + LONG).step_by(SPAN).rev() {
                let mut part = none;
                for bar in (span..span + SPAN).rev() {
                    part = and(part, bars[bar]);
                    self.until_end[bar] = and(after, part);
                }
                after = and(after, short[span / SPAN]);
            }
        }
        let long = &long[..whole];
        for (first, places) in self.between.iter_mut().enumerate().take(whole) {
            let mut part = none;
            for (place, &span) in places[first + 1..].iter_mut().zip(&long[first + 1..]) {
                *place = part;
                part = and(part, span);
            }
            // A stretch may end in one that is not whole.
            if let Some(place) = places.get_mut(whole) {
                *place = part;
            }
        }
    }
}

impl StretchTables {
    pub(super) fn new() -> Self {
        Self { sums: Table::of(ReturnSums::default()), closes: Table::of(Extremes::NONE) }
    }

    /// Moves on to the tile with these closes, and with these sums of single bars, of short and of long spans.
    pub(super) fn extend(&mut self, cpu: Cpu, closes: ClosesOfTile<'_>, sums: SumsOfTile<'_>) {
        cpu.run(Filling { tables: self, closes, sums });
    }

    /// Adds the sums of the bars `from..=last`, which end in a later long span than they begin in.
    #[inline]
    pub(super) fn add_returns(&self, sums: &mut ReturnSums, from: usize, last: usize) {
        self.sums.parts(from, last).iter().for_each(|part| sums.add(part));
    }

    /// The highest and the lowest of their closes.
    #[inline]
    pub(super) fn extremes(&self, from: usize, last: usize) -> Extremes {
        let [start, middle, end] = self.closes.parts(from, last);
        start.join(middle).join(end)
    }
}

/// Closes of a tile, and the extremes of its short and of its long spans.
pub(super) type ClosesOfTile<'a> = (&'a [f64], [&'a [Extremes]; 2]);
/// Sums of single bars, and of short and of long spans.
pub(super) type SumsOfTile<'a> = (&'a [ReturnSums], [&'a [ReturnSums]; 2]);

/// What [`StretchTables::extend`] does.
struct Filling<'a> {
    tables: &'a mut StretchTables,
    closes: ClosesOfTile<'a>,
    sums: SumsOfTile<'a>,
}

impl Vectorized for Filling<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `Vectorized`")]
    fn run(self) {
        let Self { tables, closes: (closes, closes_of), sums: (sums, sums_of) } = self;
        tables.sums.extend(sums, sums_of, ReturnSums::default(), |mut a, b| {
            a.add(&b);
            a
        });
        let mut bars = [Extremes::NONE; TILE];
        for (bar, &close) in bars.iter_mut().zip(closes) {
            *bar = Extremes { high: close, low: close };
        }
        tables.closes.extend(&bars[..closes.len()], closes_of, Extremes::NONE, Extremes::join);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Extremes, MANY, ReturnSums, TileStats};
    use super::{Cpu, TILE};
    use crate::candles::Candles;

    proptest! {
        #[test]
        fn a_stretch_has_the_same_bits_from_tables_as_without_them_and_the_sums_of_its_bars(
            closes in prop::collection::vec(1.0..100.0, 1..=TILE), stretches in prop::collection::vec((0..TILE, 0..TILE), 40),
        ) {
            let candles = Candles { open: closes.clone(), close: closes.clone(), ..Candles::default() };
            // A whole tile before: nothing of it may be left in the tables.
            let before = Candles { open: vec![1e9; TILE], close: vec![1e9; TILE], ..Candles::default() };
            for cpu in Cpu::available() {
                let [plain, looked_up] = [MANY - 1, MANY].map(|accounts| {
                    let mut tile = TileStats::new().with_risk_free(1e-5).on(cpu).read_by(accounts);
                    tile.extend(&before, 0, TILE);
                    tile.extend(&candles, 0, closes.len());
                    tile
                });
                for &(from, bars) in &stretches {
                    let from = from % closes.len();
                    let to = from + 1 + bars % (closes.len() - from);
                    let sums = [&plain, &looked_up].map(|tile| {
                        let mut sums = ReturnSums { gains: 0.1, losses: 0.2, squares: 0.3, loss_squares: 0.4 };
                        tile.add_returns(&mut sums, from, to);
                        sums
                    });
                    prop_assert_eq!(sums[0], sums[1]);
                    let gains: f64 = plain.bar_sums[from..to].iter().map(|bar| bar.gains).sum();
                    prop_assert!((sums[0].gains - 0.1 - gains).abs() <= 1e-13 * (1.0 + gains));
                    let high = closes[from..to].iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let low = closes[from..to].iter().copied().fold(f64::INFINITY, f64::min);
                    prop_assert_eq!(plain.extremes(from, to), Extremes { high, low });
                    prop_assert_eq!(looked_up.extremes(from, to), Extremes { high, low });
                }
            }
        }
    }
}
