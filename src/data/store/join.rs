//! Two runs of bars become one. Where both have a bar of the same time, they must agree.

use std::cmp::Ordering;

use crate::sim::model::{Candles, Field, Millis};

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
    let mut joined = Joined { candles: with_room(stored.len() + incoming.len()), ..Joined::default() };
    let (mut i, mut j) = (0, 0);
    while i < stored.len() && j < incoming.len() {
        let (old, new) = (stored.time[i], incoming.time[j]);
        match old.cmp(&new) {
            Ordering::Less => {
                let end = i + stored.time[i..].partition_point(|time| *time < new);
                copy(stored, i..end, &mut joined.candles);
                i = end;
            }
            Ordering::Greater => {
                let end = j + incoming.time[j..].partition_point(|time| *time < old);
                copy(incoming, j..end, &mut joined.candles);
                joined.added += (end - j) as u64;
                j = end;
            }
            Ordering::Equal => {
                joined.pair(old, bar(stored, i), bar(incoming, j), conflict);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    copy(stored, i..stored.len(), &mut joined.candles);
    copy(incoming, j..incoming.len(), &mut joined.candles);
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
        self.candles.time.push(time);
        for (column, value) in columns(&mut self.candles).into_iter().zip(kept) {
            column.push(value);
        }
    }
}

/// The values of one bar, with one kind of zero.
fn bar(candles: &Candles, at: usize) -> [f64; 5] {
    Field::ALL.map(|field| candles.column(field)[at] + 0.0)
}

fn with_room(bars: usize) -> Candles {
    let column = || Vec::with_capacity(bars);
    Candles {
        time: Vec::with_capacity(bars),
        open: column(),
        high: column(),
        low: column(),
        close: column(),
        volume: column(),
    }
}

fn columns(candles: &mut Candles) -> [&mut Vec<f64>; 5] {
    let Candles { open, high, low, close, volume, .. } = candles;
    [open, high, low, close, volume]
}

fn copy(from: &Candles, bars: std::ops::Range<usize>, to: &mut Candles) {
    to.time.extend_from_slice(&from.time[bars.clone()]);
    for (column, field) in columns(to).into_iter().zip(Field::ALL) {
        column.extend_from_slice(&from.column(field)[bars.clone()]);
    }
}
