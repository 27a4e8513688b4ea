//! Two runs of bars become one. Where both have a bar of the same time, they must agree.

use std::cmp::Ordering;

use crate::sim::{Candle, Candles, Field, Millis};

/// What becomes of a bar that two sources have with different values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing is written, and the bars are named.
    #[default]
    Refuse,
    /// The bar that was there first stays.
    First,
    /// The bar that came last takes its place.
    Last,
}

/// A bar of one time with two values.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Open time of the bar.
    pub time: Millis,
    /// Open, high, low, close and volume as stored.
    pub stored: [f64; 5],
    /// The same as they came.
    pub incoming: [f64; 5],
}

/// What joining did.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub candles: Candles,
    /// Bars that were not there.
    pub added: u64,
    /// Bars that were there with the same values.
    pub same: u64,
    /// Bars of both with different values.
    pub differing: u64,
    /// The first of them.
    pub examples: Vec<Difference>,
}

/// Differences that are reported one by one.
const EXAMPLES: usize = 3;

/// Joins incoming bars with stored ones, both in the order of time.
pub(super) fn join(stored: &Candles, incoming: &Candles, conflict: OnConflict) -> Joined {
    let mut joined = Joined { candles: Candles::with_capacity(stored.len() + incoming.len()), ..Joined::default() };
    let (mut i, mut j) = (0, 0);
    while i < stored.len() && j < incoming.len() {
        let (old, new) = (stored.time[i], incoming.time[j]);
        match old.cmp(&new) {
            Ordering::Less => {
                let end = i + stored.time[i..].partition_point(|time| *time < new);
                joined.candles.extend_from(stored, i..end);
                i = end;
            }
            Ordering::Greater => {
                let end = j + incoming.time[j..].partition_point(|time| *time < old);
                joined.candles.extend_from(incoming, j..end);
                joined.added += (end - j) as u64;
                j = end;
            }
            Ordering::Equal => {
                joined.pair(old, bar(stored, i), bar(incoming, j), conflict);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    joined.candles.extend_from(stored, i..stored.len());
    joined.candles.extend_from(incoming, j..incoming.len());
    joined.added += (incoming.len() - j) as u64;
    joined
}

impl Joined {
    fn pair(&mut self, time: Millis, stored: [f64; 5], incoming: [f64; 5], conflict: OnConflict) {
        if stored.map(f64::to_bits) == incoming.map(f64::to_bits) {
            self.same += 1;
        } else {
            self.differing += 1;
            if self.examples.len() < EXAMPLES {
                self.examples.push(Difference { time, stored, incoming });
            }
        }
        let kept = if conflict == OnConflict::Last { incoming } else { stored };
        let [open, high, low, close, volume] = kept;
        self.candles.push(Candle { time, open, high, low, close, volume });
    }
}

/// The values of one bar, with one kind of zero.
fn bar(candles: &Candles, at: usize) -> [f64; 5] {
    Field::ALL.map(|field| candles.column(field)[at] + 0.0)
}
