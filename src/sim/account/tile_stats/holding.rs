//! What is held through a stretch of bars, and what it earns in each.

use super::{Extremes, LONG, ReturnSums, SPAN, TileStats};

/// A position with what lies beside it, both the same in every bar of a stretch.
pub(in crate::account) trait Holding: Copy {
    /// Equity at this close.
    fn equity(self, close: f64) -> f64;

    /// Highest and lowest equity over closes with these extremes. Rounding keeps order, so they are those of the bars.
    fn extremes(self, closes: &Extremes) -> (f64, f64);

    /// Adds the returns of the tile's bars `from..to` where they are not the market's own; says whether it did.
    fn add_returns(self, tile: &TileStats<'_>, bars: (usize, usize), sums: &mut ReturnSums) -> bool;
}

/// Bought units and nothing else: they earn what the market earns.
#[derive(Clone, Copy)]
pub(in crate::account) struct AllIn {
    pub units: f64,
}

impl Holding for AllIn {
    #[inline]
    fn equity(self, close: f64) -> f64 {
        self.units * close
    }

    #[inline]
    fn extremes(self, closes: &Extremes) -> (f64, f64) {
        (self.units * closes.high, self.units * closes.low)
    }

    #[inline]
    fn add_returns(self, _: &TileStats<'_>, _: (usize, usize), _: &mut ReturnSums) -> bool {
        false
    }
}

/// Units, below zero when sold short, beside cash or debt: how deep they are in profit decides how much of the market's
/// return is earned, so that each bar has a return of its own. The equity is above 0 in all bars.
#[derive(Clone, Copy)]
pub(in crate::account) struct Beside {
    pub cash: f64,
    pub units: f64,
}

impl Beside {
    /// Return of a bar between these closes.
    #[inline]
    fn ret(self, before: f64, close: f64, risk_free: f64) -> f64 {
        self.equity(close) / self.equity(before) - 1.0 - risk_free
    }

    /// Sums of the returns between these closes, over as many whole spans as there are.
    // Inlined, as all that it calls: else it would have no part in its caller's vector instructions.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "LLVM leaves it out of the function that has the instructions")]
    fn lanes(self, closes: &[f64], risk_free: f64) -> Lanes {
        let mut lanes = Lanes::default();
        let before = closes[..closes.len() - 1].chunks_exact(SPAN);
        for (before, after) in before.zip(closes[1..].chunks_exact(SPAN)) {
            for lane in 0..SPAN {
                lanes.add(lane, ReturnSums::of(self.ret(before[lane], after[lane], risk_free)));
            }
        }
        lanes
    }

    /// The first of the tile's bars `from..to` at whose close nothing is left.
    pub(in crate::account) fn first_ruin(self, tile: &TileStats<'_>, (from, to): (usize, usize)) -> Option<usize> {
        // What was bought with cash cannot be worth less than nothing.
        if self.cash >= 0.0 && self.units >= 0.0 {
            return None;
        }
        let mut bar = from;
        while bar < to {
            if bar.is_multiple_of(LONG) && bar + LONG <= to && self.extremes(&tile.long[bar / LONG]).1 > 0.0 {
                bar += LONG;
            } else if self.equity(tile.close[bar]) <= 0.0 {
                return Some(bar);
            } else {
                bar += 1;
            }
        }
        None
    }
}

impl Holding for Beside {
    #[inline]
    fn equity(self, close: f64) -> f64 {
        self.cash + self.units * close
    }

    #[inline]
    fn extremes(self, closes: &Extremes) -> (f64, f64) {
        let (high, low) = (self.equity(closes.high), self.equity(closes.low));
        if self.units < 0.0 { (low, high) } else { (high, low) }
    }

    #[inline]
    fn add_returns(self, tile: &TileStats<'_>, (from, to): (usize, usize), sums: &mut ReturnSums) -> bool {
        let mut bar = from;
        if from == 0 && to > 0 {
            sums.push(self.ret(tile.close_before, tile.close[0], tile.risk_free));
            bar = 1;
        }
        // Returns side by side, each place of a span with sums of its own: in one chain of additions each would wait for
        // the one before. Where the spans lie depends on the stretch alone, so the bits do too.
        if bar + SPAN <= to {
            let closes = &tile.close[bar - 1..to];
            let lanes = tile.cpu.run(
                #[inline(always)]
                || self.lanes(closes, tile.risk_free),
            );
            sums.add(&lanes.sum());
            bar += (to - bar) / SPAN * SPAN;
        }
        for bar in bar..to {
            sums.push(self.ret(tile.close[bar - 1], tile.close[bar], tile.risk_free));
        }
        true
    }
}

/// The sums of each place of a span.
#[derive(Default)]
struct Lanes {
    gains: [f64; SPAN],
    losses: [f64; SPAN],
    squares: [f64; SPAN],
    loss_squares: [f64; SPAN],
}

impl Lanes {
    #[inline]
    fn add(&mut self, lane: usize, one: ReturnSums) {
        self.gains[lane] += one.gains;
        self.losses[lane] += one.losses;
        self.squares[lane] += one.squares;
        self.loss_squares[lane] += one.loss_squares;
    }

    fn sum(&self) -> ReturnSums {
        let [gains, losses, squares, loss_squares] =
            [&self.gains, &self.losses, &self.squares, &self.loss_squares].map(|lanes| lanes.iter().sum());
        ReturnSums { gains, losses, squares, loss_squares }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::candles::Candles;
    use crate::simd::Cpu;

    fn candles(closes: &[f64]) -> Candles {
        Candles { open: closes.to_vec(), close: closes.to_vec(), ..Candles::default() }
    }

    proptest! {
        #[test]
        fn returns_beside_cash_are_those_of_each_bar_by_itself_on_every_processor(
            closes in prop::collection::vec(1.0..100.0, 2..200),
            (cash, units) in (200.0..1e4, -2.0..2.0),
            (from, to) in (0_usize..200, 0_usize..200),
        ) {
            let to = to.min(closes.len());
            let from = from.min(to);
            let (candles, holding) = (candles(&closes), Beside { cash, units });
            let [portable, others @ ..] = [Cpu::Portable, Cpu::Avx2, Cpu::Avx512].map(|cpu| {
                let mut tile = TileStats::new().with_risk_free(1e-5).on(cpu);
                tile.extend(&candles, 0, closes.len());
                let mut sums = ReturnSums::default();
                prop_assert!(holding.add_returns(&tile, (from, to), &mut sums));
                let mut each = ReturnSums::default();
                for (bar, &close) in closes.iter().enumerate().take(to).skip(from) {
                    let ret = holding.equity(close) / holding.equity(tile.previous_close(bar)) - 1.0;
                    each.push(ret - 1e-5);
                }
                for (sum, each) in [(sums.gains, each.gains), (sums.losses, each.losses), (sums.squares, each.squares)] {
                    prop_assert!((sum - each).abs() <= 1e-13 * (1.0 + each), "{} {}", sum, each);
                }
                Ok(sums)
            });
            let portable = portable?;
            for other in others {
                prop_assert_eq!(other?, portable);
            }
        }

        #[test]
        fn the_first_ruin_is_found_through_spans_as_bar_by_bar(
            closes in prop::collection::vec(1.0..100.0, 2..200), (cash, units) in (-50.0..150.0, -2.0..2.0), from in 0_usize..200,
        ) {
            let mut tile = TileStats::new();
            let candles = candles(&closes);
            tile.extend(&candles, 0, closes.len());
            let (holding, from) = (Beside { cash, units }, from.min(closes.len()));
            let plain = (from..closes.len()).find(|&bar| holding.equity(closes[bar]) <= 0.0);
            // What is neither sold nor owed cannot be ruined; at 0 units and no cash there is no account to speak of.
            prop_assume!(units != 0.0);
            prop_assert_eq!(holding.first_ruin(&tile, (from, closes.len())), plain);
        }
    }
}
