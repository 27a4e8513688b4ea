//! Finer bars inside the bars of a market: which level was touched first is read from them, and not assumed.

use std::ops::Range;

use crate::candles::Candles;
use crate::interval::Millis;

/// Open, high and low of a bar.
pub(in crate::account) type Prices = (f64, f64, f64);

/// The bars of a shorter interval inside each bar of a market.
///
/// A bar has them where they make it up: their first open, highest high and lowest low are its own. Where they are absent,
/// or are of another market, it stands for itself, as if there were no finer ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetailBars {
    prices: Vec<Prices>,
    /// For each bar its finer ones; none where it stands for itself.
    inside: Vec<Range<usize>>,
    alone: u64,
}

impl DetailBars {
    /// Cuts finer bars into those of each bar, which is `length` ms long.
    #[must_use]
    pub fn new(candles: &Candles, length: Millis, finer: &Candles) -> Self {
        let columns = finer.open.iter().zip(&finer.high).zip(&finer.low);
        let prices: Vec<Prices> = columns.map(|((&open, &high), &low)| (open, high, low)).collect();
        let mut next = 0;
        let mut inside = Vec::with_capacity(candles.len());
        let mut alone = 0;
        for bar in 0..candles.len() {
            let (start, end) = (candles.time[bar], candles.time[bar].saturating_add(length));
            let from = next + finer.time[next..].iter().take_while(|time| **time < start).count();
            next = from + finer.time[from..].iter().take_while(|time| **time < end).count();
            let whole = (candles.open[bar], candles.high[bar], candles.low[bar]);
            let is_whole = make_up(&prices[from..next], whole);
            alone += u64::from(!is_whole);
            inside.push(if is_whole { from..next } else { from..from });
        }
        Self { prices, inside, alone }
    }

    /// Bars without finer ones that make them up.
    #[must_use]
    pub fn alone(&self) -> u64 {
        self.alone
    }

    /// The finer bars of a bar, by its index in the range; none where it stands for itself.
    pub(in crate::account) fn inside(&self, bar: usize) -> &[Prices] {
        self.inside.get(bar).map_or(&[], |inside| &self.prices[inside.clone()])
    }
}

/// Whether these bars are all of one bar.
fn make_up(finer: &[Prices], (open, high, low): Prices) -> bool {
    let Some(&(first, ..)) = finer.first() else { return false };
    let highest = finer.iter().fold(f64::NEG_INFINITY, |all, &(_, high, _)| if high > all { high } else { all });
    let lowest = finer.iter().fold(f64::INFINITY, |all, &(.., low)| if low < all { low } else { all });
    first.to_bits() == open.to_bits() && highest.to_bits() == high.to_bits() && lowest.to_bits() == low.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candles(bars: &[(Millis, f64, f64, f64)]) -> Candles {
        let mut candles = Candles::default();
        for &(time, open, high, low) in bars {
            candles.time.push(time);
            candles.open.push(open);
            candles.high.push(high);
            candles.low.push(low);
            candles.close.push(open);
            candles.volume.push(1.0);
        }
        candles
    }

    #[test]
    fn a_bar_has_the_finer_bars_that_make_it_up_and_else_none() {
        let whole = candles(&[(0, 5.0, 9.0, 4.0), (60, 6.0, 7.0, 5.0), (120, 6.0, 8.0, 5.0), (240, 6.0, 6.0, 6.0)]);
        let finer = candles(&[
            (0, 5.0, 9.0, 5.0),
            (30, 6.0, 6.0, 4.0),
            (60, 6.0, 7.0, 5.5),
            (150, 6.0, 8.0, 5.0),
            (180, 9.0, 9.0, 9.0),
            (240, 6.0, 6.0, 6.0),
        ]);
        let detail = DetailBars::new(&whole, 60, &finer);
        assert_eq!(detail.inside(0), [(5.0, 9.0, 5.0), (6.0, 6.0, 4.0)]);
        assert!(detail.inside(1).is_empty(), "its low is not among them");
        assert_eq!(detail.inside(2), [(6.0, 8.0, 5.0)], "its first minutes had no trade");
        assert_eq!(detail.inside(3), [(6.0, 6.0, 6.0)]);
        assert!(detail.inside(4).is_empty());
        assert_eq!(detail.alone(), 1);
    }
}
