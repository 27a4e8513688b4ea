//! Longer bars made of shorter ones, one after the other: each is there as soon as it is over, and no sooner.
//!
//! They are the bars that a file of the longer interval would have: none for the piece of one before the first bar, none for
//! the piece of one behind the last, and gaps within are no reason to leave one out.

use super::{Candle, Candles};
use crate::interval::{Interval, Millis};
use crate::tile::resumable::resumable;

/// Makes bars of one length of bars of another.
#[derive(Clone, Debug)]
pub(crate) struct BarBuilder {
    from: Interval,
    to: Interval,
    /// Open time of the first bar that came.
    begin: Option<Millis>,
    /// The bar that is not over yet.
    current: Option<Candle>,
    /// Open time of the last one that is over.
    over: Option<Millis>,
}

resumable!(BarBuilder: begin, current, over);

impl BarBuilder {
    /// Before the first bar; whole bars of the length `from` make up those of the length `to`.
    #[must_use]
    pub(crate) fn new(from: Interval, to: Interval) -> Self {
        Self { from, to, begin: None, current: None, over: None }
    }

    /// Takes the next bar, and appends what is over at its end to `out`. Columns of `candles` that are empty are as if they
    /// were undefined.
    ///
    /// # Panics
    /// When there is no such bar.
    pub(crate) fn push(&mut self, candles: &Candles, bar: usize, out: &mut Candles) {
        let time = candles.time[bar];
        let open = self.to.open_of(time);
        let begin = *self.begin.get_or_insert(time);
        if self.current.is_some_and(|current| current.time != open) {
            self.finish(begin, out);
        }
        if self.over == Some(open) {
            return;
        }
        let at = |column: &[f64]| column.get(bar).copied().unwrap_or(f64::NAN);
        let (high, low, close) = (at(&candles.high), at(&candles.low), at(&candles.close));
        let volume = at(&candles.volume);
        match &mut self.current {
            Some(current) => {
                current.high = current.high.max(high);
                current.low = current.low.min(low);
                current.close = close;
                current.volume += volume;
            }
            None => {
                self.current = Some(Candle { time: open, open: at(&candles.open), high, low, close, volume });
            }
        }
        if self.from.end_of(time) >= self.to.end_of(open) {
            self.finish(begin, out);
        }
    }

    fn finish(&mut self, begin: Millis, out: &mut Candles) {
        let Some(mut bar) = self.current.take() else { return };
        self.over = Some(bar.time);
        if bar.time >= begin {
            // A sum of finite volumes may not be finite, and a candle's must be.
            if bar.volume > f64::MAX {
                bar.volume = f64::MAX;
            }
            out.push(bar);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of these hours, whose prices are their numbers.
    fn hours(hours: &[i64]) -> Candles {
        let candle = |&hour: &i64| {
            #[expect(clippy::cast_precision_loss, reason = "hours")]
            let price = hour as f64 + 1.0;
            Candle {
                time: hour * 3_600_000,
                open: price,
                high: price + 5.0,
                low: price - 0.5,
                close: price + 0.25,
                volume: 1.0,
            }
        };
        hours.iter().map(candle).collect()
    }

    fn made(given: &[i64], to: &str) -> Vec<(i64, usize, f64, f64, f64)> {
        let (candles, mut out) = (hours(given), Candles::default());
        let mut builder = BarBuilder::new("1h".parse().unwrap(), to.parse().unwrap());
        let mut over = Vec::new();
        for bar in 0..candles.len() {
            builder.push(&candles, bar, &mut out);
            over.resize(out.len(), bar);
        }
        let row = |(at, bar): (usize, Candle)| (bar.time / 3_600_000, over[at], bar.open, bar.close, bar.volume);
        out.rows().enumerate().map(row).collect()
    }

    #[test]
    fn a_bar_is_there_when_the_last_of_those_that_make_it_up_is_over() {
        assert_eq!(
            made(&[0, 1, 2, 3, 4, 5], "2h"),
            [(0, 1, 1.0, 2.25, 2.0), (2, 3, 3.0, 4.25, 2.0), (4, 5, 5.0, 6.25, 2.0)]
        );
    }

    #[test]
    fn pieces_at_both_ends_are_no_bars() {
        assert_eq!(made(&[1, 2, 3, 4], "2h"), [(2, 2, 3.0, 4.25, 2.0)]);
        assert!(made(&[1, 2], "4h").is_empty());
    }

    #[test]
    fn a_bar_whose_last_hour_is_missing_is_there_with_the_next_one() {
        assert_eq!(made(&[0, 1, 2, 4, 5, 6, 7], "4h"), [(0, 3, 1.0, 3.25, 3.0), (4, 6, 5.0, 8.25, 4.0)]);
        // Of a bar of which all hours are missing there is none.
        assert_eq!(made(&[0, 1, 6, 7], "2h"), [(0, 1, 1.0, 2.25, 2.0), (6, 3, 7.0, 8.25, 2.0)]);
    }
}
