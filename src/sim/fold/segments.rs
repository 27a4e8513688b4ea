//! Outcomes with statistics by segments of time, from the one pass over the candles.

use super::{Compiled, Market, RunConfig};
use crate::sim::account::{SegmentRecorder, SegmentTally};
use crate::sim::metrics::{Benchmark, Detail, Outcome};

impl Compiled {
    /// As [`Compiled::fold_in_detail`], beside each outcome the statistics of each segment of its account: one segment
    /// more than there are `borders`, which are the bars at which segments begin, sorted. The outcomes have the same bits
    /// as without borders.
    ///
    /// # Panics
    /// As [`Compiled::fold`].
    pub fn fold_segments<'m, S: SegmentTally>(
        &self,
        market: impl Into<Market<'m>>,
        config: &RunConfig,
        (benchmark, detail): (&Benchmark, Detail),
        borders: &[usize],
        tell: impl FnMut(usize) -> bool,
    ) -> Option<Vec<(Outcome, Vec<S>)>> {
        let recorder = SegmentRecorder::new(borders, config.settings.capital);
        let mut recorders: Vec<SegmentRecorder<'_, S>> = vec![recorder; self.sides.len()];
        if detail > Detail::Sums {
            let detail = (benchmark, detail);
            let outcomes = self.fold_tiles_in_detail(market.into(), config, detail, borders, recorders, tell)?;
            return Some(outcomes.into_iter().map(|(outcome, recorder)| (outcome, recorder.finish())).collect());
        }
        let outcomes = self.fold_tiles(market.into(), config, borders, &mut recorders, tell)?;
        Some(outcomes.into_iter().zip(recorders.into_iter().map(SegmentRecorder::finish)).collect())
    }
}

#[cfg(test)]
mod tests;
