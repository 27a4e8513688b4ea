//! Puts bars into the store as they come, some pages at a time.

use std::path::Path;

use super::failure::FetchError;
use crate::data::store::{Merged, OnConflict, Origin, merge};
use crate::sim::model::{Candles, Field, Interval};

/// So many bars are stored at once at least. Each time writes the whole file: with more in it, more are collected first.
const FEW: usize = 5_000;
const SHARE: usize = 8;

/// Bars on their way to the store. Whatever ends the fetching, [`Saver::flush`] stores what came.
pub(super) struct Saver<'a> {
    pub data_dir: &'a Path,
    pub symbol: &'a str,
    pub interval: Interval,
    pub origin: Origin,
    pub conflict: OnConflict,
    pub waiting: Candles,
    /// What was done so far; sums over all times.
    pub done: Option<Merged>,
}

impl Saver<'_> {
    pub(super) fn take(&mut self, bars: &Candles) -> Result<(), FetchError> {
        self.waiting.time.extend_from_slice(&bars.time);
        let Candles { open, high, low, close, volume, .. } = &mut self.waiting;
        for (column, field) in [open, high, low, close, volume].into_iter().zip(Field::ALL) {
            column.extend_from_slice(bars.column(field));
        }
        let stored = self.done.as_ref().map_or(0, |done| usize::try_from(done.bars).unwrap_or(usize::MAX));
        if self.waiting.len() >= FEW.max(stored / SHARE) { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> Result<(), FetchError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let bars = std::mem::take(&mut self.waiting);
        let merged = merge(self.data_dir, self.symbol, self.interval, &bars, &self.origin, self.conflict)?;
        self.done = Some(match self.done.take() {
            None => merged,
            Some(before) => Merged {
                added: before.added + merged.added,
                same: before.same + merged.same,
                differing: before.differing + merged.differing,
                written: before.written || merged.written,
                set_aside: before.set_aside.into_iter().chain(merged.set_aside).collect(),
                ..merged
            },
        });
        Ok(())
    }
}
